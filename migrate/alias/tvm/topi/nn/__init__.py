"""tvm.topi.nn: operators of networks as tensor expressions."""

from __future__ import annotations

from typing import Any

from migrate.alias.tir import ops
from migrate.alias.topi import basic
from tensor_core import prim
from tensor_core.te.tensor import compute

__all__ = ["dense", "matmul", "relu"]


def relu(x: Any) -> Any:
    """The values, or 0 where they are negative."""
    return compute(x.shape, lambda *i: ops.max(x(*i), prim.const(0, x.dtype)), name="compute", tag="elemwise")


def matmul(tensor_a: Any, tensor_b: Any, bias: Any = None, out_dtype: Any = None) -> Any:
    """The product of two matrices, plus a bias."""
    del out_dtype
    product = basic.matmul(tensor_a, tensor_b, name="T_matmul_NN")
    return product if bias is None else basic.add(product, bias)


def dense(data: Any, weight: Any, bias: Any = None, out_dtype: Any = None) -> Any:
    """The product with a transposed weight, plus a bias."""
    del out_dtype
    product = basic.matmul(data, weight, transp_b=True, name="T_matmul_NT")
    return product if bias is None else basic.add(product, bias)
