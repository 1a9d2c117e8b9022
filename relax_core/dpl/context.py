"""Contexts: constraints between patterns, for matching in a whole block (tvm.relax.dpl.context in TVM 0.19 to 0.27)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from relax_core.ir.expr import DataflowBlock, Var
from tensor_core import codes
from tensor_core.diagnostics import fail

if TYPE_CHECKING:
    from relax_core.dpl.constraints import DFConstraint
    from relax_core.dpl.patterns import DFPattern


@dataclass(frozen=True, slots=True)
class Edge:
    """How one pattern is used by another: by nothing else, and as which argument (-1: any)."""

    only: bool = False
    index: int = -1


class PatternContext:
    """Patterns with the edges between them and further constraints; inside ``with``, new patterns add theirs.

    An ``incremental`` context starts from the edges of the one it is made in (R2R0205 when there is none).
    """

    def __init__(self, incremental: bool = False) -> None:
        self.edges: dict[DFPattern, dict[DFPattern, list[Edge]]] = {}
        """For each pattern, in the order in which they appeared, the patterns that use it."""
        self.constraints: list[DFConstraint] = []
        if incremental:
            if not _OPEN.contexts:
                raise fail(codes.ILL_FORMED, "an incremental context needs one to start from")
            for pattern, users in _OPEN.contexts[-1].edges.items():
                self.edges[pattern] = {user: list(edges) for user, edges in users.items()}

    def __enter__(self) -> Self:
        _OPEN.contexts.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        left = _OPEN.contexts.pop()
        assert left is self

    @staticmethod
    def current() -> PatternContext | None:
        """The innermost open context of this thread."""
        return _OPEN.contexts[-1] if _OPEN.contexts else None

    def add_edge(self, producer: DFPattern, consumer: DFPattern, edge: Edge) -> None:
        """What ``producer`` matches is used by what ``consumer`` matches."""
        known = self.edges.setdefault(producer, {}).setdefault(consumer, [])
        if edge not in known:
            known.append(edge)
        self.edges.setdefault(consumer, {})

    def add_constraint(self, constraint: DFConstraint) -> None:
        """Take over another constraint."""
        self.constraints.append(constraint)

    def match_dfb(self, dfb: DataflowBlock) -> dict[DFPattern, Var] | None:
        """One variable of the block for each pattern, such that all constraints hold; None when there are none."""
        from relax_core.dpl.graph import match_block

        return match_block(self, dfb.bindings)


class _Open(threading.local):
    def __init__(self) -> None:
        self.contexts: list[PatternContext] = []


_OPEN = _Open()
