"""Where a file stands among the packages of a source tree, and what names modules of the tree hand on."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from migrate.codemods.source import decode
from migrate.whole_file import read_bytes
from tensor_core.diagnostics import DiagnosticError


@dataclass(frozen=True, slots=True)
class Place:
    """A file's package, which relative imports start from, and what other modules of the same tree hand on.

    ``exports``: for a module's dotted name the names in it that come from elsewhere, by the dotted name they have
    there. ``modules``: the tree's own modules. A fork of TVM is a tree of ``tvm.`` modules, too: what only it has is no
    API of TVM's.
    """

    package: str = ""
    exports: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    modules: frozenset[str] = frozenset()

    def handed_to(self, text: str) -> str:
        """A text, and behind it what names in it may stand for by what modules of the tree hand on."""
        if not self.exports:
            return text
        words = set(_WORD.findall(text))
        found = (name for names in self.exports.values() for local, name in names.items() if local in words)
        return "\n".join((text, *found))

    def origin(self, dotted: str) -> str:
        """What a dotted name stands for, followed through modules of the tree that hand it on."""
        for _ in range(_STEPS):
            head, _, last = dotted.rpartition(".")
            handed = self.exports.get(head, {}).get(last)
            if handed is None or handed == dotted:
                break
            dotted = handed
        return dotted

    def own(self, name: str) -> bool:
        """Whether a dotted name is of a module that only the tree has."""
        while name:
            if name in self.modules:
                return True
            name = name.rpartition(".")[0]
        return False

    def absolute(self, dotted: str) -> str:
        """A name that begins with dots, from the top; others as they are. Unchanged beyond the top of the tree."""
        rest = dotted.lstrip(".")
        up = len(dotted) - len(rest)
        if not up:
            return dotted
        parts = self.package.split(".") if self.package else []
        if up - 1 > len(parts) or not parts:
            return dotted
        return ".".join([*parts[: len(parts) - (up - 1)], *([rest] if rest else [])])


_WORD = re.compile(r"\w+")
_STEPS = 10
"""Modules that a name may be handed on by, one after the other."""
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


def survey(root: Path, files: Sequence[Path]) -> Mapping[Path, Place]:
    """Where each file of a tree stands. Every file is read once; one that cannot be read hands nothing on."""
    packages = {path: package_of(path, root) for path in files}
    modules = {path: _module(path, package) for path, package in packages.items()}
    own = frozenset(filter(None, modules.values()))
    exports = {
        modules[path]: found
        for path, package in packages.items()
        if modules[path] and (found := dict(_handed_on(path, Place(package))))
    }
    return {path: Place(package, exports, own) for path, package in packages.items()}


def _module(path: Path, package: str) -> str:
    if path.stem == "__init__":
        return package
    return f"{package}.{path.stem}" if package else path.stem


def _handed_on(path: Path, place: Place) -> Iterator[tuple[str, str]]:
    """The names that a module imports on its top level, and where they come from."""
    try:
        text, _ = decode(read_bytes(path), str(path))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (DiagnosticError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            module = place.absolute("." * node.level + (node.module or ""))
            for alias in node.names:
                if alias.name != "*":
                    yield alias.asname or alias.name, f"{module}.{alias.name}"
