"""What the converter writes out of ``qnn.quantize`` and ``qnn.dequantize``, put together again.

Relax rounds halves to even from 0.24 on and has no operator on quantized tensors, so that a Relay module that comes
back over a bridge holds arithmetic where it held these two. Passes over quantized operators look for them by name. What
is put together computes the same to the bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from relay_compat.ir.expr import Call, Constant, Expr, Function
from relay_compat.op.call import call
from relay_compat.passes.building import CallRewriter, is_call_of
from relay_compat.types.infer import infer_types
from tensor_core import shapes
from tensor_core.module import IRModule
from tensor_core.ops.quantization import limits
from tensor_core.types import TensorType

_QUANTIZED = ("int8", "uint8", "int16", "uint16", "int32")
_Numbers = tuple[Expr, int | None]
"""A scale or a zero point: a scalar, or a vector and the axis that it goes along."""


def quantized_again(module: IRModule) -> IRModule:
    """The module with the two operators where their arithmetic is written out; the same module where it is nowhere."""
    changed = {
        name: _rewritten(function) for name, function in module.functions.items() if isinstance(function, Function)
    }
    if all(function is module[name] for name, function in changed.items()):
        return module
    result = module.copy()
    result.functions.update(changed)
    return infer_types(result)


def _rewritten(function: Function) -> Function:
    return CallRewriter({"where": _rounded, "cast": _quantized, "multiply": _dequantized}).rewrite(function)


def _rounded(_old: Call, new: Call) -> Expr:
    """Halves away from zero, of which Relax has no operator from 0.24 on."""
    condition, up, whole = new.args
    far = _operands(condition, "greater_equal")
    x = _operands(whole, "trunc")
    if not far or not x or _operands(up, "add") is None:
        return new
    part, half = _operands(far[0], "abs"), far[1]
    rest = part and _operands(part[0], "subtract")
    one = up.args[0] is whole and _operands(up.args[1], "sign")
    is_half = isinstance(half, Constant) and half.data.size == 1 and float(half.data) == 0.5
    same = rest and one and rest[0] is x[0] and rest[1] is whole and one[0] is x[0]
    return call("round", x[0]) if same and is_half else new


def _quantized(old: Call, new: Call) -> Expr:
    """``cast(clip(round(data / scale) + cast(zero)))``."""
    attrs: Any = new.attrs
    dtype: str = attrs["dtype"]
    bounded, type_ = new.args[0], _tensor(old)
    total = _operands(bounded, "clip") and _operands(bounded.args[0], "add")
    if not total or dtype not in _QUANTIZED or type_ is None or not _is_whole_range(bounded, dtype):
        return new
    quotient = _operands(total[0], "round")
    parts = quotient and _operands(quotient[0], "divide")
    moved = _operands(total[1], "cast")
    if not parts or not moved or _float32(old.args[0]) is None:
        return new
    return _said("qnn.quantize", new, type_.rank, parts[0], parts[1], moved[0], dtype)


def _dequantized(old: Call, new: Call) -> Expr:
    """``cast(cast(data) - zero) * scale``."""
    floats = _operands(new.args[0], "cast")
    difference = floats and _operands(floats[0], "subtract")
    data = difference and _operands(difference[0], "cast")
    type_ = _float32(old)
    if not data or not difference or type_ is None or not is_call_of(old.args[0], "cast"):
        return new
    source = _tensor(data[0])
    if source is None or source.dtype not in _QUANTIZED or not _is_int32(difference[0]):
        return new
    if source.rank != type_.rank:
        return new
    return _said("qnn.dequantize", new, type_.rank, data[0], new.args[1], difference[1], "float32")


def _said(name: str, written: Call, rank: int, data: Expr, scale: Expr, zero: Expr, dtype: str) -> Expr:
    """The operator; what is ``written`` where its scale and zero point are no numbers along one axis."""
    scales, zeros = _numbers(scale, rank), _numbers(zero, rank)
    if scales is None or zeros is None:
        return written
    axes = {axis for _, axis in (scales, zeros) if axis is not None}
    found = _as_int32(zeros[0])
    if len(axes) > 1 or found is None or _float32(scales[0]) is None:
        return written
    return call(name, data, scales[0], found, out_dtype=dtype, axis=next(iter(axes), -1))


def _numbers(expr: Expr, rank: int) -> _Numbers | None:
    """A scalar, or the vector that was spread along an axis of a tensor of this rank."""
    type_ = _tensor(expr)
    if type_ is None:
        return None
    if type_.rank == 0:
        return expr, None
    if type_.rank == 1:
        return expr, rank - 1
    if not is_call_of(expr, "reshape", "expand_dims") or not shapes.is_static(type_.shape):
        return None
    assert isinstance(expr, Call)
    wide = [axis for axis, size in enumerate(type_.concrete_shape) if size != 1]
    vector = _tensor(expr.args[0])
    if vector is None or vector.rank != 1 or len(wide) != 1 or type_.rank > rank:
        return None
    return expr.args[0], wide[0] + rank - type_.rank


def _as_int32(zero: Expr) -> Expr | None:
    """A zero point as Relay has it: constants of narrower integers as those of int32; None where it is another."""
    inner = _operands(zero, "cast")
    known = inner[0] if inner and _is_int32(zero) else zero
    if isinstance(known, Constant) and np.can_cast(known.data.dtype, np.int32):
        return Constant(np.asarray(known.data, np.int32))
    return zero if _is_int32(zero) else None


def _is_whole_range(clip: Any, dtype: str) -> bool:
    return (float(clip.attrs["a_min"]), float(clip.attrs["a_max"])) == tuple(map(float, limits(dtype)))


def _operands(expr: Expr, name: str) -> tuple[Expr, ...] | None:
    """The operands of a call of the operator; None for anything else."""
    return expr.args if isinstance(expr, Call) and is_call_of(expr, name) else None


def _tensor(expr: Expr) -> TensorType | None:
    """The type, where it was inferred and is a tensor's; constants have theirs from their data."""
    if isinstance(expr, Constant):
        return TensorType(expr.data.shape, str(expr.data.dtype))
    type_ = getattr(expr, "checked", None)
    return type_ if isinstance(type_, TensorType) else None


def _float32(expr: Expr) -> TensorType | None:
    type_ = _tensor(expr)
    return type_ if type_ is not None and type_.dtype == "float32" else None


def _is_int32(expr: Expr) -> bool:
    type_ = _tensor(expr)
    return type_ is not None and type_.dtype == "int32"
