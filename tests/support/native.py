"""Running one kernel as machine code, for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cpu_backend.jit import Compiled, Options, compile_kernels
from tensor_core import dtypes
from tensor_core.loops.binding import bind, concrete, dimension
from tensor_core.loops.nodes import PrimFunc


def aligned(shape: Sequence[int], dtype: np.dtype) -> np.ndarray:
    """An array on a 64-byte boundary, filled with rubbish, between guard bytes."""
    size = int(np.prod(shape)) * dtype.itemsize
    raw = np.full(size + 192, 0xAB, np.uint8)
    start = -raw.ctypes.data % 64 + 64
    return raw[start : start + size].view(dtype).reshape(shape)


def run(func: PrimFunc, inputs: Sequence[np.ndarray], options: Options | None = None) -> list[np.ndarray]:
    """The kernel's outputs; AssertionError when it wrote beside them."""
    (compiled,) = compile_kernels([func], options or Options())
    assert compiled is not None, "not compiled"
    return call(compiled, func, inputs)


def call(compiled: Compiled, func: PrimFunc, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Call compiled code."""
    count = len(func.params) - func.outputs
    sizes = bind((b.name, b.shape, a.shape) for b, a in zip(func.params, inputs, strict=False))
    outputs = [aligned(concrete(b.shape, sizes), dtypes.to_numpy(b.dtype)) for b in func.params[count:]]
    scratch = aligned((dimension(compiled.interface.scratch, sizes),), np.dtype(np.uint8))
    copies = [aligned(a.shape, a.dtype) for a in inputs]
    for copy, array in zip(copies, inputs, strict=True):
        copy[...] = array
    pointers = [array.ctypes.data for array in (*copies, *outputs, scratch)]
    compiled.call(*pointers, *(sizes[var] for var in compiled.interface.variables))
    for array in (*outputs, scratch, *copies):
        raw = array
        while raw.base is not None:
            raw = raw.base
        start = array.ctypes.data - raw.ctypes.data
        assert (raw[:start] == 0xAB).all(), "wrote before an array"
        assert (raw[start + array.nbytes :] == 0xAB).all(), "wrote after an array"
    for copy, array in zip(copies, inputs, strict=True):
        assert copy.tobytes() == np.ascontiguousarray(array).tobytes(), "wrote to an input"
    return outputs
