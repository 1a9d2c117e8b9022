# pyright: basic
"""How values travel between the product and an oracle's process.

A value is an array, a tuple of values, a `Shape`, an int (a scalar argument of a Relax function), a mapping from names
to values, or None. Its structure goes as JSON, its arrays go into one .npz file. Needs numpy only; `ml_dtypes` where
such arrays occur. Read by both sides, so it is Python 3.7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


class Shape(tuple):  # type: ignore[type-arg]  # Python 3.7 has no tuple[int]
    """An argument of type `R.Shape`."""

    __slots__ = ()


def save(value: Any, path: Path) -> Any:
    """Writes the arrays of `value` to `path`; gives the JSON structure that names them."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    spec = _encode(value, arrays)
    np.savez(path, **arrays)  # pyright: ignore[reportArgumentType]
    return spec


def load(spec: Any, path: Path) -> Any:
    """The value that `save` wrote; sequences come back as tuples."""
    with np.load(path, allow_pickle=False) as arrays:
        return _decode(spec, arrays)


def leaves(value: Any) -> list[Any]:
    """The arrays of a nested value, from left to right."""
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in leaves(item)]  # pyright: ignore[reportUnknownVariableType]
    return [value]


def _encode(value: Any, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    if value is None:
        return None
    if isinstance(value, Shape):
        return {"shape": [int(n) for n in value]}
    if isinstance(value, Mapping):
        return {"map": {str(k): _encode(v, arrays) for k, v in value.items()}}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return {"tuple": [_encode(v, arrays) for v in value]}
    if isinstance(value, int) and not isinstance(value, bool):
        return {"int": value}
    array = np.asarray(value)
    if array.dtype.hasobject or array.dtype.kind in "USO":
        raise TypeError(f"cannot send a value of type {type(value).__name__}")
    name = f"a{len(arrays)}"
    if array.dtype.isbuiltin == 1:
        arrays[name] = array
    else:  # a dtype of ml_dtypes: its bytes and its name
        arrays[name] = np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}").reshape(array.shape)
    return {"array": name, "dtype": array.dtype.name}


def _decode(spec: Any, arrays: Any) -> Any:
    if spec is None:
        return None
    if "shape" in spec:
        return Shape(spec["shape"])
    if "map" in spec:
        return {k: _decode(v, arrays) for k, v in spec["map"].items()}
    if "tuple" in spec:
        return tuple(_decode(v, arrays) for v in spec["tuple"])
    if "int" in spec:
        return spec["int"]
    array = arrays[spec["array"]]
    if array.dtype.name == spec["dtype"]:
        return array
    import ml_dtypes

    return array.view(getattr(ml_dtypes, spec["dtype"]))
