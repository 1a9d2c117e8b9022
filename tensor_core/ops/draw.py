"""Drawing legal calls of a card: what generators, the tests of all cards and the tests of refusals are made of.

A card's ``draw`` makes one call from a source of choices. It never draws what the card rejects, so nothing is thrown
away, and it leaves no attribute at one value: whatever a call may say is drawn sooner or later. Smaller choices are
simpler ones, so that a shrinker behind the source (hypothesis, for one) shrinks calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from tensor_core import dtypes
from tensor_core.ops.card import Domain, NoParams, OpCard
from tensor_core.shapes import static
from tensor_core.types import TensorType, TupleType, Type, tensor_type_of

T = TypeVar("T")
Array = np.ndarray[Any, Any]

FLOATS = ("float32", "float64", "float16")
SIGNED = ("int32", "int64", "int8", "int16")
UNSIGNED = ("uint8", "uint32", "uint16", "uint64")
INTS = (*SIGNED, *UNSIGNED)
NUMBERS = (*FLOATS, *INTS)
EVERY = (*NUMBERS, "bool")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One legal call: the card's parameters, the arguments' types, and what their values must keep to.

    ``domains`` narrows, by position, the domain that the card states for an input (an index must lie in the drawn
    dimension). ``values`` gives an argument outright where only few values make sense (a key, a shape, offsets).
    """

    params: Any
    types: tuple[Type, ...]
    domains: Mapping[int, Domain] = field(default_factory=dict[int, Domain])
    values: Mapping[int, Any] = field(default_factory=dict[int, Any])


class Draw:
    """Choices, made by a function that gives an integer between two bounds, both included."""

    __slots__ = ("integer",)

    def __init__(self, integer: Callable[[int, int], int]) -> None:
        self.integer = integer

    def one_of(self, *items: T) -> T:
        """One of these, the plainest given first."""
        return items[self.integer(0, len(items) - 1)]

    def flag(self) -> bool:
        """False or True."""
        return bool(self.integer(0, 1))

    def some(self, value: Callable[[], T]) -> T | None:
        """None, or what a function draws."""
        return value() if self.flag() else None

    def extents(self, rank: int, least: int = 1, most: int = 5) -> tuple[int, ...]:
        """``rank`` dimensions."""
        return tuple(self.integer(least, most) for _ in range(rank))

    def shape(self, low: int = 0, high: int = 4, least: int = 1, most: int = 5) -> tuple[int, ...]:
        """A shape of ``low`` to ``high`` dimensions, each of ``least`` to ``most``."""
        return self.extents(self.integer(low, high), least, most)

    def any_shape(self, low: int = 0, high: int = 4) -> tuple[int, ...]:
        """As :meth:`shape`; now and then a dimension has no elements."""
        shape = self.shape(low, high)
        if not shape or self.integer(0, 15) < 15:
            return shape
        place = self.integer(0, len(shape) - 1)
        return (*shape[:place], 0, *shape[place + 1 :])

    def axis(self, rank: int) -> int:
        """An axis of a tensor of this rank, counted from either end."""
        return self.signed(self.integer(0, rank - 1), rank)

    def signed(self, axis: int, rank: int) -> int:
        """This axis, counted from either end."""
        return axis - rank if self.flag() else axis

    def some_axes(self, rank: int, count: int) -> tuple[int, ...]:
        """So many distinct axes in any order, counted from either end."""
        return tuple(self.signed(axis, rank) for axis in self.permutation(rank)[:count])

    def axes(self, rank: int, least: int = 0) -> tuple[int, ...]:
        """Distinct axes in ascending order, at least so many."""
        chosen = [n for n in range(rank) if self.flag()]
        missing = [n for n in range(rank) if n not in chosen][: max(0, least - len(chosen))]
        return tuple(sorted(chosen + missing))

    def permutation(self, count: int) -> tuple[int, ...]:
        """0 to ``count`` - 1 in any order."""
        rest = list(range(count))
        return tuple(rest.pop(self.integer(0, len(rest) - 1)) for _ in range(count))

    def grouped(self, factors: Sequence[int]) -> tuple[int, ...]:
        """A shape of as many elements as ``factors`` have: neighbours joined, perhaps a one among them."""
        shape = [1] if self.flag() and self.flag() else list[int]()
        for factor in factors:
            if shape and self.flag():
                shape[-1] *= factor
            else:
                shape.append(factor)
        return tuple(shape)

    def narrowed(self, shape: Sequence[int]) -> tuple[int, ...]:
        """A shape that broadcasts to ``shape``: without leading dimensions, with ones in the place of others."""
        kept = shape[self.integer(0, len(shape)) :]
        return tuple(1 if self.flag() and self.flag() else dim for dim in kept)


def pointwise(*of: str) -> Callable[[Draw], Drawn]:
    """Calls without parameters on one tensor of any shape, of one of these element types."""
    return lambda d: Drawn(NoParams(), (TensorType(d.any_shape(), d.one_of(*of)),))


def broadcast(*of: str) -> Callable[[Draw], Drawn]:
    """Calls without parameters on two tensors whose shapes broadcast, of one of these element types."""

    def draw(d: Draw) -> Drawn:
        shape, dtype = d.any_shape(), d.one_of(*of)
        pair = (shape, d.narrowed(shape))
        left, right = reversed(pair) if d.flag() else pair
        return Drawn(NoParams(), (TensorType(left, dtype), TensorType(right, dtype)))

    return draw


def known(d: Draw, numbers: Any) -> tuple[TensorType, Array]:
    """Whole numbers that an operand holds, and its type."""
    array = np.asarray(numbers, d.one_of("int64", "int32"))
    return tensor_type_of(array), array


def padding_value(d: Draw, dtype: str) -> float:
    """A number that stands around elements of this type, zero for preference."""
    return d.one_of(0.0, 1.0, *((-2.5,) if dtypes.is_float(dtype) else ()))


def odd_floats(d: Draw, type_: TensorType) -> Array:
    """Floats that are no numbers, infinite, or zero of either sign among plain ones."""
    odd = np.array([1.0, np.nan, -2.5, np.inf, 0.0, -np.inf, -0.0, np.nan, 3.0])
    order = list(d.permutation(len(odd)))
    return np.resize(odd[order], static(type_.shape)).astype(dtypes.to_numpy(type_.dtype))


def arguments(card: OpCard[Any], drawn: Drawn, rng: np.random.Generator) -> tuple[Any, ...]:
    """Values for the arguments of a drawn call; a variadic argument is a tuple of arrays.

    Most are small and exact in every type, some are any reals, some lie where functions bend or jump: at zero of either
    sign, at halves, at the ends of the domain. There is no NaN and no infinity among them.
    """
    last = len(card.inputs) - 1
    domains = (drawn.domains.get(n, card.inputs[min(n, last)].domain) for n in range(len(drawn.types)))
    return tuple(
        drawn.values[n] if n in drawn.values else _value(type_, domain, rng)
        for n, (type_, domain) in enumerate(zip(drawn.types, domains, strict=True))
    )


def _value(type_: Type, domain: Domain, rng: np.random.Generator) -> Any:
    if isinstance(type_, TupleType):
        return tuple(_value(item, domain, rng) for item in type_.fields)
    assert isinstance(type_, TensorType)
    return array(static(type_.shape), type_.dtype, domain, rng)


def array(shape: tuple[int, ...], dtype: str, domain: Domain, rng: np.random.Generator) -> Array:
    """Values of one element type inside a domain."""
    if dtype == "bool":
        return np.asarray(rng.integers(0, 2, shape), bool)
    low, high = max(dtypes.lowest(dtype), domain.low), min(dtypes.highest(dtype), domain.high)
    if not dtypes.is_float(dtype):
        first, last = math.ceil(low), math.floor(high)
        wide = np.int64 if first < 0 else np.uint64
        return np.asarray(rng.integers(first, last, shape, wide, endpoint=True)).astype(dtypes.to_numpy(dtype))
    quarters = np.round(rng.uniform(low, high, shape) * 4) / 4
    reals = rng.normal((low + high) / 2, (high - low) / 6, shape)
    corners = rng.choice(np.array([0.0, -0.0, 0.5, -0.5, 1.0, low, high]), shape)
    kind = rng.integers(0, 10, shape)
    mixed = np.where(kind < 7, quarters, np.where(kind < 9, reals, corners))
    inside = np.clip(mixed, low, high)
    return np.asarray(inside.astype(dtypes.to_numpy(dtype)))
