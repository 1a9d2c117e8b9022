"""What the rules of SimplifyExpr look for, one rule each, by construction."""

from __future__ import annotations

from typing import Any

import numpy as np

from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons.placed import Make, placed
from relay_compat.ir.expr import Expr
from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType


def zeros_like(m: Maker) -> Expr:
    """Zeros by an example."""
    return _like(m, "zeros_like")


def ones_like(m: Maker) -> Expr:
    """Ones by an example."""
    return _like(m, "ones_like")


def full_like(m: Maker) -> Expr:
    """One number by an example."""
    return _like(m, "full_like", _number(m, "float32"))


def reshape_like(m: Maker) -> Expr:
    """A reshape by an example."""
    dtype = m.dtype("float32", "int32")
    a, b = m.choose((((2, 3), (3, 2)), ((4,), (2, 2)), ((6,), (1, 2, 3))))
    return m.build.call("reshape_like", m.leaf(TensorType(a, dtype)), m.leaf(TensorType(b, dtype)))


def collapse_sum_like(m: Maker) -> Expr:
    """A sum that undoes a broadcast, by an example."""
    wide, narrow = m.choose((((2, 3), (3,)), ((2, 3), (2, 1)), ((2, 2, 3), (2, 3))))
    return m.build.call("collapse_sum_like", m.leaf(TensorType(wide, "float32")), m.leaf(TensorType(narrow, "float32")))


def broadcast_to_like(m: Maker) -> Expr:
    """A broadcast by an example."""
    wide, narrow = m.choose((((2, 3), (3,)), ((2, 3), (2, 1)), ((2, 2, 3), (2, 3))))
    return m.build.call("broadcast_to_like", m.leaf(TensorType(narrow, "float32")), m.leaf(TensorType(wide, "float32")))


def cast_like(m: Maker) -> Expr:
    """A cast by an example."""
    return m.build.call("cast_like", m.leaf(TensorType((2, 3), "int32")), m.leaf(TensorType((), "float32")))


def add_to_itself(m: Maker) -> Expr:
    """A value added to itself."""
    value = _value(m)
    return m.build.call("add", value, value)


def divide_by_square_root(m: Maker) -> Expr:
    """Division by a square root of what is positive."""
    type_ = _float(m)
    below = m.build.call("sqrt", m.leaf(type_, domain=Domain(0.1, 1e3)))
    return m.build.call("divide", m.expr(type_, 1), below)


def identity(m: Maker) -> Expr:
    """An operand that changes nothing."""
    value = _value(m)
    type_ = m.build.tensor_type(value)
    name, number = m.choose((("add", 0), ("multiply", 1), ("subtract", 0), ("divide", 1)))
    if name == "divide" and not dtypes.is_float(type_.dtype):
        name = "multiply"
    neutral = m.build.constant(number, type_.dtype)
    if name in ("add", "multiply") and m.choices.flag():
        return m.build.call(name, neutral, value)
    return m.build.call(name, value, neutral)


def reshape(m: Maker) -> Expr:
    """Two reshapes in a row."""
    value = m.expr(TensorType((2, 3), m.dtype("float32", "int32")), 1)
    made = m.build.call("reshape", value, shape=m.choose(((6,), (3, 2), (1, 6))))
    return m.build.call("reshape", made, shape=m.choose(((3, 2), (6, 1), (2, 3))))


def transpose(m: Maker) -> Expr:
    """Two transposes in a row that do not undo each other."""
    value = m.expr(TensorType((1, 2, 3), m.dtype("float32", "int32")), 1)
    made = m.build.call("transpose", value, axes=m.choose(((1, 0, 2), (1, 2, 0))))
    return m.build.call("transpose", made, axes=m.choose(((0, 2, 1), (2, 1, 0))))


def no_transpose(m: Maker) -> Expr:
    """A transpose that moves nothing."""
    return m.build.call("transpose", m.expr(TensorType((2, 3), "float32"), 1), axes=(0, 1))


def same_cast(m: Maker) -> Expr:
    """A cast to the element type that is there."""
    value = _value(m)
    return m.build.call("cast", value, dtype=m.build.tensor_type(value).dtype)


def consecutive_cast(m: Maker) -> Expr:
    """Two casts in a row, the first of which widens."""
    first, between, last = m.choose(
        (("int8", "int32", "float32"), ("int32", "int64", "int8"), ("float32", "float64", "float32"))
    )
    made = m.build.call("cast", m.leaf(TensorType((2, 3), first)), dtype=between)
    return m.build.call("cast", made, dtype=last)


def full_elementwise(m: Maker) -> Expr:
    """A tensor of one value beside another tensor."""
    type_ = TensorType(m.choose(((2, 3), (2,))), m.dtype("float32", "int32"))
    name = m.choose(("full", "ones", "zeros"))
    held = (_number(m, type_.dtype),) if name == "full" else ()
    one = m.build.call(name, *held, shape=tuple(type_.shape), dtype=type_.dtype)
    parts = (m.expr(type_, 1), one)
    return m.build.call(m.choose(("subtract", "maximum")), *m.choose((parts, parts[::-1])))


def switch_add_multiply(m: Maker) -> Expr:
    """A sum with a constant times a constant."""
    value = _parameter(m)
    type_ = m.build.tensor_type(value)
    added = m.build.call("add", value, _constant(m, type_))
    return m.build.call("multiply", added, _constant(m, type_))


def adjacent(m: Maker) -> Expr:
    """Two constants added in a row, or multiplied with."""
    value = _parameter(m)
    type_ = m.build.tensor_type(value)
    name = m.choose(("add", "multiply"))
    return m.build.call(name, m.build.call(name, value, _constant(m, type_)), _constant(m, type_))


def clip_and_casts(m: Maker) -> Expr:
    """A clip and casts back to types that hold its values."""
    value = m.leaf(TensorType((2, 3), "int32"))
    made = m.build.call("clip", value, a_min=0.0, a_max=127.0)
    made = m.build.call("cast", made, dtype=m.choose(("uint8", "int8")))
    return m.build.call("cast", made, dtype="int32")


def clip(m: Maker) -> Expr:
    """A clip to all that the element type holds."""
    dtype = m.choose(("uint8", "int8"))
    low, high = float(dtypes.lowest(dtype)), float(dtypes.highest(dtype))
    return m.build.call("clip", m.leaf(TensorType((2, 3), dtype)), a_min=low, a_max=high)


def binomial(m: Maker) -> Expr:
    """``x x + b x y + y y`` with exact roots: rounded ones would miss the sum by more than its rounding."""
    type_ = TensorType((2, 3), "float32")
    x, y = m.leaf(type_, domain=Domain(-8.0, 8.0)), m.leaf(type_, domain=Domain(-8.0, 8.0))
    mixed, *squares = (m.build.call("multiply", *pair) for pair in ((x, y), (x, x), (y, y)))
    mixed = m.build.call("multiply", m.build.constant(m.choose((2.0, 2.5)), "float32"), mixed)
    return m.build.call("add", m.build.call("add", mixed, squares[0]), squares[1])


def dequantized_argmax(m: Maker) -> Expr:
    """The place of the largest of dequantized elements."""
    return _place(m, "argmax")


def dequantized_argmin(m: Maker) -> Expr:
    """The place of the smallest of dequantized elements."""
    return _place(m, "argmin")


def dequantized_argsort(m: Maker) -> Expr:
    """The order of dequantized elements."""
    return m.build.call("argsort", _dequantized(m), axis=1, is_ascend=True, dtype="int32")


def _place(m: Maker, name: str) -> Expr:
    return m.build.call(name, _dequantized(m), axis=(1,), keepdims=False)


def _dequantized(m: Maker) -> Expr:
    data = m.leaf(TensorType((2, 4), "int8"))
    scale, zero = m.build.constant(m.choose((0.5, 2.0)), "float32"), m.build.constant(m.choose((0, 3)), "int32")
    return m.build.call("qnn.dequantize", data, scale, zero, out_dtype="float32", axis=-1)


def _like(m: Maker, name: str, *held: Expr) -> Expr:
    # The example itself depends on a parameter, or it would fold.
    value = m.build.call("negative", m.leaf(TensorType(m.choose(((2, 3), (2,))), "float32")))
    return m.build.call(name, value, *held, dtype="float32")


def _value(m: Maker) -> Expr:
    return m.expr(TensorType(m.choose(((2, 3), (2,), (1, 2, 3))), m.dtype("float32", "int32", "float64")), 1)


def _parameter(m: Maker) -> Expr:
    """What is no constant: positive reals that no rounding leaves alone, or integers. Reassociated sums of other reals
    may miss those that happen to be exact.
    """
    type_ = TensorType(m.choose(((2, 3), (2,))), m.dtype("float32", "int32"))
    if type_.dtype == "float32":
        return m.build.call("sigmoid", m.expr(type_, 1))
    return m.build.call("negative", m.expr(type_, 1))


def _float(m: Maker) -> TensorType:
    return TensorType(m.choose(((2, 3), (2,))), m.dtype("float32", "float64"))


def _constant(m: Maker, type_: TensorType) -> Expr:
    shape: Any = m.choose((tuple(type_.shape), ()))
    return m.constant(TensorType(shape, type_.dtype), Domain(0.5, 8.0) if dtypes.is_float(type_.dtype) else None)


def _number(m: Maker, dtype: str) -> Expr:
    return m.build.constant(np.asarray(m.choose((2, 3, 7)), dtypes.to_numpy(dtype)), dtype)


LIKES: tuple[Make, ...] = (
    zeros_like, ones_like, full_like, reshape_like, collapse_sum_like, broadcast_to_like, cast_like
)  # fmt: skip
RULES: tuple[Make, ...] = (
    add_to_itself, divide_by_square_root, identity, reshape, transpose, no_transpose, same_cast, consecutive_cast,
    full_elementwise, switch_add_multiply, adjacent, clip_and_casts, clip, binomial,
)  # fmt: skip
ORDERS: tuple[Make, ...] = (dequantized_argmax, dequantized_argmin, dequantized_argsort)

SIMPLIFYING: tuple[Make, ...] = tuple(map(placed, (*LIKES, *RULES, *ORDERS)))
