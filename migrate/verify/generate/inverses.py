"""Shape rules read backwards: from the type wanted of a call to types of operands that give it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrate.verify.generate.element_types import ALL_FLOATS, ALL_INTS, EVERY, INTS, number
from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.shapes import static
from tensor_core.types import TensorType

Choose = Callable[[Sequence[Any]], Any]
"""Draws one of several; the first is the simplest."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The operands' types (a tuple of types: an argument that is a tuple), the card's parameters, and which field of
    the result is meant (None: the result is a tensor).

    ``domains`` narrows, by operand, what the card says of values; ``values`` gives operands outright. ``attrs`` writes
    attributes otherwise than the card does, in words that mean the same.
    """

    operands: tuple[TensorType | tuple[TensorType, ...], ...]
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    item: int | None = None
    domains: Mapping[int, Domain] = field(default_factory=dict[int, Domain])
    values: Mapping[int, Any] = field(default_factory=dict[int, Any])
    attrs: Mapping[str, Any] = field(default_factory=dict[str, Any])


Inverse = Callable[[TensorType, Choose], Plan]


def same(type_: TensorType, choose: Choose) -> Plan:
    """One operand of the result's type."""
    del choose
    return Plan((type_,))


def broadcast(type_: TensorType, choose: Choose) -> Plan:
    """Two operands of the result's element type, one of them perhaps smaller."""
    return Plan(_pair(type_, type_.dtype, choose))


def compared(type_: TensorType, choose: Choose) -> Plan:
    """Two operands of any number type, one of them perhaps smaller."""
    return Plan(_pair(type_, number(choose), choose))


def tested(type_: TensorType, choose: Choose) -> Plan:
    """One operand of a float type, for a bool result."""
    return Plan((TensorType(type_.shape, choose(ALL_FLOATS)),))


def cast(type_: TensorType, choose: Choose) -> Plan:
    """One operand of another element type; a float becomes no integer, because some floats have none."""
    whole = dtypes.is_int(type_.dtype)
    sources = (*INTS, "bool", *EVERY) if not whole else (*INTS, "bool", *ALL_INTS)
    return Plan((TensorType(type_.shape, choose(sources)),), {"dtype": type_.dtype})


def clip(type_: TensorType, choose: Choose) -> Plan:
    """One operand, and bounds around zero."""
    below = () if dtypes.is_unsigned_int(type_.dtype) else ((-1.0, 1.0), (-2.0, -1.0))
    low, high = choose(((0.0, 6.0), (1.0, 3.0), *below))
    return Plan((type_,), {"a_min": low, "a_max": high})


def where(type_: TensorType, choose: Choose) -> Plan:
    """A condition and two operands, one of the three perhaps smaller."""
    small, full = _smaller(type_.shape, choose), type_.shape
    shapes = choose(((full, full, full), (small, full, full), (full, small, full)))
    return Plan((TensorType(shapes[0], "bool"), TensorType(shapes[1], type_.dtype), TensorType(shapes[2], type_.dtype)))


def index_of(type_: TensorType, choose: Choose) -> Plan:
    """An operand of any number type with one more axis, or a longer one: the result is a position."""
    shape, extent = static(type_.shape), choose((2, 3, 1))
    ones = [n for n, dim in enumerate(shape) if dim == 1]
    axis, keepdims = choose([(n, False) for n in range(len(shape) + 1)] + [(n, True) for n in ones])
    operand = TensorType((*shape[:axis], extent, *shape[axis + keepdims :]), number(choose))
    params = {"axis": (axis,), "keepdims": keepdims, "select_last_index": choose((False, True)), "dtype": type_.dtype}
    return Plan((operand,), params)


def reshaped(type_: TensorType, choose: Choose) -> Plan:
    """An operand with the same number of elements."""
    shape = static(type_.shape)
    size = math.prod(shape)
    sources = [(size,), (1, *shape), tuple(reversed(shape)), (*shape, 1)]
    if size % 2 == 0:
        sources.append((2, size // 2))
    source = choose(sources)
    attrs = {"newshape": _in_other_words(shape, source, choose)} if size and shape else {}
    return Plan((TensorType(source, type_.dtype),), {"shape": shape}, attrs=attrs)


def _in_other_words(shape: tuple[int, ...], source: tuple[int, ...], choose: Choose) -> tuple[int, ...]:
    """A new shape as Relay may say it: one dimension left open, others taken from the operand."""
    same = [n for n, (new, old) in enumerate(zip(shape, source, strict=False)) if new == old]
    ways = [shape, *((*shape[:n], -1, *shape[n + 1 :]) for n in range(len(shape)))]
    ways += [(*shape[:n], 0, *shape[n + 1 :]) for n in same]
    if len(shape) < len(source) and shape[:-1] == source[: len(shape) - 1]:
        ways.append((*shape[:-1], -1))
    if shape == source:
        ways.append((-2,))
    if len(shape) == 1 and len(source) == 2:
        ways.append((-3,))
    if len(source) == 1 and len(shape) == 2:
        ways.append((-4, *shape))
    return choose(ways)


def transposed(type_: TensorType, choose: Choose) -> Plan:
    """An operand with its axes in another order."""
    rank = type_.rank
    axes = choose([tuple(reversed(range(rank))), (*range(1, rank), 0), tuple(range(rank))])
    source = [0] * rank
    for place, axis in enumerate(axes):
        source[axis] = static(type_.shape)[place]
    return Plan((TensorType(tuple(source), type_.dtype),), {"axes": axes})


def squeezed(type_: TensorType, choose: Choose) -> Plan:
    """An operand with one more axis of extent 1."""
    axis: int = choose(range(type_.rank + 1))
    return Plan((TensorType((*type_.shape[:axis], 1, *type_.shape[axis:]), type_.dtype),), {"axis": (axis,)})


def expanded(type_: TensorType, choose: Choose) -> Plan:
    """An operand without one of the axes of extent 1."""
    axis: int = choose([n for n, dim in enumerate(type_.shape) if dim == 1])
    return Plan((TensorType((*type_.shape[:axis], *type_.shape[axis + 1 :]), type_.dtype),), {"axis": (axis,)})


def spread(type_: TensorType, choose: Choose) -> Plan:
    """A smaller operand that is broadcast to the result's shape."""
    return Plan((TensorType(_smaller(type_.shape, choose), type_.dtype),), {"shape": type_.shape})


def joined(type_: TensorType, choose: Choose) -> Plan:
    """A tuple of two or three parts along an axis."""
    shape = static(type_.shape)
    axis: int = choose([n for n, dim in enumerate(shape) if dim > 1])
    parts = choose(
        [(1, shape[axis] - 1), (shape[axis] - 1, 1), *([(1, 1, shape[axis] - 2)] if shape[axis] > 2 else [])]
    )
    fields = tuple(TensorType((*shape[:axis], part, *shape[axis + 1 :]), type_.dtype) for part in parts)
    return Plan((fields,), {"axis": axis})


def stacked(type_: TensorType, choose: Choose) -> Plan:
    """A tuple of as many operands as an axis is long."""
    shape = static(type_.shape)
    axis: int = choose([n for n, dim in enumerate(shape) if 0 < dim <= 3])
    return Plan(((TensorType((*shape[:axis], *shape[axis + 1 :]), type_.dtype),) * shape[axis],), {"axis": axis})


def piece(type_: TensorType, choose: Choose) -> Plan:
    """An operand two or three times as long along an axis, of which one piece is taken."""
    axis: int = choose(range(type_.rank))
    pieces: int = choose((2, 3))
    shape = static(type_.shape)
    source = (*shape[:axis], shape[axis] * pieces, *shape[axis + 1 :])
    return Plan((TensorType(source, type_.dtype),), {"sections": pieces, "axis": axis}, choose(range(pieces)))


def along_an_axis(type_: TensorType, choose: Choose) -> Plan:
    """One operand of the result's type, and an axis."""
    return Plan((type_,), {"axis": choose(range(-1, type_.rank - 1))})


def normalised(type_: TensorType, choose: Choose) -> Plan:
    """An operand of the result's type, with scale and shift for each place of the last axis."""
    per_place = TensorType(type_.shape[-1:], type_.dtype)
    params = {"axes": (type_.rank - 1,), "epsilon": choose((1e-5, 1e-3)), "center": True, "scale": True}
    return Plan((type_, per_place, per_place), params)


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
