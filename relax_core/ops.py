"""Relax calls of cards: building the call that says given parameters, and reading the parameters of a call."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

from relax_core.ir.expr import Call, Constant, Expr, Op, PrimValue, ShapeExpr, StringImm, Tuple, op
from relax_core.ir.types import PrimType
from relax_core.portable import portable_call
from relax_core.types.deduce import type_of
from relax_core.types.operands import Card, Plan, ReadDim, plan
from relax_core.types.plain import plain
from tensor_core import codes, dtypes, prim
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.ops.card import PORTABLE, Carrier, Operand, Reject, RelaxSpelling
from tensor_core.ops.spelling import complete, relax_written
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


def make_call(card: Card, params: Any, args: Sequence[Expr], release: str = "0.27") -> Call | str:
    """The Relax call that says ``params``, complete and not yet typed, or the reason why no single call can.

    ``args`` are the card's inputs in its order, typed; a variadic input is one tuple expression, trailing optional
    inputs may be left out.
    """
    if release == PORTABLE:
        types = [plain(_argument_type(arg)) for arg in args]
        return portable_call(lambda each: make_call(card, params, args, each), partial(_meant, types))
    spelling = _spelling(card, release)
    if spelling is None:
        return f"{card.name} has no spelling in Relax {release}"
    types = [plain(_argument_type(arg)) for arg in args]
    try:
        reason = spelling.fits(params, types, release) if spelling.fits else None
        if reason is not None:
            return reason
        written = relax_written(spelling, params, types)
    except Reject as reject:
        return reject.message
    tensors = dict(zip((item.name for item in card.inputs), args, strict=False))
    try:
        operands = [_operand(item, tensors, written, types, card) for item in spelling.operands]
    except prim.NoInteger as error:
        return str(error)
    for item, given in zip(spelling.operands, operands, strict=True):
        if item.carrier is Carrier.NUMBER and not isinstance(given, PrimValue):
            return f"{spelling.name} takes a known number for {item.name}"
        if item.constant and not isinstance(given, Constant):
            return f"{spelling.name} takes a constant for {item.name}"
    while operands and operands[-1] is None:
        operands.pop()
    if any(item is None for item in operands):
        return f"{spelling.name} cannot leave out an argument in the middle"
    attrs = None
    if spelling.attrs_type is not None:
        names = {item.name for item in spelling.fields}
        attrs = Attrs(spelling.attrs_type, complete(spelling.fields, {k: v for k, v in written.items() if k in names}))
    return Call(op(spelling.name), tuple(item for item in operands if item is not None), attrs)


def call_params(
    call: Call, release: str = "0.27", types: Sequence[Type] | None = None, read: ReadDim | None = None
) -> tuple[Card, Any, list[Expr]] | None:
    """The card, the parameters and the tensor arguments of a call in a release; None when no card spells its op.

    ``types`` are the tensor arguments' types where they differ from the deduced ones (known at run time), ``read``
    gives the value of symbolic dimensions. Reject when the attributes make no sense for these types.
    """
    found = plan(call.op, release) if isinstance(call.op, Op) else None
    return None if found is None else (found.card, *planned_params(found, call, types, read))


def planned_params(
    found: Plan, call: Call, types: Sequence[Type] | None = None, read: ReadDim | None = None
) -> tuple[Any, list[Expr]]:
    """The parameters and the tensor arguments of a call of which it is known how it is read."""
    args = found.tensor_args(call)
    known = types or [plain(_known(found.tensor_type(arg), arg)) for arg in args]
    return found.params(call, known, read), args


def _meant(types: Sequence[Type], call: Call, release: str) -> Any:
    found = call_params(call, release, types)
    return None if found is None else found[1]


def known_type(expr: Expr) -> Type:
    """The type of a typed expression; R2R0203 when it has none."""
    return _known(type_of(expr), expr)


def _argument_type(expr: Expr) -> Type:
    """The type of an argument: that of a tensor of rank 0 for a scalar, which stands for one."""
    found = known_type(expr)
    return TensorType((), found.dtype) if isinstance(found, PrimType) else found


def _known(found: Type | None, expr: Expr) -> Type:
    if found is None:
        raise fail(codes.UNRESOLVED_TYPE, "an argument of the call has no type", getattr(expr, "span", None))
    return found


@lru_cache(maxsize=4096)
def _spelling(card: Card, release: str) -> RelaxSpelling | None:
    return card.relax_for(release)


def _operand(
    operand: Operand, tensors: dict[str, Expr], written: dict[str, Any], types: Sequence[Type], card: Card
) -> Expr | None:
    if operand.carrier is Carrier.TENSOR:
        return tensors.get(operand.name)
    if operand.carrier is Carrier.NUMBER:
        given = tensors.get(operand.name)
        if not isinstance(given, Constant) or given.data.ndim:
            return given
        return PrimValue(prim.const(given.data.item(), dtypes.from_numpy(given.data.dtype)))
    if operand.optional and written[operand.name] is None:
        return None
    value: Any = written[operand.name]
    if operand.carrier is Carrier.SHAPE:
        # A number that knows its width (as those of Relay do) is a plain one here.
        return ShapeExpr(tuple(int(item) if isinstance(item, int) else item for item in value))
    dtype = _scalar_dtype(operand, types, card)
    if operand.carrier is Carrier.SCALARS:
        return Tuple(tuple(as_scalar(item, dtype) for item in value))
    return as_scalar(value, dtype)


def as_scalar(value: Any, dtype: str | None = None) -> Expr:
    """A number or a string as an argument: of this element type, by default int64, float64 or bool."""
    if isinstance(value, str):
        return StringImm(value)
    if isinstance(value, PrimExpr):
        return PrimValue(value)
    natural = "bool" if isinstance(value, bool) else "float64" if isinstance(value, float) else "int64"
    return PrimValue(prim.const(value, dtype or natural))


def _scalar_dtype(operand: Operand, types: Sequence[Type], card: Card) -> str | None:
    if operand.dtype_of is None:
        return None
    place = [item.name for item in card.inputs].index(operand.dtype_of)
    type_ = types[place] if place < len(types) else None
    return type_.dtype if isinstance(type_, TensorType) else None
