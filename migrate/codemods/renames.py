"""Rules that are tables: what a name of the old API is called in the target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from migrate.codemods.api import api
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Move, Planned, Rule
from migrate.codemods.target import Target


class Renames(Rule):
    """A rule that moves names and does nothing else.

    ``table``: the shortest dotted names of the old API and those of the target; words that differ by release stand in
    braces (``tvm.relax.{TensorType}``, :meth:`Target.word`). ``notes``: by old name, what a person should look at.
    ``uncalled``: old names whose calls are another rule's; here only other uses move.
    """

    table: ClassVar[Mapping[str, str]]
    notes: ClassVar[Mapping[str, str]] = {}
    uncalled: ClassVar[frozenset[str]] = frozenset()

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "tvm" in text or "relay" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        words = Words(target)
        for old, new in self.table.items():
            for use in file.uses.get(old, ()):
                if use.call is None or old not in self.uncalled:
                    yield from self._move(file, use, new.format_map(words), target)

    def _move(self, file: SourceFile, use: Use, new: str, target: Target) -> Iterator[Planned]:
        there = api(target.release)
        found = there.known(new)
        if found is None and not new.startswith(_UNRECORDED):
            yield self.refuse(file, use.node, f"TVM {target.release} has no {new}")
        elif any(there.known(name) is None or there.known(name) != found for name in use.meanings):
            yield Move(self.id, use, new, self.notes.get(use.name, ""))


_UNRECORDED = ("tvm.relax.frontend.", "tvm.relax.transform._ffi_api.")
"""What no recording saw: modules that import other frameworks, and private functions of C++."""


class Words(dict[str, str]):
    """A target's words by name, for ``str.format_map``."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self._target = target

    def __missing__(self, name: str) -> str:
        return self._target.word(name)
