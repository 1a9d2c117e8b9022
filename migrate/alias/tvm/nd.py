"""tvm.nd: arrays and devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from migrate.alias.tvm.runtime.device import (
    Device,
    cl,
    cpu,
    cuda,
    device,
    ext_dev,
    gpu,
    hexagon,
    metal,
    mtl,
    opencl,
    rocm,
    vpi,
    vulkan,
    webgpu,
)  # fmt: skip
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


def numpyasarray(np_data: np.ndarray) -> NDArray:
    """The array as an NDArray that shares its memory."""
    return ndarray(np_data)


def from_dlpack(dltensor: Any) -> NDArray:
    """An array of another library, sharing its memory."""
    return ndarray(np.from_dlpack(dltensor))


__all__ = [
    "Device", "NDArray", "array", "cl", "cpu", "cuda", "device", "empty", "ext_dev", "from_dlpack", "gpu", "hexagon",
    "metal", "mtl", "numpyasarray", "opencl", "rocm", "vpi", "vulkan", "webgpu",
]  # fmt: skip
