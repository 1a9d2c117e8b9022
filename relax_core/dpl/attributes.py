"""Whether an expression has the attributes that a pattern asks for (MatchAttrs in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from relax_core.ir.expr import Call, Expr, Function, Op
from relax_core.ir.types import Type
from relax_core.structural import structural_equal
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.prim import Imm, IntImm

_ELEMENT_TYPES = ("dtype", "out_dtype")
"""Attributes of calls that hold a DataType: TVM 0.21 and 0.27 find none of them by a string."""


def accepts(wanted: Mapping[str, Any], expr: Expr) -> bool:
    """Whether a call, a function or an operator has all these attributes with these values."""
    if isinstance(expr, Call | Function):
        present: Mapping[str, Any] | None = expr.attrs
    elif isinstance(expr, Op):
        present = _of_operator(expr)
    else:
        return False
    known = present or {}
    if isinstance(expr, Call) and any(name in _ELEMENT_TYPES and type(wanted[name]) is str for name in wanted):
        return False
    return all(name in known and same_value(value, known[name]) for name, value in wanted.items())


def _of_operator(op: Op) -> Mapping[str, Any]:
    card = op.card
    return {} if card is None else {"FPurity": card.is_pure}


def same_value(a: Any, b: Any) -> bool:
    """Whether two attribute values are equal; a number is one whether it knows its width or not, a list is a tuple."""
    left, right = _plain(a), _plain(b)
    if isinstance(left, tuple) and isinstance(right, tuple):
        items, others = cast("tuple[Any, ...]", left), cast("tuple[Any, ...]", right)
        return len(items) == len(others) and all(map(same_value, items, others))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        first, second = cast("Mapping[str, Any]", left), cast("Mapping[str, Any]", right)
        return set(first) == set(second) and all(same_value(first[key], second[key]) for key in first)
    if isinstance(left, Node | IRModule | Type) and isinstance(right, Node | IRModule | Type):
        return structural_equal(cast(Any, left), cast(Any, right), map_free_vars=True)
    return bool(left == right)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(cast("list[Any]", value))
    return value.value if isinstance(value, IntImm) else int(value) if isinstance(value, Imm) else value
