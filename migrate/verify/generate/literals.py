"""Arrays of a type drawn: small integers mostly, so that most results are exact."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from migrate.values import Array
from migrate.verify.generate.choices import Choices
from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.shapes import static
from tensor_core.types import TensorType

_WHOLE = (0, 1, -1, 2, -2, 3, 4, -3, 5, 7, -5, 10)
_FRACTIONS = (0.5, -0.5, 1.5, -0.0, 0.1, -2.7, 1e-3, 100.0)
# The second is the first integer that no float64 holds.
_LARGE = {"int32": (100, 2**31 - 1), "int64": (100, 2**53 + 1)}


def array_of(type_: TensorType, choices: Choices, domain: Domain | None = None) -> Array:
    """An array of a static tensor type, every element inside ``domain``. One byte is drawn per element; zeros shrink to
    the table's first value.
    """
    shape, dtype = static(type_.shape), dtypes.to_numpy(type_.dtype)
    table = np.asarray(_values(type_.dtype, domain), dtype)
    data = choices.data(math.prod(shape))
    return table[np.frombuffer(data, np.uint8) % len(table)].reshape(shape)


@cache
def _values(dtype: str, domain: Domain | None) -> tuple[float, ...]:
    if dtype == "bool":
        return (False, True)
    candidates = (*_WHOLE, *(_FRACTIONS if dtypes.is_float(dtype) else _LARGE.get(dtype, ())))
    if domain is None:
        return candidates
    inside = tuple(value for value in candidates if domain.low <= value <= domain.high)
    middle = (domain.low + domain.high) / 2
    return inside or (middle if dtypes.is_float(dtype) else math.ceil(domain.low),)
