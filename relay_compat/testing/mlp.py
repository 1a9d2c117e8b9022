"""A perceptron of three layers for small images (tvm.relay.testing.mlp in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Function
from relay_compat.ir.make import var
from relay_compat.op import nn
from relay_compat.testing import layers
from relay_compat.testing.init import Workload, create_workload


def get_net(
    batch_size: int, num_classes: int = 10, image_shape: tuple[int, ...] = (1, 28, 28), dtype: str = "float32"
) -> Function:
    """The network as a function of the images and its weights."""
    body = nn.batch_flatten(var("data", shape=(batch_size, *image_shape), dtype=dtype))
    body = nn.relu(layers.dense_add_bias(body, units=128, name="fc1"))
    body = nn.relu(layers.dense_add_bias(body, units=64, name="fc2"))
    return layers.closed(nn.softmax(layers.dense_add_bias(body, units=num_classes, name="fc3")))


def get_workload(
    batch_size: int, num_classes: int = 10, image_shape: tuple[int, ...] = (1, 28, 28), dtype: str = "float32"
) -> Workload:
    """The network in a module, with weights."""
    return create_workload(get_net(batch_size, num_classes, image_shape, dtype))
