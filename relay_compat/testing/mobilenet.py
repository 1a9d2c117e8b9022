"""MobileNet (tvm.relay.testing.mobilenet in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Expr, Function
from relay_compat.ir.make import var
from relay_compat.op import nn
from relay_compat.testing import layers
from relay_compat.testing.init import Workload, create_workload

_DEEP = (
    (32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2), *((512, 512, 1),) * 5,
    (512, 1024, 2), (1024, 1024, 1),
)  # fmt: skip
_SHALLOW = (*_DEEP[:6], (512, 1024, 2), (1024, 1024, 2))
"""Channels before and after a block, and its stride."""


def conv_block(
    data: Expr,
    name: str,
    channels: int,
    kernel_size: tuple[int, int] = (3, 3),
    strides: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (1, 1),
    epsilon: float = 1e-5,
    layout: str = "NCHW",
) -> Expr:
    """A convolution, normalised over the second axis whatever the layout, its negative values cut off."""
    sizes: dict[str, Any] = {"channels": channels, "kernel_size": kernel_size, "strides": strides, "padding": padding}
    layouts = {"data_layout": layout, "kernel_layout": layers.conv_kernel_layout(layout)}
    body = layers.conv2d(data, name=f"{name}_conv", **sizes, **layouts)
    return nn.relu(layers.batch_norm_infer(body, epsilon=epsilon, name=f"{name}_bn"))


def separable_conv_block(
    data: Expr,
    name: str,
    depthwise_channels: int,
    pointwise_channels: int,
    kernel_size: tuple[int, int] = (3, 3),
    downsample: bool = False,
    padding: tuple[int, int] = (1, 1),
    epsilon: float = 1e-5,
    layout: str = "NCHW",
    dtype: str = "float32",
) -> Expr:
    """A convolution of each channel alone, then one across channels. ValueError for an unknown layout."""
    depthwise = (depthwise_channels, 1)
    shape = (*depthwise, *kernel_size) if layout == "NCHW" else (*kernel_size, *depthwise)
    weight = var(f"{name}_weight", shape=shape, dtype=dtype)
    stride = (2, 2) if downsample else (1, 1)
    kernel = layers.conv_kernel_layout(layout, True)
    first: dict[str, Any] = {"kernel_size": kernel_size, "strides": stride, "padding": padding, "kernel_layout": kernel}
    body = layers.conv2d(data, weight, channels=depthwise_channels, groups=depthwise_channels, data_layout=layout,
                         name=f"{name}_depthwise_conv1", **first)  # fmt: skip
    normal: dict[str, Any] = {"epsilon": epsilon, "axis": layout.index("C")}
    body = nn.relu(layers.batch_norm_infer(body, name=f"{name}_bn1", **normal))
    kernel = layers.conv_kernel_layout(layout)
    second: dict[str, Any] = {"kernel_size": (1, 1), "strides": (1, 1), "padding": (0, 0), "kernel_layout": kernel}
    body = layers.conv2d(body, channels=pointwise_channels, data_layout=layout, name=f"{name}_conv2", **second)
    return nn.relu(layers.batch_norm_infer(body, name=f"{name}_bn2", **normal))


def mobile_net(
    num_classes: int = 1000,
    data_shape: tuple[int, ...] = (1, 3, 224, 224),
    dtype: str = "float32",
    alpha: float = 1.0,
    is_shallow: bool = False,
    layout: str = "NCHW",
) -> Function:
    """The network as a function of the images and its weights; ``alpha`` scales the numbers of channels."""
    body = var("data", shape=data_shape, dtype=dtype)
    body = conv_block(body, "conv_block_1", int(32 * alpha), strides=(2, 2), layout=layout)
    for place, (before, after, stride) in enumerate(_SHALLOW if is_shallow else _DEEP, 1):
        name, channels = f"separable_conv_block_{place}", (int(before * alpha), int(after * alpha))
        body = separable_conv_block(body, name, *channels, downsample=stride == 2, layout=layout, dtype=dtype)
    body = nn.batch_flatten(nn.global_avg_pool2d(body, layout=layout))
    body = nn.bias_add(nn.dense(body, var("fc_weight"), units=num_classes), var("fc_bias"))
    return layers.closed(nn.softmax(body))


def get_workload(
    batch_size: int = 1,
    num_classes: int = 1000,
    image_shape: tuple[int, ...] = (3, 224, 224),
    dtype: str = "float32",
    layout: str = "NCHW",
) -> Workload:
    """The network in a module, with weights."""
    return create_workload(mobile_net(num_classes, (batch_size, *image_shape), dtype, layout=layout))
