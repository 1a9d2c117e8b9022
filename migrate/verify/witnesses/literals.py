"""Values as Python that gives them back, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from migrate.values import Array, Value, is_tuple
from tensor_core import dtypes
from tensor_core.data_values import DataValue, RefValue

_NATIVE = frozenset("biuf")


class Literals:
    """Python for values, with what :mod:`migrate.verify.witnesses.replay` offers, ``nan`` and ``inf``.

    Arrays of more than ``limit`` elements are put into :attr:`arrays` and said as ``LARGE[n]``.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.arrays: list[Array] = []

    def value(self, value: Value) -> str:
        """One value. TypeError for what is no data, such as a closure."""
        if is_tuple(value):
            return f"({' '.join(f'{self.value(item)},' for item in value)})"
        if isinstance(value, DataValue):
            return f"DataValue({value.name!r}, {self.value(tuple(value.fields))})"
        if isinstance(value, RefValue):
            return f"RefValue({self.value(value.value)})"
        if callable(value):
            raise TypeError(f"a {type(value).__name__} is no data")
        return self._array(np.asarray(value))

    def _array(self, value: Array) -> str:
        if value.size > self._limit:
            self.arrays.append(value)
            return f"LARGE[{len(self.arrays) - 1}]"
        dtype = dtypes.from_numpy(value.dtype)
        elements = _elements(value, dtype)
        if _same(np.array(elements, value.dtype), value) and _same(_with_one_nan(value), value):
            return f"array({elements!r}, {dtype!r})"
        # A NaN with another payload, or no elements at all.
        return f"raw({np.ascontiguousarray(value).tobytes().hex()!r}, {dtype!r}, {list(value.shape)!r})"


def _elements(value: Array, dtype: str) -> Any:
    if value.dtype.kind in _NATIVE and value.dtype.isbuiltin == 1:
        return value.tolist()
    return value.astype(np.float64 if dtypes.is_float(dtype) else np.int64).tolist()


def _with_one_nan(value: Array) -> Array:
    if not dtypes.is_float(dtypes.from_numpy(value.dtype)):
        return value
    made = value.copy()
    made[np.isnan(made)] = np.nan
    return made


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and a.tobytes() == b.tobytes()
