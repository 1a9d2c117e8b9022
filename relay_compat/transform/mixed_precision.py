"""What ToMixedPrecision does with each operator by default (tvm.relay.transform.mixed_precision in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relay_compat.op.op import register_mixed_precision_conversion
from relay_compat.op_attributes import declare

KEY = "FTVMMixedPrecisionConversionType"

MIXED_PRECISION_ALWAYS = 0
"""Cheaper in few bits: operands are cast."""
MIXED_PRECISION_FOLLOW = 1
"""In few bits where all operands are so already."""
MIXED_PRECISION_NEVER = 2
"""Too inexact in few bits: operands are cast to float32."""

DEFAULT_ALWAYS_LIST = """nn.conv1d nn.conv2d nn.conv3d nn.conv1d_transpose nn.conv2d_transpose nn.conv3d_transpose
    nn.dense nn.batch_matmul""".split()  # noqa: SIM905
DEFAULT_FOLLOW_LIST = """nn.pad nn.batch_flatten concatenate zeros split squeeze transpose expand_dims reshape
    dyn.reshape broadcast_to_like dyn.broadcast_to strided_slice dyn.strided_slice take argwhere where tile dyn.tile
    scatter scatter_elements scatter_nd full dyn.full nn.depth_to_space less greater less_equal greater_equal copy cast
    cast_like add subtract multiply divide nn.bias_add nn.batch_norm sqrt shape_of max min maximum minimum argmax
    argmin nn.relu nn.leaky_relu nn.prelu nn.dropout sigmoid tanh fast_tanh fast_exp fast_erf clip nn.max_pool1d
    nn.max_pool2d nn.max_pool3d nn.avg_pool1d nn.avg_pool2d nn.avg_pool3d nn.global_max_pool2d nn.adaptive_max_pool1d
    nn.adaptive_max_pool2d nn.adaptive_max_pool3d image.resize2d""".split()  # noqa: SIM905
DEFAULT_NEVER_LIST = """exp power nn.cross_entropy nn.cross_entropy_with_logits nn.softmax nn.l2_normalize erf arange
    nn.global_avg_pool2d nn.adaptive_avg_pool1d nn.adaptive_avg_pool2d nn.adaptive_avg_pool3d sum mean variance
    nn.layer_norm""".split()  # noqa: SIM905

Conversion = Callable[[Any, str], Sequence[Any]]
"""From a call and the wanted element type: the category, the type to accumulate in, and the type of the result."""


def get_generic_out_dtypes(call_node: Any, mixed_precision_type: str) -> list[str]:
    """The wanted type for sums and for results."""
    del call_node
    return [mixed_precision_type, mixed_precision_type]


def register_func_to_op_list(list_ops: Sequence[str]) -> Callable[[Conversion], Conversion | None]:
    """A decorator that registers one function for several operators."""

    def register(func: Conversion) -> None:
        for name in list_ops:
            register_mixed_precision_conversion(name, func)

    return register


def _generic(category: int) -> Conversion:
    return lambda call_node, dtype: [category, *get_generic_out_dtypes(call_node, dtype)]


generic_always_op = _generic(MIXED_PRECISION_ALWAYS)
generic_follow_op = _generic(MIXED_PRECISION_FOLLOW)
generic_never_op = _generic(MIXED_PRECISION_NEVER)

declare(
    KEY,
    {
        **dict.fromkeys(DEFAULT_ALWAYS_LIST, generic_always_op),
        **dict.fromkeys(DEFAULT_FOLLOW_LIST, generic_follow_op),
        **dict.fromkeys(DEFAULT_NEVER_LIST, generic_never_op),
    }.get,
)
