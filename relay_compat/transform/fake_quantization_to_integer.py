"""How each operator computes on quantised values instead of floats: the rules of FakeQuantizationToInteger (TVM 0.19).

A rule gets a call whose arguments are already integers, and a mapping of expressions to what they stand for; the call
itself is mapped to what the region ends in. It returns the new expression and its affine type, or raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from relay_compat.ir.affine_type import TensorAffineType, TupleAffineType
from relay_compat.ir.expr import Call, Constant, Expr
from relay_compat.ir.make import const
from relay_compat.ir.types import TensorType
from relay_compat.op.call import call
from relay_compat.op.op import register_fake_quantization_to_integer
from relay_compat.op_attributes import declare
from relay_compat.passes.building import is_call_of
from relay_compat.passes.fold_constant import folded
from relay_compat.qnn import op as ops
from relay_compat.qnn.op import qnn
from relay_compat.structural import structural_equal
from relay_compat.types.infer import infer_expr
from tensor_core import dtypes

KEY = "FTVMFakeQuantizationToInteger"

Types = Mapping[Any, Any]
"""What is known: affine types by expression."""
Result = tuple[Expr, Any]
Rule = Callable[[Call, Types], Result]


def _attrs(expr: Call) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", expr.attrs or {})


def fold_constant(expr: Any) -> Any:
    """The expression evaluated as far as it is known."""
    return expr if isinstance(expr, Constant) else folded(infer_expr(expr))


def approx_equal(x: Expr, y: Expr) -> bool:
    """Whether two scales or zero points are one, up to ``numpy.allclose``."""
    a, b = fold_constant(x), fold_constant(y)
    if isinstance(a, Constant) and isinstance(b, Constant):
        return np.allclose(a.data, b.data)
    return structural_equal(a, b)


def _alike(a: TensorAffineType, b: TensorAffineType) -> bool:
    return approx_equal(a.scale, b.scale) and approx_equal(a.zero_point, b.zero_point) and a.dtype == b.dtype


def get_zeros(scale: Expr) -> Expr:
    """Zero points of 0 for as many scales."""
    return fold_constant(call("cast", call("zeros_like", scale), dtype="int32"))


def infer_shape(expr: Expr) -> tuple[int, ...]:
    """The shape of an expression whose extents are known."""
    type_ = infer_expr(expr).checked_type
    assert isinstance(type_, TensorType)
    return tuple(int(dim) for dim in type_.shape)  # pyright: ignore[reportArgumentType]


def _requantized(value: Expr, source: TensorAffineType, target: TensorAffineType, dtype: str = "") -> Expr:
    return qnn.requantize(
        value,
        source.scale,
        source.zero_point,
        target.scale,
        target.zero_point,
        out_dtype=dtype or target.dtype,
        axis=source.axis,
    )


def _is_float_constant(expr: Expr) -> bool:
    return isinstance(expr, Constant) and dtypes.is_float(dtypes.from_numpy(expr.data.dtype))


def dequantize(expr: Call, type_map: Types) -> Result:
    """The quantised values themselves."""
    return expr.args[0], type_map[expr]


def quantize(expr: Call, type_map: Types) -> Result:
    """The end of a region: nothing where the quantisation is the wanted one, else another quantisation."""
    value, scale, zero_point = expr.args
    attrs, source = _attrs(expr), type_map[value]
    target = TensorAffineType(scale, zero_point, attrs["out_dtype"], attrs["axis"])
    known = TensorAffineType(fold_constant(source.scale), fold_constant(source.zero_point), source.dtype, source.axis)
    return value if _alike(known, target) else _requantized(value, known, target), target


def same(expr: Call, type_map: Types) -> Result:
    """Operators that move elements, or choose among them."""
    (value,) = expr.args
    return expr, type_map[value]


def first(expr: Call, type_map: Types) -> Result:
    """Operators that move the elements of their first operand."""
    return expr, type_map[expr.args[0]]


def topk(expr: Call, type_map: Types) -> Result:
    """Values only."""
    assert _attrs(expr)["ret_type"] == "values"
    return first(expr, type_map)


def split(expr: Call, type_map: Types) -> Result:
    """Each part as the whole."""
    sections = _attrs(expr)["indices_or_sections"]
    count = sections if isinstance(sections, int) else len(sections) + 1
    return expr, TupleAffineType((type_map[expr.args[0]],) * count)


def avg_pool2d(expr: Call, type_map: Types) -> Result:
    """Into the quantisation of the region's end where that follows at once, else in that of the operand."""
    source, target = type_map[expr.args[0]], type_map[expr]
    ends = (node for node in type_map if is_call_of(node, "qnn.quantize"))
    before = next((above for end in ends if (above := _directly_above(expr, end)) is not None), None)
    if before is not None and not is_call_of(before, "qnn.quantize"):
        target = source
    names = ("pool_size", "strides", "padding", "dilation", "ceil_mode", "count_include_pad", "layout")
    attrs = _attrs(expr)
    quantisations = (source.scale, source.zero_point, target.scale, target.zero_point)
    out = qnn.avg_pool2d(expr.args[0], *quantisations, *(attrs[name] for name in names))
    return out, TensorAffineType(target.scale, target.zero_point, target.dtype, target.axis)


def _directly_above(pool: Call, end: Call) -> Call | None:
    """The user of the pooling among the first operands that lead to ``end``; None when they do not lead there."""
    above, node = end, end.args[0]
    while isinstance(node, Call):
        if is_call_of(node, "nn.avg_pool2d") and node.attrs is pool.attrs:
            return above
        above, node = node, node.args[0]
    return None


def in_int32(expr: Call, type_map: Types) -> Result:
    """Means of sums that need more bits than the operand has."""
    source, target = type_map[expr.args[0]], type_map[expr]
    (value,) = expr.args
    wide = (
        call("cast", value, dtype="int32") if _alike(source, target) else _requantized(value, source, target, "int32")
    )
    return expr.replace(args=(wide,)), TensorAffineType(target.scale, target.zero_point, "int32", target.axis)


def mean(expr: Call, type_map: Types) -> Result:
    """Summed in int32."""
    (value,) = expr.args
    type_ = type_map[value]
    wide = expr.replace(args=(call("cast", value, dtype="int32"),))
    return call("cast", wide, dtype=type_.dtype), type_


def bias_add(expr: Call, type_map: Types) -> Result:
    """The bias in the quantisation of what it is added to."""
    x, bias = expr.args
    type_ = type_map[x]
    if bias in type_map:
        if not _alike(type_, type_map[bias]):
            scale, zero_point = fold_constant(type_.scale), fold_constant(type_.zero_point)
            known = TensorAffineType(type_map[bias].scale, type_map[bias].zero_point, type_map[bias].dtype, 0)
            bias = _requantized(bias, known, TensorAffineType(scale, zero_point, type_.dtype))
    else:
        assert _is_float_constant(bias)
        bias = qnn.quantize(bias, type_.scale, type_.zero_point, axis=0, out_dtype=type_.dtype)
    return expr.replace(args=(x, bias)), type_


def _product(a: TensorAffineType, b: TensorAffineType) -> Expr:
    return fold_constant(call("multiply", a.scale, b.scale))


def _layout_axis(attrs: Mapping[str, Any]) -> int:
    """The axis that TVM takes for the channels: the second of the result's layout, as NCHW counts it."""
    layout = attrs["out_layout"] or attrs["data_layout"]
    assert sorted(layout) == sorted("NCHW")
    return "NCHW".index(layout[1])


def _convolution(name: str) -> Rule:
    """A convolution with int32 results."""

    def rule(expr: Call, type_map: Types) -> Result:
        attrs = {**_attrs(expr), "out_dtype": "int32"}
        x, weight = expr.args
        a, b = type_map[x], type_map[weight]
        scale = _product(a, b)
        out = call(name, x, weight, a.zero_point, b.zero_point, a.scale, b.scale, **attrs)
        return out, TensorAffineType(scale, get_zeros(scale), "int32", _layout_axis(attrs))

    return rule


def dense(expr: Call, type_map: Types) -> Result:
    """A product with int32 results."""
    attrs = {**_attrs(expr), "out_dtype": "int32"}
    x, weight = expr.args
    a, b = type_map[x], type_map[weight]
    scale = _product(a, b)
    out = call("qnn.dense", x, weight, a.zero_point, b.zero_point, a.scale, b.scale, **attrs)
    return out, TensorAffineType(scale, get_zeros(scale), "int32", 1)


def batch_matmul(expr: Call, type_map: Types) -> Result:
    """Products with int32 results, the second operand transposed."""
    x, y = expr.args
    a, b = type_map[x], type_map[y]
    out = qnn.batch_matmul(x, y, a.zero_point, b.zero_point, a.scale, b.scale)
    return out, TensorAffineType(_product(a, b), const(0), "int32", a.axis)


def concatenate(expr: Call, type_map: Types) -> Result:
    """The parts, each in its own quantisation, in that of the region's end."""
    parts, target = type_map[expr.args[0]].types, type_map[expr]
    scales, zero_points = [part.scale for part in parts], [part.zero_point for part in parts]
    axis = _attrs(expr)["axis"]
    return qnn.concatenate(expr.args[0], scales, zero_points, target.scale, target.zero_point, axis), target


def clip(expr: Call, type_map: Types) -> Result:
    """Bounds in the operand's quantisation."""
    (value,) = expr.args
    type_, attrs = type_map[value], _attrs(expr)
    scale, zero_point = fold_constant(type_.scale), fold_constant(type_.zero_point)
    low, high = attrs["a_min"], attrs["a_max"]
    if _is_single(scale) and _is_single(zero_point):
        factor, shift = scale.data.item(), zero_point.data.item()
        bounds = (int(low / factor + shift), int(high / factor + shift))
        return call("clip", value, a_min=bounds[0], a_max=bounds[1]), type_
    least, most = (_along(const(bound), scale, value, type_.axis) for bound in (low, high))
    least, most = (qnn.quantize(bound, scale, zero_point, type_.axis, type_.dtype) for bound in (least, most))
    out = call("minimum", call("maximum", value, fold_constant(least)), fold_constant(most))
    return out, type_


def _is_single(expr: Expr) -> bool:
    return isinstance(expr, Constant) and expr.data.size == 1


def _along(bound: Expr, scale: Expr, value: Expr, axis: int) -> Expr:
    """A number for each of the scales, along the axis that they belong to; as it is where there is one scale."""
    shape = infer_shape(scale)
    if not shape or shape[0] <= 1:
        return bound
    target = [1] * len(infer_shape(value))
    target[axis] = -1
    spread = call("broadcast_to", bound, shape=shape, dtype="")
    return call("reshape", spread, newshape=target, allowzero=False)


def relu(expr: Call, type_map: Types) -> Result:
    """Not below the zero point."""
    (value,) = expr.args
    type_ = type_map[value]
    assert len(infer_shape(type_.scale)) <= 1
    zero = _along(type_.zero_point, type_.scale, value, type_.axis)
    return call("maximum", value, fold_constant(call("cast", zero, dtype=type_.dtype))), type_


def leaky_relu(expr: Call, type_map: Types) -> Result:
    """On the call itself: TVM rewrites the operator's own result, not its operand."""
    source, target = type_map[expr.args[0]], type_map[expr]
    quantisations = (source.scale, source.zero_point, target.scale, target.zero_point)
    return call("qnn.leaky_relu", expr, *quantisations, alpha=_attrs(expr)["alpha"]), source


def pad(expr: Call, type_map: Types) -> Result:
    """The padding's value in the operand's quantisation."""
    value, filling = expr.args
    type_ = type_map[value]
    if filling in type_map:
        if not structural_equal(type_, type_map[filling]):
            filling = _requantized(filling, type_map[filling], type_)
    else:
        assert _is_float_constant(filling)
        filling = qnn.quantize(filling, type_.scale, type_.zero_point, out_dtype=type_.dtype)
    return expr.replace(args=(value, filling)), type_


def _pair(expr: Call, type_map: Types) -> tuple[Expr, Expr, TensorAffineType, TensorAffineType, TensorAffineType]:
    """Both operands, what they stand for, and what the result is to stand for; a constant one is quantised."""
    left, right = expr.args
    a, b, target = type_map.get(left), type_map.get(right), type_map[expr]
    known = a or b
    if known is None:
        raise TypeError("neither input is quantized!")
    if a is None:
        assert isinstance(left, Constant)
        left = qnn.quantize(left, known.scale, known.zero_point, out_dtype=known.dtype)
    if b is None:
        assert isinstance(right, Constant)
        right = qnn.quantize(right, known.scale, known.zero_point, out_dtype=known.dtype)
    a, b = a or known, b or known
    return left, right, a, b, target if a.dtype == target.dtype else a


def _arithmetic(name: str, op: Callable[..., Expr]) -> Rule:
    """A quantised operator of two operands; an int32 bias is added as it is."""

    def rule(expr: Call, type_map: Types) -> Result:
        left, right, a, b, target = _pair(expr, type_map)
        if name == "add" and a.dtype == "int32" and _alike(a, b) and _alike_zero(a, target):
            return call("add", left, right), a
        assert _is_scalar(target.scale)
        assert _is_scalar(target.zero_point)
        quantisations = (a.scale, a.zero_point, b.scale, b.zero_point, target.scale, target.zero_point)
        return op(left, right, *quantisations, a.axis, b.axis), target

    return rule


def _is_scalar(expr: Expr) -> bool:
    return isinstance(expr, Constant) and not expr.data.shape


def _alike_zero(a: TensorAffineType, target: TensorAffineType) -> bool:
    if not approx_equal(a.scale, target.scale) or not approx_equal(a.zero_point, target.zero_point):
        return False
    assert isinstance(target.zero_point, Constant)
    return not np.any(target.zero_point.data)


def _chosen(op: Callable[..., Expr]) -> Rule:
    """An operator that chooses one of two: both in the quantisation of the result."""

    def rule(expr: Call, type_map: Types) -> Result:
        left, right, a, b, target = _pair(expr, type_map)
        operands = [
            value if structural_equal(type_, target) else _requantized(value, type_, target)
            for value, type_ in ((left, a), (right, b))
        ]
        return op(*operands), target

    return rule


def _table(op: Callable[..., Expr]) -> Rule:
    """A function of one quantised operand, into the quantisation of the region's end."""

    def rule(expr: Call, type_map: Types) -> Result:
        source, target = type_map[expr.args[0]], type_map[expr]
        quantisations = (source.scale, source.zero_point, target.scale, target.zero_point)
        return op(expr.args[0], *quantisations), target

    return rule


def softmax(expr: Call, type_map: Types) -> Result:
    """The quantised softmax, where it is asked for."""
    source, target = type_map[expr.args[0]], type_map[expr]
    quantisations = (source.scale, source.zero_point, target.scale, target.zero_point)
    return qnn.softmax(expr.args[0], *quantisations, **_attrs(expr)), target


def _operator(name: str) -> Callable[..., Expr]:
    return lambda *args: call(name, *args)


def register_unary_identity(op_name: str) -> None:
    """The operator moves elements, or chooses among them."""
    register_fake_quantization_to_integer(op_name, same)


def register_binary_identity(op_name: str, op: Callable[..., Expr]) -> None:
    """``op(left, right)`` chooses elements of two operands in one quantisation."""
    register_fake_quantization_to_integer(op_name, _chosen(op))


def register_unary_qnn(op_name: str, op: Callable[..., Expr]) -> None:
    """``op(x, scale, zero_point, output_scale, output_zero_point)`` computes the operator on quantised values."""
    register_fake_quantization_to_integer(op_name, _table(op))


def register_binary_qnn(op_name: str, op: Callable[..., Expr]) -> None:
    """As for one operand; ``op`` takes both, their scales and zero points, the result's, and the two axes."""
    register_fake_quantization_to_integer(op_name, _arithmetic(op_name, op))


_MOVES = """reshape squeeze strided_slice transpose expand_dims nn.max_pool2d nn.batch_flatten nn.depth_to_space max min
image.resize2d"""
_TABLES = "sqrt rsqrt exp erf sigmoid hardswish tanh abs log"

_RULES: dict[str, Rule] = {
    "qnn.dequantize": dequantize,
    "qnn.quantize": quantize,
    **dict.fromkeys(_MOVES.split(), same),
    "broadcast_to": same,
    "take": first,
    "topk": topk,
    "split": split,
    "nn.avg_pool2d": avg_pool2d,
    "nn.adaptive_avg_pool1d": in_int32,
    "nn.global_avg_pool2d": in_int32,
    "mean": mean,
    "nn.bias_add": bias_add,
    "nn.conv2d": _convolution("qnn.conv2d"),
    "nn.conv2d_transpose": _convolution("qnn.conv2d_transpose"),
    "nn.dense": dense,
    "nn.batch_matmul": batch_matmul,
    "concatenate": concatenate,
    "clip": clip,
    "nn.relu": relu,
    "nn.leaky_relu": leaky_relu,
    "nn.pad": pad,
    "add": _arithmetic("add", ops.add),
    "multiply": _arithmetic("multiply", ops.mul),
    "subtract": _arithmetic("subtract", ops.subtract),
    "minimum": _chosen(_operator("minimum")),
    "maximum": _chosen(_operator("maximum")),
    **{name: _table(getattr(ops, name)) for name in _TABLES.split()},
}

declare(KEY, _RULES.get)
declare("FTVMOptionalFakeQuantizationToInteger", {"nn.softmax": softmax}.get)
