"""Type rules that many cards share, and the checks they are made of."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.limits import DEFAULT
from tensor_core.ops.card import OpCard, Reject
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType, TupleType, Type, leaves

Array = np.ndarray[Any, Any]
"""An array of any element type, as references take and return them."""


def tensor(type_: Type, argument: int) -> TensorType:
    """The argument's type as a tensor type, or a rejection that names the argument."""
    if not isinstance(type_, TensorType):
        raise Reject(f"expected a tensor, got {type_}", argument)
    return type_


def identity(params: Any, type_: Type, *rest: Type) -> Type:
    """The result has the first argument's type."""
    del params, rest
    return tensor(type_, 0)


def float_identity(params: Any, type_: Type, *rest: Type) -> Type:
    """As :func:`identity`, of floats only."""
    del params, rest
    return floats(type_, 0)


def floats(type_: Type, argument: int) -> TensorType:
    """The argument's type as a tensor of floats, or a rejection."""
    result = tensor(type_, argument)
    if not dtypes.is_float(result.dtype):
        raise Reject(f"expected floats, got {result.dtype}", argument)
    return result


def broadcast(params: Any, left: Type, right: Type) -> Type:
    """Numpy broadcasting of two tensors of one dtype (BroadcastRel in TVM 0.19: dtypes are never promoted)."""
    del params
    a, b = tensor(left, 0), tensor(right, 1)
    if a.dtype != b.dtype:
        raise Reject(f"operands have different element types: {a.dtype} and {b.dtype}", 1)
    # A type of its own even for equal shapes: unification may later change one and not the other.
    return TensorType(a.shape if a.shape == b.shape else broadcast_shape(a.shape, b.shape), a.dtype)


def compare(params: Any, left: Type, right: Type) -> Type:
    """As :func:`broadcast`, with a bool result."""
    result = tensor(broadcast(params, left, right), 0)
    return TensorType(result.shape, "bool")


def broadcast_shape(a: Shape, b: Shape, argument: int = 1) -> Shape:
    """The broadcast of two shapes, or a rejection."""
    result = shapes.broadcast(a, b)
    if result is None:
        raise Reject(f"shapes {show(a)} and {show(b)} do not broadcast", argument)
    return result


def unify(a: Dim, b: Dim) -> Dim | None:
    """What two dimensions that must be equal are, a known one before an open one; None when they provably differ."""
    if shapes.prove_different(a, b):
        return None
    return b if isinstance(a, shapes.AnyDim) or (isinstance(b, int) and not isinstance(a, int)) else a


def unified_shape(a: Shape, b: Shape, argument: int) -> Shape:
    """Two shapes that must be equal as one, or a rejection; an open dimension stays open (type unification in TVM)."""
    if len(a) != len(b) or any(map(shapes.prove_different, a, b)):
        raise Reject(f"shapes {show(a)} and {show(b)} differ", argument)
    return tuple(x if isinstance(x, shapes.AnyDim) or isinstance(y, int) else y for x, y in zip(a, b, strict=True))


def closed(shape: Shape) -> Shape:
    """A shape that an operator can be asked for: a rejection when a dimension is open."""
    if any(isinstance(dim, shapes.AnyDim) for dim in shape):
        raise Reject(f"the dimensions of {show(shape)} are not all known")
    return shape


def known_length(type_: Type, argument: int) -> int:
    """The number of elements of a vector with one for each dimension, or a rejection when that is not known."""
    shape = tensor(type_, argument).shape
    if len(shape) != 1 or not isinstance(shape[0], int):
        raise Reject(f"expected a vector of known length, got {show(shape)}", argument)
    return rank(shape[0], argument)


def rank(count: int, argument: int | None = None) -> int:
    """A number of dimensions, or a rejection when no tensor has so many."""
    if not 0 <= count <= DEFAULT.dims:
        raise Reject(f"a tensor of {count} dimensions is not possible, {DEFAULT.dims} are the most", argument)
    return count


def fits_floats(_params: Any, types: Sequence[Type], release: str) -> str | None:
    """Of a Relax spelling: it takes floats only."""
    dtype = tensor(types[0], 0).dtype
    return None if dtypes.is_float(dtype) else f"Relax {release} takes floats only, not {dtype}"


def integers(type_: Type, argument: int) -> TensorType:
    """The argument's type as a tensor of signed or unsigned integers, or a rejection."""
    result = tensor(type_, argument)
    if not dtypes.is_int(result.dtype):
        raise Reject(f"expected integers, got {result.dtype}", argument)
    return result


def elements_of(type_: Type, dtype: str, argument: int) -> TensorType:
    """The argument's type as a tensor of one element type, that of the data, or a rejection."""
    result = tensor(type_, argument)
    if result.dtype != dtype:
        raise Reject(f"expected element type {dtype} as in the data, got {result.dtype}", argument)
    return result


def possible(type_: Type) -> Type:
    """The type of a result, or a rejection when no value has it: an extent is negative or beyond int64."""
    for leaf in leaves(type_):
        if isinstance(leaf, TensorType):
            if any(isinstance(dim, int) and not 0 <= dim < _TOO_LARGE for dim in leaf.shape):
                raise Reject(f"the result would be of the impossible shape {show(leaf.shape)}")
            rank(len(leaf.shape))
    return type_


_TOO_LARGE = 1 << 63


def whole(value: Any, name: str) -> Any:
    """A parameter that must be an integer or a symbolic one, or a rejection that names it."""
    if isinstance(value, bool) or not isinstance(value, (int, prim.PrimExpr)):
        raise Reject(f"{name} must be an integer, not {value}")
    return value


def positive(value: int, name: str) -> int:
    """A parameter that must be at least 1, or a rejection that names it."""
    if value < 1:
        raise Reject(f"{name} must be positive, not {value}")
    return value


def tuple_for_tensor(card: OpCard[Any], types: Sequence[Type]) -> Reject | None:
    """Why a card cannot compute operands of these types, of which its type rule does not look at all."""
    for place, found in enumerate(types):
        operand = card.inputs[min(place, len(card.inputs) - 1)]
        if isinstance(found, TupleType) and not operand.variadic:
            return Reject(f"{operand.name} must be a tensor, not {found}", place)
    return None


@contextmanager
def meaning_of(card: OpCard[Any], types: Sequence[Type]) -> Generator[None]:
    """While a card is lowered or expanded for operands of these types: Reject, where it needs a size, an element type
    or an integer that there is not, or a tensor where its type rule takes anything.
    """
    try:
        yield
    except shapes.UnknownSize as error:
        raise Reject(f"{card.name} has no tensor program of any size: {error}") from None
    except (dtypes.NoArrays, prim.NoInteger) as error:
        raise Reject(f"{card.name} has no tensor program: {error}") from None
    except (AttributeError, IndexError, TypeError):
        odd = tuple_for_tensor(card, types)
        if odd is None:
            raise
        raise odd from None


def known_dtype(dtype: str | None) -> str:
    """An attribute that names an element type, or a rejection."""
    if dtype is None:
        raise Reject("dtype must name an element type")
    if not dtypes.is_known(dtype):
        raise Reject(f"no element type is called {dtype!r}")
    return dtype


def axis(value: int, rank: int, argument: int | None = None) -> int:
    """A possibly negative axis as an index below ``rank``, or a rejection."""
    if not -rank <= value < rank:
        raise Reject(f"axis {value} is out of range for {rank} dimensions", argument)
    return value + rank if value < 0 else value


def axes(values: Sequence[int], rank: int) -> tuple[int, ...]:
    """Possibly negative axes as indices below ``rank``, each named once, or a rejection."""
    result = tuple(axis(value, rank) for value in values)
    if len(set(result)) != len(result):
        raise Reject(f"an axis is named twice in {tuple(values)}")
    return result


def steps(count: int) -> Array:
    """0, 1, 2, ... below ``count``."""
    result: Array = np.arange(count)
    return result


def places(shape: Sequence[int]) -> list[Array]:
    """For every axis, the index along it of every element of an array of this shape."""
    result: Any = np.indices(tuple(shape))
    return list(result)


def many(value: int | Sequence[int]) -> tuple[int, ...]:
    """An attribute that a script may give as one number or as a list of them."""
    return (value,) if isinstance(value, int) else tuple(value)


def tensors(type_: Type, argument: int) -> tuple[TensorType, ...]:
    """The fields of a tuple argument, which must be at least one tensor, or a rejection."""
    if not isinstance(type_, TupleType) or not type_.fields:
        raise Reject(f"expected a tuple of tensors, got {type_}", argument)
    return tuple(tensor(item, argument) for item in type_.fields)


def constant_number(value: Any) -> int | float | None:
    """The number behind an attribute that holds an expression; None when that is not a scalar constant.

    A constant is a number, an array, or a node with its array in ``data``.
    """
    if isinstance(value, (int, float)):
        return value
    array: Any = getattr(value, "data", None) if not isinstance(value, np.ndarray) else cast(Any, value)
    return cast(Array, array).item() if isinstance(array, np.ndarray) and array.size == 1 else None


def show(shape: Shape) -> str:
    """A shape for messages."""
    return f"({', '.join(map(shapes.to_text, shape))})"
