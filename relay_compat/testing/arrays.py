"""Arrays and counts for tests."""

from __future__ import annotations

from collections import Counter

import numpy as np

from relay_compat.ir.expr import Call, Expr, Op
from relay_compat.visit import reachable
from tensor_core import dtypes
from tensor_core.ndarray import NDArray, ndarray
from tensor_core.types import TensorType

__all__ = ["count_ops", "rand", "randn_from_type"]


def rand(dtype: str, *shape: int) -> NDArray:
    """Numbers from 0 to 1 from numpy's global generator."""
    return ndarray(np.random.rand(*shape).astype(dtypes.to_numpy(dtype)))


def count_ops(expr: Expr) -> Counter[str]:
    """How often each operator is called."""
    return Counter(node.op.name for node in reachable(expr) if isinstance(node, Call) and isinstance(node.op, Op))


def randn_from_type(t: TensorType, scale: float = 1, mean: float = 0) -> np.ndarray:
    """Normally distributed numbers of a tensor type, from numpy's global generator."""
    values = np.asarray(mean + scale * np.random.randn(*(int(dim) for dim in t.shape)))  # type: ignore[arg-type]
    return values.astype(dtypes.to_numpy(t.dtype))
