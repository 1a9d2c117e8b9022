"""Inception v3 (tvm.relay.testing.inception_v3 in TVM 0.19): blocks are towers of convolutions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.ir.expr import Expr, Function
from relay_compat.ir.make import var
from relay_compat.op import concatenate, nn
from relay_compat.testing import layers
from relay_compat.testing.init import Workload, create_workload

_Step = tuple[Any, ...]
"""Channels, suffix of the name, then window, padding and stride where they are not 1, 0 and 1."""


def _conv(data: Expr, channels: int, name: str, window: Any = 1, pad: Any = 0, stride: int = 1) -> Expr:
    sizes = {"kernel_size": _pair(window), "strides": (stride, stride), "padding": _pair(pad)}
    body = layers.conv2d(data, channels=channels, name=f"{name}_conv1", **sizes)
    return nn.relu(layers.batch_norm_infer(body, epsilon=2e-5, scale=False, name=f"{name}_bn"))


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


def _tower(data: Expr, name: str, steps: Sequence[_Step]) -> Expr:
    for channels, suffix, *sizes in steps:
        data = _conv(data, channels, f"{name}{suffix}", *sizes)
    return data


def _pool(data: Expr, kind: str, window: int = 3, stride: int = 1, pad: int = 1) -> Expr:
    sizes: dict[str, Any] = {"pool_size": _pair(window), "strides": _pair(stride), "padding": _pair(pad)}
    return nn.max_pool2d(data, **sizes) if kind == "max" else nn.avg_pool2d(data, count_include_pad=True, **sizes)


def _block_a(data: Expr, projected: int, name: str) -> Expr:
    towers = (
        _tower(data, name, [(64, "_conv")]),
        _tower(data, f"{name}_tower", [(48, "_conv"), (64, "_conv_1", 5, 2)]),
        _tower(data, f"{name}_tower_1", [(64, "_conv"), (96, "_conv_1", 3, 1), (96, "_conv_2", 3, 1)]),
        _conv(_pool(data, "avg"), projected, f"{name}_tower_2_conv"),
    )
    return concatenate(towers, axis=1)


def _block_b(data: Expr, name: str) -> Expr:
    steps = [(64, "_conv"), (96, "_conv_1", 3, 1), (96, "_conv_2", 3, 0, 2)]
    towers = (_conv(data, 384, f"{name}_conv", 3, 0, 2), _tower(data, f"{name}_tower", steps))
    return concatenate((*towers, _pool(data, "max", 3, 2, 0)), axis=1)


def _block_c(data: Expr, inner: int, name: str) -> Expr:
    wide, high = ((1, 7), (0, 3)), ((7, 1), (3, 0))
    towers = (
        _tower(data, name, [(192, "_conv")]),
        _tower(data, f"{name}_tower", [(inner, "_conv"), (inner, "_conv_1", *wide), (192, "_conv_2", *high)]),
        _tower(
            data,
            f"{name}_tower_1",
            [
                (inner, "_conv"),
                (inner, "_conv_1", *high),
                (inner, "_conv_2", *wide),
                (inner, "_conv_3", *high),
                (192, "_conv_4", *wide),
            ],
        ),
        _conv(_pool(data, "avg"), 192, f"{name}_tower_2_conv"),
    )
    return concatenate(towers, axis=1)


def _block_d(data: Expr, name: str) -> Expr:
    steps = [
        (192, "_conv"),
        (192, "_conv_1", (1, 7), (0, 3)),
        (192, "_conv_2", (7, 1), (3, 0)),
        (192, "_conv_3", 3, 0, 2),
    ]
    towers = (
        _tower(data, f"{name}_tower", [(192, "_conv"), (320, "_conv_1", 3, 0, 2)]),
        _tower(data, f"{name}_tower_1", steps),
    )
    return concatenate((*towers, _pool(data, "max", 3, 2, 0)), axis=1)


def _block_e(data: Expr, kind: str, name: str) -> Expr:
    first = _conv(data, 320, f"{name}_conv")
    left = _tower(data, f"{name}_tower", [(384, "_conv")])
    right = _tower(data, f"{name}_tower_1", [(448, "_conv"), (384, "_conv_1", 3, 1)])
    both: list[Expr] = []
    for source, tower in ((left, f"{name}_tower"), (right, f"{name}_tower_1")):
        both.append(_conv(source, 384, f"{tower}_mixed_conv", (1, 3), (0, 1)))
        both.append(_conv(source, 384, f"{tower}_mixed_conv_1", (3, 1), (1, 0)))
    return concatenate((first, *both, _conv(_pool(data, kind), 192, f"{name}_tower_2_conv")), axis=1)


def get_net(batch_size: int, num_classes: int, image_shape: tuple[int, ...], dtype: str) -> Function:
    """The network as a function of the images and its weights."""
    body: Expr = var("data", shape=(batch_size, *image_shape), dtype=dtype)
    body = _tower(body, "conv", [(32, "", 3, 0, 2), (32, "_1", 3), (64, "_2", 3, 1)])
    body = _tower(_pool(body, "max", 3, 2, 0), "conv", [(80, "_3"), (192, "_4", 3)])
    body = _pool(body, "max", 3, 2, 0)
    for projected, name in ((32, "mixed"), (64, "mixed_1"), (64, "mixed_2")):
        body = _block_a(body, projected, name)
    body = _block_b(body, "mixed_3")
    for inner, name in ((128, "mixed_4"), (160, "mixed_5"), (160, "mixed_6"), (192, "mixed_7")):
        body = _block_c(body, inner, name)
    body = _block_e(_block_e(_block_d(body, "mixed_8"), "avg", "mixed_9"), "max", "mixed_10")
    body = nn.batch_flatten(_pool(body, "avg", 8, 1, 0))
    body = nn.bias_add(nn.dense(body, var("fc1_weight"), units=num_classes), var("fc2_bias"), axis=-1)
    return layers.closed(nn.softmax(body))


def get_workload(
    batch_size: int = 1,
    num_classes: int = 1000,
    image_shape: tuple[int, ...] = (3, 299, 299),
    dtype: str = "float32",
) -> Workload:
    """The network in a module, with weights."""
    return create_workload(get_net(batch_size, num_classes, image_shape, dtype))
