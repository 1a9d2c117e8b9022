"""Residual networks for images (tvm.relay.testing.resnet in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.ir.expr import Expr, Function
from relay_compat.op import nn
from relay_compat.testing import layers, residual
from relay_compat.testing.init import Workload, create_workload


def _style(data_layout: str, kernel_layout: str) -> residual.Style:
    return residual.Style(layers.conv2d, 2, data_layout, kernel_layout, {"axis": data_layout.index("C")})


def residual_unit(
    data: Expr,
    num_filter: int,
    stride: tuple[int, int],
    dim_match: bool,
    name: str,
    bottle_neck: bool = True,
    data_layout: str = "NCHW",
    kernel_layout: str = "IOHW",
) -> Expr:
    """One unit (:func:`relay_compat.testing.residual.unit`)."""
    return residual.unit(
        _style(data_layout, kernel_layout), data, num_filter, stride, dim_match, name, bottle_neck
    )  # fmt: skip


def resnet(
    units: Sequence[int],
    num_stages: int,
    filter_list: Sequence[int],
    num_classes: int,
    data_shape: Sequence[int],
    bottle_neck: bool = True,
    layout: str = "NCHW",
    dtype: str = "float32",
) -> Function:
    """The network as a function of the images and its weights. ValueError unless there are ``num_stages`` units."""
    if len(units) != num_stages:
        raise ValueError(f"{len(units)} units for {num_stages} stages")
    height = data_shape[layout.index("H")]

    def stem(style: residual.Style, data: Expr) -> Expr:
        if height <= 32:
            return style.convolve(data, filter_list[0], 3, 1, 1, "conv0")
        body = nn.relu(style.normalise(style.convolve(data, filter_list[0], 7, 2, 3, "conv0"), "bn0"))
        return nn.max_pool2d(body, pool_size=(3, 3), strides=(2, 2), padding=(1, 1), layout=layout)

    style = _style(layout, "OIHW" if layout == "NCHW" else "HWIO")
    data = residual.image(data_shape, dtype)
    return residual.network(style, units, filter_list, num_classes, bottle_neck, stem, nn.global_avg_pool2d, data)


def get_net(
    batch_size: int,
    num_classes: int,
    num_layers: int = 50,
    image_shape: tuple[int, ...] = (3, 224, 224),
    layout: str = "NCHW",
    dtype: str = "float32",
    **kwargs: Any,
) -> Function:
    """The network with a number of layers. ValueError where nobody tried that number."""
    del kwargs
    height = image_shape[0] if layout == "NHWC" else image_shape[1]
    units, channels, narrow = residual.plan(num_layers, height)
    return resnet(units, len(units), channels, num_classes, (batch_size, *image_shape), narrow, layout, dtype)


def get_workload(
    batch_size: int = 1,
    num_classes: int = 1000,
    num_layers: int = 18,
    image_shape: tuple[int, ...] = (3, 224, 224),
    layout: str = "NCHW",
    dtype: str = "float32",
    **kwargs: Any,
) -> Workload:
    """The network in a module, with weights."""
    return create_workload(get_net(batch_size, num_classes, num_layers, image_shape, layout, dtype, **kwargs))
