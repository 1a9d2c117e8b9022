"""What a deduction rule sees of a call: its arguments' types and its attributes, however little is known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from relax_core.ir.expr import Call, Expr, PrimValue
from relax_core.ir.global_info import VDevice
from relax_core.ir.types import PrimType, ShapeType, TensorType, TupleType, Type
from relax_core.types.leaves import type_of
from relax_core.types.rules import terms
from tensor_core import prim
from tensor_core.ops import rules
from tensor_core.ops.card import Reject, RelaxSpelling
from tensor_core.ops.spelling import complete
from tensor_core.releases import older
from tensor_core.shapes import Dim, Shape


class Arguments:
    """The arguments of one call of an operator, typed.

    Methods raise Reject for an argument of another kind than asked for; ``deduce`` makes a diagnostic of it.
    """

    __slots__ = ("attrs", "call", "release", "types")

    def __init__(self, call: Call, types: list[Type], spelling: RelaxSpelling, release: str) -> None:
        written: Mapping[str, Any] = call.attrs or {}
        self.call = call
        self.types = types
        self.release = release
        self.attrs = complete(spelling.fields, written) if len(written) != len(spelling.fields) else written

    def number(self, place: int) -> Any:
        """A scalar argument: a number, an expression, or None where it is not known."""
        expr = self.call.args[place]
        if isinstance(expr, PrimValue):
            value = expr.value
            return value.value if isinstance(value, prim.IntImm | prim.FloatImm) else value
        found = self.types[place]
        if not isinstance(found, PrimType):
            raise Reject(f"expected a scalar, got {found}", place)
        return found.value

    def __len__(self) -> int:
        return len(self.types)

    def expr(self, place: int) -> Expr:
        """One argument."""
        return self.call.args[place]

    def dtype(self, name: str) -> str:
        """An attribute that names an element type; "" where it names none, which releases before 0.26 call void."""
        value = self.attrs[name]
        return "" if value is None or value == "void" else value

    def tensor(self, place: int) -> TensorType:
        """The type of an argument that must be a tensor."""
        found = self.types[place]
        if not isinstance(found, TensorType):
            raise Reject(f"expected a tensor, got {found}", place)
        return found

    def tensors(self, place: int) -> tuple[TensorType, ...]:
        """The types in an argument that must be a tuple of tensors."""
        found = self.types[place]
        if not isinstance(found, TupleType):
            raise Reject(f"expected a tuple of tensors, got {found}", place)
        fields: list[TensorType] = []
        for item in found.fields:
            if not isinstance(item, TensorType):
                raise Reject(f"expected a tuple of tensors, got {found}", place)
            fields.append(item)
        return tuple(fields)

    def shape(self, place: int) -> ShapeType:
        """The type of an argument that must be a shape."""
        found = self.types[place]
        if not isinstance(found, ShapeType):
            raise Reject(f"expected a shape, got {found}", place)
        return found


Rule = Callable[[Arguments], Type | None]
"""The result type of a call; None leaves it to the operator's card."""


def values(type_: TensorType) -> Shape | None:
    """The dimensions of a tensor as far as its type tells: its own, or those of the variable that is its shape."""
    if type_.dims is not None or type_.shape is None:
        return type_.dims
    own = type_of(type_.shape)
    return own.values if isinstance(own, ShapeType) else None


def made(dims: Sequence[Dim] | None, dtype: str, device: VDevice | None = None, ndim: int = -1) -> TensorType:
    """A tensor of these dimensions, or of this rank when they are not known."""
    return TensorType(dims, dtype, device, ndim)


def like(source: TensorType, dtype: str) -> TensorType:
    """The type with another element type."""
    return TensorType(source.shape, dtype, source.vdevice, source.ndim)


def of_rank(source: TensorType, ndim: int) -> TensorType:
    """A tensor of unknown shape with the element type and the device of another."""
    return TensorType(None, source.dtype, source.vdevice, ndim)


def of_dims(source: TensorType, dims: Sequence[Dim]) -> TensorType:
    """A tensor of these dimensions with the element type and the device of another."""
    return TensorType(dims, source.dtype, source.vdevice)


def of_shape(expr: Expr, dtype: str, device: VDevice | None) -> TensorType:
    """A tensor whose shape is the value of an expression."""
    return TensorType(expr, dtype, device)


def arithmetic_dtype(a: TensorType, b: TensorType, release: str) -> str:
    """The element type of what is computed of two tensors, which must agree; unknown where one is."""
    if not a.dtype or not b.dtype:
        return ""
    # From 0.25 on bools go with anything, and the first operand says what comes out.
    mixed = not older(release, "0.25") and "bool" in (a.dtype, b.dtype)
    if a.dtype != b.dtype and not mixed:
        raise Reject(f"operands have different element types: {a.dtype} and {b.dtype}", 1)
    return a.dtype


def one_device(a: TensorType, b: TensorType) -> VDevice | None:
    """The device of two tensors, which must agree where both state one."""
    if a.vdevice is None or b.vdevice is None:
        return a.vdevice or b.vdevice
    if a.vdevice != b.vdevice:
        raise Reject(f"operands are on different devices: {a.vdevice} and {b.vdevice}", 1)
    return a.vdevice


def any_device(types: Sequence[TensorType]) -> VDevice | None:
    """The device of tensors; unknown where they state several."""
    found: VDevice | None = None
    for type_ in types:
        if type_.vdevice is not None and found is not None and type_.vdevice != found:
            return None
        found = found or type_.vdevice
    return found


def broadcast(a: Shape, b: Shape, argument: int = 1) -> Shape | None:
    """The broadcast of two shapes; None when it hangs on symbolic sizes, Reject when sizes contradict."""
    result: list[Dim] = []
    short = min(len(a), len(b))
    for n in range(1, short + 1):
        x, y = a[-n], b[-n]
        if isinstance(x, int) and x == 1:
            result.append(y)
        elif (isinstance(y, int) and y == 1) or terms.equal(x, y):
            result.append(x)
        elif isinstance(x, int) and isinstance(y, int):
            raise Reject(f"shapes {rules.show(a)} and {rules.show(b)} do not broadcast", argument)
        else:
            return None
    longer = a if len(a) > len(b) else b
    return (*longer[: len(longer) - short], *reversed(result))


def agree(a: Shape, b: Shape, argument: int) -> bool:
    """Whether two shapes of one rank are provably equal; Reject when they provably differ."""
    if any(map(terms.differ, a, b)):
        raise Reject(f"shapes {rules.show(a)} and {rules.show(b)} differ", argument)
    return all(map(terms.equal, a, b))


def is_whole(dtype: str) -> bool:
    """Whether an element type is a signed or unsigned integer."""
    return dtype.startswith(("int", "uint"))


_FLOATS = ("float16", "float32", "float64")


def check_floats(given: Arguments, type_: TensorType, argument: int = 0) -> None:
    """Reject for a tensor of known elements that are no floats to the release: bfloat16 is one since TVM 0.20."""
    if type_.dtype in ("", *_FLOATS) or (type_.dtype == "bfloat16" and not older(given.release, "0.20")):
        return
    raise Reject(f"expected floats, got {type_.dtype}", argument)


def check_integers(type_: TensorType, argument: int, signed: bool = False) -> None:
    """Reject for a tensor of known elements that are no integers."""
    if type_.dtype and not (type_.dtype.startswith("int") if signed else is_whole(type_.dtype)):
        raise Reject(f"expected integers, got {type_.dtype}", argument)
