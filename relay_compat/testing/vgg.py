"""VGG networks (tvm.relay.testing.vgg in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Function
from relay_compat.ir.make import var
from relay_compat.op import nn
from relay_compat.testing import layers
from relay_compat.testing.init import Workload, create_workload

_REPEATS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
_CHANNELS = (64, 128, 256, 512, 512)


def get_net(
    batch_size: int,
    image_shape: tuple[int, ...],
    num_classes: int,
    dtype: str,
    num_layers: int = 11,
    batch_norm: bool = False,
) -> Function:
    """The network as a function of the images and its weights. ValueError unless it has 11, 13, 16 or 19 layers."""
    if num_layers not in _REPEATS:
        raise ValueError(f"Invalid num_layers {num_layers}. Choices are 11,13,16,19.")
    body = var("data", shape=(batch_size, *image_shape), dtype=dtype)
    for stage, (repeats, channels) in enumerate(zip(_REPEATS[num_layers], _CHANNELS, strict=True), 1):
        for place in range(1, repeats + 1):
            name = f"conv{stage}_{place}"
            body = layers.conv2d(body, kernel_size=(3, 3), padding=(1, 1), channels=channels, name=name)
            body = nn.bias_add(body, var(f"{name}_bias"))
            if batch_norm:
                body = layers.batch_norm_infer(body, name=f"bn{stage}_{place}")
            body = nn.relu(body)
        body = nn.max_pool2d(body, pool_size=(2, 2), strides=(2, 2))
    body = nn.batch_flatten(body)
    for name in ("fc6", "fc7"):
        body = nn.dropout(nn.relu(layers.dense_add_bias(body, units=4096, name=name)), rate=0.5)
    return layers.closed(nn.softmax(layers.dense_add_bias(body, units=num_classes, name="fc8")))


def get_workload(
    batch_size: int,
    num_classes: int = 1000,
    image_shape: tuple[int, ...] = (3, 224, 224),
    dtype: str = "float32",
    num_layers: int = 11,
    batch_norm: bool = False,
) -> Workload:
    """The network in a module, with weights."""
    return create_workload(get_net(batch_size, image_shape, num_classes, dtype, num_layers, batch_norm))
