"""Twins of calls that cut a tensor, or put something around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import relax_core.ir.expr as relax
from migrate.forward.dynamic.operands import Operands
from migrate.forward.dynamic.twin import Twin, Writer, numbers_of, sizes_of, static, tensor, whole
from tensor_core import shapes
from tensor_core.ops import rules
from tensor_core.shapes import Dim
from tensor_core.types import TensorType


def strided_slice(params: Any, operands: Operands) -> Twin:
    """dyn.strided_slice, by ends or by sizes."""
    begin, end, by_size = operands.known(1), operands.known(2), params.slice_mode == "size"
    if begin is None or end is None or not (by_size or operands.is_stated(3)):
        return _sliced_at_run_time(operands, by_size)
    starts, ends = sizes_of(operands, 1), list(sizes_of(operands, 2))
    strides = (1,) * len(starts) if by_size else numbers_of(operands, 3)
    if by_size:
        for place, (first, size) in enumerate(zip(starts, ends, strict=False)):
            ends[place] = _FAR if isinstance(size, int) and size < 0 else shapes.add(first, size)
    axes = tuple(range(len(starts)))
    return static("strided_slice", operands, axes=axes, begin=starts, end=tuple(ends), strides=strides)


_FAR = (1 << 31) - 1
"""A position behind every element."""


def _sliced_at_run_time(operands: Operands, by_size: bool) -> Twin:
    """A slice at positions that the program computes: they are tensors, one element for each dimension."""
    source, count = tensor(operands), rules.known_length(operands.types[1], 1)
    rest = source.rank - count

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        begin, end, *strides = (
            value if f.tensor_type(value).dtype == "int64" else f.call("cast", value, dtype="int64")
            for value in args[1:]
            if value is not None
        )
        if by_size:
            rest_of = f.call("less", end, f.constant([0] * count, "int64"))
            end = f.call("where", rest_of, f.constant([_FAR] * count, "int64"), f.call("add", begin, end))
            strides = [f.constant([1] * count, "int64")]
        positions = [begin, end, *strides]
        if rest:
            for place, number in enumerate((0, _FAR, 1)):
                more = f.tuple(positions[place], f.constant([number] * rest, "int64"))
                positions[place] = f.call("concatenate", more, axis=0)
        return f.call("dyn.strided_slice", args[0], *positions, slice_mode="end")

    shape = (*(shapes.ANY,) * count, *source.shape[count:])
    return Twin(TensorType(shape, source.dtype), write, (0, 1, 2) if by_size else (0, 1, 2, 3))


def pad(params: Any, operands: Operands) -> Twin:
    """dyn.nn.pad."""
    source, widths = tensor(operands), operands.values(1)
    flat: list[Any] = list(widths.flat)
    pairs = tuple((whole(before), whole(after)) for before, after in zip(flat[::2], flat[1::2], strict=True))
    if all(isinstance(width, int) for pair in pairs for width in pair):
        if source.dtype != tensor(operands, 2).dtype:
            return _padded(operands, pairs)
        return static("nn.pad", operands, (0, 2), pad_width=pairs, mode=params.pad_mode)
    if params.pad_mode != "constant":
        return _repeated(operands, pairs, params.pad_mode == "reflect")
    return _padded(operands, pairs)


def _repeated(operands: Operands, pairs: Sequence[tuple[Dim, Dim]], mirrored: bool) -> Twin:
    """What lies outside repeats the border, or is ``mirrored`` in it."""
    source = tensor(operands)
    result = tuple(shapes.add(shapes.add(dim, a), b) for dim, (a, b) in zip(source.shape, pairs, strict=True))

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        data = args[0]
        for axis, (dim, (before, after)) in enumerate(zip(source.shape, pairs, strict=True)):
            if before == 0 and after == 0:
                continue
            first, stop = shapes.subtract(0, before), shapes.add(dim, after)
            places = f.call("arange", start=first, stop=stop, step=1, dtype="int64")
            if mirrored:
                last = f.sizes((shapes.subtract(dim, 1),))
                places = f.call("subtract", last, f.call("abs", places))
                places = f.call("subtract", last, f.call("abs", places))
            data = f.call("take", data, places, axis=axis, out_of_range="clip")
        return f.cast(data, result, source.dtype)

    return Twin(TensorType(result, source.dtype), write)


def _padded(operands: Operands, pairs: Sequence[tuple[Dim, Dim]]) -> Twin:
    """Blocks of the value before and after, dimension by dimension."""
    source = tensor(operands)
    result = tuple(shapes.add(shapes.add(dim, a), b) for dim, (a, b) in zip(source.shape, pairs, strict=True))

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        data, value = args[0], args[2]
        value = value if f.tensor_type(value).dtype == source.dtype else f.call("cast", value, dtype=source.dtype)
        for axis, pair in enumerate(pairs):
            shape = f.tensor_type(data).shape
            blocks = [
                [f.call("broadcast_to", value, shape=(*shape[:axis], width, *shape[axis + 1 :]))] if width != 0 else []
                for width in pair
            ]
            if blocks[0] or blocks[1]:
                data = f.call("concatenate", f.tuple(*blocks[0], data, *blocks[1]), axis=axis)
        return data

    return Twin(TensorType(result, source.dtype), write, (0, 2))
