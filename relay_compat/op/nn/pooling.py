"""Pools (tvm.relay.op.nn in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.op.call import call
from relay_compat.op.declare import declared
from relay_compat.op.normal import listed, spread, times

Ints = Any
"""An int, or a sequence of them."""


@declared("nn.max_pool1d", pool_size=times(1), strides=times(1), dilation=times(1), padding=spread(1))
def max_pool1d(
    data: Expr,
    pool_size: Ints = (1,),
    strides: Ints = (1,),
    dilation: Ints = (1,),
    padding: Ints = (0,),
    layout: str = "NCW",
    out_layout: str = "",
    ceil_mode: bool = False,
) -> None:
    """The greatest value of windows over 1 axis."""


@declared("nn.max_pool2d", pool_size=times(2), strides=times(2), dilation=times(2), padding=spread(2))
def max_pool2d(
    data: Expr,
    pool_size: Ints = (1, 1),
    strides: Ints = (1, 1),
    dilation: Ints = (1, 1),
    padding: Ints = (0, 0),
    layout: str = "NCHW",
    out_layout: str = "",
    ceil_mode: bool = False,
) -> None:
    """The greatest value of windows over 2 axes."""


@declared("nn.max_pool3d", pool_size=times(3), strides=times(3), dilation=times(3), padding=spread(3))
def max_pool3d(
    data: Expr,
    pool_size: Ints = (1, 1, 1),
    strides: Ints = (1, 1, 1),
    dilation: Ints = (1, 1, 1),
    padding: Ints = (0, 0, 0),
    layout: str = "NCDHW",
    out_layout: str = "",
    ceil_mode: bool = False,
) -> None:
    """The greatest value of windows over 3 axes."""


@declared("nn.avg_pool1d", pool_size=times(1), strides=times(1), dilation=times(1), padding=spread(1))
def avg_pool1d(
    data: Expr,
    pool_size: Ints = (1,),
    strides: Ints = (1,),
    dilation: Ints = (1,),
    padding: Ints = (0,),
    layout: str = "NCW",
    out_layout: str = "",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> None:
    """The mean of windows over 1 axis."""


@declared("nn.avg_pool2d", pool_size=times(2), strides=times(2), dilation=times(2), padding=spread(2))
def avg_pool2d(
    data: Expr,
    pool_size: Ints = (1, 1),
    strides: Ints = (1, 1),
    dilation: Ints = (1, 1),
    padding: Ints = (0, 0),
    layout: str = "NCHW",
    out_layout: str = "",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> None:
    """The mean of windows over 2 axes."""


@declared("nn.avg_pool3d", pool_size=times(3), strides=times(3), dilation=times(3), padding=spread(3))
def avg_pool3d(
    data: Expr,
    pool_size: Ints = (1, 1, 1),
    strides: Ints = (1, 1, 1),
    dilation: Ints = (1, 1, 1),
    padding: Ints = (0, 0, 0),
    layout: str = "NCDHW",
    out_layout: str = "",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> None:
    """The mean of windows over 3 axes."""


@declared("nn.adaptive_max_pool1d", output_size=listed)
def adaptive_max_pool1d(
    data: Expr,
    output_size: Ints = None,
    layout: str = "NCW",
    out_layout: str = "",
) -> None:
    """The greatest value of as many windows as the output has places."""


def global_max_pool1d(data: Expr, layout: str = "NCW", out_layout: str = "") -> Expr:
    """The greatest value over all places."""
    attrs = {"output_size": [1] * 1, "layout": layout, "out_layout": out_layout}
    return call("nn.adaptive_max_pool1d", data, **attrs)


@declared("nn.adaptive_max_pool2d")
def adaptive_max_pool2d(
    data: Expr,
    output_size: Ints = None,
    layout: str = "NCHW",
    out_layout: str = "",
) -> None:
    """The greatest value of as many windows as the output has places."""


@declared("nn.adaptive_max_pool3d")
def adaptive_max_pool3d(
    data: Expr,
    output_size: Ints = None,
    layout: str = "NCDHW",
    out_layout: str = "",
) -> None:
    """The greatest value of as many windows as the output has places."""


def global_max_pool3d(data: Expr, layout: str = "NCDHW", out_layout: str = "") -> Expr:
    """The greatest value over all places."""
    attrs = {"output_size": [1] * 3, "layout": layout, "out_layout": out_layout}
    return call("nn.adaptive_max_pool3d", data, **attrs)


@declared("nn.adaptive_avg_pool1d", output_size=listed)
def adaptive_avg_pool1d(
    data: Expr,
    output_size: Ints = None,
    layout: str = "NCW",
    out_layout: str = "",
) -> None:
    """The mean of as many windows as the output has places."""


def global_avg_pool1d(data: Expr, layout: str = "NCW", out_layout: str = "") -> Expr:
    """The mean over all places."""
    attrs = {"output_size": [1] * 1, "layout": layout, "out_layout": out_layout}
    return call("nn.adaptive_avg_pool1d", data, **attrs)


@declared("nn.adaptive_avg_pool2d")
def adaptive_avg_pool2d(
    data: Expr,
    output_size: Ints = None,
    layout: str = "NCHW",
    out_layout: str = "",
) -> None:
    """The mean of as many windows as the output has places."""


@declared("nn.adaptive_avg_pool3d")
def adaptive_avg_pool3d(
    data: Expr,
    output_size: Ints = None,
    layout: str = "NCDHW",
    out_layout: str = "",
) -> None:
    """The mean of as many windows as the output has places."""


def global_avg_pool3d(data: Expr, layout: str = "NCDHW", out_layout: str = "") -> Expr:
    """The mean over all places."""
    attrs = {"output_size": [1] * 3, "layout": layout, "out_layout": out_layout}
    return call("nn.adaptive_avg_pool3d", data, **attrs)


def max_pool2d_grad(
    out_grad: Expr,
    data: Expr,
    pool_size: Ints = (1, 1),
    strides: Ints = (1, 1),
    padding: Ints = (0, 0),
    layout: str = "NCHW",
    out_layout: str = "",
    ceil_mode: bool = False,
) -> Expr:
    """The gradient of nn.max_pool2d to its input."""
    sizes = {"pool_size": pool_size, "strides": strides, "padding": padding, "dilation": ()}
    attrs = {"layout": layout, "out_layout": out_layout, "ceil_mode": ceil_mode}
    return call("nn.max_pool2d_grad", out_grad, data, **sizes, **attrs)


def avg_pool2d_grad(
    out_grad: Expr,
    data: Expr,
    pool_size: Ints = (1, 1),
    strides: Ints = (1, 1),
    padding: Ints = (0, 0),
    layout: str = "NCHW",
    out_layout: str = "",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> Expr:
    """The gradient of nn.avg_pool2d to its input."""
    sizes = {"pool_size": pool_size, "strides": strides, "padding": padding, "dilation": ()}
    flags = {"ceil_mode": ceil_mode, "count_include_pad": count_include_pad}
    return call("nn.avg_pool2d_grad", out_grad, data, **sizes, layout=layout, out_layout=out_layout, **flags)


__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool2d", "adaptive_max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool2d_grad", "avg_pool3d",
    "global_avg_pool1d", "global_avg_pool3d", "global_max_pool1d", "global_max_pool3d", "max_pool1d",
    "max_pool2d", "max_pool2d_grad", "max_pool3d",
]  # fmt: skip
