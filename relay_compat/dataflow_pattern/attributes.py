"""Which attribute values an attribute pattern accepts (MatchRetValue of dataflow_matcher.cc in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from relay_compat.ir.expr import Call, Expr, Function, Op
from relay_compat.ir.values import TypedInt
from relay_compat.op_attributes import get_op_attr
from relay_compat.structural import structural_equal


def accepts(wanted: Mapping[str, Any], expr: Expr) -> bool:
    """Whether an operator, call or function has all the wanted attributes; anything else has none, not even no ones.

    An attribute that the call leaves unset matches nothing (TVM raises an error there).
    """
    match expr:
        case Op():
            return all(_matches(value, get_op_attr(expr.name, key)) for key, value in wanted.items())
        case Call():
            found: Mapping[str, Any] = expr.attrs or {}
            return all(key in found and _matches(value, found[key]) for key, value in wanted.items())
        case Function():
            return all(key in expr.attrs and _equal(value, expr.attrs[key]) for key, value in wanted.items())
        case _:
            return False


def _matches(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, (list, tuple)):
        return isinstance(found, (list, tuple)) and _all(
            cast("Sequence[Any]", wanted), cast("Sequence[Any]", found)
        )  # fmt: skip
    if isinstance(found, bool) or type(found) is int:
        return isinstance(wanted, int) and int(wanted) == int(found)
    if isinstance(found, int):
        # An integer of another width than int32 is another object, except where the field is a plain number.
        return isinstance(wanted, int) and int(wanted) == int(found) and _kind(wanted) == _kind(found)
    if isinstance(found, float):
        return isinstance(wanted, float) and float(wanted) == float(found)
    if isinstance(found, str) or found is None:
        return isinstance(wanted, str) and wanted == found
    return structural_equal(wanted, found, map_free_vars=True)


def _all(wanted: Sequence[Any], found: Sequence[Any]) -> bool:
    return len(wanted) == len(found) and all(map(_matches, wanted, found))


def _kind(value: int) -> str:
    return value.dtype if isinstance(value, TypedInt) else "int32"


def _equal(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, bool) != isinstance(found, bool):
        return False
    if isinstance(wanted, (int, float, str)):
        return bool(wanted == found)
    return structural_equal(wanted, found)
