"""Arrays of training: weights, states, and what an optimizer keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from relax_core.ir.types import TensorType
from relax_core.training.errors import untrainable
from tensor_core import dtypes, shapes
from tensor_core.ndarray import NDArray, ndarray

__all__ = ["copied", "of_type", "zeros"]


def copied(value: Any) -> NDArray:
    """An array of one's own."""
    return ndarray(np.array(value))


def of_type(type_: TensorType, elements: Callable[[tuple[int, ...]], np.ndarray]) -> NDArray:
    """An array of a type, its elements made for its sizes. R2R0703 for open sizes."""
    if type_.dims is None or not shapes.is_static(type_.dims):
        raise untrainable(f"no array can be made for {type_}, which has open sizes")
    return ndarray(elements(type_.concrete_shape), dtypes.to_numpy(str(type_.dtype)))


def zeros(type_: TensorType) -> NDArray:
    """An array of zeros. R2R0703 for open sizes."""
    return of_type(type_, np.zeros)
