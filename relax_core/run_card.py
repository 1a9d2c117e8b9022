"""Running a call of a card on values: parameters are read again, now that sizes and types are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from relax_core.ir.expr import Call, Expr, PrimValue, ShapeExpr, StringImm, Tuple
from relax_core.ir.types import PrimType, TensorType, Type
from relax_core.run_builtins import run_kernel
from relax_core.run_time import Array, Sizes, Value, dimension, run_time_type
from relax_core.types.operands import Plan, place_of, rejected
from relax_core.types.plain import plain
from tensor_core import dtypes, prim, reference
from tensor_core.diagnostics import DiagnosticError, located
from tensor_core.loops.from_card import lower_card
from tensor_core.observed import OpCall
from tensor_core.ops.card import Carrier, Reject
from tensor_core.ops.rules import possible
from tensor_core.types import TensorType as PlainTensor
from tensor_core.types import leaves


def run_card(
    found: Plan,
    call: Call,
    args: Sequence[Value],
    sizes: Sizes,
    floats: str = "",
    observe: Callable[[OpCall], None] | None = None,
) -> Value:
    """The result of a call whose arguments have these values. R2R0602 when the operator fails on them, R2R0202 and
    R2R0204 when they do not fit its type rule or the result is not of the type that the call has. ``observe`` is told
    the call before it is evaluated.
    """
    try:
        stated = _stated(call)
        result = _run(found, call, args, sizes, floats, observe)
        return result if floats or found.card.at_most else reference.checked(result, stated)
    except Reject as reject:
        raise rejected(reject, call, found, place_of(reject, found)) from None
    except DiagnosticError as error:
        raise located(error, call.span) from error


def _stated(call: Call) -> Type | None:
    """The type that the call has, if it is one of tensors; Reject where no value has it."""
    found = None if call.ty is None else possible(plain(call.ty))
    known = found and all(type(leaf) is PlainTensor and leaf.dtype for leaf in leaves(found))
    return found if known else None


def _run(
    found: Plan,
    call: Call,
    args: Sequence[Value],
    sizes: Sizes,
    floats: str,
    observe: Callable[[OpCall], None] | None,
) -> Value:
    literal = _with_values(found, call, args)
    places = [place for place in found.tensors if place is not None and place < len(call.args)]
    stated = [found.tensor_type(call.args[place]) for place in places]
    values = tuple(_tensor(args[place], type_, floats) for place, type_ in zip(places, stated, strict=True))
    types = list(map(run_time_type, values, stated))
    params = found.params(literal, types, lambda dim: dimension(dim, sizes, call.span))
    card = found.card
    if observe is not None:
        observe(OpCall(card, params, tuple(types), values))
    if card.reference is None and card.expand is None and card.lower is not None:
        results = run_kernel(lower_card(card, params, types), _leaves(values), None, floats)
        return results[0] if len(results) == 1 else tuple(results)
    return reference.evaluate(card, params, values, floats, types)


def _with_values(found: Plan, call: Call, args: Sequence[Value]) -> Call:
    """The call with the values of operands that say parameters written out."""
    written: list[Expr] = list(call.args)
    for place, _, carrier in found.values:
        if place < len(call.args) and not isinstance(call.args[place], ShapeExpr | PrimValue):
            written[place] = _as_literal(args[place], carrier)
    return call.replace(args=tuple(written))


def _tensor(value: Value, type_: Type | None, floats: str) -> Value:
    """The value of a tensor argument; a scalar that stands for a tensor becomes one."""
    if isinstance(value, int | float) and isinstance(type_, TensorType | PrimType):
        wide = floats and dtypes.is_float(type_.dtype)
        try:
            return np.asarray(value, np.float64 if wide else dtypes.to_numpy(type_.dtype))
        except OverflowError:
            raise Reject(f"{value} is no number of {type_.dtype}") from None
    return value


def _as_literal(value: Value, carrier: Carrier) -> Expr:
    if carrier is Carrier.SCALARS:
        return Tuple(tuple(_as_literal(item, Carrier.SCALAR) for item in value))
    if carrier is Carrier.SHAPE:
        return ShapeExpr(tuple(value))
    if isinstance(value, str):
        return StringImm(value)
    if isinstance(value, tuple) or np.ndim(value):
        raise Reject(f"expected a number, not {run_time_type(value, None)}")
    dtype = "bool" if isinstance(value, bool) else "float64" if isinstance(value, float) else "int64"
    return PrimValue(prim.const(value, dtype))


def _leaves(value: Value) -> list[Array]:
    if isinstance(value, tuple):
        return [leaf for item in cast("tuple[Any, ...]", value) for leaf in _leaves(item)]
    return [value]
