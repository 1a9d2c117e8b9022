"""What cuBLAS takes (tvm.relax.backend.cuda.cublas of TVM 0.26, contrib.cublas of 0.19)."""

from __future__ import annotations

from relax_core.byoc.checks import batches, has_leaking_intermediate_variables, tensor
from relax_core.byoc.pattern_registry import get_patterns_with_prefix, register_patterns
from relax_core.byoc.patterns import (
    make_matmul_dequantize_pattern,
    make_matmul_multiply_pattern,
    make_matmul_pattern,
)
from relax_core.ir.expr import Call, Constant, IRModule
from relax_core.passes.fuse_ops_by_pattern import FuseOpsByPattern, PatternCheckContext
from tensor_core import dtypes, shapes
from tensor_core.prim import Var
from tensor_core.shapes import Dim, Shape

__all__ = ["partition_for_cublas"]

_ALIGNMENT = 16
"""Bytes to which matrices of 8-bit floats must be aligned."""
_FLOAT8 = "float8_e4m3fn"


def partition_for_cublas(mod: IRModule, bind_constants: bool = False) -> IRModule:
    """The module with what cuBLAS takes in functions with the attribute ``Codegen``."""
    patterns = get_patterns_with_prefix("cublas")
    return FuseOpsByPattern(patterns, bind_constants=bind_constants, annotate_codegen=True)(mod)


def _takes_types(lhs: str, rhs: str, out: str) -> bool:
    if lhs == rhs == _FLOAT8:
        return out != "float8_e5m2"
    return lhs == rhs and lhs in ("float16", "float32", "int8", "bfloat16")


def _check_matmul(context: PatternCheckContext) -> bool:
    if has_leaking_intermediate_variables(context) or not _is_scaled_simply(context):
        return False
    parts = context.annotated_expr
    root = parts["root"]
    lhs, rhs = tensor(parts["lhs"]), tensor(parts["rhs"])
    if not _takes_types(lhs.dtype, rhs.dtype, tensor(root).dtype):
        return False
    if lhs.dims is None or rhs.dims is None or not isinstance(lhs.dims[-1], int):
        return False
    if lhs.dtype == "int8" and not (_divides(4, lhs.dims[-1]) and _divides(4, rhs.dims[-1])):
        return False
    if lhs.dtype == _FLOAT8 and not _is_aligned(context, root, lhs.dtype, rhs.dims):
        return False
    if "bias" in parts and (lhs.dtype == "int8" or not _is_vector(tensor(parts["bias"]).dims)):
        return False
    return _takes_batches(batches(lhs.dims), batches(rhs.dims))


def _is_scaled_simply(context: PatternCheckContext) -> bool:
    """Whether values are dequantised by one number, without an offset."""
    scale, zero = context.annotated_expr.get("scale"), context.annotated_expr.get("zp")
    if scale is None or not isinstance(zero, Constant):
        return True
    if tensor(scale).ndim != 0 or tensor(zero).ndim != 0:
        return False
    return float(zero.data) == 0.0


def _is_aligned(context: PatternCheckContext, root: object, dtype: str, rhs: Shape) -> bool:
    """8-bit floats: the right side must be transposed, and both of its dimensions be aligned."""
    assert isinstance(root, Call)
    if root.args[1] not in context.matched_bindings:
        return False
    out = tensor(root).dtype
    return _divides(_aligned(dtype), rhs[-1]) and _divides(_aligned(out), rhs[-2])


def _aligned(dtype: str) -> int:
    """How many elements the alignment spans."""
    return _ALIGNMENT * 8 // dtypes.bits(dtype)


def _divides(number: int, dim: Dim) -> bool:
    return isinstance(dim, int) and dim % number == 0


def _is_vector(dims: Shape | None) -> bool:
    if dims is None:
        return False
    rows = shapes.product(dims[:-1])
    return isinstance(rows, int) and rows <= 1


def _takes_batches(lhs: Dim, rhs: Dim) -> bool:
    """Equal numbers of matrices, or one on the right, or numbers that only run time knows."""
    if isinstance(lhs, Var) or isinstance(rhs, Var) or shapes.prove_equal(lhs, rhs):
        return True
    return shapes.prove_equal(rhs, 1) and isinstance(lhs, int) and lhs >= 1


register_patterns(
    [
        ("cublas.matmul", *make_matmul_pattern(), _check_matmul),
        *(
            (f"cublas.matmul{name}", *make_matmul_pattern(bias, activation, transposed), _check_matmul)
            for name, bias, activation, transposed in (
                ("_bias", True, None, False),
                ("_bias_relu", True, "relax.nn.relu", False),
                ("_bias_gelu", True, "relax.nn.gelu", False),
                ("_transposed", False, None, True),
                ("_transposed_bias", True, None, True),
                ("_transposed_bias_relu", True, "relax.nn.relu", True),
                ("_transposed_bias_gelu", True, "relax.nn.gelu", True),
            )
        ),
        ("cublas.matmul_transposed_dequantize", *make_matmul_dequantize_pattern(transposed_rhs=True), _check_matmul),
        ("cublas.matmul_transposed_multiply", *make_matmul_multiply_pattern(transposed_rhs=True), _check_matmul),
    ]
)
