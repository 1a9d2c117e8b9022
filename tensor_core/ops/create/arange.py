"""arange: evenly spaced values ``start + i * step`` for as many i as stay before ``stop``: ceil((stop - start) / step).

Relax carries the three numbers as scalar operands. Relay carries them twice (Arange in TVM 0.19): as rank-0 tensors,
and as expressions in the attributes, from which the length follows when they are constants; that is a card of its own.
Where they are not, its shape function (_arange_shape_func in TVM 0.19) counts from the integral parts of the three.
Relax 0.19 to 0.27 infers ``(stop - start + step - 1) // step`` elements, which is wrong for negative steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Carrier,
    Domain,
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives, vanishing
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type

Number = int | float


@dataclass(frozen=True, slots=True)
class Arange:
    """The first value, the bound that is not reached, the distance, and the element type."""

    start: Number | PrimExpr
    stop: Number | PrimExpr
    step: Number | PrimExpr
    dtype: str


@dataclass(frozen=True, slots=True)
class ArangeOfTensors:
    """What the attributes say about the operands: their values where they are constants, else None."""

    start: Number | None
    stop: Number | None
    step: Number | None
    dtype: str


def _length(start: Number | PrimExpr, stop: Number | PrimExpr, step: Number | PrimExpr) -> Dim:
    if isinstance(start, float) or isinstance(stop, float) or isinstance(step, float):
        if isinstance(start, PrimExpr) or isinstance(stop, PrimExpr) or isinstance(step, PrimExpr):
            raise Reject("a symbolic bound cannot be combined with a fractional one")
        if not all(map(math.isfinite, (start, stop, step))):
            raise Reject("the bounds and the step must be finite")
        return _checked(math.ceil((stop - start) / step) if step else None)
    if not isinstance(step, int):
        raise Reject("the length is not known for a symbolic step")
    if step == 0:
        return _checked(None)
    # ceil(a / b) = -floor(-a / b), also for negative b.
    length = shapes.subtract(0, shapes.floor_divide(shapes.subtract(start, stop), step))
    return _checked(length) if isinstance(length, int) else length


def _checked(length: int | None) -> int:
    if length is None:
        raise Reject("the step must not be zero")
    return max(length, 0)


def _infer(params: Arange) -> Type:
    return TensorType((_length(params.start, params.stop, params.step),), params.dtype)


def _values(start: Any, stop: Any, step: Any, dtype: str, count: int | None = None) -> Array:
    kind = dtypes.to_numpy(dtype)
    count = math.ceil((stop - start) / step) if count is None else count
    first, distance = cast(Array, np.asarray(start, kind)), cast(Array, np.asarray(step, kind))
    return first + distance * np.arange(max(count, 0), dtype=np.int64).astype(kind)


def _reference(params: Arange) -> Array:
    return _values(_number(params.start), _number(params.stop), _number(params.step), params.dtype)


def _number(value: Number | PrimExpr) -> Number:
    return shapes.evaluate(value, {}) if isinstance(value, PrimExpr) else value


def _lower(params: Arange, b: LoopBuilder) -> Tensor:
    start, step = (prim.wrap(value, params.dtype).astype(params.dtype) for value in (params.start, params.step))
    length = _length(params.start, params.stop, params.step)

    def value(i: PrimExpr) -> PrimExpr:
        return start + step * i.astype(params.dtype)

    return b.compute((length,), value, name="T_arange")


def _expand(params: Arange, f: Fragment[Any]) -> Any:
    if _runs_down(params):
        return _expand_down(params, f)
    numbers = {"start": params.start, "stop": params.stop, "step": params.step}
    for name, value in numbers.items():
        if isinstance(value, PrimExpr):
            raise Reject(f"{name} is symbolic, so it is no constant")
    operands = (f.constant(_number(value), params.dtype) for value in numbers.values())
    return f.call("arange_of_tensors", *operands, **numbers, dtype=params.dtype)


def _runs_down(params: Arange) -> bool:
    return isinstance(params.step, int) and params.step < 0


def _expand_down(params: Arange, f: Fragment[Any]) -> Any:
    if isinstance(params.start, PrimExpr):
        raise Reject("start is symbolic, so it is no constant")
    length = _length(params.start, params.stop, params.step)
    places = f.call("arange", start=0, stop=length, step=1, dtype=params.dtype)
    scaled = f.call("multiply", places, f.constant(_number(params.step), params.dtype))
    return f.call("add", scaled, f.constant(params.start, params.dtype))


def _fits(params: Arange, _types: Sequence[Type], release: str) -> str | None:
    if _runs_down(params):
        return f"Relax {release} infers a wrong length for negative integer steps"
    return None


def _infer_of_tensors(params: ArangeOfTensors, *operands: Type) -> Type:
    for n, operand in enumerate(operands):
        if rules.tensor(operand, n).rank != 0:
            raise Reject(f"expected a scalar, got {operand}", n)
    if params.start is None or params.stop is None or params.step is None:
        return TensorType((shapes.ANY,), params.dtype)
    length = _length(params.start, params.stop, params.step)
    if length == 0:
        raise Reject("Relay refuses an empty range")
    return TensorType((length,), params.dtype)


def _reference_of_tensors(params: ArangeOfTensors, start: Array, stop: Array, step: Array) -> Array:
    numbers = start.item(), stop.item(), step.item()
    if params.start is None or params.stop is None or params.step is None:
        return _values(*numbers, params.dtype, _length_at_run_time(*numbers))
    # The type follows from the attributes, whatever the operands hold.
    return _values(*numbers, params.dtype, int(_number(_length(params.start, params.stop, params.step))))


def _length_at_run_time(start: Number, stop: Number, step: Number) -> int:
    if not all(map(math.isfinite, (start, stop, step))):
        raise ValueError("the bounds and the step must be finite")
    if int(step) == 0:
        raise ValueError("a step whose integral part is 0 makes no length")
    return max(-((int(start) - int(stop)) // int(step)), 0)


def _lower_of_tensors(params: ArangeOfTensors, b: LoopBuilder, *_operands: Tensor) -> Tensor:
    if params.start is None or params.stop is None or params.step is None:
        raise Reject("the length depends on the operands' values")
    return _lower(Arange(params.start, params.stop, params.step, params.dtype), b)


def _expand_of_tensors(params: ArangeOfTensors, f: Fragment[Any], *_operands: Any) -> Any:
    if params.start is None or params.stop is None or params.step is None:
        raise Reject("the length depends on the operands' values")
    return f.call("arange", start=params.start, stop=params.stop, step=params.step, dtype=params.dtype)


def _read_relay(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    numbers = {name: rules.constant_number(attrs[name]) for name in ("start", "stop", "step")}
    return {**numbers, "dtype": attrs["dtype"]}


def _write_relay(params: ArangeOfTensors, _types: Sequence[Type]) -> Mapping[str, Value]:
    kind = dtypes.to_numpy(params.dtype)
    numbers = {"start": params.start, "stop": params.stop, "step": params.step}
    if any(value is None for value in numbers.values()):
        raise Reject("the attributes repeat the operands, which are not known")
    return {**{name: np.asarray(value, kind) for name, value in numbers.items()}, "dtype": params.dtype}


def _read_relax(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    numbers = [attrs[name] for name in ("start", "stop", "step")]
    dtype = attrs["dtype"] or ("float32" if any(isinstance(value, float) for value in numbers) else "int64")
    return {**attrs, "dtype": dtype}


_STEP = Domain(1.0, 3.0)


def _numbers(d: Draw, dtype: str, least: int = 0, whole: bool = False) -> tuple[Number, Number, Number]:
    """A start, a stop and a step that the element type holds; fractions only of floats."""
    low = 0 if dtypes.is_unsigned_int(dtype) else -4
    unit = d.one_of(1, 0.5, 0.1) if dtypes.is_float(dtype) and not whole else 1
    start, count, step = d.integer(low, 4), d.integer(least, 6), d.one_of(1, 2, 3, *([-1, -2] if low else []))
    rest = d.integer(0, abs(step) - 1) * (1 if step > 0 else -1) if count else 0
    stop = max(start + count * step - rest, low * 8)
    return start * unit, stop * unit, step * unit


def _draw(d: Draw) -> Drawn:
    dtype = d.one_of(*draw.NUMBERS)
    return Drawn(Arange(*_numbers(d, dtype), dtype), ())


def _draw_of_tensors(d: Draw) -> Drawn:
    dtype = d.one_of(*draw.NUMBERS)
    unknown = d.flag() and d.flag()
    numbers = _numbers(d, dtype, least=1, whole=unknown)
    values = {n: np.asarray(number, dtypes.to_numpy(dtype)) for n, number in enumerate(numbers)}
    start, stop, step = (None, None, None) if unknown else (values[n].item() for n in range(3))
    return Drawn(ArangeOfTensors(start, stop, step, dtype), (TensorType((), dtype),) * 3, values=values)


def _size(start: Any, stop: Any, step: Any, dtype: str) -> Array:
    count = max(math.ceil((stop - start) / step), 0)
    return np.abs(start) + np.abs(step) * np.arange(count, dtype=dtypes.to_numpy(dtype))


def _magnitude(params: Arange) -> Array:
    return _size(_number(params.start), _number(params.stop), _number(params.step), params.dtype)


def _magnitude_of_tensors(params: ArangeOfTensors, start: Array, stop: Array, step: Array) -> Array:
    # As many as there are, which operands with fractions leave to their integral parts.
    made = _reference_of_tensors(params, start, stop, step)
    return np.abs(start.item()) + np.abs(step.item()) * np.arange(len(made), dtype=dtypes.to_numpy(params.dtype))


def _gradient_of_tensors(_params: ArangeOfTensors, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    start, _stop, step = args
    # Element n is start + n * step; the n-th sum of ones before it is n.
    places = g.call("ones_like", dtype=g.type.dtype).call("cumsum", axis=0, dtype=g.type.dtype, exclusive=True)
    first, distance = (value.call("sum", axis=(0,)) for value in (g, places * g))
    return [first.cast_as(start), None, distance.cast_as(step)]


CARDS = (
    OpCard(
        name="arange",
        inputs=(),
        params=Arange,
        infer=_infer,
        reference=_reference,
        lower=_lower,
        expand=_expand,
        gradient=vanishing(0),
        relax=(
            RelaxSpelling(
                name="relax.arange",
                operands=tuple(Operand(name, Carrier.SCALAR) for name in ("start", "stop", "step")),
                attrs_type="relax.attrs.InitAttrs",
                fields=(Field("dtype", Kind.DTYPE, None, optional=True),),
                read=_read_relax,
                fits=_fits,
            ),
        ),
        pattern=Pattern.INJECTIVE,
        error=Rounding(ulps=4, magnitude=_magnitude),
        draw=_draw,
    ),
    OpCard(
        name="arange_of_tensors",
        inputs=(Input("start", Domain(0.0, 2.0)), Input("stop", Domain(3.0, 9.0)), Input("step", _STEP)),
        params=ArangeOfTensors,
        infer=_infer_of_tensors,
        reference=_reference_of_tensors,
        lower=_lower_of_tensors,
        gradient=derivatives(_gradient_of_tensors),
        expand=_expand_of_tensors,
        relay=RelaySpelling(
            name="arange",
            attrs_type="relay.attrs.ArangeAttrs",
            fields=(
                Field("start", Kind.EXPR),
                Field("stop", Kind.EXPR),
                Field("step", Kind.EXPR),
                Field("dtype", Kind.DTYPE),
            ),
            read=_read_relay,
            write=_write_relay,
        ),
        pattern=Pattern.OPAQUE,
        error=Rounding(ulps=4, magnitude=_magnitude_of_tensors),
        draw=_draw_of_tensors,
    ),
)
