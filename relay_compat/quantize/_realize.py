"""Marked programs in integers (realize.cc of TVM 0.19).

Rules, one for each operator (``FQRealizeRewrite``), get a call and its new arguments; a value in integers is a
:class:`QRealizeIntExpr`. Scales are powers of two or not: of two scales the quotient is a shift where it can be.

TVM multiplies by fixed-point numbers what it has cast to int64, in a kernel that computes int32; here the cast is left
out, and the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from relay_compat.ir.expr import Call, Constant, Expr, Tuple
from relay_compat.ir.temporary import TempExpr
from relay_compat.op.call import call
from relay_compat.op_attributes import declare
from relay_compat.passes.building import is_call_of, scalar, tensor_type
from relay_compat.qnn.canonical.rescaling import cast, multiplied, to_nearest
from relay_compat.quantize._annotate import QUANTIZE, forwarded
from relay_compat.quantize.config import QAnnotateKind, current_qconfig
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.node import node
from tensor_core.ops.quantization import UPWARD

KEY = "FQRealizeRewrite"
Rule = Callable[[Call, Sequence[Any]], "Expr | None"]
_F32 = np.float32


@node
class QRealizeIntExpr(TempExpr):
    """Integers, or whole floats, that stand for themselves times a scale."""

    data: Expr
    dom_scale: Any
    dtype: str

    def realize(self) -> Expr:
        """The floats."""
        return call("multiply", cast(self.data, "float32"), scalar(self.dom_scale, "float32"))


def _number(value: Any) -> Any:
    if not isinstance(value, Constant):
        raise fail(codes.EXECUTION_FAILED, "a scale or bound that is no constant", hint="calibrate before realize")
    return _F32(value.data.item())


def _clipped(data: Expr, bounds: Sequence[Any]) -> Expr:
    return call("clip", data, a_min=float(bounds[0]), a_max=float(bounds[1]))


def _quantized(old: Call, args: Sequence[Any]) -> Expr | None:
    config = current_qconfig()
    scale, *bounds = map(_number, args[1:])
    value = args[0]
    if not isinstance(value, QRealizeIntExpr):
        whole = call("round", call("multiply", value, scalar(_F32(1) / scale, "float32")))
        return QRealizeIntExpr(_clipped(whole, bounds), scale, "float32")
    if value.dom_scale == scale:
        return QRealizeIntExpr(_clipped(value.data, bounds), scale, value.dtype)
    bits = np.log2(scale / value.dom_scale)
    if int(bits) == bits:
        moved = _shifted(value.data, int(bits), config.dtype_activation, config.round_for_shift)
        return QRealizeIntExpr(_clipped(moved, bounds), scale, value.dtype)
    moved = _times(value.data, value.dom_scale / scale, old)
    return QRealizeIntExpr(cast(_clipped(moved, bounds), value.dtype), scale, value.dtype)


def _shifted(data: Expr, bits: int, dtype: str, rounds: bool) -> Expr:
    """Divided by a power of two, or multiplied where ``bits`` is negative."""
    if bits < 0:
        return call("left_shift", data, scalar(-bits, dtype))
    if rounds:
        data = call("add", data, scalar(int(2.0 ** (bits - 1)), dtype))
    return call("right_shift", data, scalar(bits, dtype))


def _times(data: Expr, factor: Any, old: Expr) -> Expr:
    """int32 numbers times a fixed-point number, in the rounding of the configuration; ``old`` has their shape."""
    if current_qconfig().rounding == UPWARD:
        return multiplied(data, float(factor))
    return to_nearest(data, float(factor), tensor_type(old).shape)


def _layer(old: Call, args: Sequence[Any]) -> Expr | None:
    """Convolutions and products of an input by a weight, in the types of the configuration."""
    left, right = args
    if not isinstance(left, QRealizeIntExpr) or not isinstance(right, QRealizeIntExpr):
        return None
    config, assumes_weight = current_qconfig(), not is_call_of(old, "nn.batch_matmul")
    first = left.data if left.dtype == config.dtype_input else cast(left.data, config.dtype_input)
    same = right.dtype == config.dtype_weight and not assumes_weight
    second = right.data if same else cast(right.data, config.dtype_weight)
    assert old.attrs is not None
    attrs = Attrs(old.attrs.type_key, {**old.attrs, "out_dtype": config.dtype_activation})
    made = Call(old.op, (first, second), attrs, old.type_args)
    return QRealizeIntExpr(made, left.dom_scale * right.dom_scale, config.dtype_activation)


def _multiply(old: Call, args: Sequence[Any]) -> Expr | None:
    left, right = args
    if not isinstance(left, QRealizeIntExpr) or not isinstance(right, QRealizeIntExpr):
        return None
    dtype = current_qconfig().dtype_activation
    operands = [arg.data if arg.dtype == dtype else cast(arg.data, dtype) for arg in (left, right)]
    return QRealizeIntExpr(_bare(old, operands), left.dom_scale * right.dom_scale, dtype)


def _bare(old: Call, args: Sequence[Expr]) -> Call:
    return forwarded(old, args).replace(span=None)


def _add(old: Call, args: Sequence[Any]) -> Expr | None:
    if not all(isinstance(arg, QRealizeIntExpr) for arg in args):
        return None
    dtype = current_qconfig().dtype_activation
    operands, scale = _unified(old.args, args, dtype)
    operands = [
        call("annotation.stop_fusion", value) if arg.dtype == "float32" else value
        for value, arg in zip(operands, args, strict=True)
    ]
    return QRealizeIntExpr(_bare(old, operands), scale, dtype)


def _concatenate(old: Call, args: Sequence[Any]) -> Expr | None:
    parts, before = args[0], old.args[0]
    if not isinstance(parts, Tuple) or not isinstance(before, Tuple):
        return None
    fields: Sequence[Any] = parts.fields
    if not fields or not all(isinstance(field, QRealizeIntExpr) for field in fields):
        return None
    config = current_qconfig()
    narrow = len(fields) == 2 and fields[1].dtype == config.dtype_input
    dtype = config.dtype_input if narrow else config.dtype_activation
    operands, scale = _unified(before.fields, fields, dtype)
    return QRealizeIntExpr(_bare(old, (Tuple(tuple(operands)),)), scale, dtype)


def _unified(before: Sequence[Expr], args: Sequence[Any], dtype: str) -> tuple[list[Expr], Any]:
    """The values in one type, of one scale: the smaller of two, else one of the configuration's."""
    config = current_qconfig()
    if len(args) == 2:
        scale = min(arg.dom_scale for arg in args)
    else:
        scale = _F32(config.global_scale / 2.0 ** (config.nbit_activation - 1))
    result: list[Expr] = []
    for old, arg in zip(before, args, strict=True):
        value = arg.data
        if arg.dtype != dtype:
            value = cast(value, dtype)
        elif isinstance(old, Call) and is_call_of(old, QUANTIZE) and _kind(old) == QAnnotateKind.INPUT:
            value = cast(call("annotation.stop_fusion", cast(value, config.dtype_input)), dtype)
        result.append(_scaled_up(value, arg.dom_scale, scale, dtype, old))
    return result, scale


def _kind(mark: Call) -> int:
    attrs: Any = mark.attrs
    return attrs.kind


def _scaled_up(data: Expr, source: Any, target: Any, dtype: str, old: Expr) -> Expr:
    """Times the quotient of two scales, by a shift where it is a power of two."""
    if source == target:
        return data
    factor = source / target
    bits = np.log2(factor)
    if bits <= 0:
        raise fail(
            codes.EXECUTION_FAILED, f"values of the scale {source} cannot be said in the scale {target}", old.span
        )
    if int(bits) == bits:
        return call("left_shift", data, scalar(int(bits), dtype))
    if int(factor) == factor:
        return call("multiply", data, scalar(int(factor), dtype))
    return cast(_times(data, factor, old), dtype)


def _clip(old: Call, args: Sequence[Any]) -> Expr | None:
    (value,) = args
    if not isinstance(value, QRealizeIntExpr):
        return None
    attrs: Any = old.attrs
    bounds = (attrs.a_min / float(value.dom_scale), attrs.a_max / float(value.dom_scale))
    return QRealizeIntExpr(_clipped(value.data, bounds), value.dom_scale, value.dtype)


def _same(old: Call, args: Sequence[Any]) -> Expr | None:
    """Operators that move integers."""
    return _in(old, args[0], None)


def _in_inputs(old: Call, args: Sequence[Any]) -> Expr | None:
    """Operators on the type of inputs."""
    value = args[0]
    if not isinstance(value, QRealizeIntExpr):
        return None
    dtype = current_qconfig().dtype_input
    return QRealizeIntExpr(_bare(old, (cast(value.data, dtype),)), value.dom_scale, dtype)


def _in_results(old: Call, args: Sequence[Any]) -> Expr | None:
    """Operators on the type of results."""
    return _in(old, args[0], current_qconfig().dtype_activation)


def _in(old: Call, value: Any, dtype: str | None) -> Expr | None:
    if not isinstance(value, QRealizeIntExpr):
        return None
    wanted = dtype or value.dtype
    data = value.data if value.dtype == wanted else cast(value.data, wanted)
    return QRealizeIntExpr(_bare(old, (data,)), value.dom_scale, wanted)


def _cast_hint(old: Call, args: Sequence[Any]) -> Expr | None:
    value = args[0]
    if not isinstance(value, QRealizeIntExpr):
        return None
    attrs: Any = old.attrs
    return QRealizeIntExpr(cast(value.data, attrs.dtype), value.dom_scale, attrs.dtype)


_MOVING = ("nn.relu", "reshape", "strided_slice", "nn.batch_flatten", "transpose", "annotation.stop_fusion")

_RULES: dict[str, Rule] = {
    QUANTIZE: _quantized,
    **dict.fromkeys(("nn.conv1d", "nn.conv2d", "nn.dense", "nn.batch_matmul"), _layer),
    "multiply": _multiply,
    "add": _add,
    "concatenate": _concatenate,
    "clip": _clip,
    **dict.fromkeys(_MOVING, _same),
    **dict.fromkeys(("nn.max_pool1d", "nn.max_pool2d"), _in_inputs),
    **dict.fromkeys(("nn.avg_pool2d", "nn.global_avg_pool2d"), _in_results),
    "annotation.cast_hint": _cast_hint,
}

declare(KEY, _RULES.get)
