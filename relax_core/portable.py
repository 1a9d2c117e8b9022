"""Calls of operators that every release reads alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from relax_core.ir.expr import Call, Expr, Op, PrimValue, ShapeExpr, StringImm, Tuple
from relax_core.text.profiles import targets
from tensor_core import prim
from tensor_core.attrs import Attrs
from tensor_core.ops.card import PORTABLE, REQUIRED, Kind


def portable_call(make: Callable[[str], Call | str], read: Callable[[Call, str], Any]) -> Call | str:
    """The call that every release that was run reads alike, or why there is none.

    ``make`` makes it for a release, ``read`` gives the parameters that a release takes a call to have.
    """
    found: list[tuple[str, Call]] = []
    for release in targets():
        made = make(release)
        if isinstance(made, str):
            return f"TVM {release}: {made}"
        found.append((release, made))
    common = common_call(found)
    if isinstance(common, str):
        return common
    meant = [(release, read(call, release)) for release, call in found]
    for release, params in meant:
        if params != meant[-1][1]:
            return f"TVM {release} takes {cast(Op, common.op).name} otherwise than TVM {meant[-1][0]}"
    return common


def common_call(calls: Sequence[tuple[str, Call]]) -> Call | str:
    """The call that has the meaning of each of these, spelled for a release each: or the reason why there is none.

    Attributes that not every release has are left out where those that have them take the same value by default.
    """
    newest = calls[-1][1]
    name = cast(Op, newest.op).name
    for release, call in calls:
        same = len(call.args) == len(newest.args) and all(map(_same_operand, call.args, newest.args))
        if call.op is not newest.op or not same:
            return f"TVM {release} takes other arguments of {name} than TVM {calls[-1][0]}"
    written = [(release, _attributes(call), _defaults(call, release)) for release, call in calls]
    names = dict.fromkeys(key for _, attrs, _ in written for key in attrs)
    kept: dict[str, Any] = {}
    for key in names:
        values = [_plain_value(attrs[key]) for _, attrs, _ in written if key in attrs]
        if any(value != values[0] for value in values):
            return f"the releases say different values of {key} of {name}"
        if len(values) == len(written):
            kept[key] = "" if values[0] is None and key in _texts(newest) else values[0]
        elif any(key in attrs and _plain_value(defaults.get(key)) != values[0] for _, attrs, defaults in written):
            return f"not every release has the attribute {key} of {name}, and it is not the default"
    if newest.attrs is None:
        return newest
    return newest.replace(attrs=Attrs(newest.attrs.type_key, kept))


def _texts(call: Call) -> set[str]:
    """The attributes for which an empty text is not nothing."""
    card = cast(Op, call.op).card
    spelling = card.relax_for(PORTABLE) if card else None
    fields = spelling.fields if spelling else ()
    return {item.name for item in fields if item.kind is Kind.STR and not item.optional and item.default is not None}


def _attributes(call: Call) -> dict[str, Any]:
    return dict(call.attrs) if call.attrs is not None else {}


def _defaults(call: Call, release: str) -> dict[str, Any]:
    card = cast(Op, call.op).card
    spelling = card.relax_for(release) if card else None
    if spelling is None:
        return {}
    return {item.name: item.default if item.python is REQUIRED else item.python for item in spelling.fields}


def _plain_value(value: Any) -> Any:
    return None if value in ("", "void") else value


def _same_operand(a: Expr, b: Expr) -> bool:
    if a is b:
        return True
    if isinstance(a, Tuple) and isinstance(b, Tuple):
        return len(a.fields) == len(b.fields) and all(map(_same_operand, a.fields, b.fields))
    if isinstance(a, ShapeExpr) and isinstance(b, ShapeExpr):
        return a.values == b.values
    return type(a) is type(b) and isinstance(a, PrimValue | StringImm) and _value_of(a) == _value_of(b)


def _value_of(expr: Expr) -> Any:
    value: Any = getattr(expr, "value", None)
    return (value.value, value.dtype) if isinstance(value, prim.IntImm | prim.FloatImm) else value
