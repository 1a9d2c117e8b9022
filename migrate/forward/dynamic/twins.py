"""Calls whose sizes are operands (dyn.* and their like), as calls that hold them as attributes or shape expressions.

Each rule takes what is known of the operands that give sizes, and says how the call reads then: the type of its result
and how to write it. Symbols that stand for elements read at run time may be any number; what programs compute of shapes
is never negative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol

import numpy as np

import relax_core.ir.expr as relax
from migrate.forward.dynamic.arithmetic import Values
from migrate.forward.dynamic.choices import all_of, either, greatest, less, same
from tensor_core import dtypes, shapes
from tensor_core.ops import rules
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.ops.shape_moves import reshape
from tensor_core.ops.spelling import complete, relay_params
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType, TupleType, Type

Write = Callable[["Writer", Sequence[Any]], relax.Expr]


@dataclass(frozen=True, slots=True)
class Twin:
    """``type``: of the result. ``write``: emits it, given the operands' values. ``uses``: the operands that it takes as
    tensors; the others need not be computed. ``card`` and ``params``: the call, where it is a single one.
    """

    type: Type
    write: Write
    uses: tuple[int, ...] = (0,)
    card: OpCard[Any] | None = None
    params: Any = None


class Writer(Protocol):
    """A fragment that also puts types on what it writes."""

    def call(self, card: str, *args: relax.Expr | tuple[relax.Expr, ...], **params: Any) -> relax.Expr:
        """A call of a card."""
        ...

    def cast(self, value: relax.Expr, shape: Sequence[Dim], dtype: str) -> relax.Expr:
        """The value under a shape."""
        ...

    def spread(self, value: relax.Expr, shape: Sequence[Dim]) -> relax.Expr:
        """The value under a shape that its own broadcasts to; whether a dimension is 1 shows at run time."""
        ...

    def sizes(self, dims: Sequence[Dim]) -> relax.Expr:
        """Sizes as a vector."""
        ...

    def read(self, value: relax.Expr, symbols: Sequence[Dim]) -> None:
        """Let symbols stand for the elements of a vector of int64."""
        ...

    def positions(self, value: relax.Expr) -> relax.Expr:
        """The positions of what is not zero, as ``nonzero`` gives them; Reject for text that cannot say it."""
        ...

    def constant(self, value: Any, dtype: str) -> relax.Expr:
        """A constant."""
        ...

    def tuple(self, *items: relax.Expr) -> relax.Expr:
        """A tuple."""
        ...

    def item(self, value: relax.Expr, index: int) -> relax.Expr:
        """A field of a tuple."""
        ...

    def tensor_type(self, value: relax.Expr) -> TensorType:
        """The type of a tensor."""
        ...


class Operands(Protocol):
    """The operands of a call."""

    @property
    def types(self) -> Sequence[Type]:
        """Their types."""
        ...

    def known(self, place: int) -> Values | None:
        """The elements of one where they follow from sizes and constants."""
        ...

    def values(self, place: int, signed: bool = False) -> Values:
        """The elements of one, read at run time where they are not known; Reject where they cannot be read.

        ``signed``: they may be negative, down to -64.
        """
        ...

    def stated(self, place: int) -> np.ndarray[Any, Any]:
        """The numbers of one; Reject where the program computes them."""
        ...

    def defined(self, dim: Dim, hint: str) -> Dim:
        """A dimension as it is used: a choice gets a symbol of its own, which the run defines."""
        ...

    def fresh(self, hint: str) -> Dim:
        """A symbol for a size that only the run tells."""
        ...

    def is_read(self, dim: Dim) -> bool:
        """Whether an element is read at run time, so that it may be negative."""
        ...


Rule = Callable[[Any, Operands], Twin]


def static(name: str, operands: Operands, uses: tuple[int, ...] = (0,), **params: Any) -> Twin:
    """A call of another card."""
    card = registry().by_name[name]
    made = card.params(**params)
    type_ = card.infer(made, *(operands.types[place] for place in uses))
    return Twin(
        type_, lambda f, args: f.call(name, *(args[place] for place in uses), **_params(made)), uses, card, made
    )


def _params(made: Any) -> dict[str, Any]:
    return {item.name: getattr(made, item.name) for item in fields(made)}


def _of_relay(name: str, operands: Operands, uses: tuple[int, ...] = (0,), **attrs: Any) -> Twin:
    """A call of another card, given by its Relay name and attributes."""
    card: OpCard[Any] = registry().by_relay[name]
    assert card.relay is not None
    made = relay_params(card, complete(card.relay.fields, attrs), [operands.types[place] for place in uses])
    return static(card.name, operands, uses, **_params(made))


def _tensor(operands: Operands, place: int = 0) -> TensorType:
    return rules.tensor(operands.types[place], place)


def _sizes(operands: Operands, place: int, signed: bool = False) -> tuple[Dim, ...]:
    return tuple([whole(item) for item in operands.values(place, signed).reshape(-1)])


def whole(value: Any) -> Dim:
    """An element as a dimension."""
    if isinstance(value, PrimExpr):
        return value
    if isinstance(value, float) and not value.is_integer():
        raise Reject(f"{value} is no size")
    return int(value)


def _numbers(operands: Operands, place: int) -> tuple[int, ...]:
    return tuple(map(int, operands.stated(place).reshape(-1)))


def _reshape(params: Any, operands: Operands) -> Twin:
    source, codes = _tensor(operands), _sizes(operands, 1, signed=True)
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


def _broadcast_to(_params: Any, operands: Operands) -> Twin:
    source, shape = _tensor(operands), _sizes(operands, 1)
    own = shape[len(shape) - source.rank :]
    if all(dim == 1 or shapes.prove_equal(dim, wide) for dim, wide in zip(source.shape, own, strict=True)):
        return static("broadcast_to", operands, shape=shape)
    made = static("broadcast_to", operands, shape=shape)

    def write(f: Writer, args: Sequence[Any]) -> relax.Expr:
        value = f.spread(args[0], own)
        return f.call("broadcast_to", value, shape=shape) if source.rank < len(shape) else value

    return Twin(made.type, write)


def _tile(_params: Any, operands: Operands) -> Twin:
    reps, source = _sizes(operands, 1), _tensor(operands)
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


def _expand_dims(params: Any, operands: Operands) -> Twin:
    source, (axis,) = _tensor(operands), _sizes(operands, 1, signed=True)
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


def _squeeze(_params: Any, operands: Operands) -> Twin:
    source, axes = _tensor(operands), _sizes(operands, 1, signed=True)
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


def _filled(name: str) -> Rule:
    def rule(params: Any, operands: Operands) -> Twin:
        return static(name, operands, (), shape=_sizes(operands, 0), dtype=params.dtype)

    return rule


def _full(params: Any, operands: Operands) -> Twin:
    dtype = params.dtype or _tensor(operands).dtype
    return static("full", operands, shape=_sizes(operands, 1), dtype=dtype)


def _strided_slice(params: Any, operands: Operands) -> Twin:
    begin, end, by_size = operands.known(1), operands.known(2), params.slice_mode == "size"
    if begin is None or end is None or not (by_size or _is_stated(operands, 3)):
        return _sliced_at_run_time(operands, by_size)
    starts, ends = _sizes(operands, 1), list(_sizes(operands, 2))
    strides = (1,) * len(starts) if by_size else _numbers(operands, 3)
    if by_size:
        for place, (first, size) in enumerate(zip(starts, ends, strict=False)):
            ends[place] = _FAR if isinstance(size, int) and size < 0 else shapes.add(first, size)
    axes = tuple(range(len(starts)))
    return static("strided_slice", operands, axes=axes, begin=starts, end=tuple(ends), strides=strides)


_FAR = (1 << 31) - 1
"""A position behind every element."""


def _is_stated(operands: Operands, place: int) -> bool:
    try:
        operands.stated(place)
    except Reject:
        return False
    return True


def _sliced_at_run_time(operands: Operands, by_size: bool) -> Twin:
    """A slice at positions that the program computes: they are tensors, one element for each dimension."""
    source, count = _tensor(operands), rules.known_length(operands.types[1], 1)
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


def _pad(params: Any, operands: Operands) -> Twin:
    source, widths = _tensor(operands), operands.values(1)
    flat: list[Any] = list(widths.flat)
    pairs = tuple((whole(before), whole(after)) for before, after in zip(flat[::2], flat[1::2], strict=True))
    if all(isinstance(width, int) for pair in pairs for width in pair):
        if source.dtype != _tensor(operands, 2).dtype:
            return _padded(operands, pairs)
        return static("nn.pad", operands, (0, 2), pad_width=pairs, mode=params.pad_mode)
    if params.pad_mode != "constant":
        raise Reject(f"padding mode {params.pad_mode} by unknown widths has no expansion")
    return _padded(operands, pairs)


def _padded(operands: Operands, pairs: Sequence[tuple[Dim, Dim]]) -> Twin:
    """Blocks of the value before and after, dimension by dimension."""
    source = _tensor(operands)
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


def _one_hot(params: Any, operands: Operands) -> Twin:
    indices, (depth,) = _tensor(operands), _sizes(operands, 3)
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
    source, (k,) = _tensor(operands), _sizes(operands, 1, signed=True)
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
    region = (0.0,) * 4
    if len(_sizes(operands, 1)) != 2:
        raise Reject(f"{len(_sizes(operands, 1))} extents are given for two")
    if params.coordinate_transformation_mode == "tf_crop_and_resize":
        region = tuple(float(item) for item in operands.stated(2).reshape(-1)) or region
    attrs = {name: getattr(params, name) for name in params.__dataclass_fields__}
    return static("image.resize2d", operands, size=_sizes(operands, 1), roi=region, **attrs)


def _upsampling(name: str, scales: Sequence[str]) -> Rule:
    def rule(params: Any, operands: Operands) -> Twin:
        given = {scale: float(operands.stated(n).item()) for n, scale in enumerate(scales, 1)}
        return _of_relay(name, operands, **given, **asdict(params))

    return rule


def _to_dense(_params: Any, operands: Operands) -> Twin:
    return static("sparse_to_dense", operands, (0, 1, 2), output_shape=_sizes(operands, 3))


def _arange(params: Any, operands: Operands) -> Twin:
    if all(_is_stated(operands, place) for place in range(3)):
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
    source = _tensor(operands)
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
    "dyn.reshape": _reshape,
    "dyn.broadcast_to": _broadcast_to,
    "dyn.tile": _tile,
    "dyn.expand_dims": _expand_dims,
    "dyn.squeeze": _squeeze,
    "dyn.zeros": _filled("zeros"),
    "dyn.ones": _filled("ones"),
    "dyn.full": _full,
    "dyn.strided_slice": _strided_slice,
    "dyn.nn.pad": _pad,
    "dyn.one_hot": _one_hot,
    "dyn.topk": _topk,
    "dyn.image.resize2d": _resize,
    "dyn.nn.upsampling": _upsampling("nn.upsampling", ("scale_h", "scale_w")),
    "dyn.nn.upsampling3d": _upsampling("nn.upsampling3d", ("scale_d", "scale_h", "scale_w")),
    "dyn.sparse_to_dense": _to_dense,
    "arange_of_tensors": _arange,
}
"""By card."""
