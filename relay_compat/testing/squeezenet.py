"""SqueezeNet (tvm.relay.testing.squeezenet in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Expr, Function
from relay_compat.ir.make import var
from relay_compat.op import concatenate, nn
from relay_compat.testing import layers
from relay_compat.testing.init import Workload, create_workload

_FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
"""Channels of the squeezing convolution, and of either expanding one."""
_FIRST = {"1.0": (96, 7, 3), "1.1": (64, 3, 1)}
"""Channels, window and padding of the first convolution."""
_POOLED_AFTER = {"1.0": (3, 7), "1.1": (2, 4)}


def _convolved(data: Expr, channels: int, window: int, padding: int, prefix: str) -> Expr:
    sizes = {"kernel_size": (window, window), "padding": (padding, padding)}
    body = layers.conv2d(data, channels=channels, name=f"{prefix}_conv", **sizes)
    return nn.relu(nn.bias_add(body, var(f"{prefix}_conv_bias")))


def _fire(data: Expr, squeezed: int, expanded: int, prefix: str) -> Expr:
    body = _convolved(data, squeezed, 1, 0, f"{prefix}_input")
    left = _convolved(body, expanded, 1, 0, f"{prefix}_left")
    return concatenate((left, _convolved(body, expanded, 3, 1, f"{prefix}_right")), axis=1)


def _pooled(data: Expr) -> Expr:
    return nn.max_pool2d(data, pool_size=(3, 3), strides=(2, 2))


def get_net(batch_size: int, image_shape: tuple[int, ...], num_classes: int, version: str, dtype: str) -> Function:
    """The network as a function of the images and its weights. ValueError for a version but "1.0" and "1.1"."""
    if version not in _FIRST:
        raise ValueError(f"Unsupported SqueezeNet version {version}:1.0 or 1.1 expected")
    channels, window, padding = _FIRST[version]
    sizes = {"kernel_size": (window, window), "strides": (2, 2), "padding": (padding, padding)}
    body = layers.conv2d(var("data", shape=(batch_size, *image_shape), dtype=dtype), channels=channels, name="conv1",
                         **sizes)  # fmt: skip
    body = _pooled(nn.relu(nn.bias_add(body, var("conv1_bias"))))
    for place, (squeezed, expanded) in enumerate(_FIRES, 1):
        body = _fire(body, squeezed, expanded, f"fire{place}")
        body = _pooled(body) if place in _POOLED_AFTER[version] else body
    body = layers.conv2d(nn.dropout(body, rate=0.5), channels=num_classes, kernel_size=(1, 1), name="conv_final")
    body = nn.relu(nn.bias_add(body, var("conv_final_bias")))
    return layers.closed(nn.softmax(nn.batch_flatten(nn.global_avg_pool2d(body))))


def get_workload(
    batch_size: int = 1,
    num_classes: int = 1000,
    version: str = "1.0",
    image_shape: tuple[int, ...] = (3, 224, 224),
    dtype: str = "float32",
) -> Workload:
    """The network in a module, with weights."""
    return create_workload(get_net(batch_size, image_shape, num_classes, version, dtype))
