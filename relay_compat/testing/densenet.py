"""DenseNet as TVM 0.19 builds it (tvm.relay.testing.densenet): a block joins what its layers gave, not its input."""

from __future__ import annotations

from relay_compat.ir.expr import Expr, Function, Var
from relay_compat.ir.types import TensorType
from relay_compat.op import concatenate, nn
from relay_compat.testing import layers
from relay_compat.testing.init import Workload, create_workload

_SPECS = {
    121: (64, 32, (6, 12, 24, 16)),
    161: (96, 48, (6, 12, 36, 24)),
    169: (69, 32, (6, 12, 32, 32)),
    201: (64, 32, (6, 12, 48, 32)),
}
"""Channels at first, channels that a layer adds, and layers of each block."""
_BOTTLENECK = 4


def _normalised(data: Expr, name: str) -> Expr:
    return nn.relu(layers.batch_norm_infer(data, name=name))


def _layer(data: Expr, growth: int, index: str) -> Expr:
    body = _normalised(data, f"batch_1_{index}")
    body = layers.conv2d(body, channels=_BOTTLENECK * growth, kernel_size=(1, 1), name=f"conv2d_1_{index}")
    body = _normalised(body, f"batch_2_{index}")
    return layers.conv2d(body, channels=growth, kernel_size=(3, 3), padding=(1, 1), name=f"conv2d_2_{index}")


def _block(data: Expr, count: int, growth: int, index: int) -> Expr:
    made: list[Expr] = []
    for place in range(count):
        data = _layer(data, growth, f"{index}_{place}")
        made.append(data)
    return concatenate(made, 1)


def get_net(densenet_size: int, classes: int, data_shape: tuple[int, ...], dtype: str) -> Function:
    """The network as a function of the images and its weights. KeyError unless the size is 121, 161, 169 or 201."""
    channels, growth, blocks = _SPECS[densenet_size]
    first = {"kernel_size": (7, 7), "strides": (2, 2), "padding": (3, 3)}
    body: Expr = Var("data", TensorType(data_shape, dtype))
    body = _normalised(layers.conv2d(body, channels=channels, name="conv1", **first), "batch1")
    body = nn.max_pool2d(body, pool_size=(3, 3), strides=(2, 2), padding=(1, 1))
    for index, count in enumerate(blocks):
        body = _block(body, count, growth, index)
        channels += count * growth
        if index < len(blocks) - 1:
            channels //= 2
            body = _normalised(body, f"batch_t_{index}")
            body = layers.conv2d(body, channels=channels, kernel_size=(1, 1), name=f"conv_t_{index}")
            body = nn.avg_pool2d(body, pool_size=(2, 2), strides=(2, 2))
    body = nn.batch_flatten(nn.avg_pool2d(_normalised(body, "batch2"), pool_size=(7, 7)))
    return layers.closed(layers.dense_add_bias(body, units=classes, name="dense"))


def get_workload(
    densenet_size: int = 121,
    classes: int = 1000,
    batch_size: int = 4,
    image_shape: tuple[int, ...] = (3, 224, 224),
    dtype: str = "float32",
) -> Workload:
    """The network in a module, with weights."""
    return create_workload(get_net(densenet_size, classes, (batch_size, *image_shape), dtype))
