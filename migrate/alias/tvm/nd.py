"""tvm.nd: arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from migrate.alias.tvm.runtime.device import Device, cpu, device
from tensor_core import dtypes
from tensor_core.ndarray import NDArray, ndarray


def array(arr: Any, device: Device | None = None, mem_scope: str | None = None) -> NDArray:
    """A copy of an array or number."""
    del device, mem_scope
    return ndarray(np.array(arr))


def empty(
    shape: Sequence[int], dtype: str = "float32", device: Device | None = None, mem_scope: str | None = None
) -> NDArray:
    """A new array with arbitrary elements."""
    del device, mem_scope
    return ndarray(np.empty([int(dim) for dim in shape], dtypes.to_numpy(dtype)))


__all__ = ["Device", "NDArray", "array", "cpu", "device", "empty"]
