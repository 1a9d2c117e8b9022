"""Shape rules of operators that fill, pad, repeat and rearrange, read backwards."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from migrate.verify.generate.element_types import ALL_NUMBERS, EVERY, INTS, NUMBERS
from migrate.verify.generate.inverses import Choose, Plan
from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.ops.window_draw import divisors
from tensor_core.shapes import static
from tensor_core.types import TensorType


def filled_alike(type_: TensorType, choose: Choose) -> Plan:
    """An operand of the result's type that tells its shape."""
    del choose
    return Plan((type_,), {"dtype": type_.dtype})


def filled(type_: TensorType, choose: Choose) -> Plan:
    """No operand at all."""
    del choose
    return Plan((), {"shape": static(type_.shape), "dtype": type_.dtype})


def filled_with(type_: TensorType, choose: Choose) -> Plan:
    """One number, perhaps of a type whose values the result's type holds."""
    return Plan((TensorType((), held_by(type_.dtype, choose)),), {"shape": static(type_.shape), "dtype": type_.dtype})


def filled_like(type_: TensorType, choose: Choose) -> Plan:
    """An operand of the result's type that tells its shape, and a number."""
    return Plan((type_, TensorType((), held_by(type_.dtype, choose))), {"dtype": type_.dtype})


def counted(type_: TensorType, choose: Choose) -> Plan:
    """A range of numbers, given as three of them."""
    (count,) = static(type_.shape)
    kind = dtypes.to_numpy(type_.dtype)
    unsigned = dtypes.is_unsigned_int(type_.dtype)
    start, step = choose((0, 1, 3)), choose((1, 2, *(() if unsigned else (-1, -2))))
    numbers = (start, start + step * count, step)
    if unsigned or count == 0:
        numbers = (start, start + abs(step) * count, abs(step))
    values = {n: np.asarray(number, kind) for n, number in enumerate(numbers)}
    params = dict(zip(("start", "stop", "step"), (values[n].item() for n in range(3)), strict=True))
    return Plan((TensorType((), type_.dtype),) * 3, {**params, "dtype": type_.dtype}, values=values)


def held_by(dtype: str, choose: Choose) -> str:
    """A type all of whose values, as generated, the wanted type holds."""
    return choose((dtype, *(INTS if dtypes.is_float(dtype) and dtype != "float16" else ())))


def shaped_like(type_: TensorType, choose: Choose) -> Plan:
    """An operand of as many elements, and one of any element type that has the shape."""
    shape = static(type_.shape)
    size = math.prod(shape)
    source = choose(((size,), (1, *shape), tuple(reversed(shape))))
    return Plan((TensorType(source, type_.dtype), TensorType(shape, choose(NUMBERS))), {})


def cast_like(type_: TensorType, choose: Choose) -> Plan:
    """An operand of another element type, and one of any shape that has the element type."""
    like = TensorType(choose((type_.shape, (), (2,))), type_.dtype)
    return Plan((TensorType(type_.shape, held_by(type_.dtype, choose)), like))


def collapsed_like(type_: TensorType, choose: Choose) -> Plan:
    """A larger operand, summed to the shape of another."""
    return Plan((TensorType(_larger(static(type_.shape), choose), type_.dtype), type_))


def broadcast_like(type_: TensorType, choose: Choose) -> Plan:
    """A smaller operand, spread to the shape of another."""
    shape = static(type_.shape)
    small = choose((shape, (), shape[1:], tuple(1 for _ in shape)))
    return Plan((TensorType(small, type_.dtype), type_))


def _larger(shape: Sequence[int], choose: Choose) -> tuple[int, ...]:
    wide = tuple(choose((1, 2)) if dim == 1 else dim for dim in shape)
    return choose((wide, (2, *wide), (1, *wide)))


def padded(type_: TensorType, choose: Choose) -> Plan:
    """A smaller operand with a number, its edge or its own elements around."""
    shape = static(type_.shape)
    mode = choose(("constant", "edge", "reflect"))
    width: list[tuple[int, int]] = []
    for dim in shape:
        before, after = choose((0, 1)), choose((0, 1, 2))
        # At least one element is left, and reflection has as many as it shows.
        left = dim - before - after
        fits = left >= 1 and (mode != "reflect" or max(before, after) < left)
        width.append((before, after) if fits else (0, 0))
    source = tuple(dim - sum(pair) for dim, pair in zip(shape, width, strict=True))
    operands = TensorType(source, type_.dtype), TensorType((), type_.dtype)
    # Relax holds the value in a float, which does not hold every integer.
    return Plan(operands, {"pad_width": tuple(width), "mode": mode}, domains={1: Domain(-5.0, 5.0)})


def tiled(type_: TensorType, choose: Choose) -> Plan:
    """An operand that divides the result, as often as needed."""
    shape = static(type_.shape)
    reps = tuple(choose(divisors(dim)) if dim else 1 for dim in shape)
    source = tuple(dim // times for dim, times in zip(shape, reps, strict=True))
    return Plan((TensorType(source, type_.dtype),), {"reps": reps})


def repeated(type_: TensorType, choose: Choose) -> Plan:
    """An operand each of whose places along an axis stands several times."""
    shape = static(type_.shape)
    axis: int = choose(range(len(shape)))
    times = choose(divisors(shape[axis])) if shape[axis] else 2
    source = (*shape[:axis], shape[axis] // times, *shape[axis + 1 :])
    return Plan((TensorType(source, type_.dtype),), {"repeats": times, "axis": choose((axis, axis - len(shape)))})


def flattened(type_: TensorType, choose: Choose) -> Plan:
    """An operand of more dimensions behind the first."""
    rows, columns = static(type_.shape)
    part = choose(divisors(columns)) if columns else 1
    source = choose(((rows, columns), (rows, part, columns // part), (rows, columns // part, 1, part)))
    return Plan((TensorType(source, type_.dtype),))


def relaid(type_: TensorType, choose: Choose) -> Plan:
    """An operand in another order of its dimensions, or without blocks of channels."""
    shape = static(type_.shape)
    if len(shape) == 5:
        batch, outer, height, width, block = shape
        source, names = (batch, outer * block, height, width), ("NCHW", f"NCHW{block}c")
    else:
        n, c, h, w = shape
        source, names = choose((((n, h, w, c), ("NHWC", "NCHW")), ((n, w, c, h), ("NCHW", "NHWC"))))
    return Plan((TensorType(source, type_.dtype),), {"src_layout": names[0], "dst_layout": names[1]})


def measured(type_: TensorType, choose: Choose) -> Plan:
    """An operand with as many dimensions as the result has elements."""
    (rank,) = static(type_.shape)
    source = tuple(choose((2, 3, 1)) for _ in range(rank))
    return Plan((TensorType(source, choose(ALL_NUMBERS)),), {"dtype": type_.dtype})


def reread(type_: TensorType, choose: Choose) -> Plan:
    """An operand whose bits are those of the result."""
    width = dtypes.bits(type_.dtype)
    same = [name for name in EVERY if name != "bool" and dtypes.bits(name) == width and not dtypes.is_float(name)]
    # Bits of integers may be no number; those of floats are all integers.
    source = type_.dtype if dtypes.is_float(type_.dtype) else choose((*same, *_FLOAT_OF.get(width, ())))
    return Plan((TensorType(type_.shape, source),), {"dtype": type_.dtype})


_FLOAT_OF = {32: ("float32",), 64: ("float64",), 16: ("float16",)}


def quantized(type_: TensorType, choose: Choose) -> Plan:
    """Reals with a known scale and zero point."""
    scale, zero = np.float32(choose((0.5, 0.25, 1.0, 0.1))), np.int32(choose((0, 3, -5)))
    kinds = (TensorType(type_.shape, "float32"), TensorType((), "float32"), TensorType((), "int32"))
    values = {1: np.asarray(scale), 2: np.asarray(zero)}
    return Plan(kinds, {"out_dtype": type_.dtype, "axis": -1}, None, {0: Domain(-300.0, 300.0)}, values)


def dequantized(type_: TensorType, choose: Choose) -> Plan:
    """Integers of few bits with a known scale and zero point."""
    call = quantized(type_, choose)
    source = TensorType(type_.shape, choose(("int8", "uint8", "int32")))
    return Plan((source, *call.operands[1:]), {"out_dtype": type_.dtype, "axis": -1}, None, call.domains, call.values)
