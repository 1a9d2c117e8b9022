"""Convolutions (tvm.relay.op.nn in TVM 0.19). Windows take one number for all axes where TVM's functions do."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.op.call import call
from relay_compat.op.declare import declared
from relay_compat.op.normal import spread, times

Ints = Any
"""An int, or a sequence of them."""


@declared("nn.conv1d", strides=times(1), dilation=times(1), kernel_size=times(1), padding=spread(1))
def conv1d(
    data: Expr,
    weight: Expr,
    strides: Ints = 1,
    padding: Ints = 0,
    dilation: Ints = 1,
    groups: int = 1,
    channels: Any = None,
    kernel_size: Ints = None,
    data_layout: str = "NCW",
    kernel_layout: str = "OIW",
    out_layout: str = "",
    out_dtype: str = "",
) -> None:
    """Convolution along one axis."""


@declared("nn.conv2d", strides=times(2), dilation=times(2), kernel_size=times(2), padding=spread(2))
def conv2d(
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
    """Convolution over height and width."""


@declared("nn.conv3d", strides=times(3), dilation=times(3), kernel_size=times(3), padding=spread(3))
def conv3d(
    data: Expr,
    weight: Expr,
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
    """Convolution over depth, height and width."""


@declared("nn.conv1d_transpose")
def conv1d_transpose(
    data: Expr,
    weight: Expr,
    strides: Ints = (1,),
    padding: Ints = (0,),
    dilation: Ints = (1,),
    groups: int = 1,
    channels: Any = None,
    kernel_size: Ints = None,
    data_layout: str = "NCW",
    kernel_layout: str = "IOW",
    out_layout: str = "",
    output_padding: Ints = (0,),
    out_dtype: str = "",
) -> None:
    """The adjoint of a convolution along one axis."""


@declared("nn.conv2d_transpose", padding=spread(2))
def conv2d_transpose(
    data: Expr,
    weight: Expr,
    strides: Ints = (1, 1),
    padding: Ints = (0, 0),
    dilation: Ints = (1, 1),
    groups: int = 1,
    channels: Any = None,
    kernel_size: Ints = None,
    data_layout: str = "NCHW",
    kernel_layout: str = "IOHW",
    out_layout: str = "",
    output_padding: Ints = (0, 0),
    out_dtype: str = "",
) -> None:
    """The adjoint of a convolution over height and width."""


@declared("nn.conv3d_transpose", strides=times(3), dilation=times(3), kernel_size=times(3), padding=spread(3))
def conv3d_transpose(
    data: Expr,
    weight: Expr,
    strides: Ints = (1, 1, 1),
    padding: Ints = (0, 0, 0),
    dilation: Ints = (1, 1, 1),
    groups: int = 1,
    channels: Any = None,
    kernel_size: Ints = None,
    data_layout: str = "NCDHW",
    kernel_layout: str = "IODHW",
    out_layout: str = "",
    output_padding: Ints = (0, 0, 0),
    out_dtype: str = "",
) -> None:
    """The adjoint of a convolution over depth, height and width."""


@declared("nn.deformable_conv2d", padding=spread(2))
def deformable_conv2d(
    data: Expr,
    offset: Expr,
    weight: Expr,
    strides: Ints = (1, 1),
    padding: Ints = (0, 0),
    dilation: Ints = (1, 1),
    deformable_groups: int = 1,
    groups: int = 1,
    channels: Any = None,
    kernel_size: Ints = None,
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    out_layout: str = "",
    out_dtype: str = "",
) -> None:
    """Convolution whose taps are moved by offsets."""


def conv2d_backward_weight(
    grad: Expr,
    data: Expr,
    strides: Ints = (1, 1),
    padding: Ints = (0, 0),
    dilation: Ints = (1, 1),
    groups: int = 1,
    channels: Any = None,
    kernel_size: Ints = None,
    grad_layout: str = "NCHW",
    data_layout: str = "NCHW",
    kernel_layout: str = "OIHW",
    out_dtype: str = "",
) -> Expr:
    """The gradient to a convolution's weight. The layouts are one place further on in the attributes, as in TVM."""
    twice = times(2)
    window = {"strides": twice(strides), "padding": spread(2)(padding), "dilation": twice(dilation)}
    weight = {"groups": groups, "channels": channels, "kernel_size": twice(kernel_size)}
    layouts = {"data_layout": grad_layout, "kernel_layout": data_layout, "out_layout": kernel_layout}
    return call("nn.conv2d_backward_weight", grad, data, **window, **weight, **layouts, out_dtype=out_dtype)


__all__ = [
    "conv1d", "conv1d_transpose", "conv2d", "conv2d_backward_weight", "conv2d_transpose", "conv3d",
    "conv3d_transpose", "deformable_conv2d",
]  # fmt: skip
