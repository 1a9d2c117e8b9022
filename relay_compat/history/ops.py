"""Operators by release: names, arguments, structs and meanings that changed, in the order of the releases."""

from __future__ import annotations

from typing import NamedTuple

from relay_compat.history.steps import (
    Step,
    completed,
    device_copy,
    dropped,
    left_open,
    moved,
    on_device,
    quantized_concatenate,
    refused,
    renamed,
    repeated,
    resized,
    scattered,
    struct,
    swapped_kernel,
    unit_strides,
    unreversed,
    with_region,
)


class Change(NamedTuple):
    """What ``since`` did to the operator ``op``. ``silent``: a call does not show whether it was written before."""

    since: tuple[int, int]
    op: str
    step: Step
    says: str
    silent: bool = False


_LOWERED = refused("an operator of the lowered form, which other releases do not read")
_QUANTIZED = (("input_zero_point", 0, "int32"), ("kernel_zero_point", 0, "int32"),
              ("input_scale", 1.0, "float32"), ("kernel_scale", 1.0, "float32"))  # fmt: skip
_OPERANDS = tuple(
    place
    for side in ("lhs", "rhs", "output")
    for place in ((f"{side}_scale", 1.0, "float32"), (f"{side}_zero_point", 0, "int32"))
)
_OUT = (("output_scale", 1.0, "float32"), ("output_zero_point", 0, "int32"))
_IN = (("input_scale", 1.0, "float32"), ("input_zero_point", 0, "int32"))

CHANGES: tuple[Change, ...] = (
    Change((0, 7), "_contrib_reverse_reshape", renamed("contrib_reverse_reshape"), "renamed"),
    Change((0, 7), "contrib.adaptive_avg_pool2d", renamed("nn.adaptive_avg_pool2d"), "renamed"),
    Change((0, 7), "contrib.adaptive_max_pool2d", renamed("nn.adaptive_max_pool2d"), "renamed"),
    Change((0, 7), "contrib.ndarray_size", renamed("ndarray_size"), "renamed"),
    Change((0, 7), "argwhere", struct(None), "no attributes any more"),
    Change((0, 7), "variance", struct("VarianceAttrs"), "a struct of its own"),
    Change((0, 7), "nn.contrib_conv2d_winograd_weight_transform", struct("ConvWinogradWeightTransformAttrs"),
           "a struct shared with conv3d"),
    Change((0, 7), "qnn.quantize", moved(1, *_OUT), "scale and zero point are arguments"),
    Change((0, 7), "qnn.dequantize", moved(1, *_IN), "scale and zero point are arguments"),
    Change((0, 7), "qnn.requantize", moved(1, *_IN, *_OUT), "scales and zero points are arguments"),
    Change((0, 7), "qnn.dense", moved(2, *_QUANTIZED), "scales and zero points are arguments"),
    Change((0, 7), "qnn.dense", struct("DenseAttrs"), "the struct of nn.dense"),
    Change((0, 7), "qnn.conv2d", moved(2, *_QUANTIZED), "scales and zero points are arguments"),
    Change((0, 7), "qnn.conv2d", struct("Conv2DAttrs"), "the struct of nn.conv2d"),
    Change((0, 7), "qnn.add", moved(2, *_OPERANDS), "scales and zero points are arguments"),
    Change((0, 7), "qnn.add", struct(None), "no attributes any more"),
    Change((0, 7), "qnn.mul", moved(2, *_OPERANDS), "scales and zero points are arguments"),
    Change((0, 7), "qnn.mul", struct(None), "no attributes any more"),
    Change((0, 7), "qnn.concatenate", quantized_concatenate, "scales and zero points are arguments"),
    Change((0, 7), "strided_slice", unit_strides, "no strides means strides of one"),
    Change((0, 7), "vision.non_max_suppression", refused("it chose boxes without their indices"), "other arguments"),
    Change((0, 7), "vision.get_valid_counts", refused("it gave two results, not three"), "other results"),
    Change((0, 7), "memory.alloc_tensor", _LOWERED, "other arguments"),
    Change((0, 7), "memory.invoke_tvm_op", _LOWERED, "gone"),
    Change((0, 7), "memory.shape_func", _LOWERED, "gone"),
    Change((0, 7), "nn.contrib_conv2d_NCHWc_int8", refused("the operator is gone"), "gone"),
    Change((0, 7), "nn.contrib_conv2d_winograd_nnpack_without_weight_transform", refused("the operator is gone"),
           "gone"),
    Change((0, 8), "nn.batch_matmul", completed(transpose_a=False, transpose_b=True), "it had no attributes"),
    Change((0, 8), "nn.conv2d_transpose", swapped_kernel, "O and I in the weight's layout", silent=True),
    Change((0, 8), "nn.pad", moved(1, ("pad_value", 0.0, "float")), "the value is an argument"),
    Change((0, 8), "argmax", struct("ArgReduceAttrs"), "select_last_index"),
    Change((0, 8), "argmin", struct("ArgReduceAttrs"), "select_last_index"),
    Change((0, 8), "reshape", unreversed, "without the flag reverse"),
    Change((0, 8), "contrib_reverse_reshape", unreversed, "without the flag reverse"),
    Change((0, 8), "image.resize", resized("image.resize2d", 2), "renamed; methods renamed"),
    Change((0, 8), "image.resize3d", resized("image.resize3d", 3), "methods renamed"),
    Change((0, 8), "dyn.image.resize", resized("dyn.image.resize2d", 2), "renamed; methods renamed"),
    Change((0, 8), "vision.get_valid_counts", moved(1, ("score_threshold", 0.0, "float32")),
           "the threshold is an argument"),
    Change((0, 8), "vision.get_valid_counts", left_open("score_threshold"), "it says nothing beside the argument"),
    Change((0, 8), "vision.non_max_suppression", moved(4, ("iou_threshold", 0.5, "float32")),
           "the threshold is an argument"),
    Change((0, 8), "vision.non_max_suppression", dropped("max_output_size"), "it repeated an argument"),
    Change((0, 8), "memory.kill", _LOWERED, "other arguments"),
    Change((0, 9), "dyn.image.resize2d", with_region, "a region of interest"),
    Change((0, 9), "on_device", on_device, "a virtual device"),
    Change((0, 9), "device_copy", device_copy, "virtual devices"),
    Change((0, 9), "vm.shape_func", _LOWERED, "gone"),
    Change((0, 10), "qnn.leaky_relu", repeated(3, 1, 2), "the output has a scale and zero point of its own"),
    Change((0, 12), "nn.conv1d_transpose", swapped_kernel, "O and I in the weight's layout", silent=True),
    Change((0, 12), "nn.conv3d_transpose", swapped_kernel, "O and I in the weight's layout", silent=True),
    Change((0, 12), "scatter", scattered("update"), "one operator for all reductions"),
    Change((0, 12), "scatter_add", scattered("add"), "one operator for all reductions"),
    Change((0, 14), "memory.alloc_storage", _LOWERED, "other arguments"),
    Change((0, 15), "nn.contrib_conv2d_gemm_weight_transform", refused("its tiles were other ones"), "other tiles"),
)  # fmt: skip
