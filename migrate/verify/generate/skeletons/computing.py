"""What passes over layers look for: products of one input, normalisations, chains to fuse, groups of patterns, padding,
scales and losses.
"""

from __future__ import annotations

from typing import Any

from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons.placed import placed
from relay_compat.ir.expr import Call, Expr
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


def unlike_products(m: Maker) -> Expr:
    """Three products of one matrix of which one has another activation, and one of another width."""
    made = _products(m, 3)
    last = m.build.call("nn.dense", _left(made[0]), _weight(m, 3, 3), transpose_b=True)
    names = ("nn.relu", "nn.relu", m.choose(("tanh", "nn.relu")))
    active = [m.build.call(name, one) for name, one in zip(names, made, strict=True)]
    return m.build.tuple(*active, m.build.call("nn.relu", last))


def _left(call: Expr) -> Expr:
    assert isinstance(call, Call)
    return call.args[0]


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


def biased_convolutions(m: Maker) -> Expr:
    """Three convolutions of one image, a bias added to each, and an activation of each that may be another one."""
    data = m.build.call("negative", m.leaf(_tensor(1, 2, 4, 4)))
    outputs = (2, 3, 2)
    made = [convolution(m, data, _weight(m, count, 2, 1, 1)) for count in outputs]
    spread = m.choose(((1, 1), (4, 1)))
    biases = [_weight(m, count, *spread) for count in outputs]
    sums = [m.build.call("add", *pair) for pair in zip(made, biases, strict=True)]
    names = ("nn.relu", "nn.relu", m.choose(("nn.relu", "tanh")))
    return m.build.tuple(*(m.build.call(name, one) for name, one in zip(names, sums, strict=True)))


def unlike_convolutions(m: Maker) -> Expr:
    """Three convolutions of one image by kernels of one size, one by kernels of another, one for groups of channels."""
    data = m.build.call("negative", m.leaf(_tensor(1, 2, 4, 4)))
    plain = [convolution(m, data, _weight(m, 2, 2, 1, 1)) for _ in range(3)]
    wide = convolution(m, data, _weight(m, 2, 2, 2, 2))
    grouped = [convolution(m, data, _weight(m, 2, 1, 1, 1), groups=2) for _ in range(m.choose((1, 3)))]
    return m.build.tuple(*plain, wide, *grouped)


def layer_norm(m: Maker) -> Expr:
    """A normalisation by the statistics of an axis."""
    data = m.leaf(_tensor(2, 3, 2))
    axis: int = m.choose((-1, 1))
    width = (2, 3, 2)[axis]
    return m.build.call("nn.layer_norm", data, *_factors(m, width), axes=(axis,), epsilon=1e-5, **_switches(m))


def group_norm(m: Maker) -> Expr:
    """A normalisation by the statistics of groups of channels."""
    data = m.leaf(_tensor(2, 4, 3))
    return m.build.call(
        "nn.group_norm", data, *_factors(m, 4), num_groups=2, channel_axis=1, axes=(2,), epsilon=1e-5, **_switches(m)
    )


def instance_norm(m: Maker) -> Expr:
    """A normalisation by the statistics of each channel."""
    data = m.leaf(_tensor(2, 3, 4))
    return m.build.call(
        "nn.instance_norm", data, *_factors(m, 3), channel_axis=1, axes=(2,), epsilon=1e-5, **_switches(m)
    )


def l2_normalize(m: Maker) -> Expr:
    """A division by lengths."""
    return m.build.call("nn.l2_normalize", m.leaf(_tensor(2, 3)), eps=m.choose((1e-5, 1.0)), axis=(m.choose((1, 0)),))


def dropout(m: Maker) -> Expr:
    """A dropout, which inference leaves out."""
    return m.build.item(m.build.call("nn.dropout", m.leaf(_tensor(2, 3)), rate=0.5), 0)


def _factors(m: Maker, width: int) -> tuple[Expr, Expr]:
    return m.leaf(_tensor(width)), m.leaf(_tensor(width))


def _switches(m: Maker) -> dict[str, bool]:
    return {"center": not m.choices.flag(), "scale": not m.choices.flag()}


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


def convolution(m: Maker, data: Expr, weight: Expr, groups: int = 1) -> Expr:
    """A convolution of images without padding."""
    return m.build.call(
        "nn.conv2d", data, weight, strides=(1, 1), dilation=(1, 1), padding=(0, 0, 0, 0), groups=groups,
        data_layout="NCHW", kernel_layout="OIHW", out_layout="NCHW",
    )  # fmt: skip


def _weight(m: Maker, *shape: Any) -> Expr:
    """A new parameter or constant, which no other branch has."""
    return m.leaf(TensorType(shape, "float32"), domain=Domain(-8.0, 8.0))


def _tensor(*shape: int) -> TensorType:
    return TensorType(shape, "float32")


PRODUCTS = (products, biased_products, active_products, unlike_products)
BATCHED = (batched_products,)
CONVOLUTIONS = (parallel_convolutions, biased_convolutions, unlike_convolutions)
NORMALISED = tuple(map(placed, (batch_norm, batch_norm, layer_norm, group_norm, instance_norm, l2_normalize, dropout)))
CHAINS = tuple(map(placed, (elementwise_chain, broadcast_chain, product_and_bias)))
LAYERED = (product_and_bias, two_layers)
LOSSES = (loss,)
