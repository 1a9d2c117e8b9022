"""Calls of cards on any reals, for what is true of smooth functions: drawn ones, and those recorded from TVM."""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import recorded_ops

from tensor_core import dtypes
from tensor_core.ops.card import Domain, OpCard
from tensor_core.ops.draw import Draw, arguments
from tensor_core.reference import floats_as

DRAWN = 12

CONSTANT = {
    "arange", "dyn.ones", "dyn.zeros", "equal", "eye", "greater", "greater_equal", "hamming_window", "less",
    "less_equal", "not_equal", "ones", "shape_of", "zeros",
}  # fmt: skip
"""Cards whose results are no floats, or do not depend on any."""


@dataclass
class Call:
    card: OpCard[Any]
    params: Any
    args: tuple[Any, ...]
    domains: tuple[Domain, ...]
    held: frozenset[int] = frozenset()
    """Arguments that are what they are: they do not move."""

    def __repr__(self) -> str:
        return f"{self.card.name}({self.params}; {[getattr(arg, 'shape', '...') for arg in self.args]})"


class InFloat64(Draw):
    """Choices in which an element type that may be float64 is."""

    def one_of(self, *items: Any) -> Any:
        return "float64" if "float64" in items else super().one_of(*items)


def drawn(card: OpCard[Any]) -> Iterator[Call]:
    source = random.Random(zlib.crc32(card.name.encode()))
    rng = np.random.default_rng(0)
    for _ in range(DRAWN if card.draw else 0):
        assert card.draw is not None
        call = card.draw(InFloat64(source.randint))
        domains = (
            call.domains.get(n, card.inputs[min(n, len(card.inputs) - 1)].domain) for n in range(len(call.types))
        )
        args = arguments(card, call, rng)
        if card.undefined is None or not _anywhere(card.undefined(call.params, *args)):
            yield Call(card, call.params, args, tuple(domains), frozenset(call.values))


def _anywhere(marked: Any) -> bool:
    """Whether a result is open in some place, and so has no slope."""
    return any(map(np.any, marked)) if isinstance(marked, tuple) else bool(np.any(marked))


def recorded(card: OpCard[Any]) -> Iterator[Call]:
    for call in RECORDED.get(card.name, ()):
        last = len(card.inputs) - 1
        domains = tuple(card.inputs[min(n, last)].domain for n in range(len(call.args)))
        yield Call(card, floats_as("float64", call.params()), call.args, domains)


RECORDED: dict[str, list[recorded_ops.Call]] = {}
for _call in recorded_ops.calls():
    if _call.failed is None:
        RECORDED.setdefault(_call.card.name, []).append(_call)


def is_float(array: np.ndarray) -> bool:
    return dtypes.is_float(dtypes.from_numpy(array.dtype))


def leaves(value: Any) -> list[Any]:
    return [leaf for item in value for leaf in leaves(item)] if isinstance(value, tuple) else [value]


def numbers(call: Call, rng: np.random.Generator) -> tuple[Any, ...]:
    """Arguments of the call that are any reals where they may move."""
    pairs = enumerate(zip(call.args, call.domains, strict=True))
    return tuple(arg if n in call.held else smooth(arg, domain, rng) for n, (arg, domain) in pairs)


def smooth(value: Any, domain: Domain, rng: np.random.Generator) -> Any:
    """Floats as any reals of a domain, not too large."""
    if isinstance(value, tuple):
        return tuple(smooth(item, domain, rng) for item in value)
    if not is_float(value):
        return value
    low, high = max(domain.low, -3.0), min(domain.high, 3.0)
    edge = 0.02 * (high - low)
    return rng.uniform(low + edge, high - edge, value.shape)
