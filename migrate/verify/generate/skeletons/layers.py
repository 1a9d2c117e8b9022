"""Layers as networks have them, with what passes over layouts, scales and parallel branches look for around them."""

from __future__ import annotations

from migrate.verify.generate.maker import Maker
from relay_compat.ir.expr import Expr
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType


def convolution(m: Maker) -> Expr:
    """A convolution of images, and behind it an operator that names axes or places."""
    channels, outputs = m.choose((2, 1, 3)), m.choose((2, 3, 4))
    made = _convolution(m, m.expr(_tensor(1, channels, m.choose((4, 3)), 4), 1), outputs)
    for _ in range(m.choose((1, 2, 3))):
        made = m.choose((_activation, _affine, _joined, _sliced, _turned, _position))(m, made)
    return made


def even_convolution(m: Maker) -> Expr:
    """A convolution whose channels come in pairs, and behind it an operator or another convolution."""
    made = _convolution(m, m.leaf(_tensor(1, m.choose((4, 2)), 8, 8)), m.choose((2, 4)))
    if m.choices.flag():
        made = m.choose((_activation, _affine))(m, made)
    return _convolution(m, made, m.choose((4, 2))) if m.choices.flag() else made


def pooling(m: Maker) -> Expr:
    """A pooling whose windows reach over the edge, or do not cover it."""
    height, width = m.choose((4, 5, 3)), m.choose((4, 5))
    data = m.expr(_tensor(1, m.choose((1, 2)), height, width), 1)
    if not m.choices.integer(0, 3):
        return m.build.call("nn.adaptive_avg_pool2d", data, output_size=m.choose(((2, 2), (3, 2))), layout="NCHW")
    card: str = m.choose(("nn.avg_pool2d", "nn.max_pool2d"))
    params = {"strides": m.choose(((2, 2), (1, 2), (3, 3))), "dilation": (1, 1), "layout": "NCHW", "out_layout": "NCHW"}
    padding = m.choose(((0, 0, 0, 0), (1, 1, 1, 1), (0, 1, 1, 0)))
    counted = card == "nn.avg_pool2d" and m.choices.flag()
    return m.build.call(
        card, data, pool_size=m.choose(((2, 2), (3, 2))), padding=padding, rounding=m.choose(("floor", "ceil")),
        count_include_pad=counted, **params,
    )  # fmt: skip


def normalisation(m: Maker) -> Expr:
    """A normalisation, whose epsilon shows beside a small variance."""
    if m.choices.flag():
        data = m.expr(_tensor(2, m.choose((2, 3)), 2), 1)
        width = m.build.tensor_type(data).shape[1:2]
        gamma, beta, mean = (m.leaf(TensorType(width, "float32")) for _ in range(3))
        variance = m.leaf(TensorType(width, "float32"), domain=Domain(0.0, 1.0))
        epsilon = m.choose((1e-5, 1e-2))
        made = m.build.call("nn.batch_norm", data, gamma, beta, mean, variance, axis=1, epsilon=epsilon)
        return m.build.item(made, 0)
    data = m.expr(_tensor(2, m.choose((2, 3))), 1)
    width = m.build.tensor_type(data).shape[1:]
    gamma, beta = (m.leaf(TensorType(width, "float32")) for _ in range(2))
    params = {"axes": (1,), "epsilon": m.choose((1e-5, 1e-2)), "center": True, "scale": True}
    return m.build.call("nn.layer_norm", data, gamma, beta, **params)


def scaled(m: Maker) -> Expr:
    """Factors before or behind a layer: along channels, of either sign, through an activation or a sum."""
    if m.choices.flag():
        data = m.leaf(_tensor(2, 3))
        factor = _factor(m, *m.choose(((3,), (1, 3), ())))
        return m.build.call(
            "nn.dense", _between(m, m.build.call("multiply", data, factor)), m.leaf(_tensor(2, 3)), transpose_b=True
        )
    channels = m.choose((2, 3))
    data = m.leaf(_tensor(1, channels, 3, 3))
    factor = _factor(m, *m.choose(((channels, 1, 1), (1, channels, 1, 1))))
    if m.choices.flag():
        return _convolution(m, _between(m, m.build.call("multiply", data, factor)), 2)
    made = _between(m, _convolution(m, data, channels))
    return m.build.call("multiply", made, factor)


def parallel(m: Maker) -> Expr:
    """Several products of one input, with operators of one kind behind each."""
    if m.choices.flag():
        return _parallel_dense(m)
    data = m.expr(_tensor(2, 2, 3), 1)
    branches: list[Expr] = []
    bias = m.choose((None, (1, 3), (2, 1, 3)))
    for _ in range(3):
        turned = not m.choices.integer(0, 2)
        weight = m.leaf(_tensor(2, 3, 3))
        made: Expr = m.build.call("nn.batch_matmul", data, weight, transpose_b=not turned)
        if bias is not None:
            made = m.build.call("add", made, m.leaf(_tensor(*bias)))
        branches.append(made)
    return m.build.tuple(*branches)


def _parallel_dense(m: Maker) -> Expr:
    data = m.expr(_tensor(2, 3), 1)
    same, behind = m.choices.flag(), m.choices.integer(0, 3)
    branches: list[Expr] = []
    for n in range(3):
        units = 2 if same else (2, 3, 4)[n]
        made: Expr = m.build.call("nn.dense", data, m.leaf(_tensor(units, 3)), transpose_b=True)
        if behind == 1:
            made = m.build.call("add", made, m.leaf(_tensor(units)))
        elif behind == 2:
            made = m.build.call("expand_dims", made, axis=(2,))
        elif behind == 3:
            made = m.build.call("multiply", made, m.leaf(_tensor()))
        branches.append(made)
    return m.build.tuple(*branches)


def _tensor(*shape: int) -> TensorType:
    return TensorType(shape, "float32")


def _factor(m: Maker, *shape: int) -> Expr:
    """A constant of either sign. Never zero: what is added behind it is divided by it."""
    low, high = m.choose(((-10.0, -0.1), (0.1, 10.0)))
    return m.constant(_tensor(*shape), Domain(low, high))


def _between(m: Maker, value: Expr) -> Expr:
    kind = m.choices.integer(0, 2)
    if kind == 1:
        return m.build.call("nn.relu", value)
    if kind == 2:
        shape = tuple(m.build.tensor_type(value).shape)
        return m.build.call("add", value, m.leaf(TensorType((shape[1], *(1 for _ in shape[2:])), "float32")))
    return value


def _convolution(m: Maker, data: Expr, outputs: int) -> Expr:
    channels = m.build.tensor_type(data).shape[1]
    weight = m.leaf(TensorType((outputs, channels, *m.choose(((1, 1), (2, 2), (2, 1)))), "float32"))
    return m.build.call(
        "nn.conv2d", data, weight, strides=m.choose(((1, 1), (1, 2))), dilation=m.choose(((1, 1), (1, 2))),
        padding=m.choose(((0, 0, 0, 0), (1, 1, 1, 1), (0, 1, 0, 1), (1, 0, 1, 0))), groups=1, data_layout="NCHW",
        kernel_layout="OIHW", out_layout="NCHW",
    )  # fmt: skip


def _image(m: Maker, value: Expr) -> tuple[int, ...]:
    return tuple(int(dim) for dim in m.build.tensor_type(value).shape if isinstance(dim, int))


def _activation(m: Maker, value: Expr) -> Expr:
    return m.build.call("nn.relu", value)


def _affine(m: Maker, value: Expr) -> Expr:
    shape = _image(m, value)
    other = shape if len(shape) != 4 else m.choose(((shape[1], 1, 1), shape))
    return m.build.call(m.choose(("add", "multiply")), value, m.leaf(_tensor(*other)))


def _joined(m: Maker, value: Expr) -> Expr:
    axis = m.choose(range(len(_image(m, value))))
    other = m.build.call("negative", value) if m.choices.flag() else value
    return m.build.call("concatenate", (value, other), axis=axis)


def _sliced(m: Maker, value: Expr) -> Expr:
    shape = _image(m, value)
    wide = [n for n, dim in enumerate(shape) if dim > 1]
    if not wide:
        return value
    axis: int = m.choose(wide)
    if m.choices.flag():
        axes, begin, end, strides = (axis,), (1,), (m.choose((shape[axis], 2**63 - 1)),), (1,)
    else:
        axes = tuple(range(len(shape)))
        begin = tuple(int(n == axis) for n in axes)
        end, strides = shape, tuple(1 for _ in axes)
    return m.build.call("strided_slice", value, axes=axes, begin=begin, end=end, strides=strides)


def _turned(m: Maker, value: Expr) -> Expr:
    rank = len(_image(m, value))
    axes = (0, 2, 3, 1) if rank == 4 and m.choices.flag() else tuple(reversed(range(rank)))
    return m.build.call("transpose", value, axes=axes)


def _position(m: Maker, value: Expr) -> Expr:
    rank = len(_image(m, value))
    if m.build.tensor_type(value).dtype != "float32" or rank < 2:
        return value
    card: str = m.choose(("argmin", "argmax", "sum"))
    made = m.build.call(card, value, axis=(m.choose(range(rank)),), keepdims=m.choices.flag())
    return made if card == "sum" else m.build.call("cast", made, dtype="float32")
