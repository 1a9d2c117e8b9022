"""Pads before what could pad itself: convolutions and poolings along one to three axes."""

from __future__ import annotations

from typing import Any

from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons.placed import Make, placed
from relay_compat.ir.expr import Expr
from tensor_core import dtypes
from tensor_core.ops.pooling import CEIL, FLOOR
from tensor_core.types import TensorType

_SPACE = {1: "W", 2: "HW", 3: "DHW"}


def _before_convolution(rank: int) -> Make:
    def make(m: Maker) -> Expr:
        weight = m.leaf(TensorType((3, 2, *(2,) * rank), "float32"))
        ones, space = (1,) * rank, _SPACE[rank]
        return m.build.call(
            f"nn.conv{rank}d", _padded(m, rank, 0.0), weight, strides=ones, dilation=ones, padding=(0,) * (2 * rank),
            groups=1, data_layout=f"NC{space}", kernel_layout=f"OI{space}", out_layout=f"NC{space}",
        )  # fmt: skip

    make.__name__ = f"nn.conv{rank}d"
    return make


def _before_pooling(kind: str, rank: int) -> Make:
    def make(m: Maker) -> Expr:
        layout = f"NC{_SPACE[rank]}"
        own = m.choose((0, 1)) if kind == "max_pool" else 0
        params: dict[str, Any] = {
            "strides": (m.choose((1, 2)),) * rank,
            "dilation": (1,) * rank,
            "padding": (own,) * (2 * rank),
            # Windows of a size that is rounded up begin elsewhere once the pad is the operator's own.
            "rounding": m.choose((FLOOR, FLOOR, FLOOR, CEIL)),
        }
        value = float(dtypes.lowest("float32")) if kind == "max_pool" else 0.0
        return m.build.call(
            f"nn.{kind}{rank}d", _padded(m, rank, value), pool_size=(2,) * rank, layout=layout, out_layout=layout,
            count_include_pad=kind == "avg_pool" and m.choices.flag(), **params,
        )  # fmt: skip

    make.__name__ = f"nn.{kind}{rank}d"
    return make


def _padded(m: Maker, rank: int, value: float) -> Expr:
    space = tuple((m.choose((1, 0)), 1) for _ in range(rank))
    data = m.leaf(TensorType((1, 2, *(3,) * rank), "float32"))
    # What is padded with anything else stays.
    fill = m.build.constant(m.choose((value, value, value, value, 1.5)), "float32")
    return m.build.call("nn.pad", data, fill, pad_width=((0, 0), (0, 0), *space), mode="constant")


PADDED = tuple(
    placed(make)
    for rank in (1, 2, 3)
    for make in (_before_convolution(rank), _before_pooling("avg_pool", rank), _before_pooling("max_pool", rank))
)
