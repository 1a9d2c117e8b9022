"""Which operators a generated program may hold, and how each is read backwards: from the result's type to its operands'.

One row per operator. An operator whose shape rule is like that of one in the table becomes reachable by one more row;
nothing is ever drawn and thrown away, because every inverse gives operands that the operator takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tensor_core.ops.card import Domain
from tensor_core.ops.registry import registry
from tensor_core.shapes import static
from tensor_core.types import TensorType

T = TypeVar("T")

Choose = Callable[[Sequence[T]], T]
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


Inverse = Callable[[TensorType, "Choose[Any]"], Call]


@dataclass(frozen=True, slots=True)
class Production:
    """How calls of one card come to be: for results of these element types and ``ranks`` (and ``fits``, if given)."""

    card: str
    inverse: Inverse
    dtypes: tuple[str, ...] = NUMBERS
    ranks: range = range(5)
    fits: Callable[[tuple[int, ...]], bool] | None = None

    def reaches(self, type_: TensorType) -> bool:
        """Whether a call can have this type."""
        return (
            type_.dtype in self.dtypes
            and type_.rank in self.ranks
            and (self.fits is None or self.fits(static(type_.shape)))
        )

    def domains(self) -> tuple[Domain | None, ...]:
        """Where the values of each operand must lie; None for anywhere."""
        anywhere = Domain()
        return tuple(None if item.domain == anywhere else item.domain for item in registry().by_name[self.card].inputs)


def same(type_: TensorType, choose: Choose[Any]) -> Call:
    """One operand of the result's type."""
    del choose
    return Call((type_,))


def broadcast(type_: TensorType, choose: Choose[Any]) -> Call:
    """Two operands of the result's element type, one of them perhaps smaller."""
    return Call(_pair(type_, type_.dtype, choose))


def compared(type_: TensorType, choose: Choose[Any]) -> Call:
    """Two operands of any number type, one of them perhaps smaller."""
    return Call(_pair(type_, choose(NUMBERS), choose))


def tested(type_: TensorType, choose: Choose[Any]) -> Call:
    """One operand of a float type, for a bool result."""
    return Call((TensorType(type_.shape, choose(FLOATS)),))


def cast(type_: TensorType, choose: Choose[Any]) -> Call:
    """One operand of another element type; a float becomes no integer, because some floats have none."""
    sources = EVERY if type_.dtype not in INTS else (*INTS, "bool")
    return Call((TensorType(type_.shape, choose(sources)),), {"dtype": type_.dtype})


def clip(type_: TensorType, choose: Choose[Any]) -> Call:
    """One operand, and bounds around zero."""
    low, high = choose(((-1.0, 1.0), (0.0, 6.0), (-2.0, -1.0)))
    return Call((type_,), {"a_min": low, "a_max": high})


def where(type_: TensorType, choose: Choose[Any]) -> Call:
    """A condition and two operands, one of the three perhaps smaller."""
    small, full = _smaller(type_.shape, choose), type_.shape
    shapes = choose(((full, full, full), (small, full, full), (full, small, full)))
    return Call(
        (TensorType(shapes[0], "bool"), TensorType(shapes[1], type_.dtype), TensorType(shapes[2], type_.dtype))
    )


def reduced(type_: TensorType, choose: Choose[Any]) -> Call:
    """An operand with one more axis, or with a longer one where the result has extent 1."""
    shape, extent = static(type_.shape), choose((2, 3, 1))
    ones = [n for n, dim in enumerate(shape) if dim == 1]
    axis, keepdims = choose([(n, False) for n in range(len(shape) + 1)] + [(n, True) for n in ones])
    source = (*shape[:axis], extent, *shape[axis + keepdims :])
    return Call((TensorType(source, type_.dtype),), {"axis": (axis,), "keepdims": keepdims})


def index_of(type_: TensorType, choose: Choose[Any]) -> Call:
    """As :func:`reduced`, the operand of any number type: the result is a position."""
    plain = reduced(type_, choose)
    (source,) = plain.operands
    assert isinstance(source, TensorType)
    operand = TensorType(source.shape, choose(NUMBERS))
    return Call((operand,), {**plain.params, "select_last_index": choose((False, True)), "dtype": type_.dtype})


def reshaped(type_: TensorType, choose: Choose[Any]) -> Call:
    """An operand with the same number of elements."""
    shape = static(type_.shape)
    size = math.prod(shape)
    sources = [(size,), (1, *shape), tuple(reversed(shape)), (*shape, 1)]
    if size % 2 == 0:
        sources.append((2, size // 2))
    return Call((TensorType(choose(sources), type_.dtype),), {"shape": shape})


def transposed(type_: TensorType, choose: Choose[Any]) -> Call:
    """An operand with its axes in another order."""
    rank = type_.rank
    axes = choose([tuple(reversed(range(rank))), (*range(1, rank), 0), tuple(range(rank))])
    source = [0] * rank
    for place, axis in enumerate(axes):
        source[axis] = static(type_.shape)[place]
    return Call((TensorType(tuple(source), type_.dtype),), {"axes": axes})


def squeezed(type_: TensorType, choose: Choose[Any]) -> Call:
    """An operand with one more axis of extent 1."""
    axis = choose(range(type_.rank + 1))
    return Call(
        (TensorType((*type_.shape[:axis], 1, *type_.shape[axis:]), type_.dtype),), {"axis": (axis,)}
    )


def expanded(type_: TensorType, choose: Choose[Any]) -> Call:
    """An operand without one of the axes of extent 1."""
    axis = choose([n for n, dim in enumerate(type_.shape) if dim == 1])
    return Call((TensorType((*type_.shape[:axis], *type_.shape[axis + 1 :]), type_.dtype),), {"axis": (axis,)})


def spread(type_: TensorType, choose: Choose[Any]) -> Call:
    """A smaller operand that is broadcast to the result's shape."""
    return Call((TensorType(_smaller(type_.shape, choose), type_.dtype),), {"shape": type_.shape})


def joined(type_: TensorType, choose: Choose[Any]) -> Call:
    """A tuple of two or three parts along an axis."""
    shape = static(type_.shape)
    axis = choose([n for n, dim in enumerate(shape) if dim > 1])
    parts = choose([(1, shape[axis] - 1), (shape[axis] - 1, 1), *([(1, 1, shape[axis] - 2)] if shape[axis] > 2 else [])])
    fields = tuple(TensorType((*shape[:axis], part, *shape[axis + 1 :]), type_.dtype) for part in parts)
    return Call((fields,), {"axis": axis})


def stacked(type_: TensorType, choose: Choose[Any]) -> Call:
    """A tuple of as many operands as an axis is long."""
    shape = static(type_.shape)
    axis = choose([n for n, dim in enumerate(shape) if dim <= 3])
    return Call(((TensorType((*shape[:axis], *shape[axis + 1 :]), type_.dtype),) * shape[axis],), {"axis": axis})


def piece(type_: TensorType, choose: Choose[Any]) -> Call:
    """An operand two or three times as long along an axis, of which one piece is taken."""
    axis, pieces = choose(range(type_.rank)), choose((2, 3))
    shape = static(type_.shape)
    source = (*shape[:axis], shape[axis] * pieces, *shape[axis + 1 :])
    return Call((TensorType(source, type_.dtype),), {"sections": pieces, "axis": axis}, choose(range(pieces)))


def dense(type_: TensorType, choose: Choose[Any]) -> Call:
    """Rows of data times rows of weights."""
    *rows, columns = static(type_.shape)
    inner = choose((1, 2, 3))
    operands = TensorType((*rows, inner), type_.dtype), TensorType((columns, inner), type_.dtype)
    return Call(operands, {"transpose_b": True})


def batched(type_: TensorType, choose: Choose[Any]) -> Call:
    """Batches of matrices, each operand perhaps transposed."""
    batch, rows, columns = static(type_.shape)
    inner = choose((1, 2, 3))
    a, b = choose((False, True)), choose((True, False))
    left = (batch, inner, rows) if a else (batch, rows, inner)
    right = (batch, columns, inner) if b else (batch, inner, columns)
    return Call(
        (TensorType(left, type_.dtype), TensorType(right, type_.dtype)), {"transpose_a": a, "transpose_b": b}
    )


def along_an_axis(type_: TensorType, choose: Choose[Any]) -> Call:
    """One operand of the result's type, and an axis."""
    return Call((type_,), {"axis": choose(range(-1, type_.rank - 1))})


def biased(type_: TensorType, choose: Choose[Any]) -> Call:
    """An operand of the result's type and one value for each place of an axis."""
    axis = choose(range(type_.rank))
    return Call((type_, TensorType((type_.shape[axis],), type_.dtype)), {"axis": axis})


def normalised(type_: TensorType, choose: Choose[Any]) -> Call:
    """An operand of the result's type, with scale and shift for each place of the last axis."""
    per_place = TensorType(type_.shape[-1:], type_.dtype)
    params = {"axes": (type_.rank - 1,), "epsilon": choose((1e-5, 1e-3)), "center": True, "scale": True}
    return Call((type_, per_place, per_place), params)


def _pair(type_: TensorType, dtype: str, choose: Choose[Any]) -> tuple[TensorType, TensorType]:
    full = TensorType(type_.shape, dtype)
    small = TensorType(_smaller(type_.shape, choose), dtype)
    return choose(((full, full), (full, small), (small, full)))


def _smaller(shape: tuple[Any, ...], choose: Choose[Any]) -> tuple[Any, ...]:
    """A shape that broadcasts to ``shape`` together with it."""
    options: list[tuple[Any, ...]] = [shape, ()]
    if shape:
        options += [shape[1:], (1, *shape[1:]), (*shape[:-1], 1)]
    return choose(options)


def _has_one(shape: tuple[int, ...]) -> bool:
    return 1 in shape


def _can_be_joined(shape: tuple[int, ...]) -> bool:
    return any(dim > 1 for dim in shape)


def _can_be_stacked(shape: tuple[int, ...]) -> bool:
    return any(0 < dim <= 3 for dim in shape)


def _rows(cards: str, inverse: Inverse, dtypes: tuple[str, ...] = NUMBERS) -> tuple[Production, ...]:
    return tuple(Production(card, inverse, dtypes) for card in cards.split())


PRODUCTIONS: tuple[Production, ...] = (
    *_rows("add subtract multiply maximum minimum", broadcast),
    *_rows("nn.relu negative abs sign", same),
    *_rows("divide", broadcast, FLOATS),
    *_rows("floor_divide floor_mod", broadcast),
    *_rows("exp log sqrt rsqrt tanh sigmoid erf sin cos atan floor ceil trunc", same, FLOATS),
    *_rows("bitwise_and bitwise_or bitwise_xor left_shift right_shift", broadcast, INTS),
    *_rows("bitwise_not", same, INTS),
    *_rows("equal not_equal less less_equal greater greater_equal", compared, BOOL),
    *_rows("logical_and logical_or logical_xor", broadcast, BOOL),
    *_rows("logical_not", same, BOOL),
    *_rows("isnan isfinite isinf", tested, BOOL),
    *_rows("cast", cast, EVERY),
    *_rows("clip", clip),
    *_rows("where", where, EVERY),
    *_rows("reshape", reshaped, EVERY),
    *_rows("transpose", transposed, EVERY),
    *_rows("squeeze", squeezed, EVERY),
    *_rows("broadcast_to", spread, EVERY),
    Production("expand_dims", expanded, EVERY, fits=_has_one),
    Production("sum", reduced, NUMBERS, range(3)),
    Production("mean", reduced, FLOATS, range(3)),
    Production("max", reduced, NUMBERS, range(3)),
    Production("min", reduced, NUMBERS, range(3)),
    Production("prod", reduced, FLOATS, range(3)),
    Production("argmax", index_of, INTS, range(3)),
    Production("argmin", index_of, INTS, range(3)),
    Production("concatenate", joined, EVERY, range(1, 5), _can_be_joined),
    Production("stack", stacked, EVERY, range(1, 5), _can_be_stacked),
    Production("split", piece, EVERY, range(1, 5)),
    Production("nn.dense", dense, FLOATS, range(2, 4)),
    Production("nn.batch_matmul", batched, FLOATS, range(3, 4)),
    Production("nn.softmax", along_an_axis, FLOATS, range(1, 5)),
    Production("nn.log_softmax", along_an_axis, FLOATS, range(1, 5)),
    Production("nn.bias_add", biased, FLOATS, range(1, 5)),
    Production("nn.layer_norm", normalised, FLOATS, range(1, 5)),
)
"""All rows, the plainest first."""
