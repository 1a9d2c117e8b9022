"""Quantised operators whose Python function the card alone does not tell (tvm.relay.qnn.op.qnn in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from relay_compat.ir.expr import Expr, Tuple
from relay_compat.ir.make import const
from relay_compat.ir.tuple_wrapper import TupleWrapper
from relay_compat.op.call import call
from relay_compat.op.declare import declared
from relay_compat.op.normal import spread
from relay_compat.op.wrappers import derived
from tensor_core import codes
from tensor_core.diagnostics import fail

CODES = {"disable": 0, "int8": 1, "uint8": 2, "int32": 3}
"""Numbers that the simulated operators take for element types."""

__getattr__ = derived("qnn.")


@declared("qnn.requantize")
def requantize(
    data: Expr,
    input_scale: Expr,
    input_zero_point: Expr,
    output_scale: Expr,
    output_zero_point: Expr,
    axis: int = -1,
    rounding: str = "None",
    compute_dtype: str = "None",
    out_dtype: str = "int8",
) -> None:
    """Quantised values in another quantisation."""


@declared("qnn.quantize")
def quantize(
    data: Expr, output_scale: Expr, output_zero_point: Expr, axis: int = -1, out_dtype: str = "int8"
) -> None:  # fmt: skip
    """Floats as quantised values."""


@declared("qnn.dequantize")
def dequantize(
    data: Expr, input_scale: Expr, input_zero_point: Expr, axis: int = -1, out_dtype: str = "float32"
) -> None:
    """Quantised values as floats."""


def simulated_quantize(
    data: Expr, output_scale: Expr, output_zero_point: Expr, axis: int = -1, out_dtype: Any = "int8"
) -> Expr:
    """Floats rounded and clipped as a quantised type (a name, or an expression for its number) would hold them."""
    parts = (_code(out_dtype), _flat(output_scale), _flat(output_zero_point))
    return call("qnn.simulated_quantize", data, *parts, axis=axis)


def simulated_dequantize(
    data: Expr, input_scale: Expr, input_zero_point: Expr, axis: int = -1, in_dtype: Any = "int8"
) -> Expr:
    """The opposite of :func:`simulated_quantize`."""
    parts = (_code(in_dtype), _flat(input_scale), _flat(input_zero_point))
    return call("qnn.simulated_dequantize", data, *parts, out_dtype="", axis=axis)


def _code(dtype: Any) -> Expr:
    return const(CODES[dtype], "int32") if isinstance(dtype, str) else dtype


def _flat(value: Expr) -> Expr:
    return call("reshape", value, newshape=[-1], allowzero=False)


def concatenate(
    data: Any, input_scales: Any, input_zero_points: Any, output_scale: Expr, output_zero_point: Expr, axis: Any
) -> Expr:
    """Quantised tensors joined along an axis, each with its scale and zero point. ValueError unless the axis is int.
    Raised as R2R0105.
    """
    if isinstance(data, (list, tuple)):
        data = Tuple(tuple(cast("Sequence[Expr]", data)))
    elif isinstance(data, TupleWrapper):
        data = data.astuple()
    if not isinstance(axis, int):
        raise fail(codes.BAD_ATTRIBUTE, "qnn.concatenate: For now, we only support integer axis")
    scales, zeros = Tuple(tuple(input_scales)), Tuple(tuple(input_zero_points))
    return call("qnn.concatenate", data, scales, zeros, output_scale, output_zero_point, axis=axis)


@declared("qnn.conv2d", padding=spread(2))
def conv2d(
    data: Expr,
    kernel: Expr,
    input_zero_point: Expr,
    kernel_zero_point: Expr,
    input_scale: Expr,
    kernel_scale: Expr,
    kernel_size: Any,
    channels: Any,
    strides: Any = (1, 1),
    padding: Any = (0, 0),
    dilation: Any = (1, 1),
    groups: int = 1,
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: str = "int32",
) -> None:
    """Convolution of quantised values; the result has the product of the scales and zero point 0."""


@declared("qnn.conv2d_transpose", padding=spread(2))
def conv2d_transpose(
    data: Expr,
    weight: Expr,
    input_zero_point: Expr,
    kernel_zero_point: Expr,
    input_scale: Expr,
    kernel_scale: Expr,
    strides: Any = (1, 1),
    padding: Any = (0, 0),
    dilation: Any = (1, 1),
    groups: int = 1,
    channels: Any = None,
    kernel_size: Any = None,
    data_layout: str = "NCHW",
    kernel_layout: str = "IOHW",
    out_layout: str = "",
    output_padding: Any = (0, 0),
    out_dtype: str = "int32",
) -> None:
    """The adjoint of a convolution, of quantised values."""


@declared("qnn.dense")
def dense(
    data: Expr,
    weight: Expr,
    input_zero_point: Expr,
    kernel_zero_point: Expr,
    input_scale: Expr,
    kernel_scale: Expr,
    units: Any,
    out_dtype: str = "int32",
) -> None:
    """A matrix product of quantised values; the result has the product of the scales and zero point 0."""


def contrib_dense_pack(
    data: Expr,
    weight: Expr,
    input_zero_point: Expr,
    kernel_zero_point: Expr,
    input_scale: Expr,
    kernel_scale: Expr,
    kernel_layout: str = "NC",
    units: Any = None,
    out_dtype: str = "int32",
) -> Expr:
    """A matrix product of quantised values with a weight in blocks."""
    operands = (data, weight, input_zero_point, kernel_zero_point, input_scale, kernel_scale)
    attrs = {"weight_layout": kernel_layout, "units": units, "out_dtype": out_dtype}
    return call("qnn.contrib_dense_pack", *operands, **attrs)


def batch_matmul(
    x: Expr,
    y: Expr,
    x_zero_point: Expr,
    y_zero_point: Expr,
    x_scale: Expr,
    y_scale: Expr,
    out_dtype: str = "int32",
) -> Expr:  # fmt: skip
    """Matrix products of quantised values, the second transposed."""
    operands = (x, y, x_zero_point, y_zero_point, x_scale, y_scale)
    return call("qnn.batch_matmul", *operands, out_dtype=out_dtype, transpose_a=False, transpose_b=True)


@declared("qnn.softmax")
def softmax(
    x: Expr, scale: Expr, zero_point: Expr, output_scale: Expr, output_zero_point: Expr, axis: int = -1
) -> None:  # fmt: skip
    """Softmax of quantised values."""


@declared("qnn.leaky_relu")
def leaky_relu(
    x: Expr,
    alpha: float,
    input_scale: Expr,
    input_zero_point: Expr,
    output_scale: Expr,
    output_zero_point: Expr,
) -> None:
    """Negative values scaled, of quantised values."""


@declared("qnn.avg_pool2d")
def avg_pool2d(
    data: Expr,
    input_scale: Expr,
    input_zero_point: Expr,
    output_scale: Expr,
    output_zero_point: Expr,
    pool_size: Any,
    strides: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    layout: str = "NHWC",
    out_layout: str = "",
) -> None:
    """The mean of windows of quantised values."""


__all__ = [
    "avg_pool2d", "batch_matmul", "concatenate", "contrib_dense_pack", "conv2d", "conv2d_transpose", "dense",
    "dequantize", "leaky_relu", "quantize", "requantize", "simulated_dequantize", "simulated_quantize", "softmax",
]  # fmt: skip
