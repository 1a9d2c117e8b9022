# pyright: basic, reportMissingImports=false
"""TVM's values as arrays, and the other way around."""

from __future__ import annotations

from typing import Any

import numpy as np
import tvm

import wire


def to_tvm(value: Any) -> Any:
    if isinstance(value, wire.Shape):
        return tvm.runtime.ShapeTuple(list(value))
    if isinstance(value, (tuple, list)):
        return [to_tvm(item) for item in value]
    if isinstance(value, int):
        return value
    array = np.ascontiguousarray(value).reshape(np.shape(value))  # ascontiguousarray makes rank 0 rank 1
    return tvm.runtime.tensor(array) if hasattr(tvm.runtime, "tensor") else tvm.nd.array(array)


def from_tvm(value: Any) -> Any:
    if hasattr(value, "numpy"):
        return _with_dtype(value.numpy(), str(value.dtype))
    if isinstance(value, tvm.runtime.ShapeTuple):
        return np.array(list(value), "int64")
    if isinstance(value, (bool, int, float)):
        return np.asarray(value)
    if type(value).__name__ == "RefValue":
        return from_tvm(value.value)
    if type(value).__name__ == "ConstructorValue":
        return tuple([from_tvm(field) for field in value.fields])
    if type(value).__name__ in ("ADT", "Array", "list", "tuple"):
        return tuple([from_tvm(item) for item in value])
    raise TypeError(f"cannot send back a {type(value).__name__}")


def _with_dtype(array: Any, name: str) -> Any:
    if name != "bfloat16" or array.dtype.name == name:
        return array
    import ml_dtypes  # 0.19 gives the bits of a bfloat16 as uint16

    return array.view(ml_dtypes.bfloat16)
