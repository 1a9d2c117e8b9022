"""Small graphs that simplifications look for, and their near misses."""

from __future__ import annotations

from migrate.verify.generate.maker import Maker
from relay_compat.ir.expr import Expr
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType


def casts(m: Maker) -> Expr:
    """Two casts in a row, by way of narrower and of wider element types."""
    shape = m.choose(((2,), (), (2, 3)))
    first = TensorType(shape, m.choose(("int32", "int64", "float32", "bool")))
    between = m.choose(
        ("bool", "int8", "float64", "int64", "float32") if first.dtype != "float32" else ("bool", "float64")
    )
    last = m.choose(("int32", "int64") if between != "float64" or first.dtype != "float32" else ("float32",))
    value = m.build.call("cast", m.build.call("cast", m.expr(first, 2), dtype=between), dtype=last)
    return m.over(TensorType(shape, last), value, m.expr(TensorType(shape, last), m.left))


def root(m: Maker) -> Expr:
    """Division by a square root of what is positive."""
    type_ = TensorType(m.choose(((2,), (3,), (2, 2))), m.choose(("float32", "float64")))
    below = m.build.call("sqrt", m.leaf(type_, domain=Domain(0.1, 1e3)))
    return m.build.call("divide", m.expr(type_, m.left), below)


def quotient(m: Maker) -> Expr:
    """A quotient of integers, some of them too large for a float."""
    type_ = TensorType(m.choose(((2,), (), (3,))), m.choose(("int64", "int32")))
    # Beyond 2**53 floats do not tell neighbours apart.
    large = m.choose((2**53, 2**62, 0)) if type_.dtype == "int64" else 0
    left = m.constant(type_) if m.choices.flag() else m.leaf(type_)
    left = m.build.call("bitwise_or", left, m.build.constant(large, type_.dtype)) if large else left
    right = m.build.call("maximum", m.constant(type_), m.build.constant(1, type_.dtype))
    return m.build.call(m.choose(("floor_divide", "floor_mod")), left, right)


def moves(m: Maker) -> Expr:
    """A product of a matrix that is turned, or looks so, and of rows that are taken."""
    rows, inner, columns = m.choose((2, 3)), m.choose((2, 3)), m.choose((2, 3))
    left = m.expr(TensorType((rows, inner), "float32"), 2)
    if m.choices.flag():
        order = m.choose(((1, 0), (0, 1)))
        shape = (columns, inner) if order == (1, 0) else (inner, columns)
        right = m.build.call("transpose", m.leaf(TensorType(shape, "float32")), axes=order)
        return m.build.call("nn.matmul", left, right)
    # Some indices lie outside: what becomes of them is part of the meaning.
    mode = m.choose(("clip", "wrap"))
    taken = m.build.call("take", left, m.leaf(TensorType((3,), "int32")), axis=0, out_of_range=mode)
    return m.build.call("nn.matmul", taken, m.leaf(TensorType((inner, columns), "float32")))


def products(m: Maker) -> Expr:
    """A product of three small integer matrices with a wider element type for the result."""
    shapes = ((2, 2), (2, 2), (2, 2))
    a, b, c = (m.leaf(TensorType(shape, "int8")) for shape in shapes)
    inner = m.build.call("nn.matmul", a, b, out_dtype=m.choose(("int32", "int8")))
    dtype = m.build.tensor_type(inner).dtype
    right = m.build.call("cast", c, dtype=dtype) if dtype != "int8" else c
    return m.build.call("nn.matmul", inner, right, out_dtype="int32")


def straight(m: Maker) -> Expr:
    """Straight-line code over reals with fields of tuples, values used twice and operands that are broadcast."""
    type_ = TensorType((2, 2), "float32")
    whole = m.over(
        TensorType((4, 2), "float32"), m.leaf(TensorType((4, 2), "float32")), m.leaf(TensorType((2,), "float32"))
    )
    parts = m.build.call("split", whole, sections=2, axis=0)
    left, right = m.build.item(parts, 0), m.build.item(parts, 1)
    made = m.over(type_, left, m.choose((left, right)))
    if m.choices.flag():
        both = m.build.tuple(made, m.over(type_, right, m.leaf(TensorType((2, 1), "float32"))))
        made = m.over(type_, m.build.field(both, m.choose((0, 1))), made)
    return m.build.call(m.choose(("tanh", "sigmoid", "exp")), made) if m.choices.flag() else made
