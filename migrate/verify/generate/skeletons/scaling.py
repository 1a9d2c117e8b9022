"""Factors along channels before and behind convolutions and products, and what may stand between."""

from __future__ import annotations

from collections.abc import Callable

from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons.placed import Make, placed
from relay_compat.ir.expr import Expr
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType

Between = Callable[[Maker, Expr], Expr]

_SPACE = {1: "W", 2: "HW", 3: "DHW"}
_CHANNELS = 3


def _convolution(m: Maker, data: Expr, rank: int, groups: int = 1) -> Expr:
    weight = m.leaf(_tensor(_CHANNELS, _CHANNELS // groups, *(2,) * rank))
    ones, space = (1,) * rank, _SPACE[rank]
    return m.build.call(
        f"nn.conv{rank}d", data, weight, strides=ones, dilation=ones, padding=(0,) * (2 * rank), groups=groups,
        data_layout=f"NC{space}", kernel_layout=f"OI{space}", out_layout=f"NC{space}",
    )  # fmt: skip


def _taker(m: Maker, name: str, data: Expr | None = None) -> Expr:
    """What has a weight that a factor can go into."""
    if name == "dense":
        data = data or m.leaf(_tensor(2, _CHANNELS))
        return m.build.call("nn.dense", data, m.leaf(_tensor(_CHANNELS, _CHANNELS)), transpose_b=True)
    rank = _rank(name)
    data = data or m.leaf(_tensor(1, _CHANNELS, *(3,) * rank))
    return _convolution(m, data, rank, _CHANNELS if name == "depthwise" else 1)


def _rank(name: str) -> int:
    return {"conv1d": 1, "conv3d": 3}.get(name, 2)


def _plain(m: Maker, value: Expr) -> Expr:
    del m
    return value


def relu(m: Maker, value: Expr) -> Expr:
    """An activation."""
    return m.build.call("nn.relu", value)


def leaky_relu(m: Maker, value: Expr) -> Expr:
    """An activation that lets through something of what is negative."""
    return m.build.call("nn.leaky_relu", value, alpha=0.25)


def add(m: Maker, value: Expr) -> Expr:
    """A sum with something for each channel, on either side."""
    return m.build.call("add", *m.choose(((value, _row(m, value)), (_row(m, value), value))))


def subtract(m: Maker, value: Expr) -> Expr:
    """A difference, either way around."""
    return m.build.call("subtract", *m.choose(((value, _row(m, value)), (_row(m, value), value))))


def _row(m: Maker, value: Expr) -> Expr:
    return m.leaf(_tensor(*_along_channels(m, value)))


def _bias(m: Maker, value: Expr) -> Expr:
    return m.build.call("nn.bias_add", value, m.leaf(_tensor(_CHANNELS)), axis=1)


def _along_channels(m: Maker, value: Expr) -> tuple[int, ...]:
    rank = m.build.tensor_type(value).rank
    return (_CHANNELS, *(1 for _ in range(rank - 2)))


def _multiplied(m: Maker, value: Expr, positive: bool, never_below: bool = False) -> Expr:
    """The product with a factor for each channel, or with a number, ``positive`` for the most part, or in all cases.
    Never zero: what is added is divided by it.
    """
    shape = m.choose((_along_channels(m, value), ()))
    above = never_below or (m.choices.integer(0, 3) < 3 if positive else m.choices.flag())
    low, high = (0.1, 8.0) if above else (-8.0, -0.1)
    factor = m.constant(_tensor(*shape), Domain(low, high))
    return m.build.call("multiply", *m.choose(((value, factor), (factor, value))))


def _before(name: str, taker: str, between: Between = _plain) -> Make:
    def make(m: Maker) -> Expr:
        data = m.leaf(_tensor(2, _CHANNELS) if taker == "dense" else _tensor(1, _CHANNELS, *_extents(taker)))
        return _taker(m, taker, between(m, _multiplied(m, data, between in _SIGNED)))

    make.__name__ = f"before_{name}"
    return placed(make)


def _behind(name: str, taker: str, between: Between = _plain) -> Make:
    def make(m: Maker) -> Expr:
        return _multiplied(m, between(m, _taker(m, taker)), between in _SIGNED)

    make.__name__ = f"behind_{name}"
    return placed(make)


def behind_two(m: Maker) -> Expr:
    """A factor behind the sum of two convolutions, one of them perhaps behind an activation."""
    parts = [_taker(m, "conv2d"), _taker(m, "conv2d")]
    active: int = m.choose((2, 0, 1))
    if active < 2:
        parts[active] = relu(m, parts[active])
    return _multiplied(m, m.build.call(m.choose(("add", "subtract")), *parts), True, active < 2)


def behind_both(m: Maker) -> Expr:
    """A factor behind each of two convolutions in a row."""
    return _multiplied(m, _taker(m, "conv2d", _multiplied(m, _small(m), True)), True)


def _small(m: Maker) -> Expr:
    return _convolution(m, m.leaf(_tensor(1, _CHANNELS, 4, 4)), 2)


def _extents(taker: str) -> tuple[int, ...]:
    return (3,) * _rank(taker)


def _tensor(*shape: int) -> TensorType:
    return TensorType(shape, "float32")


_SIGNED = (relu, leaky_relu)
_TAKERS = ("conv1d", "conv2d", "conv3d", "depthwise", "dense")
_BETWEEN = (relu, leaky_relu, add, subtract)

BEFORE = (
    *(_before(taker, taker) for taker in _TAKERS),
    *(_before(between.__name__, "conv2d", between) for between in _BETWEEN),
)
BEHIND = (
    *(_behind(taker, taker) for taker in _TAKERS),
    *(_behind(between.__name__, "conv2d", between) for between in _BETWEEN),
    _behind("bias_add", "conv2d", _bias),
    placed(behind_two),
    placed(behind_both),
)
