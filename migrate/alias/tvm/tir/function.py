"""tvm.tir.function."""

from migrate.alias.lazy import lazy

__getattr__ = lazy(
    "tvm.tir.function tvm.tirx.function",
    {"relax_core.ir.expr": "PrimFunc", "tensor_core.tir.expr": "IndexMap"},
)
