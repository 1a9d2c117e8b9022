"""What mixed precision looks for: products, what follows them, and what does not."""

from __future__ import annotations

from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons.computing import product_and_bias, two_layers
from relay_compat.ir.expr import Expr
from tensor_core.types import TensorType


def product_and_total(m: Maker) -> Expr:
    """A product and a sum over an axis, which is not taken of float16, added."""
    total = m.build.call("sum", m.leaf(_tensor(2, 3)), axis=(1,), keepdims=True)
    return m.build.call("nn.relu", m.build.call("add", _product(m, m.leaf(_tensor(2, 3))), total))


def total_and_product(m: Maker) -> Expr:
    """An activation of a sum over an axis, and a product of it."""
    total = m.build.call("sum", m.leaf(_tensor(2, 3, 2)), axis=(2,), keepdims=False)
    return _product(m, m.build.call("nn.relu", total))


def clipped_product(m: Maker) -> Expr:
    """A product that is cut off where float16 has ended."""
    bound = m.choose((100000.0, 8.0))
    return m.build.call("clip", _product(m, m.leaf(_tensor(2, 3))), a_min=-bound, a_max=bound)


def two_products(m: Maker) -> Expr:
    """Two products of one value, and one of integers."""
    value = m.build.call("nn.relu", m.leaf(_tensor(2, 3)))
    integers = [m.leaf(TensorType(shape, "int8")) for shape in ((2, 3), (4, 3))]
    whole = m.build.call("nn.dense", *integers, transpose_b=True, out_dtype="int32")
    return m.build.tuple(_product(m, value), _product(m, value), whole)


def _product(m: Maker, value: Expr) -> Expr:
    return m.build.call("nn.dense", value, m.leaf(_tensor(4, 3)), transpose_b=True)


def _tensor(*shape: int) -> TensorType:
    return TensorType(shape, "float32")


MIXED = (
    product_and_bias, two_layers, product_and_total, total_and_product, clipped_product, two_products
)  # fmt: skip
