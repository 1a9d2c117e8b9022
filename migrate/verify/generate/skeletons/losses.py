"""What gradients are taken of: one number that parameters lead to, on one way, on several, or on none."""

from __future__ import annotations

from migrate.verify.generate.maker import Maker
from relay_compat.ir.expr import Expr
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType


def loss(m: Maker) -> Expr:
    """A product and an activation."""
    made = m.build.call("nn.dense", _value(m, 2, 3), _value(m, 4, 3), transpose_b=True)
    return _total(m, _active(m, m.build.call("multiply", made, _value(m, 4))))


def loss_of_sum(m: Maker) -> Expr:
    """A sum with a row, and an activation."""
    return _total(m, _active(m, m.build.call("add", _value(m, 2, 3), _value(m, 3))))


def loss_on_two_ways(m: Maker) -> Expr:
    """A value that is used twice: what comes back on both ways is added."""
    value = _active(m, _value(m, 2, 3))
    return _total(m, m.build.call("multiply", _active(m, value), _active(m, value)))


def loss_of_fields(m: Maker) -> Expr:
    """Fields of a tuple, of which one is taken twice and one is not used."""
    parts = m.build.tuple(*(_active(m, _value(m, 2, 3)) for _ in range(3)))
    first, again, other = (m.build.field(parts, n) for n in (0, 0, 1))
    return _total(m, m.build.call("multiply", m.build.call("add", first, _active(m, again)), other))


def loss_of_nested_fields(m: Maker) -> Expr:
    """A field of a tuple in a tuple, and the field that is not in it."""
    inner = m.build.tuple(_active(m, _value(m, 2, 3)), _value(m, 2, 3))
    outer = m.build.tuple(inner, _active(m, _value(m, 2, 3)))
    deep = [m.build.field(m.build.field(outer, 0), n) for n in (0, 1)]
    return _total(m, m.build.call("multiply", m.build.call("add", *deep), m.build.field(outer, 1)))


def loss_of_parts(m: Maker) -> Expr:
    """Parts of a tensor, of which one is taken twice."""
    parts = m.build.call("split", _active(m, _value(m, 2, 4)), sections=2, axis=1)
    first, again, other = (m.build.field(parts, n) for n in (0, 0, 1))
    return _total(m, m.build.call("multiply", m.build.call("add", first, _active(m, again)), other))


def loss_of_whole(m: Maker) -> Expr:
    """Parts of a tensor that are put together again, and one of them by itself."""
    parts = m.build.call("split", _active(m, _value(m, 2, 4)), sections=2, axis=1)
    whole = _active(m, m.build.call("concatenate", parts, axis=0))
    first = m.build.field(parts, 0)
    return _total(m, m.build.call("multiply", whole, m.build.call("concatenate", (first, first), axis=0)))


def loss_beside(m: Maker) -> Expr:
    """A parameter that nothing comes back to."""
    both = m.build.tuple(_total(m, _active(m, _value(m, 2, 3))), _value(m, 2))
    return m.build.field(both, 0)


def loss_behind_checkpoint(m: Maker) -> Expr:
    """A value that is computed again on the way back."""
    value = m.build.call("annotation.checkpoint", _active(m, _active(m, _value(m, 2, 3))))
    return _total(m, _active(m, value))


def _active(m: Maker, value: Expr) -> Expr:
    return m.build.call(m.choose(("tanh", "exp", "sigmoid")), value)


def _total(m: Maker, value: Expr) -> Expr:
    return m.build.call("sum", value, axis=(0, 1), keepdims=False)


def _value(m: Maker, *shape: int) -> Expr:
    """A small value: where one is infinite, the gradient of what nothing comes back to is no number on Relay."""
    return m.leaf(TensorType(shape, "float32"), domain=Domain(-1.0, 1.0))


LOSSES = (
    loss, loss_of_sum, loss_on_two_ways, loss_of_fields, loss_of_nested_fields, loss_of_parts, loss_of_whole,
    loss_beside,
)  # fmt: skip
HIGHER_ORDER = (*LOSSES, loss_behind_checkpoint)
"""Those of whole programs."""
