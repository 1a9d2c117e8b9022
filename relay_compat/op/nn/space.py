"""Operators that move values between space, channels and batch, and losses (tvm.relay.op.nn in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.op.call import call
from relay_compat.op.declare import declared


@declared("nn.space_to_batch_nd")
def space_to_batch_nd(data: Expr, block_shape: Any, paddings: Any, pad_value: float = 0) -> None:
    """Blocks of space moved into the batch, after padding."""


@declared("nn.batch_to_space_nd")
def batch_to_space_nd(data: Expr, block_shape: Any, crops: Any) -> None:
    """Blocks of the batch moved into space, then cropped."""


@declared("nn.depth_to_space")
def depth_to_space(data: Expr, block_size: int, layout: str = "NCHW", mode: str = "DCR") -> None:
    """Blocks of channels moved into space."""


def space_to_depth(data: Expr, block_size: int, layout: str = "NCHW") -> Expr:
    """Blocks of space moved into channels."""
    return call("nn.space_to_depth", data, block_size=block_size, layout=layout, mode="")


def dilate(data: Expr, strides: Any, dilation_value: float = 0.0) -> Expr:
    """A value between the elements along each axis."""
    return call("nn.dilate", data, strides=strides, dilation_value=dilation_value)


@declared("nn.fifo_buffer")
def fifo_buffer(data: Expr, buffer: Expr, axis: int) -> None:
    """New values at the end of a buffer along an axis, the oldest dropped."""


@declared("nn.mirror_pad")
def mirror_pad(data: Expr, pad_width: Any, mode: str = "SYMMETRIC") -> None:
    """The tensor with margins that mirror it."""


def cross_entropy(predictions: Expr, targets: Expr) -> Expr:
    """The cross entropy of probabilities."""
    return call("nn.cross_entropy", predictions, targets)


def cross_entropy_with_logits(predictions: Expr, targets: Expr) -> Expr:
    """The cross entropy of logarithms of probabilities."""
    return call("nn.cross_entropy_with_logits", predictions, targets)


__all__ = [
    "batch_to_space_nd", "cross_entropy", "cross_entropy_with_logits", "depth_to_space", "dilate", "fifo_buffer",
    "mirror_pad", "space_to_batch_nd", "space_to_depth",
]  # fmt: skip
