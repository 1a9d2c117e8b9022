"""Arrays of a type drawn: 70 % hold small integers alone, so that most results are exact; in 20 % half of the elements
are other reals, in 10 % numbers where functions bend and types end.

There is no NaN and no infinity among them. One byte is drawn for each element and one for the kind of array; zeros
shrink to the first value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import cycle, islice
from typing import Any

import numpy as np

from migrate.values import Array
from migrate.verify.generate.choices import Choices
from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.shapes import static
from tensor_core.types import TensorType

_WHOLE = (0, 1, -1, 2, -2, 3, 4, -3, 5, 7, -5, 10)
_REALS = (0.1, -2.7, 1.3, 0.7, -0.3, 3.3, -1.1, 2.2, -4.6, 0.05, -0.9, 1.9, 6.1, -3.4, 0.45, -1.7, 8.2)
# Zero of the other sign, ties of rounding, and numbers far from one; denormal ones follow.
_SPECIAL = (-0.0, 0.5, -0.5, 1.5, 2.5, 1e-3, 100.0, -1.5)
_WIDE = (2**53 + 1, -(2**53) - 1, 2**31 - 1, -(2**31), 2**16 + 1, 2**15 - 1, 255, -128, 127, 100)
"""Whole numbers at the ends of types, the largest first; no float64 holds the first two."""
_ENDS = 4
"""How many of those that a type holds stand for its ends."""
_KINDS = (180, 231)
"""From which byte on an array holds other reals, and from which on special values."""


def array_of(type_: TensorType, choices: Choices, domain: Domain | None = None) -> Array:
    """An array of a static tensor type, every element inside ``domain``."""
    shape = static(type_.shape)
    kind, *data = choices.data(1 + math.prod(shape))
    table = _tables(type_.dtype, domain)[sum(kind >= most for most in _KINDS)]
    return table[np.asarray(data, np.intp) % len(table)].reshape(shape)


@cache
def _tables(dtype: str, domain: Domain | None) -> tuple[Array, ...]:
    """By kind of array, what bytes stand for: small integers, reals as often, special values as often."""
    kind: Any = dtypes.to_numpy(dtype)
    if dtype == "bool":
        return (np.asarray((False, True), kind),) * 3
    is_float = dtypes.is_float(dtype)
    others: list[float] = (
        [*_SPECIAL, float(dtypes.smallest_normal(dtype)) / 4] if is_float else _inside(_WIDE, dtype, None)[:_ENDS]
    )
    if domain is not None:
        others += [domain.low, domain.high]
    sets = [_inside(values, dtype, domain) for values in (_WHOLE, _REALS if is_float else (), others)]
    if not any(sets):
        sets[0] = [_middle(dtype, domain)]
    plain, reals, special = (values or next(filter(None, sets)) for values in sets)
    return tuple(_table(plain, more, dtype) for more in (plain, reals, special))


def _table(plain: Sequence[float], others: Sequence[float], dtype: str) -> Array:
    """Both in turn, so often that each value has its share of 256 bytes."""
    pairs = zip(cycle(plain), cycle(others), strict=False)
    values = [value for pair in islice(pairs, 128) for value in pair]
    return np.asarray(values if dtypes.is_float(dtype) else list(map(int, values)), dtypes.to_numpy(dtype))


def _inside(values: Sequence[float], dtype: str, domain: Domain | None) -> list[float]:
    """Those that the type holds, as it holds them, and that lie in the domain."""
    low, high = dtypes.lowest(dtype), dtypes.highest(dtype)
    if domain is not None:
        low, high = max(low, domain.low), min(high, domain.high)
    kind = dtypes.to_numpy(dtype)
    if dtypes.is_float(dtype):
        with np.errstate(over="ignore"):
            values = [float(np.float64(value).astype(kind)) for value in values]
    else:
        values = [value for value in values if value == int(value)]
    return [value for value in values if low <= value <= high]


def _middle(dtype: str, domain: Domain | None) -> float:
    assert domain is not None, "zero is of every type"
    return (domain.low + domain.high) / 2 if dtypes.is_float(dtype) else math.ceil(domain.low)
