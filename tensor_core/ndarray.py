"""Arrays as TVM's Python sees them (tvm.nd.NDArray): numpy arrays that also answer to TVM's method names."""

from __future__ import annotations

from typing import Any

import numpy as np


class NDArray(np.ndarray):
    """A numpy array with the accessors of ``tvm.nd.NDArray``. What is computed from one is one again."""

    def numpy(self) -> np.ndarray:
        """The elements as a plain numpy array that shares no memory with this one."""
        return np.array(self, subok=False)

    def asnumpy(self) -> np.ndarray:
        """TVM's former name of :meth:`numpy`."""
        return self.numpy()

    def same_as(self, other: object) -> bool:
        """Whether both are one object."""
        return self is other


def ndarray(value: Any, dtype: Any = None) -> NDArray:
    """The value as an :class:`NDArray`, without a copy where it is an array already."""
    return np.asarray(value, dtype).view(NDArray)
