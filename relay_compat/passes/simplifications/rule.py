"""What all rules of SimplifyExpr have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relay_compat.dataflow_pattern import DFPattern, DFPatternCallback, is_op
from relay_compat.ir.expr import Call, Expr
from relay_compat.passes.building import tensor_type
from tensor_core import shapes
from tensor_core.types import TensorType

NodeMap = Mapping[DFPattern, list[Expr]]


class Rule(DFPatternCallback):
    """A rule that sees types."""

    def __init__(self, pattern: DFPattern) -> None:
        super().__init__(require_type=True)
        self.pattern = pattern


def either(*names: str) -> DFPattern:
    """One of several operators."""
    pattern: DFPattern = is_op(names[0])
    for name in names[1:]:
        pattern = pattern | is_op(name)
    return pattern


def as_call(expr: Any) -> Call:
    """An expression that a pattern of calls matched."""
    assert isinstance(expr, Call)
    return expr


def static_shape(expr: Expr) -> tuple[int, ...] | None:
    """The shape of a tensor; None when it is none, or some dimension is open."""
    type_ = getattr(expr, "checked", None)
    if not isinstance(type_, TensorType) or not shapes.is_static(type_.shape):
        return None
    return shapes.static(type_.shape)


def dtype_of(expr: Expr) -> str:
    """The element type of a tensor."""
    return tensor_type(expr).dtype
