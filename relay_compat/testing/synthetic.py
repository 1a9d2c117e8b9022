"""A small network that mixes many operators (tvm.relay.testing.synthetic in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Expr, Function
from relay_compat.ir.make import var
from relay_compat.op import add, nn, reshape, reshape_like
from relay_compat.testing import layers
from relay_compat.testing.init import Constant, Workload, create_workload


def get_net(
    input_shape: tuple[int, ...] = (1, 3, 24, 12), dtype: str = "float32", wtype: str | None = None
) -> Function:
    """The network as a function of its input and its weights, which have the type ``wtype``."""
    weights = dtype if wtype is None else wtype
    data = var("data", shape=input_shape, dtype=dtype)

    def both(source: Expr, dense: str, conv: str) -> Expr:
        width, channels = input_shape[3], input_shape[1]
        product = nn.dense(reshape(source, [-1, width]), var(dense, shape=(width, width), dtype=weights))
        kernel = var(conv, shape=(channels, channels, 3, 3), dtype=weights)
        convolved = nn.softmax(nn.conv2d(source, kernel, padding=1, kernel_size=3))
        return add(reshape_like(nn.relu(product), data), convolved)

    body = nn.bias_add(both(data, "dense_weight", "conv_weight"), var("bias", dtype=weights))
    body = layers.batch_norm_infer(body, name="batch_norm")
    return layers.closed(both(body, "dense2_weight", "conv2_weight"))


def get_workload(
    input_shape: tuple[int, ...] = (1, 3, 24, 12), dtype: str = "float32", wtype: str | None = None
) -> Workload:
    """The network in a module, with constant weights."""
    return create_workload(get_net(input_shape, dtype, wtype), initializer=Constant())
