"""Layers whose weights are variables named after the layer (tvm.relay.testing.layers in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.analysis.variables import free_vars
from relay_compat.ir.expr import Expr, Function
from relay_compat.ir.make import var
from relay_compat.op import nn

__all__ = [
    "batch_norm_infer", "closed", "conv2d", "conv2d_transpose", "conv3d", "conv_kernel_layout", "dense_add_bias",
]  # fmt: skip

_KERNELS = {("NCHW", False): "OIHW", ("NHWC", False): "HWIO", ("NCHW", True): "OIHW", ("NHWC", True): "HWOI"}


def closed(body: Expr) -> Function:
    """A function of the body's free variables."""
    return Function(tuple(free_vars(body)), body)


def batch_norm_infer(
    data: Expr,
    gamma: Any = None,
    beta: Any = None,
    moving_mean: Any = None,
    moving_var: Any = None,
    *,
    name: str,
    **kwargs: Any,
) -> Expr:
    """The first result of a batch normalisation."""
    given = {"gamma": gamma, "beta": beta, "moving_mean": moving_mean, "moving_var": moving_var}
    weights = {key: var(f"{name}_{key}") if value is None else value for key, value in given.items()}
    return nn.batch_norm(data, **weights, **kwargs)[0]


def conv2d(data: Expr, weight: Any = None, *, name: str, **kwargs: Any) -> Expr:
    """A convolution over height and width."""
    return nn.conv2d(data, _weight(weight, name), **kwargs)


def conv3d(data: Expr, weight: Any = None, *, name: str, **kwargs: Any) -> Expr:
    """A convolution over depth, height and width."""
    return nn.conv3d(data, _weight(weight, name), **kwargs)


def conv2d_transpose(data: Expr, weight: Any = None, *, name: str, **kwargs: Any) -> Expr:
    """The adjoint of a convolution over height and width."""
    return nn.conv2d_transpose(data, _weight(weight, name), **kwargs)


def dense_add_bias(
    data: Expr, weight: Any = None, bias: Any = None, units: Any = None, *, name: str, **kwargs: Any
) -> Expr:
    """A matrix product and a bias along the last axis."""
    weight = _weight(weight, name)
    bias = var(f"{name}_bias") if bias is None else bias
    return nn.bias_add(nn.dense(data, weight, units, **kwargs), bias, axis=-1)


def _weight(weight: Any, name: str) -> Expr:
    return var(f"{name}_weight") if weight is None else weight


def conv_kernel_layout(data_layout: str, is_depthwise: bool = False) -> str:
    """The layout of weights that goes with a layout of images. ValueError for an unknown one."""
    if (data_layout, is_depthwise) not in _KERNELS:
        raise ValueError(f"Unknown data layout {data_layout}")
    return _KERNELS[data_layout, is_depthwise]
