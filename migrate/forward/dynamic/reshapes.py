"""Twins of calls that give a tensor another shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
from migrate.forward.dynamic.choices import all_of, either, less, same
from migrate.forward.dynamic.operands import Operands
from migrate.forward.dynamic.twin import Twin, Writer, sizes_of, static, tensor
from tensor_core import shapes
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.ops.shape_moves import reshape
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType


def reshape_rule(params: Any, operands: Operands) -> Twin:
    """dyn.reshape: codes such as -1 are resolved as soon as they are known."""
    source, codes = tensor(operands), sizes_of(operands, 1, signed=True)
    if -2 in codes or -4 in codes:
        raise Reject("the codes -2 and -4 have no meaning where the shape is an operand")
    if not any(map(operands.is_read, codes)):
        return static("reshape", operands, shape=reshape.resolve(codes, source.shape, params.allowzero))
    return decoded_at_run_time(operands, source, len(codes), params.allowzero)


def decoded_at_run_time(operands: Operands, source: TensorType, count: int, allow_zero: bool) -> Twin:
    """A reshape whose codes are read at run time: the sizes they stand for are computed as tensors, whatever the rank.

    -1 is what is left, 0 a dimension of the data, -3 the product of two (dyn.reshape's shape function in TVM 0.19).
    """
    symbols = tuple(operands.fresh(f"reshaped_{place}") for place in range(count))
    rank = source.rank

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        data, codes = args
        if f.tensor_type(codes).dtype != "int64":
            codes = f.call("cast", codes, dtype="int64")

        def vector(*items: int) -> relax.Expr:
            return f.constant(np.asarray(items), "int64")

        def equal(code: int) -> relax.Expr:
            return f.call("equal", codes, vector(*[code] * count))

        sizes, ones = codes, vector(*[1] * count)
        if not allow_zero or count < rank:
            # Where each code finds its dimension of the data; 1 stands behind the last.
            dims = f.sizes((*source.shape, *(1,) * (count + 1)))
            pairs, places = equal(-3), vector(*range(count))
            if count < rank:
                merged = f.call("cast", pairs, dtype="int64")
                before = f.call("cumsum", merged, axis=0, dtype="int64", exclusive=True)
                places = f.call("add", places, before)
            places = f.call("minimum", places, vector(*[rank] * count))
            own = f.call("take", dims, places, axis=0, out_of_range="clip")
            if not allow_zero:
                sizes = f.call("where", equal(0), own, sizes)
            if count < rank:
                following = f.call("take", dims, f.call("add", places, ones), axis=0, out_of_range="clip")
                sizes = f.call("where", pairs, f.call("multiply", own, following), sizes)
        left = equal(-1)
        known = f.call("where", left, ones, sizes)
        whole_size = f.call("prod", f.sizes((*source.shape, 1)), axis=(0,), keepdims=True)
        rest = f.call("maximum", f.call("prod", known, axis=(0,), keepdims=True), vector(1))
        f.read(f.call("where", left, f.call("divide", whole_size, rest), known), symbols)
        return f.call("reshape", data, shape=symbols)

    return Twin(TensorType(symbols, source.dtype), write, (0, 1))


def reshaped(operands: Operands, shape: Sequence[Dim]) -> Twin:
    """A reshape to what is read at run time."""
    return static("reshape", operands, shape=tuple(operands.defined(dim, "reshaped") for dim in shape))


def broadcast_to(_params: Any, operands: Operands) -> Twin:
    """dyn.broadcast_to."""
    source, shape = tensor(operands), sizes_of(operands, 1)
    own = shape[len(shape) - source.rank :]
    if all(dim == 1 or shapes.prove_equal(dim, wide) for dim, wide in zip(source.shape, own, strict=True)):
        return static("broadcast_to", operands, shape=shape)
    made = static("broadcast_to", operands, shape=shape)

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        value = f.spread(args[0], own)
        return f.call("broadcast_to", value, shape=shape) if source.rank < len(shape) else value

    return Twin(made.type, write)


def tile(_params: Any, operands: Operands) -> Twin:
    """dyn.tile."""
    reps, source = sizes_of(operands, 1), tensor(operands)
    if all(isinstance(item, int) for item in reps):
        return static("tile", operands, reps=reps)
    rank = max(len(reps), source.rank)
    own = (1,) * (rank - source.rank) + source.shape
    times = (1,) * (rank - len(reps)) + reps
    result = tuple(map(shapes.multiply, own, times))

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        apart = f.call("reshape", args[0], shape=tuple(part for dim in own for part in (1, dim)))
        pairs = zip(times, own, strict=True)
        wide = f.call("broadcast_to", apart, shape=tuple(part for pair in pairs for part in pair))
        return f.call("reshape", wide, shape=result)

    return Twin(TensorType(result, source.dtype), write)


def expand_dims(params: Any, operands: Operands) -> Twin:
    """dyn.expand_dims: one new axis, at a place that may be computed."""
    source, (axis,) = tensor(operands), sizes_of(operands, 1, signed=True)
    count: int = params.num_newaxis
    rank = source.rank + count
    if isinstance(axis, int):
        place = axis + rank - count + 1 if axis < 0 else axis
        return static("reshape", operands, shape=source.shape[:place] + (1,) * count + source.shape[place:])
    first = operands.defined(_from_start(axis, source.rank + 1), "axis")
    shape: list[Dim] = []
    sizes: list[Dim] = [*source.shape, 1]
    for n in range(rank):
        after: Dim = sizes[n - count] if n >= count else 1
        inner = either(less(n, shapes.add(first, count)), 1, after)
        shape.append(either(less(n, first), sizes[min(n, source.rank)], inner))
    return reshaped(operands, shape)


def _from_start(axis: Dim, count: int) -> Dim:
    return shapes.add(axis, shapes.multiply(less(axis, 0), count))


def squeeze(_params: Any, operands: Operands) -> Twin:
    """dyn.squeeze."""
    source, axes = tensor(operands), sizes_of(operands, 1, signed=True)
    if all(isinstance(item, int) for item in axes):
        return static(
            "squeeze", operands, axis=rules.axes([int(item) for item in axes if isinstance(item, int)], source.rank)
        )
    places = [operands.defined(_from_start(axis, source.rank), "axis") for axis in axes]
    return reshaped(operands, _kept(places, source.shape))


def _kept(axes: Sequence[Dim], shape: Shape) -> list[Dim]:
    """The dimensions that are not dropped, where the run tells which those are: the first that is not named and has as
    many before it.
    """
    result: list[Dim] = []
    for place in range(len(shape) - len(axes)):
        found: Dim = shape[place + len(axes)]
        for n in range(place + len(axes) - 1, place - 1, -1):
            dropped: Dim = 0
            for axis in axes:
                dropped = shapes.add(dropped, less(axis, n))
            others = [shapes.subtract(1, same(axis, n)) for axis in axes]
            found = either(all_of(same(dropped, n - place), *others), shape[n], found)
        result.append(found)
    return result
