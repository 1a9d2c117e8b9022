"""Running one kernel as machine code, for tests and benchmarks, on memory that ends where it may not be touched."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Sequence

import numpy as np

from cpu_backend.emit.kernel import interface
from cpu_backend.jit import Compiled, Options, compile_kernels
from tensor_core import dtypes
from tensor_core.loops.binding import bind, concrete, dimension
from tensor_core.loops.nodes import PrimFunc

_LIBC = ctypes.CDLL(None, use_errno=True)
_PAGE = mmap.PAGESIZE


class Fenced:
    """An array between two inaccessible pages, flush with one of them: a stray access ends the process."""

    def __init__(self, shape: Sequence[int], dtype: np.dtype, at_end: bool) -> None:
        size = int(np.prod(shape)) * dtype.itemsize
        inner = max(1, -(-size // _PAGE)) * _PAGE
        self._map = mmap.mmap(-1, inner + 2 * _PAGE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        for fence in (start, start + _PAGE + inner):
            assert _LIBC.mprotect(ctypes.c_void_p(fence), _PAGE, 0) == 0
        self._start = _PAGE + (inner - size if at_end else 0)
        # Rest of the pages: what is written there would be noticed.
        self._inner = np.frombuffer(self._map, np.uint8, inner, _PAGE)
        self._inner[:] = 0xAB
        self.array = np.frombuffer(self._map, dtype, int(np.prod(shape)), self._start).reshape(shape)
        self.address = start + self._start

    def is_intact(self) -> bool:
        """Whether nothing beside the array was written."""
        before = self._start - _PAGE
        after = before + self.array.nbytes
        return bool((self._inner[:before] == 0xAB).all() and (self._inner[after:] == 0xAB).all())


def run(func: PrimFunc, inputs: Sequence[np.ndarray], options: Options | None = None) -> list[np.ndarray]:
    """The kernel's outputs; AssertionError when it wrote beside them."""
    (compiled,) = compile_kernels([func], options or Options())
    assert compiled is not None, "not compiled"
    return call(compiled, func, inputs)


def call(compiled: Compiled, func: PrimFunc, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Call compiled code twice, on arrays flush with the pages before and after them."""
    first = _call(compiled, func, inputs, at_end=False)
    second = _call(compiled, func, inputs, at_end=True)
    for a, b in zip(first, second, strict=True):
        assert a.tobytes() == b.tobytes(), "the result depends on where arrays lie"
    return first


def _call(compiled: Compiled, func: PrimFunc, inputs: Sequence[np.ndarray], at_end: bool) -> list[np.ndarray]:
    count = len(func.params) - func.outputs
    sizes = bind((b.name, b.shape, a.shape) for b, a in zip(func.params, inputs, strict=False))
    outputs = [Fenced(concrete(b.shape, sizes), dtypes.to_numpy(b.dtype), at_end) for b in func.params[count:]]
    scratch = Fenced((dimension(interface(func).scratch, sizes),), np.dtype(np.uint8), at_end)
    copies = [Fenced(a.shape, a.dtype, at_end) for a in inputs]
    for copy, array in zip(copies, inputs, strict=True):
        copy.array[...] = array
    pointers = [item.address for item in (*copies, *outputs, scratch)]
    compiled.call(*pointers, *(sizes[var] for var in interface(func).variables))
    assert all(item.is_intact() for item in (*outputs, scratch, *copies)), "wrote beside an array"
    for copy, array in zip(copies, inputs, strict=True):
        assert copy.array.tobytes() == np.ascontiguousarray(array).tobytes(), "wrote to an input"
    return [item.array.copy() for item in outputs]
