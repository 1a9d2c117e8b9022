"""The attributes of calls: checked against the op's card, completed by its defaults, or kept as they are.

What a text or JSON leaves out gets the C++ default, as in TVM; the Python wrappers' defaults play no part here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

import numpy as np

from relay_compat.ir.expr import Op
from relay_compat.ir.values import BOX, TypedInt
from tensor_core import codes, dtypes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import Diagnostic, MismatchError
from tensor_core.module import Expr
from tensor_core.node import Node
from tensor_core.ops.card import REQUIRED, Field, Kind, RelaySpelling
from tensor_core.ops.registry import Card
from tensor_core.prim import Imm, PrimExpr


class AttributeProblem(MismatchError):
    """R2R0105: an attribute is unknown, missing or of the wrong kind. ``name`` is the attribute, ``message`` the rule
    that is broken, ``hint`` what may help.
    """

    def __init__(self, message: str, name: str = "", hint: str = "") -> None:
        super().__init__(Diagnostic(codes.BAD_ATTRIBUTE, message, hint=hint))
        self.message = message
        self.name = name
        self.hint = hint


def call_attrs(callee: Expr, written: Attrs | None) -> Attrs | None:
    """The attributes of a call whose attribute object is given whole, as JSON and the metadata section have it."""
    if not isinstance(callee, Op) or callee.card is None:
        return written
    spelling = callee.card.relay
    assert spelling is not None
    expected = spelling.attrs_type
    if written is not None and written.type_key != expected:
        raise AttributeProblem(f"{callee.name} takes {expected or 'no attributes'}, not {written.type_key}")
    return op_attrs(callee.card, written or {})


def op_attrs(card: Card, written: Mapping[str, Any]) -> Attrs | None:
    """The complete attributes of an op with a card; None for an op that has no attribute struct."""
    if not written:
        return default_attrs(card)
    spelling = card.relay
    assert spelling is not None
    if spelling.attrs_type is None:
        name = next(iter(written))
        raise AttributeProblem(f"{spelling.name} takes no attributes, {name} is given", name)
    values: dict[str, Any] = {}
    for field in spelling.fields:
        if field.name in written:
            values[field.name] = _coerce(field, written[field.name], spelling)
        elif field.default is REQUIRED:
            raise AttributeProblem(f"{spelling.name} needs the attribute {field.name}")
        else:
            values[field.name] = field.default
    if len(written) > len(values) or not values.keys() >= written.keys():
        name = next(name for name in written if name not in values)
        known = ", ".join(field.name for field in spelling.fields)
        raise AttributeProblem(f"{spelling.name} has no attribute {name}", name, f"it has: {known}")
    return Attrs(spelling.attrs_type, values)


@cache
def default_attrs(card: Card) -> Attrs | None:
    """The attributes of a call that writes none."""
    spelling = card.relay
    assert spelling is not None
    if spelling.attrs_type is None:
        return None
    for field in spelling.fields:
        if field.default is REQUIRED:
            raise AttributeProblem(f"{spelling.name} needs the attribute {field.name}")
    return Attrs(spelling.attrs_type, {field.name: field.default for field in spelling.fields})


def _coerce(field: Field, value: Any, spelling: RelaySpelling) -> Any:
    if value is None and (field.optional or field.default is None):
        return None
    result = _COERCIONS[field.kind](value)
    if result is _WRONG:
        raise AttributeProblem(
            f"attribute {field.name} of {spelling.name} must be of kind {field.kind.value}, not {_shown(value)}",
            field.name,
        )
    return result


_WRONG = object()


def _shown(value: Any) -> str:
    if value is None:
        return "None"
    return (
        repr(value) if isinstance(value, (int, float, str)) and len(repr(value)) < 40 else f"a {type(value).__name__}"
    )


def _int(value: Any) -> Any:
    if isinstance(value, Imm):
        return Imm(value) if getattr(value, "kind", None) == BOX else value
    if isinstance(value, PrimExpr):
        return value
    try:
        return Imm(operator.index(value))
    except TypeError:
        return _WRONG


def _float(value: Any) -> Any:
    return float(value) if isinstance(value, (int, float)) else _WRONG


def _bool(value: Any) -> Any:
    return bool(value) if isinstance(value, int) and value in (0, 1) else _WRONG


def _str(value: Any) -> Any:
    return value if isinstance(value, str) else _WRONG


def _dtype(value: Any) -> Any:
    """A name that TVM reads as an element type, be there arrays of it or not; some stand for another."""
    if not isinstance(value, str) or not dtypes.is_name(value):
        return _WRONG
    return dtypes.ALIASES.get(value, value)


def _sequence(item: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, (tuple, list)):
            return _WRONG
        result = tuple(map(item, cast("tuple[Any, ...]", value)))
        return _WRONG if _WRONG in result else result

    return read


def _held_int(value: Any) -> Any:
    """An integer in a list, where TVM has an object: numpy's integers keep their width."""
    if isinstance(value, np.integer):
        integer = cast("np.integer[Any]", value)
        return TypedInt(int(integer), integer.dtype.name) if integer.dtype != np.int32 else Imm(int(integer))
    return _int(value)


_ints = _sequence(_held_int)


def _int_or_ints(value: Any) -> Any:
    return _ints(value) if isinstance(value, (tuple, list)) else _int(value)


def _node(value: Any) -> Any:
    return value if isinstance(value, Node) else _WRONG


def _object(value: Any) -> Any:
    return value


_COERCIONS: dict[Kind, Callable[[Any], Any]] = {
    Kind.INT: _int,
    Kind.FLOAT: _float,
    Kind.BOOL: _bool,
    Kind.STR: _str,
    Kind.DTYPE: _dtype,
    Kind.INTS: _ints,
    Kind.FLOATS: _sequence(_float),
    Kind.NESTED_INTS: _sequence(_ints),
    Kind.INT_OR_INTS: _int_or_ints,
    Kind.EXPR: _node,
    Kind.OBJECT: _object,
}
