"""A generator of images of 64 x 64 (tvm.relay.testing.dcgan in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Expr, Function
from relay_compat.ir.make import var
from relay_compat.op import nn, reshape, tanh
from relay_compat.testing import layers
from relay_compat.testing.init import Workload, create_workload

_KERNELS = {"NCHW": "IOHW", "NHWC": "HWOI"}
_EPSILON = 1e-5 + 1e-12
_WINDOW = 4


def deconv2d(data: Expr, oshape: tuple[int, ...], layout: str, name: str) -> Expr:
    """A transposed convolution that doubles height and width; ``oshape``: channels, height and width of the result."""
    pad = (_WINDOW - 1) // 2
    extra = tuple((size + 2 * pad - _WINDOW) % 2 for size in oshape[-2:])
    sizes = {"kernel_size": (_WINDOW, _WINDOW), "strides": (2, 2), "padding": (pad, pad), "output_padding": extra}
    layouts = {"data_layout": layout, "kernel_layout": _KERNELS[layout]}
    return layers.conv2d_transpose(data, channels=oshape[0], name=name, **sizes, **layouts)


def deconv2d_bn_relu(data: Expr, prefix: str, oshape: tuple[int, ...], layout: str) -> Expr:
    """A transposed convolution, normalised, its negative values cut off."""
    body = deconv2d(data, oshape, layout, f"{prefix}_deconv")
    options: dict[str, Any] = {"epsilon": _EPSILON, "scale": False, "axis": layout.index("C")}
    return nn.relu(layers.batch_norm_infer(body, name=f"{prefix}_batch_norm", **options))


def get_net(
    batch_size: int,
    random_len: int = 100,
    oshape: tuple[int, ...] = (3, 64, 64),
    ngf: int = 128,
    code: Expr | None = None,
    layout: str = "NCHW",
    dtype: str = "float32",
) -> Function:
    """The network as a function of random numbers and its weights. ValueError for another size or layout."""
    if tuple(oshape[-2:]) != (64, 64):
        raise ValueError("Only support 64x64 image")
    if layout not in _KERNELS:
        raise ValueError(f"Invalid layout: {layout}")
    body = var("data", dtype=dtype, shape=(batch_size, random_len)) if code is None else code
    body = nn.relu(nn.dense(body, var("dense_weight"), units=4 * 4 * ngf * 8))
    body = reshape(body, (-1, ngf * 8, 4, 4) if layout == "NCHW" else (-1, 4, 4, ngf * 8))
    for prefix, channels, size in (("g2", ngf * 4, 8), ("g3", ngf * 2, 16), ("g4", ngf, 32)):
        body = deconv2d_bn_relu(body, prefix, (channels, size, size), layout)
    return layers.closed(tanh(deconv2d(body, tuple(oshape[-3:]), layout, "g5_deconv")))


def get_workload(
    batch_size: int,
    oshape: tuple[int, ...] = (3, 64, 64),
    ngf: int = 128,
    random_len: int = 100,
    layout: str = "NCHW",
    dtype: str = "float32",
) -> Workload:
    """The network in a module, with weights."""
    return create_workload(get_net(batch_size, random_len, oshape, ngf, layout=layout, dtype=dtype))
