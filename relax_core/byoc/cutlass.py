"""What CUTLASS takes (tvm.relax.backend.cuda.cutlass of TVM 0.26, contrib.cutlass of 0.19).

Convolutions and products with bias, activation and residual, and layer normalisation. Its patterns of attention, which
need workspaces, of weights decoded by tensor programs and of RMS normalisation are not here.
"""

from __future__ import annotations

from typing import Any

from relax_core.analysis.walk import walk
from relax_core.byoc.checks import (
    batches,
    has_leaking_intermediate_variables,
    residual_fits,
    same_batches,
    tensor,
)
from relax_core.byoc.pattern_registry import get_patterns_with_prefix, register_patterns
from relax_core.byoc.patterns import (
    make_fused_bias_activation_pattern,
    make_layer_norm_pattern,
    make_matmul_pattern,
    make_residual_block_pattern,
)
from relax_core.ir.expr import Call, Function, IRModule, Op
from relax_core.passes.fuse_ops_by_pattern import FuseOpsByPattern, PatternCheckContext
from tensor_core import codes, shapes
from tensor_core.diagnostics import fail

__all__ = [
    "conv2d_patterns",
    "layer_norm_pattern",
    "matmul_patterns",
    "partition_for_cutlass",
    "residual_block_patterns",
]

Entry = tuple[Any, ...]
"""The arguments of a FusionPattern."""
_ACTIVATIONS = {"_relu": "relax.nn.relu", "_gelu": "relax.nn.gelu", "_silu": "relax.nn.silu"}


def partition_for_cutlass(mod: IRModule, annotate_codegen: bool = True) -> IRModule:
    """The module with what CUTLASS takes in functions of its own.

    R2R0901 for a module with operators of attention, which TVM would give to it as well.
    """
    for function in mod.functions.values():
        if isinstance(function, Function):
            for node, _ in walk(function):
                if isinstance(node, Call) and isinstance(node.op, Op) and node.op.name.startswith("relax.nn.attention"):
                    raise fail(codes.NOT_COVERED, "attention is not partitioned for CUTLASS", node.span)
    patterns = get_patterns_with_prefix("cutlass")
    return FuseOpsByPattern(patterns, bind_constants=False, annotate_codegen=annotate_codegen)(mod)


def _takes_types(lhs: str, rhs: str) -> bool:
    whole = ("int8", "uint8")
    return (lhs == rhs and lhs in ("float16", "float32")) or (lhs in whole and rhs in whole)


def _check_conv2d(context: PatternCheckContext) -> bool:
    if has_leaking_intermediate_variables(context):
        return False
    root = context.annotated_expr["root"]
    assert isinstance(root, Call)
    attrs: Any = root.attrs
    if attrs.data_layout != "NHWC" or attrs.kernel_layout != "OHWI":
        return False
    data, weight = tensor(root.args[0]), tensor(root.args[1])
    if not _takes_types(data.dtype, weight.dtype) or not residual_fits(root, context):
        return False
    if data.dims is None or weight.dims is None or not shapes.is_static(data.dims):
        return False
    # Depthwise convolutions are not taken.
    return not data.dims[3] == weight.dims[0] == attrs.groups


def _check_matmul(context: PatternCheckContext) -> bool:
    if has_leaking_intermediate_variables(context):
        return False
    parts = context.annotated_expr
    root = parts["root"]
    assert isinstance(root, Call)
    lhs, rhs = tensor(parts["lhs"]), tensor(parts["rhs"])
    if not _takes_types(lhs.dtype, rhs.dtype) or not residual_fits(root, context):
        return False
    if lhs.dims is None or rhs.dims is None or not isinstance(lhs.dims[-1], int):
        return False
    if 1 in (batches(lhs.dims), batches(rhs.dims)):
        return True
    return same_batches(lhs.dims, rhs.dims)


def _check_layer_norm(context: PatternCheckContext) -> bool:
    attrs: Any = context.matched_expr.attrs
    if not attrs.center or not attrs.scale or len(attrs.axes) != 1:
        return False
    rank = tensor(context.matched_expr).ndim
    return int(attrs.axes[0]) in (-1, rank - 1)


def _activation(name: str) -> str | None:
    return next((found for suffix, found in _ACTIVATIONS.items() if suffix in name), None)


def conv2d_patterns() -> list[Entry]:
    """Convolutions, with bias and activation."""
    names = ("conv2d", "conv2d_bias", "conv2d_bias_relu", "conv2d_bias_silu")
    return [
        (
            f"cutlass.{name}",
            *make_fused_bias_activation_pattern("relax.nn.conv2d", "_bias" in name, _activation(name)),
            _check_conv2d,
        )
        for name in names
    ]


def matmul_patterns() -> list[Entry]:
    """Products, with bias and activation, the right side transposed or not."""
    names = [
        f"matmul{side}{more}" for side in ("", "_transposed") for more in ("", "_bias", "_bias_relu", "_bias_gelu")
    ]
    return [
        (
            f"cutlass.{name}",
            *make_matmul_pattern("_bias" in name, _activation(name), "_transposed" in name),
            _check_matmul,
        )
        for name in names
    ]


def residual_block_patterns() -> list[Entry]:
    """Those with a bias, combined with another tensor. Without one, the other tensor counts as the bias."""
    made: list[Entry] = []
    for activation, postfix in ((None, ""), ("relax.nn.relu", "_relu")):
        for name, pattern, parts, check in (*conv2d_patterns(), *matmul_patterns()):
            if "bias" not in name:
                continue
            for operation in ("add", "multiply"):
                block = make_residual_block_pattern((pattern, parts), f"relax.{operation}", activation)
                made.append((f"{name}_residual_{operation}{postfix}", *block, check))
    return made


def layer_norm_pattern() -> list[Entry]:
    """Layer normalisation over the last axis."""
    return [("cutlass.layer_norm", *make_layer_norm_pattern(), _check_layer_norm)]


register_patterns([*conv2d_patterns(), *matmul_patterns(), *residual_block_patterns(), *layer_norm_pattern()])
