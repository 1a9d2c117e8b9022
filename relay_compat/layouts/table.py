"""Which operator infers layouts how: the built-in values of FInferCorrectLayout in TVM 0.19."""

from __future__ import annotations

from relay_compat.layouts import along_axes, broadcast, moves, stated
from relay_compat.layouts.inferred import Rule
from relay_compat.op_attributes import declare

_ELEMENTWISE = """
abs acos acosh annotation.bitpack_end annotation.bitpack_start annotation.cast_hint annotation.checkpoint
annotation.compiler_begin annotation.compiler_end annotation.stop_fusion asin asinh atan atanh bitwise_not call_lowered
cast cast_like ceil clip copy cos cosh device_copy dyn.sparse_to_dense erf exp fast_erf fast_exp fast_tanh
fixed_point_multiply fixed_point_multiply_per_axis floor isfinite isinf isnan log log10 log2 logical_not
memory.alloc_storage memory.alloc_tensor memory.kill ndarray_size negative nn.dropout nn.leaky_relu nn.relu on_device
ones_like reinterpret round rsqrt sigmoid sign sin sinh sparse_to_dense sqrt tan
tanh trunc vm.invoke_tvm_op vm.reshape_tensor vm.shape_of zeros_like
"""
_BROADCAST = """
add bitwise_and bitwise_or bitwise_xor divide equal floor_divide floor_mod greater greater_equal left_shift less
less_equal logical_and logical_or logical_xor maximum minimum mod multiply not_equal power right_shift subtract
trunc_divide trunc_mod
"""
_CONVOLUTIONS = """
nn.contrib_conv2d_NCHWc nn.contrib_conv2d_gemm_without_weight_transform
nn.contrib_conv2d_winograd_without_weight_transform nn.contrib_conv3d_winograd_without_weight_transform
nn.contrib_depthwise_conv2d_NCHWc nn.conv1d nn.conv2d nn.conv2d_backward_weight nn.conv2d_transpose nn.conv3d
nn.conv3d_transpose
"""
_POOLS = """
nn.adaptive_avg_pool1d nn.adaptive_avg_pool2d nn.adaptive_avg_pool3d nn.adaptive_max_pool1d nn.adaptive_max_pool2d
nn.adaptive_max_pool3d nn.avg_pool1d nn.avg_pool2d nn.avg_pool3d nn.global_avg_pool2d nn.global_max_pool2d
nn.max_pool1d nn.max_pool2d nn.max_pool3d
"""
_REDUCTIONS = "all argmax argmin max mean min prod sum variance"

RULES: dict[str, Rule] = {
    **dict.fromkeys(_ELEMENTWISE.split(), broadcast.elementwise),
    **dict.fromkeys(_BROADCAST.split(), broadcast.broadcast),
    **dict.fromkeys(_CONVOLUTIONS.split(), stated.convolution),
    **dict.fromkeys(_POOLS.split(), stated.pooling),
    **dict.fromkeys(_REDUCTIONS.split(), along_axes.reduction),
    "concatenate": along_axes.concatenate,
    "dyn.nn.upsampling": along_axes.with_vectors(stated.upsampling, 2, "1"),
    "dyn.nn.upsampling3d": along_axes.with_vectors(stated.upsampling, 3, "1"),
    "image.dilation2d": stated.two_layouts,
    "image.resize1d": stated.resize,
    "image.resize2d": stated.resize,
    "nn.batch_norm": along_axes.normalization(4, 2),
    "nn.bitserial_conv2d": stated.two_layouts,
    "nn.contrib_dense_pack": stated.packed_dense,
    "nn.correlation": stated.with_layout(twice=True),
    "nn.deformable_conv2d": stated.deformable,
    "nn.dense": stated.dense,
    "nn.instance_norm": along_axes.normalization(2),
    "nn.l2_normalize": along_axes.l2_normalize,
    "nn.layer_norm": along_axes.normalization(2),
    "nn.matmul": stated.dense,
    "nn.pad": moves.pad,
    "nn.prelu": along_axes.prelu,
    "nn.upsampling": stated.upsampling,
    "nn.upsampling3d": stated.upsampling,
    "qnn.add": along_axes.with_vectors(broadcast.broadcast, 6),
    "qnn.avg_pool2d": along_axes.with_vectors(stated.pooling, 4),
    "qnn.concatenate": along_axes.quantized_concatenate,
    "qnn.contrib_dense_pack": along_axes.with_vectors(stated.packed_dense, 4, "N"),
    "qnn.conv2d": along_axes.with_vectors(stated.convolution, 4),
    "qnn.conv2d_transpose": along_axes.with_vectors(stated.convolution, 4),
    "qnn.dense": along_axes.with_vectors(stated.dense, 4, "N"),
    "qnn.mul": along_axes.with_vectors(broadcast.broadcast, 6),
    "qnn.requantize": along_axes.requantize,
    "qnn.subtract": along_axes.with_vectors(broadcast.broadcast, 6),
    "relay.op.annotation.simulated_quantize": broadcast.with_vectors_behind,
    "slice_like": moves.slice_like,
    "split": along_axes.split,
    "squeeze": moves.squeeze,
    "strided_slice": moves.strided_slice,
    "topk": along_axes.topk,
    "transpose": moves.transpose,
    "vision.roi_align": stated.with_layout("N5"),
    "vision.roi_pool": stated.with_layout("N5"),
}

declare("FInferCorrectLayout", RULES.get)
