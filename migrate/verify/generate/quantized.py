"""Chains of quantized operators: reals are quantized, go through operators on integers, and come back as reals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrate.verify.generate.inverse_windows import convolution
from relay_compat.ir.expr import Expr
from tensor_core.shapes import static
from tensor_core.types import TensorType, Type

if TYPE_CHECKING:
    from migrate.verify.generate.maker import Maker

Shape = tuple[int, ...]

_SCALES = (0.5, 0.25, 1.0, 0.1, 0.037)
_ZERO_POINTS = (0, 3, -5)
_FUNCTIONS = ("tanh", "sigmoid", "exp", "abs", "erf", "hardswish", "sqrt")


@dataclass(frozen=True, slots=True)
class Grid:
    """What reals integers stand for: the multiples of ``scale``, zero at ``zero_point``."""

    scale: float
    zero_point: int


@dataclass(frozen=True, slots=True)
class Held:
    """Integers of eight bits, and what they stand for."""

    value: Expr
    grid: Grid


def chain(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr | None:
    """Reals that come out of integers; None for another element type."""
    del constant
    if not isinstance(type_, TensorType) or type_.dtype != "float32":
        return None
    held = _held(m, static(type_.shape), m.choose(("int8", "uint8")), fuel - 1)
    m.spent += 1
    return m.build.call("qnn.dequantize", held.value, *_numbers(m, held.grid), out_dtype="float32", axis=-1)


def _held(m: Maker, shape: Shape, dtype: str, fuel: int) -> Held:
    makers: list[Callable[[Maker, Shape, str, int], Held]] = [_quantize]
    if fuel > 1:
        makers += [_sum, _function, _moved]
        makers += [_dense] * 2 if len(shape) == 2 else []
        makers += [_convolution] * 2 if len(shape) == 4 and 0 not in shape else []
        makers += [_joined] if any(dim > 1 for dim in shape) else []
    m.spent += 1
    return m.choose(makers)(m, shape, dtype, fuel - 1)


def _quantize(m: Maker, shape: Shape, dtype: str, fuel: int) -> Held:
    value = m.expr(TensorType(shape, "float32"), fuel)
    # Reals beyond the range of the integers saturate, infinite ones among them; those that are no number must not come.
    near = m.build.call("clip", value, a_min=-1000.0, a_max=1000.0)
    finite = m.build.call("where", m.build.call("isnan", value), m.build.constant(0.0, "float32"), near)
    grid = _grid(m)
    return Held(m.build.call("qnn.quantize", finite, *_numbers(m, grid), out_dtype=dtype, axis=-1), grid)


def _sum(m: Maker, shape: Shape, dtype: str, fuel: int) -> Held:
    given = m.share(fuel)
    operands = _held(m, shape, dtype, given), _held(m, shape, dtype, fuel - given)
    grid, name = _grid(m), m.choose(("add", "mul", "subtract"))
    scales = (number for each in (*(item.grid for item in operands), grid) for number in _numbers(m, each))
    values = (item.value for item in operands)
    return Held(m.build.call(f"qnn.{name}", *values, *scales, lhs_axis=-1, rhs_axis=-1), grid)


def _function(m: Maker, shape: Shape, dtype: str, fuel: int) -> Held:
    source, grid = _held(m, shape, dtype, fuel), _grid(m)
    scales = (*_numbers(m, source.grid), *_numbers(m, grid))
    return Held(m.build.call(f"qnn.{m.choose(_FUNCTIONS)}", source.value, *scales), grid)


def _moved(m: Maker, shape: Shape, dtype: str, fuel: int) -> Held:
    """An operator that takes integers as they are."""
    source = _held(m, shape, dtype, fuel)
    name = m.choose(("nn.relu", "reshape", "clip", "transpose"))
    settings: dict[str, Any] = {
        "reshape": {"shape": shape},
        "clip": {"a_min": 0.0, "a_max": 100.0},
        "transpose": {"axes": tuple(range(len(shape)))},
    }.get(name, {})
    return Held(m.build.call(name, source.value, **settings), source.grid)


def _joined(m: Maker, shape: Shape, dtype: str, fuel: int) -> Held:
    axis: int = m.choose([n for n, dim in enumerate(shape) if dim > 1])
    extents = (1, shape[axis] - 1)
    parts = [_held(m, (*shape[:axis], extent, *shape[axis + 1 :]), dtype, fuel // 2) for extent in extents]
    grid = _grid(m)
    scales, zero_points = (tuple(each) for each in zip(*(_numbers(m, part.grid) for part in parts), strict=True))
    values = tuple(part.value for part in parts)
    return Held(m.build.call("qnn.concatenate", values, scales, zero_points, *_numbers(m, grid), axis=axis), grid)


def _dense(m: Maker, shape: Shape, dtype: str, fuel: int) -> Held:
    rows, columns = shape
    inner = m.choose((1, 2, 3))
    data, weight = _pair(m, (rows, inner), (columns, inner), dtype, fuel)
    made = m.build.call(
        "qnn.dense", data.value, weight.value, *_of_pair(m, data, weight), transpose_b=True, out_dtype="int32"
    )
    return _requantized(m, made, data.grid.scale * weight.grid.scale, dtype)


def _convolution(m: Maker, shape: Shape, dtype: str, fuel: int) -> Held:
    plan = convolution(2)(TensorType(shape, "int16"), m.choose)
    first, second = (static(item.shape) for item in plan.operands if isinstance(item, TensorType))
    data, weight = _pair(m, first, second, dtype, fuel)
    params = {**plan.params, "out_dtype": "int32", "kernel_size": None}
    made = m.build.call("qnn.conv2d", data.value, weight.value, *_of_pair(m, data, weight), **params)
    return _requantized(m, made, data.grid.scale * weight.grid.scale, dtype)


def _pair(m: Maker, first: Shape, second: Shape, dtype: str, fuel: int) -> tuple[Held, Held]:
    given = m.share(fuel)
    return _held(m, first, dtype, given), _held(m, second, "int8", fuel - given)


def _of_pair(m: Maker, data: Held, weight: Held) -> tuple[Expr, ...]:
    """The zero points, then the scales of two operands."""
    (scale, zero_point), (other_scale, other_zero_point) = _numbers(m, data.grid), _numbers(m, weight.grid)
    return zero_point, other_zero_point, scale, other_scale


def _requantized(m: Maker, value: Expr, scale: float, dtype: str) -> Held:
    grid = _grid(m)
    source = m.build.constant(scale, "float32"), m.build.constant(0, "int32")
    rounding = m.choose(("None", "UPWARD", "TONEAREST"))
    result = m.build.call(
        "qnn.requantize", value, *source, *_numbers(m, grid), out_dtype=dtype, axis=-1, rounding=rounding
    )
    return Held(result, grid)


def _grid(m: Maker) -> Grid:
    return Grid(m.choose(_SCALES), m.choose(_ZERO_POINTS))


def _numbers(m: Maker, grid: Grid) -> tuple[Expr, Expr]:
    """Scale and zero point as operands."""
    return m.build.constant(grid.scale, "float32"), m.build.constant(grid.zero_point, "int32")
