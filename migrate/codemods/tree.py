"""Where a file stands among the packages of a source tree, and what names modules of the tree hand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath


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
