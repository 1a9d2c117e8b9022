"""Convolutions in the layouts and steps that TVM's schedules use (tvm.relay.op.nn in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.op.call import call
from relay_compat.op.declare import declared
from relay_compat.op.normal import spread

Ints = Any
"""An int, or a sequence of them."""


@declared("nn.contrib_conv2d_winograd_without_weight_transform", padding=spread(2))
def contrib_conv2d_winograd_without_weight_transform(
    data: Expr,
    weight: Expr,
    tile_size: int,
    strides: Ints = (1, 1),
    padding: Ints = (0, 0),
    dilation: Ints = (1, 1),
    groups: int = 1,
    channels: Any = None,
    kernel_size: Ints = None,
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: str = "",
) -> None:
    """Winograd's convolution of a transformed weight."""


@declared("nn.contrib_conv3d_winograd_without_weight_transform", padding=spread(3))
def contrib_conv3d_winograd_without_weight_transform(
    data: Expr,
    weight: Expr,
    tile_size: int,
    strides: Ints = (1, 1, 1),
    padding: Ints = (0, 0, 0),
    dilation: Ints = (1, 1, 1),
    groups: int = 1,
    channels: Any = None,
    kernel_size: Ints = None,
    data_layout: str = "NCDHW",
    kernel_layout: str = "OIDHW",
    out_layout: str = "",
    out_dtype: str = "",
) -> None:
    """Winograd's convolution of a transformed weight."""


@declared("nn.contrib_conv2d_gemm_without_weight_transform", padding=spread(2))
def contrib_conv2d_gemm_without_weight_transform(
    data: Expr,
    weight: Expr,
    strides: Ints = (1, 1),
    padding: Ints = (0, 0),
    dilation: Ints = (1, 1),
    groups: int = 1,
    channels: Any = None,
    kernel_size: Ints = None,
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: str = "",
) -> None:
    """Convolution as a matrix product with a transformed weight."""


@declared("nn.contrib_conv2d_NCHWc", padding=spread(2))
def contrib_conv2d_nchwc(
    data: Expr,
    kernel: Expr,
    strides: Ints = (1, 1),
    padding: Ints = (0, 0),
    dilation: Ints = (1, 1),
    groups: int = 1,
    channels: Any = None,
    kernel_size: Ints = None,
    data_layout: str = "NCHW8c",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: str = "",
) -> None:
    """Convolution with channels in blocks."""


@declared("nn.contrib_depthwise_conv2d_NCHWc", padding=spread(2))
def contrib_depthwise_conv2d_nchwc(
    data: Expr,
    kernel: Expr,
    strides: Ints = (1, 1),
    padding: Ints = (0, 0),
    dilation: Ints = (1, 1),
    groups: int = 1,
    channels: Any = None,
    kernel_size: Ints = None,
    data_layout: str = "NCHW8c",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: str = "",
) -> None:
    """Convolution of each channel alone, with channels in blocks."""


@declared("nn.contrib_conv2d_winograd_nnpack_weight_transform")
def contrib_conv2d_winograd_nnpack_weight_transform(
    weight: Expr,
    convolution_algorithm: int,
    out_dtype: str = "",
) -> None:
    """The weight transformed for NNPACK's convolution."""


def contrib_conv2d_gemm_weight_transform(weights: Expr, tile_N: int, tile_K: int) -> Expr:
    """The weight transformed for a convolution as a matrix product."""
    return call("nn.contrib_conv2d_gemm_weight_transform", weights, tile_N=tile_N, tile_K=tile_K)


@declared("nn.bitserial_conv2d", padding=spread(2))
def bitserial_conv2d(
    data: Expr,
    weight: Expr,
    strides: Ints = (1, 1),
    padding: Ints = (0, 0),
    channels: Any = None,
    kernel_size: Ints = (3, 3),
    activation_bits: int = 1,
    weight_bits: int = 1,
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    pack_dtype: str = "uint32",
    out_dtype: str = "int16",
    unipolar: bool = True,
) -> None:
    """Convolution of values of few bits."""


@declared("nn.bitserial_dense")
def bitserial_dense(
    data: Expr,
    weight: Expr,
    units: Any = None,
    data_bits: int = 1,
    weight_bits: int = 1,
    pack_dtype: str = "uint32",
    out_dtype: str = "int16",
    unipolar: bool = True,
) -> None:
    """Matrix product of values of few bits."""


@declared("nn.bitpack")
def bitpack(
    data: Expr,
    bits: int = 1,
    pack_axis: int = 1,
    bit_axis: int = 2,
    pack_type: str = "uint32",
    name: str = "BitPack",
) -> None:
    """Bits of values packed into words."""


__all__ = [
    "bitpack", "bitserial_conv2d", "bitserial_dense", "contrib_conv2d_gemm_weight_transform",
    "contrib_conv2d_gemm_without_weight_transform", "contrib_conv2d_nchwc",
    "contrib_conv2d_winograd_nnpack_weight_transform", "contrib_conv2d_winograd_without_weight_transform",
    "contrib_conv3d_winograd_without_weight_transform", "contrib_depthwise_conv2d_nchwc",
]  # fmt: skip
