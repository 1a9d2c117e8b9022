"""The network that learned to play Atari games (tvm.relay.testing.dqn in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Function
from relay_compat.ir.make import var
from relay_compat.op import nn
from relay_compat.testing import layers
from relay_compat.testing.init import Workload, create_workload

_CONVOLUTIONS = ((8, 4, 32), (4, 2, 64), (3, 1, 64))
"""Window, stride and channels."""


def get_net(
    batch_size: int,
    num_actions: int = 18,
    image_shape: tuple[int, ...] = (4, 84, 84),
    dtype: str = "float32",
    layout: str = "NCHW",
) -> Function:
    """The network as a function of the images and its weights."""
    body = var("data", shape=(batch_size, *image_shape), dtype=dtype)
    layouts = {"data_layout": layout, "kernel_layout": layers.conv_kernel_layout(layout)}
    for place, (window, stride, channels) in enumerate(_CONVOLUTIONS, 1):
        sizes = {"kernel_size": (window, window), "strides": (stride, stride), "padding": (0, 0), "channels": channels}
        body = layers.conv2d(body, name=f"conv{place}", **sizes, **layouts)
        body = nn.relu(nn.bias_add(body, var(f"conv{place}_bias"), layout.index("C")))
    body = nn.relu(layers.dense_add_bias(nn.batch_flatten(body), units=512, name="dense1"))
    return layers.closed(layers.dense_add_bias(body, units=num_actions, name="dense2"))


def get_workload(
    batch_size: int,
    num_actions: int = 18,
    image_shape: tuple[int, ...] = (4, 84, 84),
    dtype: str = "float32",
    layout: str = "NCHW",
) -> Workload:
    """The network in a module, with weights."""
    return create_workload(get_net(batch_size, num_actions, image_shape, dtype, layout))
