"""Shape rules read backwards: from the type wanted of a call to types of operands that give it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tensor_core.shapes import static
from tensor_core.types import TensorType

Choose = Callable[[Sequence[Any]], Any]
"""Draws one of several; the first is the simplest."""

FLOATS = ("float32", "float64")
INTS = ("int32", "int64")
NUMBERS = ("float32", "int32", "float64", "int64")
BOOL = ("bool",)
EVERY = (*NUMBERS, "bool")


@dataclass(frozen=True, slots=True)
class Call:
    """The operands' types (a tuple of types: an argument that is a tuple), the card's parameters, and which field of
    the result is meant (None: the result is a tensor).
    """

    operands: tuple[TensorType | tuple[TensorType, ...], ...]
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    item: int | None = None


Inverse = Callable[[TensorType, Choose], Call]


def same(type_: TensorType, choose: Choose) -> Call:
    """One operand of the result's type."""
    del choose
    return Call((type_,))


def broadcast(type_: TensorType, choose: Choose) -> Call:
    """Two operands of the result's element type, one of them perhaps smaller."""
    return Call(_pair(type_, type_.dtype, choose))


def compared(type_: TensorType, choose: Choose) -> Call:
    """Two operands of any number type, one of them perhaps smaller."""
    return Call(_pair(type_, choose(NUMBERS), choose))


def tested(type_: TensorType, choose: Choose) -> Call:
    """One operand of a float type, for a bool result."""
    return Call((TensorType(type_.shape, choose(FLOATS)),))


def cast(type_: TensorType, choose: Choose) -> Call:
    """One operand of another element type; a float becomes no integer, because some floats have none."""
    sources = EVERY if type_.dtype not in INTS else (*INTS, "bool")
    return Call((TensorType(type_.shape, choose(sources)),), {"dtype": type_.dtype})


def clip(type_: TensorType, choose: Choose) -> Call:
    """One operand, and bounds around zero."""
    low, high = choose(((-1.0, 1.0), (0.0, 6.0), (-2.0, -1.0)))
    return Call((type_,), {"a_min": low, "a_max": high})


def where(type_: TensorType, choose: Choose) -> Call:
    """A condition and two operands, one of the three perhaps smaller."""
    small, full = _smaller(type_.shape, choose), type_.shape
    shapes = choose(((full, full, full), (small, full, full), (full, small, full)))
    return Call((TensorType(shapes[0], "bool"), TensorType(shapes[1], type_.dtype), TensorType(shapes[2], type_.dtype)))


def reduced(type_: TensorType, choose: Choose) -> Call:
    """An operand with one more axis, or with a longer one where the result has extent 1."""
    shape, extent = static(type_.shape), choose((2, 3, 1))
    ones = [n for n, dim in enumerate(shape) if dim == 1]
    axis, keepdims = choose([(n, False) for n in range(len(shape) + 1)] + [(n, True) for n in ones])
    source = (*shape[:axis], extent, *shape[axis + keepdims :])
    return Call((TensorType(source, type_.dtype),), {"axis": (axis,), "keepdims": keepdims})


def index_of(type_: TensorType, choose: Choose) -> Call:
    """As :func:`reduced`, the operand of any number type: the result is a position."""
    plain = reduced(type_, choose)
    (source,) = plain.operands
    assert isinstance(source, TensorType)
    operand = TensorType(source.shape, choose(NUMBERS))
    return Call((operand,), {**plain.params, "dtype": type_.dtype})


def reshaped(type_: TensorType, choose: Choose) -> Call:
    """An operand with the same number of elements."""
    shape = static(type_.shape)
    size = math.prod(shape)
    sources = [(size,), (1, *shape), tuple(reversed(shape)), (*shape, 1)]
    if size % 2 == 0:
        sources.append((2, size // 2))
    return Call((TensorType(choose(sources), type_.dtype),), {"shape": shape})


def transposed(type_: TensorType, choose: Choose) -> Call:
    """An operand with its axes in another order."""
    rank = type_.rank
    axes = choose([tuple(reversed(range(rank))), (*range(1, rank), 0), tuple(range(rank))])
    source = [0] * rank
    for place, axis in enumerate(axes):
        source[axis] = static(type_.shape)[place]
    return Call((TensorType(tuple(source), type_.dtype),), {"axes": axes})


def squeezed(type_: TensorType, choose: Choose) -> Call:
    """An operand with one more axis of extent 1."""
    axis: int = choose(range(type_.rank + 1))
    return Call((TensorType((*type_.shape[:axis], 1, *type_.shape[axis:]), type_.dtype),), {"axis": (axis,)})


def expanded(type_: TensorType, choose: Choose) -> Call:
    """An operand without one of the axes of extent 1."""
    axis: int = choose([n for n, dim in enumerate(type_.shape) if dim == 1])
    return Call((TensorType((*type_.shape[:axis], *type_.shape[axis + 1 :]), type_.dtype),), {"axis": (axis,)})


def spread(type_: TensorType, choose: Choose) -> Call:
    """A smaller operand that is broadcast to the result's shape."""
    return Call((TensorType(_smaller(type_.shape, choose), type_.dtype),), {"shape": type_.shape})


def joined(type_: TensorType, choose: Choose) -> Call:
    """A tuple of two or three parts along an axis."""
    shape = static(type_.shape)
    axis: int = choose([n for n, dim in enumerate(shape) if dim > 1])
    parts = choose(
        [(1, shape[axis] - 1), (shape[axis] - 1, 1), *([(1, 1, shape[axis] - 2)] if shape[axis] > 2 else [])]
    )
    fields = tuple(TensorType((*shape[:axis], part, *shape[axis + 1 :]), type_.dtype) for part in parts)
    return Call((fields,), {"axis": axis})


def stacked(type_: TensorType, choose: Choose) -> Call:
    """A tuple of as many operands as an axis is long."""
    shape = static(type_.shape)
    axis: int = choose([n for n, dim in enumerate(shape) if dim <= 3])
    return Call(((TensorType((*shape[:axis], *shape[axis + 1 :]), type_.dtype),) * shape[axis],), {"axis": axis})


def piece(type_: TensorType, choose: Choose) -> Call:
    """An operand two or three times as long along an axis, of which one piece is taken."""
    axis: int = choose(range(type_.rank))
    pieces: int = choose((2, 3))
    shape = static(type_.shape)
    source = (*shape[:axis], shape[axis] * pieces, *shape[axis + 1 :])
    return Call((TensorType(source, type_.dtype),), {"sections": pieces, "axis": axis}, choose(range(pieces)))


def dense(type_: TensorType, choose: Choose) -> Call:
    """Rows of data times rows of weights."""
    *rows, columns = static(type_.shape)
    inner = choose((1, 2, 3))
    operands = TensorType((*rows, inner), type_.dtype), TensorType((columns, inner), type_.dtype)
    return Call(operands, {"transpose_b": True})


def batched(type_: TensorType, choose: Choose) -> Call:
    """Batches of matrices, each operand perhaps transposed."""
    batch, rows, columns = static(type_.shape)
    inner = choose((1, 2, 3))
    a, b = choose((False, True)), choose((True, False))
    left = (batch, inner, rows) if a else (batch, rows, inner)
    right = (batch, columns, inner) if b else (batch, inner, columns)
    return Call((TensorType(left, type_.dtype), TensorType(right, type_.dtype)), {"transpose_a": a, "transpose_b": b})


def along_an_axis(type_: TensorType, choose: Choose) -> Call:
    """One operand of the result's type, and an axis."""
    return Call((type_,), {"axis": choose(range(-1, type_.rank - 1))})


def biased(type_: TensorType, choose: Choose) -> Call:
    """An operand of the result's type and one value for each place of an axis."""
    axis: int = choose(range(type_.rank))
    return Call((type_, TensorType((type_.shape[axis],), type_.dtype)), {"axis": axis})


def normalised(type_: TensorType, choose: Choose) -> Call:
    """An operand of the result's type, with scale and shift for each place of the last axis."""
    per_place = TensorType(type_.shape[-1:], type_.dtype)
    params = {"axes": (type_.rank - 1,), "epsilon": choose((1e-5, 1e-3)), "center": True, "scale": True}
    return Call((type_, per_place, per_place), params)


def _pair(type_: TensorType, dtype: str, choose: Choose) -> tuple[TensorType, TensorType]:
    full = TensorType(type_.shape, dtype)
    small = TensorType(_smaller(type_.shape, choose), dtype)
    return choose(((full, full), (full, small), (small, full)))


def _smaller(shape: tuple[Any, ...], choose: Choose) -> tuple[Any, ...]:
    """A shape that broadcasts to ``shape`` together with it."""
    options: list[tuple[Any, ...]] = [shape, ()]
    if shape:
        options += [shape[1:], (1, *shape[1:]), (*shape[:-1], 1)]
    return choose(options)
