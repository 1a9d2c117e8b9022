"""What passes over layers look for: products of one input, normalisations, chains to fuse, groups of patterns, padding,
scales and losses.
"""

from __future__ import annotations

from typing import Any

from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons.placed import placed
from relay_compat.ir.expr import Expr
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType


def products(m: Maker) -> Expr:
    """Three products of one matrix."""
    return m.build.tuple(*_products(m, 3))


def biased_products(m: Maker) -> Expr:
    """Three products of one matrix, and a bias added to each."""
    made = _products(m, 3)
    # Relax's patterns of several branches match variables: no constants, and each one once.
    biases = [m.build.call("tanh", _weight(m, *m.build.tensor_type(one).shape[1:])) for one in made]
    return m.build.tuple(*(m.build.call("add", *pair) for pair in zip(made, biases, strict=True)))


def active_products(m: Maker) -> Expr:
    """Three products of one matrix, and an activation of each."""
    return m.build.tuple(*(m.build.call("nn.relu", one) for one in _products(m, 3)))


def batched_products(m: Maker) -> Expr:
    """Three products of a batch of matrices."""
    data = m.build.call("negative", m.leaf(_tensor(2, 2, 3)))
    rows = m.choose((2, 3))
    weights = [_weight(m, 2, rows, 3) for _ in range(3)]
    return m.build.tuple(*(m.build.call("nn.batch_matmul", data, one, transpose_b=True) for one in weights))


def parallel_convolutions(m: Maker) -> Expr:
    """Three convolutions of one image."""
    data = m.build.call("negative", m.leaf(_tensor(1, 2, 4, 4)))
    return m.build.tuple(*(convolution(m, data, _weight(m, outputs, 2, 1, 1)) for outputs in (2, 3, 2)))


def batch_norm(m: Maker) -> Expr:
    """A normalisation by statistics that are given."""
    data = m.expr(_tensor(2, 3, 2), 1)
    gamma, beta, mean = (m.leaf(_tensor(3)) for _ in range(3))
    variance = m.leaf(_tensor(3), domain=Domain(0.1, 1.0))
    params: dict[str, Any] = {"axis": 1, "epsilon": m.choose((1e-5, 1e-2)), "momentum": 0.1}
    return m.build.item(m.build.call("nn.batch_norm", data, gamma, beta, mean, variance, **params), 0)


def elementwise_chain(m: Maker) -> Expr:
    """Operators on single elements, one after the other."""
    made = m.leaf(_tensor(2, 3))
    for name in ("negative", "exp", "tanh")[: m.choose((2, 3))]:
        made = m.build.call(name, made)
    return made


def broadcast_chain(m: Maker) -> Expr:
    """A sum with a row, and an activation."""
    return m.build.call("nn.relu", m.build.call("add", m.leaf(_tensor(2, 3)), m.leaf(_tensor(3))))


def product_and_bias(m: Maker) -> Expr:
    """A product, a bias and an activation."""
    made = m.build.call("nn.dense", m.leaf(_tensor(2, 3)), m.leaf(_tensor(4, 3)), transpose_b=True)
    return m.build.call("nn.relu", m.build.call("add", made, m.leaf(_tensor(4))))


def two_layers(m: Maker) -> Expr:
    """A product, a bias and an activation, twice."""
    made = product_and_bias(m)
    made = m.build.call("nn.dense", made, m.leaf(_tensor(2, 4)), transpose_b=True)
    return m.build.call("nn.relu", m.build.call("add", made, m.leaf(_tensor(2))))


def bias(m: Maker) -> Expr:
    """A bias along an axis."""
    axis: int = m.choose((1, 0, -1))
    sizes = (2, 3, 2)
    return m.build.call("nn.bias_add", m.leaf(_tensor(*sizes)), m.leaf(_tensor(sizes[axis])), axis=axis)


def loss(m: Maker) -> Expr:
    """One number that a parameter leads to."""
    made = m.build.call("nn.dense", m.leaf(_tensor(2, 3)), m.leaf(_tensor(4, 3)), transpose_b=True)
    made = m.build.call(m.choose(("tanh", "exp", "sigmoid")), m.build.call("multiply", made, m.leaf(_tensor(4))))
    return m.build.call("sum", made, axis=(0, 1), keepdims=False)


def _products(m: Maker, count: int) -> list[Expr]:
    data = m.build.call("negative", m.leaf(_tensor(2, 3)))
    units = m.choose((2, 4))
    weights = [_weight(m, units, 3) for _ in range(count)]
    return [m.build.call("nn.dense", data, one, transpose_b=True) for one in weights]


def convolution(m: Maker, data: Expr, weight: Expr) -> Expr:
    """A convolution of images without padding."""
    return m.build.call(
        "nn.conv2d", data, weight, strides=(1, 1), dilation=(1, 1), padding=(0, 0, 0, 0), groups=1,
        data_layout="NCHW", kernel_layout="OIHW", out_layout="NCHW",
    )  # fmt: skip


def _weight(m: Maker, *shape: Any) -> Expr:
    """A new parameter or constant, which no other branch has."""
    return m.leaf(TensorType(shape, "float32"), domain=Domain(-8.0, 8.0))


def _tensor(*shape: int) -> TensorType:
    return TensorType(shape, "float32")


PRODUCTS = (products, biased_products, active_products)
BATCHED = (batched_products,)
CONVOLUTIONS = (parallel_convolutions,)
NORMALISED = (placed(batch_norm),)
CHAINS = tuple(map(placed, (elementwise_chain, broadcast_chain, product_and_bias)))
LAYERED = (product_and_bias, two_layers)
LOSSES = (loss,)
