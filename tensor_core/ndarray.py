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

    def __eq__(self, other: object) -> Any:  # type: ignore[override]
        """The comparison by elements. Of two arrays of this class its truth is TVM's: whether they are one array."""
        return self._compared(other, np.equal, False)

    def __ne__(self, other: object) -> Any:  # type: ignore[override]
        """As ``==``, turned round."""
        return self._compared(other, np.not_equal, True)

    __hash__ = None  # type: ignore[assignment]

    def _compared(self, other: Any, operation: Any, unlike: bool) -> Any:
        if not isinstance(other, NDArray):
            return operation(self, other)
        alike = self.is_array(other)
        if self.shape != other.shape:
            return unlike
        result = np.asarray(operation(np.asarray(self), np.asarray(other))).view(_Comparison)
        result.truth = alike != unlike
        return result

    def is_array(self, other: NDArray) -> bool:
        """Whether both are the same elements in memory."""
        start = self.__array_interface__["data"], other.__array_interface__["data"]
        return start[0][0] == start[1][0] and self.shape == other.shape and self.dtype == other.dtype


class _Comparison(np.ndarray):
    """The elements' comparison of two arrays, true or false as a whole as the arrays are one or two."""

    truth: bool

    def __bool__(self) -> bool:
        return self.truth if hasattr(self, "truth") else bool(np.asarray(self))


def ndarray(value: Any, dtype: Any = None) -> NDArray:
    """The value as an :class:`NDArray`, without a copy where it is an array already."""
    return np.asarray(value, dtype).view(NDArray)
