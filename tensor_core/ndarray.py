"""Arrays as TVM's Python sees them (tvm.nd.NDArray): numpy arrays that also answer to TVM's method names."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensor_core.device import CPU, Device


class NDArray(np.ndarray):
    """A numpy array with the accessors of ``tvm.nd.NDArray``. What is computed from one is one again."""

    def numpy(self) -> np.ndarray:
        """The elements as a plain numpy array that shares no memory with this one."""
        return np.array(self, subok=False)

    @property
    def device(self) -> Device:  # type: ignore[override]
        """Where the array lives: the CPU."""
        return Device(CPU)

    def copyto(self, target: Any, mem_scope: str | None = None) -> NDArray:
        """Copy the elements into another array, or into a new one on a device; answers it.

        ValueError for anything else, and for an array of another shape or element type.
        """
        del mem_scope
        if isinstance(target, Device):
            return ndarray(self.numpy())
        if not isinstance(target, NDArray):
            raise ValueError(f"Unsupported target type {type(target)}")
        if target.shape != self.shape or target.dtype != self.dtype:
            raise ValueError(f"cannot copy {self.dtype}{self.shape} into {target.dtype}{target.shape}")
        np.copyto(target, self)
        return target

    def copyfrom(self, source_array: Any) -> NDArray:
        """Take over the elements of an array or (nested) list of the same shape, converted to this element type.

        ValueError for another shape.
        """
        source = np.asarray(source_array)
        if source.shape != self.shape:
            raise ValueError(f"array shape do not match the shape of NDArray {source.shape} vs {self.shape}")
        np.copyto(self, source, casting="unsafe")
        return self

    def asnumpy(self) -> np.ndarray:
        """TVM's former name of :meth:`numpy`."""
        return self.numpy()

    def same_as(self, other: object) -> bool:
        """Whether both are one object."""
        return self is other


def ndarray(value: Any, dtype: Any = None) -> NDArray:
    """The value as an :class:`NDArray`, without a copy where it is an array already."""
    return np.asarray(value, dtype).view(NDArray)
