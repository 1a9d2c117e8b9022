"""Reading a Relax call of a card: which arguments are tensors, which say parameters, and what parameters they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from relax_core.ir.expr import Call, DataTypeImm, Expr, Op, PrimValue, ShapeExpr, StringImm, Tuple
from relax_core.ir.types import PrimType, ShapeType, TensorType, TupleType, Type
from relax_core.types.leaves import type_of
from relax_core.types.relations import rank_of
from tensor_core import codes, prim
from tensor_core.diagnostics import fail
from tensor_core.ops.card import Carrier, NoParams, OpCard, Reject, RelaxSpelling
from tensor_core.ops.spelling import complete, relax_params, told
from tensor_core.shapes import ANY, Dim
from tensor_core.spans import Span

Card = OpCard[Any]
ReadDim = Callable[[Dim], Dim]
"""What a symbolic dimension of an operand stands for; the identity when deducing, its value when running."""
_INPUTS = (Carrier.TENSOR, Carrier.NUMBER)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How calls of one op are read in one release.

    ``tensors`` gives for each card input the position of its argument, None when Relax does not have it; ``values`` the
    position, name and carrier of the operands that say parameters. ``fixed`` holds the parameters when they are always
    the same.
    """

    card: Card
    spelling: RelaxSpelling
    release: str
    tensors: tuple[int | None, ...]
    values: tuple[tuple[int, str, Carrier], ...]
    required: int
    fixed: Any

    def tensor_args(self, call: Call) -> list[Expr]:
        """The tensor arguments in the card's order; trailing optional ones may be missing."""
        return [call.args[place] for place in self.places(call)]

    def places(self, call: Call) -> list[int]:
        """The positions of the tensor arguments in the call."""
        return [place for place in self.tensors if place is not None and place < len(call.args)]

    def tensor_type(self, expr: Expr) -> Type | None:
        """The type of a tensor argument. Ops of two tensors take scalars for tensors of rank 0 (TVM 0.19 and later)."""
        found = type_of(expr)
        if type(found) is PrimType and self.takes_scalars:
            return TensorType((), found.dtype)
        return found

    @property
    def takes_scalars(self) -> bool:
        """Whether scalars may stand for tensors of rank 0."""
        return len(self.card.inputs) == 2 or any(item.carrier is Carrier.NUMBER for item in self.spelling.operands)

    def params(self, call: Call, types: Sequence[Type], read: ReadDim | None = None) -> Any:
        """The card's parameters; Reject when the call's attributes make no sense for these argument types."""
        if self.fixed is not None:
            return self.fixed
        written: dict[str, Any] = dict(call.attrs or {})
        if len(written) != len(self.spelling.fields):
            written = complete(self.spelling.fields, written)
        for place, name, carrier in self.values:
            given = call.args[place] if place < len(call.args) else None
            written[name] = None if given is None else operand_value(given, carrier, name, read)
        return relax_params(self.card, self.spelling, written, types)


@lru_cache(maxsize=4096)
def plan(op: Op, release: str) -> Plan | None:
    """The reading plan of an op in a release; None when no card spells it so there."""
    if op.card is None:
        return None
    spelling = op.card.relax_for(release)
    if spelling is None or spelling.name != op.name:
        return None
    places = {item.name: place for place, item in enumerate(spelling.operands) if item.carrier in _INPUTS}
    values = tuple(
        (place, item.name, item.carrier) for place, item in enumerate(spelling.operands) if item.carrier not in _INPUTS
    )
    optional = {item.name for item in op.card.inputs if item.optional}
    required = len([item for item in spelling.operands if item.name not in optional and not item.optional])
    simple = op.card.params is NoParams and spelling.read is None
    tensors = tuple(places.get(item.name) for item in op.card.inputs)
    return Plan(op.card, spelling, release, tensors, values, required, NoParams() if simple else None)


def check_arity(found: Plan, call: Call) -> None:
    """R2R0201 when the call has too few or too many arguments."""
    count = len(call.args)
    if found.required <= count <= len(found.spelling.operands):
        return
    names = ", ".join(item.name for item in found.spelling.operands)
    raise fail(
        codes.ARITY,
        f"{found.spelling.name} takes {len(found.spelling.operands)} arguments ({names}), got {count}",
        call.span,
        "pass exactly these arguments, in this order",
    )


def operand_value(expr: Expr, carrier: Carrier, name: str, read: ReadDim | None = None) -> Any:
    """The parameter value that an operand says: numbers, expressions, tuples of them; ANY where it is not known."""
    if carrier is Carrier.SHAPE:
        return _shape_value(expr, name, read)
    if carrier is Carrier.SCALAR:
        return _scalar_value(expr, name, read)
    if isinstance(expr, Tuple):
        return tuple(_scalar_value(item, name, read) for item in expr.fields)
    type_ = type_of(expr)
    if isinstance(type_, TupleType):
        return tuple(_known_value(item, name, read) for item in type_.fields)
    # Several ops take a shape where others take a tuple of scalars; the values are the same.
    return _shape_value(expr, name, read)


def _shape_value(expr: Expr, name: str, read: ReadDim | None) -> Any:
    if isinstance(expr, ShapeExpr):
        values = expr.values
    else:
        type_ = type_of(expr)
        if not isinstance(type_, ShapeType):
            raise Reject(f"operand {name} must be a shape, got {type_ or expr}")
        if type_.values is None:
            rank = rank_of(type_)
            if rank < 0:
                raise UnknownRank
            return (ANY,) * rank
        values = type_.values
    return tuple(map(read, values)) if read else values


def _scalar_value(expr: Expr, name: str, read: ReadDim | None) -> Any:
    if isinstance(expr, PrimValue):
        return _number(expr.value, read)
    if isinstance(expr, StringImm | DataTypeImm):
        return expr.value
    type_ = type_of(expr)
    if type_ is None:
        raise Reject(f"operand {name} must be a scalar, got {expr}")
    return _known_value(type_, name, read)


def _known_value(type_: Type, name: str, read: ReadDim | None) -> Any:
    if not isinstance(type_, PrimType):
        raise Reject(f"operand {name} must be a scalar, got {type_}")
    if type_.value is None:
        return ANY
    return read(type_.value) if read else type_.value


def _number(value: prim.PrimExpr, read: ReadDim | None) -> Any:
    if isinstance(value, prim.IntImm):
        return bool(value.value) if value.dtype == "bool" else value.value
    if isinstance(value, prim.FloatImm):
        return value.value
    return read(value) if read else value


class UnknownRank(Exception):
    """A shape operand of which not even the number of dimensions is known."""


def rejected(reject: Reject, call: Call, found: Plan, place: int | None) -> Exception:
    """The diagnostic of a type rule's rejection, which names the operand at ``place`` or an attribute."""
    name = found.spelling.name
    if place is None or place >= len(call.args):
        message = told(reject.message, found.spelling.fields, call.attrs or {})
        if not found.spelling.fields:
            given = zip((item.name for item in found.spelling.operands), call.args, strict=False)
            message += f" ({', '.join(f'{name}: {type_of(arg)}' for name, arg in given)})"
        hint = "the attributes must fit the operator and the types of its arguments"
        return fail(codes.BAD_PARAMETER, f"{name}: {message}", call.span, hint)
    operand = found.spelling.operands[min(place, len(found.spelling.operands) - 1)].name
    span: Span | None = call.span or getattr(call.args[place], "span", None)
    hint = "the arguments must fit the operator's type rule"
    return fail(codes.TYPE_MISMATCH, f"{name}: argument {place + 1} ({operand}): {reject.message}", span, hint)


def place_of(reject: Reject, found: Plan) -> int | None:
    """Where the operand stands that a card's rejection names by its place among the card's inputs."""
    number = reject.argument
    return None if number is None else found.tensors[min(number, len(found.tensors) - 1)]
