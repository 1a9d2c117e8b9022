"""Where a file stands among the packages of a source tree, and what names modules of the tree hand on."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from migrate.codemods.api import OLD, Api
from migrate.codemods.modules import Module, exports, from_top, read_module
from migrate.codemods.source import PYTHON_BYTES, decode
from migrate.whole_file import read_bytes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.limits import Limits


@dataclass(frozen=True, slots=True)
class Place:
    """A file's package, which relative imports start from, and what other modules of the same tree hand on.

    ``exports``: for a module's dotted name the names in it that come from elsewhere, by the dotted name they have
    there; ``names`` are the same by the name in the tree. ``modules``: the tree's own modules. A fork of TVM is a tree
    of ``tvm.`` modules, too: what only it has is no API of TVM's.
    """

    package: str = ""
    exports: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    modules: frozenset[str] = frozenset()
    names: Mapping[str, Collection[str]] = field(default_factory=dict[str, Collection[str]])

    def handed_to(self, text: str) -> str:
        """A text, and behind it what names in it may stand for by what modules of the tree hand on."""
        if not self.names:
            return text
        found = (name for word in set(_WORD.findall(text)) for name in self.names.get(word, ()))
        return "\n".join((text, *found))

    def origin(self, dotted: str) -> str:
        """What a dotted name stands for, where a module of the tree hands on what it begins with."""
        head, rest = dotted, ""
        while head and self.exports:
            head, _, last = head.rpartition(".")
            handed = self.exports.get(head, {}).get(last)
            if handed is not None:
                return handed + rest
            rest = f".{last}{rest}"
        return dotted

    def own(self, name: str, old: Api) -> bool:
        """Whether a dotted name is the tree's, and none of the old API: of a module of the tree, or of a package that
        the old API does not have and the tree has modules of.
        """
        if old.known(name) is not None:
            return False
        package = name
        while name and old.known(name) is None:
            if name in self.modules:
                return True
            package, name = name, name.rpartition(".")[0]
        return name in self.modules or any(module.startswith(f"{package}.") for module in self.modules)

    def absolute(self, dotted: str) -> str:
        """A name that begins with dots, from the top; see :func:`from_top`."""
        return from_top(dotted, self.package)


_WORD = re.compile(r"\w+")
NOWHERE = Place()
"""The place of a file on its own."""


def package_of(path: Path, root: Path) -> str:
    """The dotted package of a file: the folders above it that are packages, or that stand below one called ``tvm``.

    A fork's new file below ``python/tvm`` belongs to ``tvm`` even where the folder holds no ``__init__.py``.
    """
    parts = PurePosixPath(path.parent.as_posix()).parts
    for index in range(len(parts) - 1, -1, -1):
        if parts[index] == "tvm" and index and parts[index - 1] == "python":
            return ".".join(parts[index:])
    packages: list[str] = []
    folder = path.parent
    while (folder / "__init__.py").is_file():
        packages.append(folder.name)
        if folder in (root, folder.parent):
            break
        folder = folder.parent
    return ".".join(reversed(packages))


def survey(root: Path, files: Sequence[Path], release: str = OLD) -> dict[Path, Place]:
    """Where each file of a tree stands, and which names of a release's TVM its modules hand on.

    Every file is read once; a notebook, or one that cannot be read, hands nothing on.
    """
    packages = {path: package_of(path, root) for path in files}
    modules: dict[str, Module] = {}
    for path, package in packages.items():
        name = module_name(path, package)
        if name and (module := _module(path, name)) is not None:
            modules[name] = module
    handed, own = exports(modules, release), frozenset(modules)
    locals_: dict[str, set[str]] = {}
    for names in handed.values():
        for local, name in names.items():
            locals_.setdefault(local, set()).add(name)
    return {path: Place(package, handed, own, locals_) for path, package in packages.items()}


def module_name(path: Path, package: str) -> str:
    """The dotted name of a file's module; of one outside of packages, its own name."""
    if path.stem == "__init__":
        return package
    return f"{package}.{path.stem}" if package else path.stem


def _module(path: Path, name: str) -> Module | None:
    if path.suffix == ".ipynb":
        return None
    try:
        text, _ = decode(read_bytes(path, Limits(bytes=PYTHON_BYTES)), str(path))
    except DiagnosticError:
        # What is wrong with it is said when it is ported.
        return None
    return read_module(text, path, name)
