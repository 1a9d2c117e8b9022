# pyright: basic, reportMissingImports=false
"""A user's Python file, loaded as the module that it is in its package, beside the files that lie around it."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any


def load(file: str, name: str) -> ModuleType:
    """The module of a file under a dotted name; packages that are not there are made, and hold the files beside it."""
    path = Path(file)
    parts = name.split(".")
    root = path.parents[len(parts) - 1] if len(parts) <= len(path.parents) else path.parent
    sys.meta_path.insert(0, _Beside(root, parts[0]))
    for count in range(1, len(parts)):
        _package(".".join(parts[:count]), root.joinpath(*parts[:count]))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _package(name: str, folder: Path) -> None:
    if name in sys.modules:
        return
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        made = ModuleType(name)
        made.__path__ = [str(folder)]
        sys.modules[name] = made


class _Beside:
    """Finds modules of the user's tree that nothing else has."""

    def __init__(self, root: Path, top: str) -> None:
        self._root = root
        self._top = top
        self._asked: set[str] = set()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        del target
        if name.partition(".")[0] != self._top or name in self._asked:
            return None
        self._asked.add(name)
        try:
            found = self._others(name, path)
        finally:
            self._asked.discard(name)
        if found is not None:
            return found
        place = self._root.joinpath(*name.split("."))
        package = place / "__init__.py"
        if package.is_file():
            return importlib.util.spec_from_file_location(name, package, submodule_search_locations=[str(place)])
        file = place.with_suffix(".py")
        if file.is_file():
            return importlib.util.spec_from_file_location(name, file)
        if not place.is_dir():
            return None
        folder = importlib.machinery.ModuleSpec(name, None, is_package=True)
        folder.submodule_search_locations = [str(place)]
        return folder

    def _others(self, name: str, path: Any) -> Any:
        for finder in sys.meta_path:
            if finder is self:
                continue
            try:
                found = finder.find_spec(name, path)
            except ModuleNotFoundError:
                # The alias says so of what it does not have.
                continue
            if found is not None:
                return found
        return None
