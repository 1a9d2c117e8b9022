"""Calls whose sizes are operands (dyn.* and their like), or those of operands, as calls that hold them as attributes or
shape expressions.

Each rule takes what is known of the operands that give sizes, and says how the call reads then: the type of its result
and how to write it. Symbols that stand for elements read at run time may be any number; what programs compute of shapes
is never negative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import relax_core.ir.expr as relax
from migrate.forward.dynamic import collapses, reshapes, rows, slices
from migrate.forward.dynamic.choices import either, greatest, less
from migrate.forward.dynamic.operands import Operands
from migrate.forward.dynamic.twin import Rule, Twin, Writer, of_relay, sizes_of, static, tensor, whole
from tensor_core import dtypes, shapes
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import registry
from tensor_core.types import TensorType, TupleType, Type


def _filled(name: str) -> Rule:
    def rule(params: Any, operands: Operands) -> Twin:
        return static(name, operands, (), shape=sizes_of(operands, 0), dtype=params.dtype)

    return rule


def _full(params: Any, operands: Operands) -> Twin:
    dtype = params.dtype or tensor(operands).dtype
    return static("full", operands, shape=sizes_of(operands, 1), dtype=dtype)


def _one_hot(params: Any, operands: Operands) -> Twin:
    indices, (depth,) = tensor(operands), sizes_of(operands, 3)
    if isinstance(depth, int):
        return static("one_hot", operands, (0, 1, 2), depth=depth, axis=params.axis, dtype=params.dtype)
    axis = params.axis + indices.rank + 1 if params.axis < 0 else params.axis
    shape = (*indices.shape[:axis], depth, *indices.shape[axis:])

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        places = f.call("arange", start=0, stop=depth, step=1, dtype=indices.dtype)
        places = f.call("reshape", places, shape=(depth, *(1,) * (indices.rank - axis)))
        found = f.call("equal", f.call("expand_dims", args[0], axis=(axis,)), places)
        on, off = (arg if f.tensor_type(arg).dtype == params.dtype else f.call("cast", arg, dtype=params.dtype)
                   for arg in args[1:3])  # fmt: skip
        return f.call("where", found, on, off)

    return Twin(TensorType(shape, params.dtype), write, (0, 1, 2))


def _topk(params: Any, operands: Operands) -> Twin:
    source, (k,) = tensor(operands), sizes_of(operands, 1, signed=True)
    if isinstance(k, int):
        return static("topk", operands, (0,), **{**asdict(params), "k": k})
    axis = rules.axis(params.axis, source.rank, 0)
    if operands.is_read(k):
        k = operands.defined(either(less(k, 1), source.shape[axis], k), "k")
    settings = {**asdict(params), "k": 0, "axis": axis}
    card = registry().by_name["topk"]
    whole_type = card.infer(card.params(**settings), source)
    parts = whole_type.fields if isinstance(whole_type, TupleType) else (whole_type,)
    cut = tuple(
        TensorType((*item.shape[:axis], k, *item.shape[axis + 1 :]), item.dtype)
        for item in parts
        if isinstance(item, TensorType)
    )

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        made = f.call("topk", args[0], **settings)
        first = {"axes": (axis,), "begin": (0,), "end": (k,), "strides": (1,), "assume_inbound": True}
        if params.ret_type != "both":
            return f.call("strided_slice", made, **first)
        return f.tuple(*(f.call("strided_slice", f.item(made, n), **first) for n in range(len(cut))))

    result: Type = TupleType(cut) if params.ret_type == "both" else next(iter(cut))
    return Twin(result, write)


def _resize(params: Any, operands: Operands) -> Twin:
    region, size = (0.0,) * 4, sizes_of(operands, 1)
    if len(size) != 2:
        raise Reject(f"{len(size)} extents are given for two")
    if params.coordinate_transformation_mode == "tf_crop_and_resize":
        region = tuple(float(item) for item in operands.stated(2).reshape(-1)) or region
    attrs = {name: getattr(params, name) for name in params.__dataclass_fields__}
    # topi asks only of sizes that are constants whether it may divide coordinates as integers.
    divides = all(isinstance(extent, int) for extent in size)
    return static("image.resize2d", operands, size=size, roi=region, integer_division=divides, **attrs)


def _upsampling(name: str, scales: Sequence[str]) -> Rule:
    def rule(params: Any, operands: Operands) -> Twin:
        given = {scale: float(operands.stated(n).item()) for n, scale in enumerate(scales, 1)}
        return of_relay(name, operands, **given, **asdict(params))

    return rule


def _to_dense(_params: Any, operands: Operands) -> Twin:
    return static("sparse_to_dense", operands, (0, 1, 2), output_shape=sizes_of(operands, 3))


def _arange(params: Any, operands: Operands) -> Twin:
    if all(operands.is_stated(place) for place in range(3)):
        numbers = [operands.stated(place).item() for place in range(3)]
        return static("arange", operands, (), start=numbers[0], stop=numbers[1], step=numbers[2], dtype=params.dtype)
    start, stop, step = (whole(operands.values(place).item()) for place in range(3))
    if dtypes.is_int(params.dtype) and isinstance(step, int) and step > 0:
        return static("arange", operands, (), start=start, stop=stop, step=step, dtype=params.dtype)
    # The length is counted from integral parts, whatever the element type (its shape function in TVM 0.19).
    steps = shapes.floor_divide(shapes.subtract(start, stop), step)
    length = operands.defined(greatest(shapes.subtract(0, steps), 0), "length")

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        first, distance = (
            arg if f.tensor_type(arg).dtype == params.dtype else f.call("cast", arg, dtype=params.dtype)
            for arg in (args[0], args[2])
        )
        places = f.call("arange", start=0, stop=length, step=1, dtype="int64")
        if params.dtype != "int64":
            places = f.call("cast", places, dtype=params.dtype)
        return f.call("add", f.call("multiply", places, distance), first)

    return Twin(TensorType((length,), params.dtype), write, (0, 2))


def _argwhere(_params: Any, operands: Operands) -> Twin:
    source = tensor(operands)
    if not source.rank:
        raise Reject("a scalar has no positions")
    count = operands.fresh("argwhere_0")

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        data = args[0]
        if dtypes.is_float(source.dtype):
            # What is no number counts as zero in Relay.
            data = f.call("not_equal", data, f.constant(0, source.dtype))
        found = f.cast(f.positions(data), (source.rank, count), "int64")
        return f.call("cast", f.call("transpose", found, axes=(1, 0)), dtype="int32")

    return Twin(TensorType((count, source.rank), "int32"), write)


RULES: Mapping[str, Rule] = {
    "argwhere": _argwhere,
    "collapse_sum_like": collapses.collapse_sum_like,
    "dyn.reshape": reshapes.reshape_rule,
    "dyn.broadcast_to": reshapes.broadcast_to,
    "dyn.tile": reshapes.tile,
    "dyn.expand_dims": reshapes.expand_dims,
    "dyn.squeeze": reshapes.squeeze,
    "dyn.zeros": _filled("zeros"),
    "dyn.ones": _filled("ones"),
    "dyn.full": _full,
    "dyn.strided_slice": slices.strided_slice,
    "dyn.nn.pad": slices.pad,
    "dyn.one_hot": _one_hot,
    "dyn.topk": _topk,
    "dyn.image.resize2d": _resize,
    "dyn.nn.upsampling": _upsampling("nn.upsampling", ("scale_h", "scale_w")),
    "dyn.nn.upsampling3d": _upsampling("nn.upsampling3d", ("scale_d", "scale_h", "scale_w")),
    "dyn.sparse_to_dense": _to_dense,
    "arange_of_tensors": _arange,
    "sparse_fill_empty_rows": rows.fill_empty_rows,
}
"""By card."""
