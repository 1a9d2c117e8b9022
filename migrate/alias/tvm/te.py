"""tvm.te: tensor expressions; schedules are not covered."""

from typing import Any

from migrate.alias.tvm.tir.expr import size_var, var
from tensor_core.loops.nodes import Combiner
from tensor_core.te import create
from tensor_core.te.tensor import Reduction, Tensor, compute, placeholder, reduce_axis, reduction

__all__ = [
    "Tensor", "compute", "create_prim_func", "max", "min", "placeholder", "reduce_axis", "size_var", "sum", "var",
]  # fmt: skip


def create_prim_func(ops: Any, index_dtype_override: Any = "int64") -> Any:
    """The tensor program with these parameters. Indices are int64."""
    del index_dtype_override
    return create.create_prim_func(ops)


def sum(expr: object, axis: object) -> Reduction:
    """The sum over reduced axes."""
    return reduction(Combiner.SUM, expr, axis)


def max(expr: object, axis: object) -> Reduction:
    """The greatest value over reduced axes."""
    return reduction(Combiner.MAX, expr, axis)


def min(expr: object, axis: object) -> Reduction:
    """The least value over reduced axes."""
    return reduction(Combiner.MIN, expr, axis)


def __getattr__(name: str) -> object:
    from migrate.alias.tir import ops

    return getattr(ops, name)
