"""Operators that tell places apart, and scalars that texts may say wrongly."""

from __future__ import annotations

from migrate.verify.generate.maker import Maker
from relay_compat.ir.expr import Expr
from tensor_core.types import TensorType


def order(m: Maker) -> Expr:
    """Positions of extremes, among elements some of which are equal."""
    type_ = TensorType(m.choose(((4,), (2, 4))), m.choose(("float32", "int32")))
    data = m.build.call("clip", m.expr(type_, 2), a_min=0.0, a_max=m.choose((2.0, 1.0)))
    axis = type_.rank - 1
    if m.choices.flag():
        card: str = m.choose(("argmax", "argmin"))
        return m.build.call(card, data, axis=(axis,), keepdims=False, dtype="int32")
    both = m.build.call(
        "topk", data, k=m.choose((2, 1, 3)), axis=axis, ret_type="both", is_ascend=m.choices.flag(), dtype="int32"
    )
    return m.build.item(both, 0)


def slices(m: Maker) -> Expr:
    """A part of a tensor, by positive and by negative steps."""
    size = m.choose((4, 5, 6))
    data = m.expr(TensorType((size, 2), m.dtype("float32", "int32")), 2)
    begin, end, step = m.choose(((1, size, 1), (0, size, 2), (size - 1, 0, -1), (2, size - 1, 1)))
    return m.build.call("strided_slice", data, axes=(0,), begin=(begin,), end=(end,), strides=(step,))


def scalars(m: Maker) -> Expr:
    """A scalar of many digits, or one that is no number."""
    dtype: str = m.choose(("float32", "float64"))
    value: float = m.choose((0.1234567891, 123456789.0, float("inf"), float("-inf"), float("nan"), 1e-30))
    return m.over(TensorType((), dtype), m.build.constant(value, dtype), m.expr(TensorType((), dtype), m.left))
