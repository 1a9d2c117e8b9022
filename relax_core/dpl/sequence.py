"""Chains of patterns, each used by the next (PatternSeq in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.dpl.context import Edge, PatternContext
from relax_core.dpl.patterns import DFPattern


class PatternSeq:
    """Patterns in a row. What each matches is used by what the next one matches, as ``pair_constraints`` says."""

    def __init__(self, patterns: Sequence[DFPattern], only_use: bool = False) -> None:
        if not patterns:
            raise ValueError("PatternSeq must have at least one pattern")
        self.patterns = tuple(patterns)
        self.pair_constraints: tuple[Edge, ...] = (Edge(only_use),) * (len(self.patterns) - 1)

    def used_by(self, other: DFPattern | PatternSeq, index: int = -1) -> PatternSeq:
        """The chain that goes on with another: what the last pattern matches is used by what the first one matches."""
        return self._joined(other, Edge(False, index))

    def only_used_by(self, other: DFPattern | PatternSeq, index: int = -1) -> PatternSeq:
        """As :meth:`used_by`, and nothing else uses it."""
        return self._joined(other, Edge(True, index))

    def _joined(self, other: DFPattern | PatternSeq, edge: Edge) -> PatternSeq:
        after = PatternSeq([other]) if isinstance(other, DFPattern) else other
        context = PatternContext.current()
        if context is not None:
            context.add_edge(self.patterns[-1], after.patterns[0], edge)
        joined = PatternSeq((*self.patterns, *after.patterns))
        joined.pair_constraints = (*self.pair_constraints, edge, *after.pair_constraints)
        return joined

    def __getitem__(self, index: int) -> DFPattern:
        return self.patterns[index]

    def __xor__(self, other: DFPattern | PatternSeq) -> PatternSeq:
        return self.used_by(other)

    def __rshift__(self, other: DFPattern | PatternSeq) -> PatternSeq:
        return self.only_used_by(other)

    def dup(self) -> PatternSeq:
        """The same chain of other pattern nodes; the current context takes over its edges."""
        copy = PatternSeq([pattern.dup() for pattern in self.patterns])
        copy.pair_constraints = self.pair_constraints
        context = PatternContext.current()
        if context is not None:
            for before, after, edge in zip(copy.patterns, copy.patterns[1:], self.pair_constraints, strict=False):
                context.add_edge(before, after, edge)
        return copy

    def __repr__(self) -> str:
        parts = [str(self.patterns[0])]
        for edge, pattern in zip(self.pair_constraints, self.patterns[1:], strict=True):
            parts.append(f" {'>>' if edge.only else '^'} {pattern}")
        return f"[{''.join(parts)}]"
