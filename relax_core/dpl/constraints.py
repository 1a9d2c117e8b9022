"""Constraints between what patterns match (tvm.relax.dpl.DFConstraint in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Callable

from relax_core.dpl.context import PatternContext
from relax_core.dpl.patterns import DFPattern
from relax_core.dpl.type_fit import dims_of
from relax_core.ir.expr import Var
from relax_core.types.leaves import type_of
from tensor_core import shapes


class DFConstraint:
    """Base of constraints. One that is made inside a context belongs to it."""

    def __init__(self) -> None:
        context = PatternContext.current()
        if context is not None:
            context.add_constraint(self)

    def holds(self, matched: Callable[[DFPattern], Var | None]) -> bool | None:
        """Whether it holds for what has been matched so far; None when that cannot be told yet."""
        raise NotImplementedError


class SameShapeConstraint(DFConstraint):
    """What these patterns match has provably one shape."""

    def __init__(self, *args: DFPattern) -> None:
        self.args = args
        super().__init__()

    def holds(self, matched: Callable[[DFPattern], Var | None]) -> bool | None:
        """False as soon as two shapes provably differ or one is unknown, True when all are provably equal."""
        expected: shapes.Shape | None = None
        complete = proven = True
        for pattern in self.args:
            var = matched(pattern)
            if var is None:
                complete = False
                continue
            dims = dims_of(type_of(var))
            if dims is None or (expected is not None and len(dims) != len(expected)):
                return False
            if expected is None:
                expected = dims
            elif any(map(shapes.prove_different, dims, expected)):
                return False
            else:
                proven = proven and all(map(shapes.prove_equal, dims, expected))
        return proven if complete else None
