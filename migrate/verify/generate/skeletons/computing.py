"""What passes over layers look for: products of one input, normalisations, chains to fuse, groups of patterns, padding,
scales and losses.
"""

from __future__ import annotations

from typing import Any

from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons.placed import placed
from relay_compat.ir.expr import Call, Expr
from tensor_core.ops.card import Domain
from tensor_core.ops.convolution import Conv
from tensor_core.types import TensorType


def products(m: Maker) -> Expr:
    """Three products of one matrix."""
    return m.build.tuple(*_products(m, 3))


def biased_products(m: Maker) -> Expr:
    """Three products of one matrix, and a bias added to each."""
    made = _products(m, 3)
    biases = [_fresh(m, *m.build.tensor_type(one).shape[1:]) for one in made]
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


def wide_products(m: Maker) -> Expr:
    """Three products of one matrix, each of a width of its own, and a bias added to each."""
    data = m.build.call("negative", m.leaf(_tensor(2, 3)))
    made = [m.build.call("nn.dense", data, _weight(m, units, 3), transpose_b=True) for units in _WIDTHS]
    biases = [_fresh(m, units) for units in _WIDTHS]
    return m.build.tuple(*(m.build.call("add", *pair) for pair in zip(made, biases, strict=True)))


def unfitting_biases(m: Maker) -> Expr:
    """Three products of one matrix whose biases cannot be joined."""
    widths: tuple[int, ...] = m.choose(((4, 4, 4), _WIDTHS))
    rows: tuple[tuple[int, ...], ...] = m.choose((((), (2,), ()), ((1,), (2,), (2,))))
    data = m.build.call("negative", m.leaf(_tensor(2, 3)))
    made = [m.build.call("nn.dense", data, _weight(m, units, 3), transpose_b=True) for units in widths]
    biases = [_fresh(m, *row, units) for row, units in zip(rows, widths, strict=True)]
    return m.build.tuple(*(m.build.call("add", *pair) for pair in zip(made, biases, strict=True)))


def exact_products(m: Maker) -> Expr:
    """Three products of one matrix, another with more digits, and an operator that is none."""
    data = m.build.call("negative", m.leaf(_tensor(2, 3)))
    made = [m.build.call("nn.dense", data, _weight(m, units, 3), transpose_b=True) for units in _WIDTHS]
    wide = m.build.call("nn.dense", data, _weight(m, 2, 3), transpose_b=True, out_dtype="float64")
    return m.build.tuple(wide, *made, m.build.call("tanh", data))


_WIDTHS = (2, 4, 3)


def _fresh(m: Maker, *shape: Any) -> Expr:
    """A variable of its own: Relax's patterns of several branches match variables, no constants, and each one once."""
    return m.build.call("tanh", _weight(m, *shape))


def _left(call: Expr) -> Expr:
    assert isinstance(call, Call)
    return call.args[0]


def batched_products(m: Maker) -> Expr:
    """Three products of a batch of matrices."""
    return m.build.tuple(*_batched(m))


def active_batched_products(m: Maker) -> Expr:
    """Three products of a batch of matrices, something added to each, and an activation of each that may be another."""
    made = _batched(m)
    rows = (2, 2, m.choose((2, 2, 1)))
    biases = [_fresh(m, row, *m.build.tensor_type(one).shape[1:]) for row, one in zip(rows, made, strict=True)]
    sums = [m.build.call("add", *pair) for pair in zip(made, biases, strict=True)]
    names = ("nn.relu", "nn.relu", m.choose(("nn.relu", "tanh")))
    return m.build.tuple(*(m.build.call(name, one) for name, one in zip(names, sums, strict=True)))


def unlike_batched_products(m: Maker) -> Expr:
    """Three products of a batch of matrices, one with a single matrix for all of it, and an operator that is none."""
    made = _batched(m)
    data = _left(made[0])
    single = m.build.call("nn.batch_matmul", data, _weight(m, 1, 2, 3), transpose_b=True)
    return m.build.tuple(single, *made, m.build.call("tanh", data))


def _batched(m: Maker) -> list[Expr]:
    data = m.build.call("negative", m.leaf(_tensor(2, 2, 3)))
    rows = m.choose((2, 3))
    weights = [_weight(m, 2, rows, 3) for _ in range(3)]
    return [m.build.call("nn.batch_matmul", data, one, transpose_b=True) for one in weights]


def parallel_convolutions(m: Maker) -> Expr:
    """Three convolutions of one image."""
    data = m.build.call("negative", m.leaf(_tensor(1, 2, 4, 4)))
    return m.build.tuple(*(convolution(m, data, _weight(m, outputs, 2, 1, 1)) for outputs in (2, 3, 2)))


def biased_convolutions(m: Maker) -> Expr:
    """Three convolutions of one image, a bias added to each, and an activation of each that may be another one."""
    data = m.build.call("negative", m.leaf(_tensor(1, 2, 4, 4)))
    outputs = (2, 3, 2)
    made = [convolution(m, data, _weight(m, count, 2, 1, 1)) for count in outputs]
    spread: tuple[int, ...] = m.choose(((1, 1), (4, 1)))
    # A number for all channels is none for each of the joined ones, and all must be spread alike.
    last: tuple[int, ...] = m.choose(((2, *spread), (1, *spread), (2, 4, 4)))
    biases = [_weight(m, *shape) for shape in ((2, *spread), (3, *spread), last)]
    sums = [m.build.call("add", *pair) for pair in zip(made, biases, strict=True)]
    names = ("nn.relu", "nn.relu", m.choose(("nn.relu", "tanh")))
    return m.build.tuple(*(m.build.call(name, one) for name, one in zip(names, sums, strict=True)))


def unlike_convolutions(m: Maker) -> Expr:
    """Three convolutions of one image by kernels of one size, one by kernels of another, one for groups of channels,
    and three by kernels that are bent.
    """
    data = m.build.call("negative", m.leaf(_tensor(1, 2, 4, 4)))
    plain = [convolution(m, data, _weight(m, 2, 2, 1, 1)) for _ in range(3)]
    wide = convolution(m, data, _weight(m, 2, 2, 2, 2))
    grouped = [convolution(m, data, _weight(m, 2, 1, 1, 1), groups=2) for _ in range(m.choose((1, 3)))]
    bent = [_bent(m, data) for _ in range(3)]
    return m.build.tuple(*plain, wide, *grouped, *bent)


def _bent(m: Maker, data: Expr) -> Expr:
    """A convolution that samples the data at places of its own: here at those of a plain one."""
    conv = Conv((1, 1), (0, 0, 0, 0), (1, 1), 1, "NCHW", "OIHW", "NCHW")
    offset = m.constant(_tensor(1, 2, 4, 4), Domain(0.0, 0.0))
    return m.build.call("nn.deformable_conv2d", data, offset, _weight(m, 2, 2, 1, 1), conv=conv)


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


def sized_batch_norm(m: Maker) -> Expr:
    """A normalisation by statistics that are given, and a tensor whose sizes the program computes."""
    sizes = m.build.call("abs", m.leaf(TensorType((2,), "int64"), domain=Domain(1, 3)))
    filled = m.build.call("dyn.full", m.leaf(_tensor()), sizes, dtype="float32")
    return m.build.call("add", batch_norm(m), m.build.call("sum", filled, axis=(0, 1), keepdims=False))


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


PRODUCTS = (
    products, biased_products, active_products, unlike_products, wide_products, unfitting_biases, exact_products
)  # fmt: skip
BATCHED = (batched_products, active_batched_products, unlike_batched_products)
CONVOLUTIONS = (parallel_convolutions, biased_convolutions, unlike_convolutions)
NORMALISED = tuple(
    map(placed, (batch_norm, sized_batch_norm, layer_norm, group_norm, instance_norm, l2_normalize, dropout))
)
LAYERED = (product_and_bias, two_layers)
