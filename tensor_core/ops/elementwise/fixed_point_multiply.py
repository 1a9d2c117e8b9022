"""fixed_point_multiply and its per-axis form: int32 times a fraction given as a Q31 multiplier and a power of two.

The product is computed in 64 bits and rounded to nearest, halves up (QMultiplyShift in TVM 0.19). A left shift applies
before the multiplication, a right shift together with the 31 bits of the fraction. The power of two 1 << 30 is a plain
shift of the int32 value, which wraps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import moves, rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, const, intrinsic
from tensor_core.types import TensorType, Type

_BITS = 31
_HALF = 1 << 30


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """The result is ``x * multiplier * 2 ** (shift - 31)``."""

    multiplier: int
    shift: int


@dataclass(frozen=True, slots=True)
class FixedPointPerAxis:
    """Whether left shifts play a part at all, and along which axes the other operands lie.

    Right shifts always do, whatever ``is_rshift_required`` says (tir.q_multiply_shift_per_axis in TVM 0.19).
    """

    is_lshift_required: bool
    is_rshift_required: bool
    axes: tuple[int, ...]


def _scaled(x: Array, multiplier: Array, left: Array, right: Array) -> Array:
    product = (x.astype(np.int64) << left) * multiplier
    total = right + _BITS
    return ((product + (np.int64(1) << (total - 1))) >> total).astype(np.int32)


def _reference(params: FixedPoint, x: Array) -> Array:
    if params.multiplier == _HALF:
        # Where TVM shifts the int32 value itself; a shift of one cancels the half.
        exponent = params.shift - 1
        if exponent >= 0:
            return (x.astype(np.int64) << exponent).astype(x.dtype)
        return (x + x.dtype.type(1 << (-exponent - 1))) >> x.dtype.type(-exponent)
    multiplier, shift = np.asarray(params.multiplier, np.int64), np.asarray(params.shift, np.int64)
    return _scaled(x, multiplier, np.maximum(shift, 0), np.maximum(-shift, 0)).astype(x.dtype)


def _lower(params: FixedPoint, b: LoopBuilder, x: Tensor) -> Tensor:
    if params.multiplier == _HALF:
        return b.compute(x.shape, lambda *i: _shifted(x[i], params.shift - 1), name="T_fixed_point_multiply")
    total = _BITS + max(-params.shift, 0)

    def element(*i: PrimExpr) -> PrimExpr:
        product = x[i].astype("int64") * (params.multiplier << max(params.shift, 0)) + (1 << (total - 1))
        return intrinsic("shift_right", product, const(total, "int64")).astype(x.dtype)

    return b.compute(x.shape, element, name="T_fixed_point_multiply")


def _expand(params: FixedPoint, f: Fragment[Any], data: Any) -> Any:
    if params.multiplier == _HALF:
        exponent = params.shift - 1
        if exponent >= 0:
            return f.call("left_shift", data, f.constant(exponent, "int32"))
        return _rounded_shift(f, data, -exponent, "int32")
    wide = f.call("cast", data, dtype="int64")
    product = f.call("multiply", wide, f.constant(params.multiplier << max(params.shift, 0), "int64"))
    return f.call("cast", _rounded_shift(f, product, _BITS + max(-params.shift, 0), "int64"), dtype="int32")


def _rounded_shift(f: Fragment[Any], value: Any, count: int, dtype: str) -> Any:
    """The value shifted right, halves up."""
    half = f.call("add", value, f.constant(1 << (count - 1), dtype))
    return f.call("right_shift", half, f.constant(count, dtype))


def _expand_per_axis(
    params: FixedPointPerAxis, f: Fragment[Any], data: Any, multiplier: Any, left: Any, right: Any
) -> Any:
    source = f.tensor_type(data)
    _check_axes(params, source.rank, *(f.tensor_type(item).rank for item in (multiplier, left, right)))
    shape = tuple(dim if n in params.axes else 1 for n, dim in enumerate(source.shape))
    if list(params.axes) != sorted(params.axes):
        raise Reject("the operands' dimensions stand in another order than the data's")
    y, shl, shr = (f.call("cast", moves.reshaped(f, item, shape), dtype="int64") for item in (multiplier, left, right))
    value = f.call("cast", data, dtype="int64")
    product = f.call("multiply", f.call("left_shift", value, shl) if params.is_lshift_required else value, y)
    one = f.constant(1, "int64")
    half = f.call("left_shift", one, f.call("add", shr, f.constant(_BITS - 1, "int64")))
    total = f.call("add", shr, f.constant(_BITS, "int64"))
    return f.call("cast", f.call("right_shift", f.call("add", product, half), total), dtype="int32")


def _shifted(value: PrimExpr, exponent: int) -> PrimExpr:
    if exponent >= 0:
        return intrinsic("shift_left", value, const(exponent, value.dtype))
    return intrinsic("shift_right", value + (1 << (-exponent - 1)), const(-exponent, value.dtype))


def _infer(params: FixedPoint, data: Type) -> Type:
    if not -_BITS <= params.shift <= _BITS:
        raise Reject(f"shift must be from -{_BITS} to {_BITS}, not {params.shift}")
    return _int32(data, 0)


def _int32(type_: Type, argument: int) -> Type:
    if rules.tensor(type_, argument).dtype != "int32":
        raise Reject(f"expected int32, got {type_}", argument)
    return type_


def _infer_per_axis(_params: FixedPointPerAxis, *types: Type) -> Type:
    # TVM 0.19 looks at no shape and at no axis here; what does not fit is refused when it is computed.
    for argument, type_ in enumerate(types):
        rules.tensor(type_, argument)
    return types[0]


def _check_axes(params: FixedPointPerAxis, rank: int, *ranks: int) -> None:
    if any(not 0 <= axis < rank for axis in params.axes):
        raise Reject(f"axes {params.axes} are out of range for {rank} dimensions")
    for argument, count in enumerate(ranks):
        if count != len(params.axes):
            raise Reject(f"expected {len(params.axes)} dimensions, one for each of axes, got {count}", argument + 1)


def _placed(values: Array, axes: Sequence[int], rank: int) -> Array:
    """The values laid along the axes they belong to."""
    shape = [1] * rank
    for axis, extent in zip(axes, values.shape, strict=True):
        shape[axis] = extent
    return values.astype(np.int64).reshape(shape)


def _per_axis(params: FixedPointPerAxis, x: Array, multiplier: Array, left: Array, right: Array) -> Array:
    _check_axes(params, x.ndim, multiplier.ndim, left.ndim, right.ndim)
    y, shl, shr = (_placed(item, params.axes, x.ndim) for item in (multiplier, left, right))
    return _scaled(x, y, shl if params.is_lshift_required else np.zeros_like(shl), shr).astype(x.dtype)


def _lower_per_axis(
    params: FixedPointPerAxis, b: LoopBuilder, x: Tensor, multiplier: Tensor, left: Tensor, right: Tensor
) -> Tensor:
    _check_axes(params, x.rank, multiplier.rank, left.rank, right.rank)

    def element(*i: PrimExpr) -> PrimExpr:
        y, shl, shr = (
            item[tuple(i[axis] for axis in params.axes)].astype("int64") for item in (multiplier, left, right)
        )
        value = x[i].astype("int64")
        product = (intrinsic("shift_left", value, shl) if params.is_lshift_required else value) * y
        total = shr + _BITS
        half = intrinsic("shift_left", const(1, "int64"), total - 1)
        return intrinsic("shift_right", product + half, total).astype(x.dtype)

    return b.compute(x.shape, element, name="T_fixed_point_multiply_per_axis")


def _draw(d: Draw) -> Drawn:
    multiplier = d.one_of(_HALF, d.integer(0, (1 << _BITS) - 1))
    return Drawn(FixedPoint(multiplier, d.integer(-20, 16)), (TensorType(d.any_shape(), "int32"),))


def _draw_per_axis(d: Draw) -> Drawn:
    shape = d.shape(1)
    axes = d.axes(len(shape), least=1)
    scales = TensorType(tuple(shape[axis] for axis in axes), "int32")
    params = FixedPointPerAxis(d.flag(), d.flag(), axes)
    return Drawn(params, (TensorType(shape, "int32"), scales, scales, scales))


_DATA = Domain(-1000.0, 1000.0)

CARDS = (
    OpCard(
        name="fixed_point_multiply",
        inputs=(Input("data", _DATA),),
        draw=_draw,
        params=FixedPoint,
        infer=_infer,
        reference=_reference,
        lower=_lower,
        expand=_expand,
        relay=RelaySpelling(
            name="fixed_point_multiply",
            attrs_type="relay.attrs.FixedPointMultiplyAttrs",
            fields=(Field("multiplier", Kind.INT), Field("shift", Kind.INT)),
        ),
        pattern=Pattern.ELEMENTWISE,
    ),
    OpCard(
        name="fixed_point_multiply_per_axis",
        inputs=(
            Input("data", _DATA),
            Input("fp_multiplier", Domain(1, (1 << 31) - 1)),
            Input("left_shift", Domain(0, 4)),
            Input("right_shift", Domain(0, 8)),
        ),
        params=FixedPointPerAxis,
        infer=_infer_per_axis,
        reference=_per_axis,
        lower=_lower_per_axis,
        expand=_expand_per_axis,
        relay=RelaySpelling(
            name="fixed_point_multiply_per_axis",
            attrs_type="relay.attrs.FixedPointMultiplyPerAxisAttrs",
            fields=(
                Field("is_lshift_required", Kind.BOOL, False),
                Field("is_rshift_required", Kind.BOOL, False),
                Field("axes", Kind.INTS),
            ),
        ),
        pattern=Pattern.BROADCAST,
        draw=_draw_per_axis,
    ),
)
