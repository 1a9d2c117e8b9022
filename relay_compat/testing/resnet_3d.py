"""Residual networks for volumes (tvm.relay.testing.resnet_3d in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.ir.expr import Expr, Function
from relay_compat.op import nn
from relay_compat.testing import layers, residual
from relay_compat.testing.init import Workload, create_workload


def resnet(
    units: Sequence[int],
    num_stages: int,
    filter_list: Sequence[int],
    num_classes: int,
    data_shape: Sequence[int],
    bottle_neck: bool = True,
    layout: str = "NCDHW",
    dtype: str = "float32",
) -> Function:
    """The network as a function of the volumes and its weights. ValueError unless there are ``num_stages`` units."""
    if len(units) != num_stages:
        raise ValueError(f"{len(units)} units for {num_stages} stages")
    height = data_shape[layout.index("H")]

    def stem(style: residual.Style, data: Expr) -> Expr:
        if height <= 32:
            return style.convolve(data, filter_list[0], 3, 1, 1, "conv0")
        body = style.convolve(data, filter_list[0], (3, 7, 7), (1, 2, 2), (1, 3, 3), "conv0")
        return nn.relu(style.normalise(body, "bn0"))

    # Values are normalised along the second axis whatever the layout, as in TVM.
    style = residual.Style(layers.conv3d, 3, layout, "OIDHW" if layout == "NCDHW" else "DHWIO", {})
    data = residual.image(data_shape, dtype)
    return residual.network(style, units, filter_list, num_classes, bottle_neck, stem, nn.global_avg_pool3d, data)


def get_net(
    batch_size: int,
    num_classes: int,
    num_layers: int = 50,
    image_shape: tuple[int, ...] = (3, 16, 112, 112),
    layout: str = "NCDHW",
    dtype: str = "float32",
    **kwargs: Any,
) -> Function:
    """The network with a number of layers. ValueError where nobody tried that number."""
    del kwargs
    height = image_shape[2] if layout == "NCDHW" else image_shape[1]
    units, channels, narrow = residual.plan(num_layers, height)
    return resnet(units, len(units), channels, num_classes, (batch_size, *image_shape), narrow, layout, dtype)


def get_workload(
    batch_size: int = 1,
    num_classes: int = 1000,
    num_layers: int = 18,
    image_shape: tuple[int, ...] = (3, 16, 112, 112),
    layout: str = "NCDHW",
    dtype: str = "float32",
    **kwargs: Any,
) -> Workload:
    """The network in a module, with weights."""
    return create_workload(get_net(batch_size, num_classes, num_layers, image_shape, layout, dtype, **kwargs))
