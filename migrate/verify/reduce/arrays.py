"""Arguments and constants as leaves: arrays in tuples, data values and references; how plain their elements are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from migrate.values import Array, Value, is_array, is_tuple, leaves
from tensor_core import dtypes
from tensor_core.data_values import DataValue, RefValue


def map_value(value: Value, change: Callable[[Array], Array]) -> Value:
    """A value with each array in it changed, left to right."""
    if is_tuple(value):
        return tuple([map_value(item, change) for item in value])
    if isinstance(value, DataValue):
        return DataValue(value.name, tuple([map_value(item, change) for item in value.fields]))
    if isinstance(value, RefValue):
        return RefValue(map_value(value.value, change))
    return change(value) if is_array(value) else value


def complexity(values: Iterable[Value]) -> float:
    """How far from plain the elements are: nothing for 0, a little for 1, more for other integers, most for NaN."""
    return sum(float(ranks(array).sum()) for value in values for array in leaves(value) if array.dtype != object)


def ranks(array: Array) -> Array:
    """For each element how plain it is: 0 for zero, 1 for one, 2 to 12, 4 to integers, 5 to reals, 6 to NaN and -0."""
    wide = array.astype(np.float64) if dtypes.is_float(dtypes.from_numpy(array.dtype)) else array
    with np.errstate(all="ignore"):
        whole = np.isfinite(wide) & (np.floor(wide) == wide) if wide.dtype.kind == "f" else np.ones(array.shape, bool)
        found = np.where(whole, np.where((wide >= -12) & (wide <= 12), 2, 4), 5)
    found = np.where(wide == 1, 1, np.where(wide == 0, 0, found))
    if wide.dtype.kind == "f":
        found = np.where(~np.isfinite(wide) | ((wide == 0) & np.signbit(wide)), 6, found)
    return found


def fingerprint(values: Sequence[Value]) -> str:
    """Equal for values that are equal bit for bit."""
    found = hashlib.sha256()
    stack: list[Value] = list(reversed(values))
    while stack:
        item = stack.pop()
        if is_tuple(item):
            found.update(f"({len(item)}".encode())
            stack.extend(reversed(item))
        elif isinstance(item, DataValue):
            found.update(f"{item.name}({len(item.fields)}".encode())
            stack.extend(reversed(item.fields))
        elif isinstance(item, RefValue):
            found.update(b"ref")
            stack.append(item.value)
        else:
            array = np.asarray(item)
            found.update(f"{array.dtype}{array.shape}".encode())
            found.update(array.tobytes())
    return found.hexdigest()
