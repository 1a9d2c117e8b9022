"""What fusion looks for: chains of operators on single elements, and what may come before and behind them."""

from __future__ import annotations

from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons.computing import product_and_bias
from migrate.verify.generate.skeletons.placed import placed
from relay_compat.ir.expr import Expr
from tensor_core.types import TensorType


def elementwise_chain(m: Maker) -> Expr:
    """Operators on single elements, one after the other."""
    made = m.leaf(_tensor(2, 3))
    for name in ("negative", "exp", "tanh")[: m.choose((2, 3))]:
        made = m.build.call(name, made)
    return made


def broadcast_chain(m: Maker) -> Expr:
    """A sum with a row, and an activation."""
    return m.build.call("nn.relu", m.build.call("add", m.leaf(_tensor(2, 3)), m.leaf(_tensor(3))))


def reduced_chain(m: Maker) -> Expr:
    """A sum of what a chain gives, and an activation of it."""
    total = m.build.call("sum", _active(m, m.leaf(_tensor(2, 3))), axis=(m.choose((0, 1)),), keepdims=False)
    return _active(m, total)


def diamond(m: Maker) -> Expr:
    """A value with two users, which meet again."""
    value = _active(m, m.leaf(_tensor(2, 3)))
    return m.build.call("add", m.build.call("tanh", value), m.build.call("negative", value))


def reduced_diamond(m: Maker) -> Expr:
    """A value and its sum, which meet again: what lies between is no chain."""
    value = _active(m, m.leaf(_tensor(2, 3)))
    return m.build.call("subtract", value, m.build.call("sum", value, axis=(1,), keepdims=True))


def fork(m: Maker) -> Expr:
    """A value with two users that do not meet."""
    value = _active(m, m.leaf(_tensor(2, 3)))
    return m.build.tuple(m.build.call("tanh", value), m.build.call("sum", value, axis=(1,), keepdims=False))


def product_of_chain(m: Maker) -> Expr:
    """A product of what a chain gives, and an activation, or one of its reversal."""
    made = m.build.call("nn.dense", _active(m, m.leaf(_tensor(2, 3))), m.leaf(_tensor(4, 3)), transpose_b=True)
    return _active(m, _turned(m, made) if m.choices.flag() else made)


def two_products(m: Maker) -> Expr:
    """Two products that are added, each with something of its own behind it or not: no group holds both."""
    made = [m.build.call("nn.dense", m.leaf(_tensor(2, 3)), m.leaf(_tensor(4, 3)), transpose_b=True) for _ in range(2)]
    made = [_active(m, one) if m.choices.flag() else one for one in made]
    return m.build.call("add", *made)


def spread_product(m: Maker) -> Expr:
    """A product of one row, and a sum with several: what follows has another shape."""
    made = m.build.call("nn.dense", m.leaf(_tensor(1, 3)), m.leaf(_tensor(4, 3)), transpose_b=True)
    return m.build.call("add", made, m.leaf(_tensor(2, 4)))


def product_and_column(m: Maker) -> Expr:
    """A product and a number for each of its rows."""
    made = m.build.call("nn.dense", m.leaf(_tensor(2, 3)), m.leaf(_tensor(4, 3)), transpose_b=True)
    return _active(m, m.build.call("add", made, m.leaf(_tensor(2, 1))))


def pooled_chain(m: Maker) -> Expr:
    """A pool, an activation before it and one behind it."""
    data = _active(m, m.leaf(_tensor(1, 2, 4, 4)))
    made = m.build.call(
        "nn.max_pool2d", data, pool_size=(2, 2), strides=(2, 2), dilation=(1, 1), padding=(0, 0, 0, 0), layout="NCHW",
        out_layout="NCHW",
    )  # fmt: skip
    return _active(m, made)


def turned_chain(m: Maker) -> Expr:
    """Reversals, and operators on single elements before, between and behind them."""
    made = _turned(m, _active(m, m.leaf(_tensor(2, 3))))
    made = _turned(m, _active(m, made)) if m.choices.flag() else _turned(m, made)
    return _active(m, made) if m.choices.flag() else made


def turned_sum(m: Maker) -> Expr:
    """A sum of a reversal, and a reversal of the sum."""
    total = m.build.call("sum", _turned(m, m.leaf(_tensor(2, 3))), axis=(1,), keepdims=True)
    return _turned(m, total)


def joined_chain(m: Maker) -> Expr:
    """What two chains give, side by side, and an activation."""
    parts = [_active(m, m.leaf(_tensor(2, 3))) for _ in range(2)]
    return _active(m, m.build.call("concatenate", tuple(parts), axis=0))


def _active(m: Maker, value: Expr) -> Expr:
    return m.build.call(m.choose(("exp", "tanh", "nn.relu", "negative")), value)


def _turned(m: Maker, value: Expr) -> Expr:
    return m.build.call("reverse", value, axis=1)


def _tensor(*shape: int) -> TensorType:
    return TensorType(shape, "float32")


CHAINS = (
    *map(placed, (elementwise_chain, broadcast_chain, product_and_bias)),
    reduced_chain, diamond, reduced_diamond, fork, product_of_chain, two_products, spread_product, product_and_column,
    pooled_chain, turned_chain, turned_sum,
    joined_chain,
)  # fmt: skip
