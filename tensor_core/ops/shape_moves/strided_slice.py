"""strided_slice: every stride-th element from begin up to but excluding end, along some dimensions.

Negative positions count from the end and positions out of range are clamped, as in Python (StridedSliceRel in TVM
0.19); an end of -1 with a negative stride is therefore the last element, not "before the first". Relay's slice mode
"size" is resolved when attributes are read. ``assume_inbound`` promises that nothing needs clamping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Carrier,
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula
from tensor_core.ops.rules import Array
from tensor_core.prim import Max, Min, PrimExpr
from tensor_core.shapes import AnyDim, Dim, as_expr
from tensor_core.types import TensorType, Type

_END = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class StridedSlice:
    """``begin``, ``end`` and ``strides`` along ``axes``, one entry for each."""

    axes: tuple[int, ...]
    begin: tuple[Dim, ...]
    end: tuple[Dim, ...]
    strides: tuple[int, ...]
    assume_inbound: bool = False


def _infer(params: StridedSlice, data: Type) -> Type:
    source = rules.tensor(data, 0)
    shape = list(source.shape)
    for axis, begin, end, stride in _entries(params, source.rank):
        shape[axis] = _range(params, shape[axis], begin, end, stride)[1]
    return TensorType(tuple(shape), source.dtype)


def _entries(params: StridedSlice, rank: int) -> list[tuple[int, Dim, Dim, int]]:
    lengths = {len(params.axes), len(params.begin), len(params.end), len(params.strides)}
    if len(lengths) != 1:
        raise Reject("axes, begin, end and strides have different lengths")
    return list(zip(rules.axes(params.axes, rank), params.begin, params.end, params.strides, strict=True))


def _range(params: StridedSlice, size: Dim, begin: Dim, end: Dim, stride: int) -> tuple[Dim, Dim]:
    """The first position and the number of elements along one dimension."""
    if stride == 0:
        raise Reject("a stride of 0 never ends")
    if any(isinstance(dim, AnyDim) for dim in (size, begin, end)):
        return shapes.ANY, shapes.ANY
    if params.assume_inbound:
        _check_inbound(size, begin, end, stride)
        first, last = begin, end
    else:
        first, last = _clamp(begin, size, stride), _clamp(end, size, stride)
    step = abs(stride)
    distance = shapes.subtract(last, first) if stride > 0 else shapes.subtract(first, last)
    if isinstance(distance, int) and distance < 0:
        raise Reject(f"begin {shapes.to_text(begin)} lies behind end {shapes.to_text(end)}")
    return first, shapes.floor_divide(shapes.add(distance, step - 1), step)


def _check_inbound(size: Dim, begin: Dim, end: Dim, stride: int) -> None:
    low, over = (0, 0) if stride > 0 else (-1, 1)
    for position in (begin, end):
        if isinstance(position, int) and (position < low or (isinstance(size, int) and position > size - over)):
            raise Reject(f"position {position} is out of bounds, which assume_inbound rules out")


def _clamp(position: Dim, size: Dim, stride: int) -> Dim:
    """A position counted from the start and brought into range; a size is never negative."""
    low, high = (0, size) if stride > 0 else (-1, shapes.subtract(size, 1))
    if not isinstance(position, int):
        # Whether a symbolic position is negative shows at run time: position + size * (position < 0).
        negative = Max(as_expr(0), Min(as_expr(1), as_expr(shapes.subtract(0, position))))
        position = shapes.add(position, shapes.multiply(size, shapes.simplify(negative)))
        return shapes.simplify(Min(as_expr(high), Max(as_expr(low), as_expr(position))))
    if position < 0:
        position = shapes.add(position, size)
        return max(low, position) if isinstance(position, int) else shapes.simplify(Max(as_expr(low), position))
    if isinstance(high, int):
        return min(position, high)
    return position if position == low else high if position >= _END else shapes.simplify(Min(as_expr(position), high))


def _reference(params: StridedSlice, x: Array) -> Array:
    cut: list[slice] = [slice(None)] * x.ndim
    for axis, begin, end, stride in _entries(params, x.ndim):
        first, count = shapes.static(_range(params, int(x.shape[axis]), begin, end, stride))
        last = first + count * stride
        cut[axis] = slice(first, last if last >= 0 else None, stride) if count else slice(0, 0)
    return x[tuple(cut)]


def _lower(params: StridedSlice, b: LoopBuilder, x: Tensor) -> Tensor:
    shape = list(x.shape)
    start: dict[int, tuple[PrimExpr, int]] = {}
    for axis, begin, end, stride in _entries(params, x.rank):
        first, shape[axis] = _range(params, x.shape[axis], begin, end, stride)
        start[axis] = as_expr(first), stride

    def element(*i: PrimExpr) -> PrimExpr:
        place = list(i)
        for axis, (first, stride) in start.items():
            place[axis] = i[axis] * stride + first
        return x[tuple(place)]

    return b.compute(shape, element, name="T_strided_slice")


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    rank = rules.tensor(types[0], 0).rank
    begin, end, strides = ([*(attrs[name] or ())] for name in ("begin", "end", "strides"))
    if attrs["axes"] is not None:
        axes: tuple[int, ...] = tuple(attrs["axes"])
        # Unlike Relax, Relay does not count axes from the end.
        if any(axis < 0 for axis in axes):
            raise Reject(f"axes {axes} must not be negative")
    else:
        axes = tuple(range(max(len(begin), len(end), len(strides))))
        strides += [1] * (len(axes) - len(strides))
        begin += [0 if stride > 0 else _END for stride in strides[len(begin) :]]
        end += [_END if stride > 0 else 0 for stride in strides[len(end) :]]
    if len(axes) > rank:
        raise Reject(f"{len(axes)} positions given for {rank} dimensions")
    if attrs["slice_mode"] == "size":
        strides = [1] * len(axes)
        # The sum counts from the end again where it is negative.
        end = [_END if size < 0 else first + size for first, size in zip(begin, end, strict=False)]
    return {"axes": axes, "begin": tuple(begin), "end": tuple(end), "strides": tuple(strides)}


def _write_relay(params: StridedSlice, types: Sequence[Type]) -> Mapping[str, Value]:
    rank = rules.tensor(types[0], 0).rank
    if not shapes.is_static((*params.begin, *params.end)):
        raise Reject("Relay's attributes hold integers only")
    entries = _entries(params, rank)
    whole = [axis for axis, *_ in entries] == list(range(rank))
    begin, end = params.begin, params.end
    if params.assume_inbound:
        # Where positions count from the start only, -1 lies before it; Relay would take it for the last.
        begin, end = (tuple(-_END if item == -1 else item for item in items) for items in (begin, end))
    return {
        "begin": begin,
        "end": end,
        "strides": params.strides,
        "slice_mode": "end",
        "axes": None if whole else tuple(axis for axis, *_ in entries),
    }


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    source = rules.tensor(types[0], 0)
    strides = tuple(attrs.get("strides") or (1,) * len(attrs["axes"]))
    if not all(isinstance(item, int) for item in (*attrs["axes"], *strides)):
        raise Reject("axes and strides must be known numbers")
    return {
        "axes": rules.axes(attrs["axes"], source.rank),
        "begin": tuple(attrs["begin"]),
        "end": tuple(attrs["end"]),
        "strides": strides,
        "assume_inbound": attrs["assume_inbound"],
    }


def _gradient(params: StridedSlice, f: Fragment[Any], args: Sequence[Any], _result: Any, seed: Any) -> Sequence[Any]:
    """The adjoint where the slice was taken, zeros elsewhere."""
    data = Formula(f, args[0])
    extents = data.extents
    if not extents:
        return [seed]
    cut = [(0, extent, 1) for extent in extents]
    for axis, begin, end, stride in _entries(params, len(extents)):
        first, count = shapes.static(_range(params, extents[axis], begin, end, stride))
        if not count:
            cut[axis] = 0, 0, 1
            continue
        if stride < -1:
            # strided_set takes such steps from other places (TVM 0.19): go the other way.
            seed = f.call("reverse", seed, axis=axis)
            first, stride = first + (count - 1) * stride, -stride
        last = first + (count - 1) * stride + (1 if stride > 0 else -1)
        cut[axis] = first, last if last >= 0 else -(extents[axis] + 1), stride
    bounds = [f.constant(np.asarray(column, np.int32), "int32") for column in zip(*cut, strict=True)]
    return [f.call("strided_set", data.zeros().value, seed, *bounds)]


def _fits(params: StridedSlice, _types: Sequence[Type], release: str) -> str | None:
    if params.assume_inbound and min(params.strides, default=1) < 0:
        return f"Relax {release} infers a wrong length for negative strides without clamping"
    if release == "0.19" and not params.axes:
        return "Relax 0.19 makes no kernel where nothing is cut"
    return None


def _expand(params: StridedSlice, _f: Fragment[Any], data: Any) -> Any:
    if params.axes:
        raise Reject("a cut is elementary")
    return data


def _draw(d: Draw) -> Drawn:
    shape = d.any_shape()
    axes = d.some_axes(len(shape), d.integer(0, len(shape)))
    inbound = d.flag() and d.flag()
    entries: list[tuple[int, int, int]] = []
    for axis in axes:
        size, stride = shape[axis], d.one_of(1, 2, -1, -2, 3)
        low = 0 if stride > 0 else -1
        ends = sorted(d.integer(low, low + size) for _ in range(2))
        begin, end = ends if stride > 0 else ends[::-1]
        said = (begin, end) if inbound else (_draw_position(d, begin, size, low), _draw_position(d, end, size, low))
        entries.append((*said, stride))
    begins, ends, strides = zip(*entries, strict=True) if entries else ((), (), ())
    params = StridedSlice(axes, begins, ends, strides, inbound)
    return Drawn(params, (TensorType(shape, d.one_of(*draw.EVERY)),))


def _draw_position(d: Draw, position: int, size: int, low: int) -> int:
    """The position in one of the ways to say it: from the end, or beyond where it is the first or the last."""
    ways = [position] if position >= 0 else []
    ways += [position - size] if 0 <= position < size else []
    ways += [position + 2] if position == low + size else []
    ways += [position - size - 2] if position == low else []
    return d.one_of(*ways)


CARD = OpCard(
    name="strided_slice",
    inputs=(Input("data"),),
    params=StridedSlice,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    gradient=_gradient,
    relay=RelaySpelling(
        name="strided_slice",
        attrs_type="relay.attrs.StridedSliceAttrs",
        fields=(
            Field("begin", Kind.INTS, optional=True),
            Field("end", Kind.INTS, optional=True),
            Field("strides", Kind.INTS, optional=True, python=None),
            Field("slice_mode", Kind.STR, "end"),
            Field("axes", Kind.INTS, optional=True, python=None),
        ),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.strided_slice",
            operands=(
                Operand("data"),
                *(
                    Operand(name, Carrier.SCALARS, optional=name == "strides")
                    for name in ("axes", "begin", "end", "strides")
                ),
            ),
            attrs_type="relax.attrs.StridedSliceAttrs",
            fields=(Field("assume_inbound", Kind.BOOL, False),),
            read=_read_relax,
            fits=_fits,
        ),
    ),
    expand=_expand,
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.MOVES}),
    draw=_draw,
)
