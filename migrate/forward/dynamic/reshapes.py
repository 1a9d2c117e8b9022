"""Twins of calls that give a tensor another shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
from migrate.forward.dynamic import arithmetic
from migrate.forward.dynamic.operands import Operands
from migrate.forward.dynamic.twin import Twin, Writer, sizes_of, static, tensor
from tensor_core import shapes
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.ops.shape_moves import reshape
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
    """dyn.expand_dims: new axes, at a place that may be computed."""
    source, count = tensor(operands), int(params.num_newaxis)
    rank = source.rank + count
    axis = operands.known(1)
    if axis is not None and arithmetic.is_known(axis):
        place = int(axis.item())
        place = place + source.rank + 1 if place < 0 else place
        return static("reshape", operands, shape=source.shape[:place] + (1,) * count + source.shape[place:])

    def sizes(f: Writer, axis: relax.Expr) -> relax.Expr:
        first = _from_start(f, axis, source.rank + 1)
        places = f.constant(range(rank), "int64")
        before = f.call("less", places, first)
        after = f.call("subtract", places, f.constant([count] * rank, "int64"))
        own = f.call("where", before, places, after)
        kept = f.call("take", f.sizes((*source.shape, 1)), own, axis=0, out_of_range="clip")
        added = f.call("where", before, f.constant([False] * rank, "bool"), f.call("less", after, first))
        return f.call("where", added, f.constant([1] * rank, "int64"), kept)

    return _reshaped_at_run_time(operands, rank, sizes)


def squeeze(_params: Any, operands: Operands) -> Twin:
    """dyn.squeeze."""
    source, axes = tensor(operands), operands.known(1)
    if axes is not None and arithmetic.is_known(axes):
        return static("squeeze", operands, axis=rules.axes([int(item) for item in axes.flat], source.rank))
    named = rules.known_length(operands.types[1], 1)
    rank, left = source.rank, source.rank - named

    def sizes(f: Writer, axes: relax.Expr) -> relax.Expr:
        places = f.call("reshape", f.constant(range(rank), "int64"), shape=(1, rank))
        found = f.call("equal", f.call("reshape", _from_start(f, axes, rank), shape=(named, 1)), places)
        dropped = f.call("max", f.call("cast", found, dtype="int64"), axis=(0,))
        kept = f.call("subtract", f.constant(1, "int64"), dropped)
        # How many are kept before each, and so which of the result it is.
        order = f.call("subtract", f.call("cumsum", kept, axis=0, dtype="int64"), f.constant([1] * rank, "int64"))
        own = f.call("equal", f.constant(np.arange(left)[:, None], "int64"), f.call("reshape", order, shape=(1, rank)))
        dims = f.call("multiply", f.sizes(source.shape), kept)
        spread = f.call("multiply", f.call("cast", own, dtype="int64"), f.call("reshape", dims, shape=(1, rank)))
        return f.call("sum", spread, axis=(1,))

    return _reshaped_at_run_time(operands, left, sizes)


def _reshaped_at_run_time(operands: Operands, rank: int, sizes: Callable[[Writer, relax.Expr], relax.Expr]) -> Twin:
    """A reshape to what is computed of the second operand: as tensors, since sizes as expressions over axes that the
    run tells grow with each of them.

    It is one of what an earlier one reshapes: TVM (0.19 to 0.27) takes minutes to simplify three in a row.
    """
    symbols = tuple(operands.fresh(f"reshaped_{place}") for place in range(rank))

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        f.read(sizes(f, args[1]), symbols)
        return f.call("reshape", f.unreshaped(args[0]), shape=symbols)

    return Twin(TensorType(symbols, tensor(operands).dtype), write, (0, 1))


def _from_start(f: Writer, axes: relax.Expr, count: int) -> relax.Expr:
    """Axes, which may count from the end, as a vector of places."""
    given = axes if f.tensor_type(axes).dtype == "int64" else f.call("cast", axes, dtype="int64")
    if f.tensor_type(axes).rank != 1:
        given = f.call("reshape", given, shape=(1,))
    (number,) = shapes.static(f.tensor_type(given).shape)
    negative = f.call("less", given, f.constant([0] * number, "int64"))
    return f.call("where", negative, f.call("add", given, f.constant([count] * number, "int64")), given)
