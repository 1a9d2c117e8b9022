"""Quantized operators in floats between ``dequantize`` and ``quantize``, as other tools write them (``--qnn qdq``).

Rounding differs from the integer arithmetic of Relay: once, in float32, where that rounds each operand. What is said
here stands beside how far results may lie apart, in steps of the output scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from migrate.adapters.quantized import zero_point_for
from migrate.adapters.writer import Writer
from relax_core.ir.expr import Expr
from tensor_core.ops.card import Reject
from tensor_core.ops.elementwise.whole import AWAY, EVEN
from tensor_core.ops.qnn import affine
from tensor_core.ops.quantization import along, channel_axis
from tensor_core.types import TupleType

_STORED = ("int8", "uint8", "int16", "uint16")


def _floats(f: Writer, data: Expr, scale: Expr, zero_point: Expr, axis: int) -> Expr:
    """What the integers stand for."""
    found = _accumulated(f, data)
    known, own = f.known(scale), f.known(found[1]) if found else None
    if found and known is not None and own is not None and np.array_equal(known.reshape(-1), own.reshape(-1)):
        zero = f.known(zero_point)
        if zero is not None and not zero.any():
            return found[0]
    axis = _checked(f, data, axis)
    moved = zero_point_for(f, zero_point)
    if not f.says("dequantize", affine.Dequantize(axis, "float32"), data, scale, moved):
        raise Reject(f"Relax {f.target} computes dequantize otherwise")
    return f.call("dequantize", data, scale, moved, axis=axis, out_dtype="float32")


def _stored(f: Writer, value: Expr, scale: Expr, zero_point: Expr, dtype: str, axis: int = -1) -> Expr:
    """A value as integers of a scale and a zero point."""
    if dtype not in _STORED:
        raise Reject(f"Relax does not quantize to {dtype}")
    axis, tie = _checked(f, value, axis), AWAY if f.number < (0, 24) else EVEN
    moved = zero_point_for(f, zero_point)
    if not f.says("quantize", affine.Quantize(axis, dtype, tie), value, scale, moved):
        raise Reject(f"Relax {f.target} computes quantize otherwise")
    return f.call("quantize", value, scale, moved, axis=axis, out_dtype=dtype, tie=tie)


def _checked(f: Writer, data: Expr, axis: int) -> int:
    rank = f.tensor_type(data).rank
    if not rank:
        raise Reject("Relax has no axis of a scalar")
    return channel_axis(axis, rank)


def _requantize(params: Any, f: Writer, data: Expr, *scales: Expr) -> Expr:
    value = _floats(f, data, scales[0], scales[1], params.axis)
    return _stored(f, value, scales[2], scales[3], params.out_dtype, params.axis)


def _arithmetic(name: str) -> Callable[..., Expr]:
    def compose(params: Any, f: Writer, left: Expr, right: Expr, *scales: Expr) -> Expr:
        dtype = f.tensor_type(left).dtype
        a = _floats(f, left, scales[0], scales[1], params.lhs_axis)
        b = _floats(f, right, scales[2], scales[3], params.rhs_axis)
        return _stored(f, f.call(name, a, b), scales[4], scales[5], dtype)

    return compose


def _function(name: str) -> Callable[..., Expr]:
    def compose(params: Any, f: Writer, data: Expr, *scales: Expr) -> Expr:
        value = _floats(f, data, scales[0], scales[1], -1)
        said = {field: getattr(params, field) for field in params.__dataclass_fields__}
        return _stored(f, f.call(name, value, **said), scales[2], scales[3], f.tensor_type(data).dtype)

    return compose


def _avg_pool(params: Any, f: Writer, data: Expr, *scales: Expr) -> Expr:
    beyond = max(params.padding) >= min(params.pool_size) or (params.rounding != "floor" and any(params.padding))
    if (params.count_include_pad and any(params.padding)) or beyond:
        # Windows of padding alone give stored zeros, too.
        raise Reject("Relay counts stored zeros as padding, whatever they stand for")
    return _function("nn.avg_pool2d")(params, f, data, *scales)


def _hard_swish(_params: Any, f: Writer, data: Expr, *scales: Expr) -> Expr:
    value = _floats(f, data, scales[0], scales[1], -1)
    gate = f.call("clip", f.call("add", value, f.constant(3, "float32")), a_min=0.0, a_max=6.0)
    result = f.call("multiply", value, f.call("divide", gate, f.constant(6, "float32")))
    return _stored(f, result, scales[2], scales[3], f.tensor_type(data).dtype)


def _concatenate(params: Any, f: Writer, data: Any, *scales: Any) -> Expr:
    # A tuple that is written out comes as one of Python, any other as its value.
    whole = f.tuple(*cast("tuple[Expr, ...]", data)) if isinstance(data, tuple) else data
    kind = f.type_of(whole)
    assert isinstance(kind, TupleType)
    parts = [f.item(whole, n) for n in range(len(kind.fields))]
    values = [_floats(f, part, f.item(scales[0], n), f.item(scales[1], n), -1) for n, part in enumerate(parts)]
    joined = f.call("concatenate", f.tuple(*values), axis=params.axis)
    return _stored(f, joined, scales[2], scales[3], f.tensor_type(parts[0]).dtype)


def _quantize(params: Any, f: Writer, data: Expr, scale: Expr, zero_point: Expr) -> Expr:
    return _stored(f, data, scale, zero_point, params.out_dtype, params.axis)


def _convolution(name: str) -> Callable[..., Expr]:
    def compose(params: Any, f: Writer, data: Expr, weight: Expr, *rest: Expr) -> Expr:
        if params.out_dtype != "int32" or params.is_blocked:
            raise Reject("only sums of int32 are made of floats")
        place = params.kernel_layout.find("O")
        operands = _floats(f, data, rest[2], rest[0], 0), _floats(f, weight, rest[3], rest[1], place)
        said = {field: getattr(params, field) for field in params.__dataclass_fields__}
        value = f.call(name, *operands, **{**said, "out_dtype": "float32"})
        return _sums(f, value, rest[2], rest[3], params.out_layout.find("C"))

    return compose


def _product(name: str) -> Callable[..., Expr]:
    def compose(params: Any, f: Writer, left: Expr, right: Expr, *rest: Expr) -> Expr:
        if params.out_dtype != "int32":
            raise Reject("only sums of int32 are made of floats")
        axis = f.tensor_type(right).rank - 1 - int(params.transpose_b)
        operands = _floats(f, left, rest[2], rest[0], -1), _floats(f, right, rest[3], rest[1], axis)
        said = {field: getattr(params, field) for field in params.__dataclass_fields__}
        value = f.call(name, *operands, **{**said, "out_dtype": "float32"})
        return _sums(f, value, rest[2], rest[3], f.tensor_type(value).rank - 1)

    return compose


def _sums(f: Writer, value: Expr, one: Expr, other: Expr, axis: int) -> Expr:
    """A sum of products as integers of the product of both scales."""
    scale = f.known(one), f.known(other)
    if scale[0] is None or scale[1] is None or scale[0].size != 1:
        raise Reject("the scales of a sum of products are computed")
    both = (scale[0].reshape(()) * scale[1]).astype(np.float32)
    return _integers(f, value, f.constant(both.reshape(()) if both.size == 1 else both, "float32"), axis)


def _integers(f: Writer, value: Expr, scale: Expr, axis: int) -> Expr:
    spread = along(f, scale, f.tensor_type(value).rank, axis) if f.tensor_type(scale).rank else scale
    whole = f.call("round", f.call("divide", value, spread), tie=AWAY if f.number < (0, 24) else EVEN)
    return f.call("cast", whole, dtype="int32")


def _accumulated(f: Writer, value: Expr) -> tuple[Expr, Expr] | None:
    """The floats that integers were rounded from by :func:`_integers`, and their scale."""
    whole = f.is_call(value, "relax.astype")
    scaled = f.is_call(whole.args[0], "relax.round") if whole else None
    quotient = f.is_call(scaled.args[0], "relax.divide") if scaled else None
    if quotient is None:
        return None
    scale = quotient.args[1]
    spread = f.is_call(scale, "relax.expand_dims")
    return quotient.args[0], spread.args[0] if spread else scale


_ONE_STEP = "computed in float32: at most 1 step of the output scale from the integers of Relay"
_SUMS = (
    "products are summed in float32: a sum of K products is as far from the integer of Relay as that rounds, by up to "
    "K / 2**24 of the sum of their absolute values, and one half"
)
_MORE = "computed in float32: at most 2 steps of the output scale from the integers of Relay"
_SOFTMAX = (
    "computed in float32, where Relay approximates exponentials in integers: at most 1/16 of the result's range apart"
)

_FUNCTIONS = ("abs", "erf", "exp", "log", "rsqrt", "sigmoid", "sqrt", "tanh")

QDQ: Mapping[str, tuple[Callable[..., Any], str]] = {
    "qnn.quantize": (_quantize, _ONE_STEP),
    "qnn.requantize": (_requantize, _ONE_STEP),
    "qnn.concatenate": (_concatenate, _ONE_STEP),
    "qnn.hardswish": (_hard_swish, _ONE_STEP),
    "qnn.avg_pool2d": (_avg_pool, _ONE_STEP),
    "qnn.leaky_relu": (_function("nn.leaky_relu"), _MORE),
    "qnn.softmax": (_function("nn.softmax"), _SOFTMAX),
    "qnn.add": (_arithmetic("add"), _ONE_STEP),
    "qnn.subtract": (_arithmetic("subtract"), _ONE_STEP),
    "qnn.mul": (_arithmetic("multiply"), _ONE_STEP),
    "qnn.conv2d": (_convolution("nn.conv2d"), _SUMS),
    "qnn.conv2d_transpose": (_convolution("nn.conv2d_transpose"), _SUMS),
    "qnn.dense": (_product("nn.dense"), _SUMS),
    "qnn.batch_matmul": (_product("nn.batch_matmul"), _SUMS),
    **{f"qnn.{name}": (_function(name), _ONE_STEP) for name in _FUNCTIONS},
}
"""By card: how it is said, and how far it may lie from what Relay computes."""

COMPUTED = "the scales are computed, for which TVM has no integer arithmetic; "
