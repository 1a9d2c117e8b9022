"""nn.depth_to_space, nn.space_to_depth, nn.space_to_batch_nd and nn.batch_to_space_nd: blocks of places as channels or
as images, and back.

What fills no whole block is left out, but rejected on the way from space to batch. "DCR" has the
place in the block outside of the resulting channel, any other mode inside; space_to_depth takes no notice of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import draw, layout, rules
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Pattern, Reject, RelaySpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class SubPixel:
    """``block_size``: the height and width of a block. ``mode``: "DCR", or else."""

    block_size: int
    layout: str
    mode: str


@dataclass(frozen=True, slots=True)
class SpaceToBatch:
    """``block_shape``: the block's extents along the dimensions after the first; ``paddings``: before and after."""

    block_shape: tuple[int, ...]
    paddings: tuple[tuple[int, int], ...]
    pad_value: float = 0.0


@dataclass(frozen=True, slots=True)
class BatchToSpace:
    """``block_shape`` as above; ``crops``: how much to cut off at both ends of each of its dimensions."""

    block_shape: tuple[int, ...]
    crops: tuple[tuple[int, int], ...]


def _infer_depth(params: SubPixel, data: Type) -> Type:
    source, size = rules.tensor(data, 0), rules.positive(params.block_size, "block_size")
    n, c, h, w = layout.merged(source.shape, params.layout, "NCHW", 0)
    dims = (n, shapes.floor_divide(c, size * size), shapes.multiply(h, size), shapes.multiply(w, size))
    return TensorType(layout.split(dims, params.layout, "NCHW"), source.dtype)


def _infer_space(params: SubPixel, data: Type) -> Type:
    source, size = rules.tensor(data, 0), rules.positive(params.block_size, "block_size")
    n, c, h, w = layout.merged(source.shape, params.layout, "NCHW", 0)
    dims = (n, shapes.multiply(c, size * size), shapes.floor_divide(h, size), shapes.floor_divide(w, size))
    return TensorType(layout.split(dims, params.layout, "NCHW"), source.dtype)


def _axes(params: SubPixel) -> tuple[int, ...]:
    if params.layout not in ("NCHW", "NHWC"):
        raise Reject(f"TVM has no kernel for layout {params.layout}")
    return layout.positions(params.layout, "NCHW")


def _expand_depth(params: SubPixel, f: Fragment[Any], data: Any) -> Any:
    axes, b = _axes(params), params.block_size
    result = _infer_depth(params, f.tensor_type(data))
    assert isinstance(result, TensorType)
    channels = result.shape[axes[1]]
    data = _cut(f, data, (axes[1],), (shapes.multiply(channels, b * b),))
    parts: list[tuple[Dim, ...]] = [(dim,) for dim in f.tensor_type(data).shape]
    parts[axes[1]] = (b, b, channels) if params.mode == "DCR" else (channels, b, b)
    places = _places(parts)
    row, column, channel = places[axes[1]] if params.mode == "DCR" else (*places[axes[1]][1:], places[axes[1]][0])
    order: list[tuple[int, ...]] = list(places)
    order[axes[1]] = (channel,)
    order[axes[2]], order[axes[3]] = (places[axes[2]][0], row), (places[axes[3]][0], column)
    return _regrouped(f, data, parts, order, result.shape)


def _expand_space(params: SubPixel, f: Fragment[Any], data: Any) -> Any:
    axes, b = _axes(params), params.block_size
    result = _infer_space(params, f.tensor_type(data))
    assert isinstance(result, TensorType)
    kept = [result.shape[axis] for axis in axes[2:]]
    data = _cut(f, data, axes[2:], [shapes.multiply(dim, b) for dim in kept])
    parts: list[tuple[Dim, ...]] = [(dim,) for dim in f.tensor_type(data).shape]
    for axis, dim in zip(axes[2:], kept, strict=True):
        parts[axis] = (dim, b)
    places = _places(parts)
    order: list[tuple[int, ...]] = list(places)
    for axis in axes[2:]:
        order[axis] = places[axis][:1]
    order[axes[1]] = (places[axes[2]][1], places[axes[3]][1], *places[axes[1]])
    return _regrouped(f, data, parts, order, result.shape)


def _cut(f: Fragment[Any], data: Any, axes: Sequence[int], keep: Sequence[Dim]) -> Any:
    """The first ``keep`` elements along each axis."""
    shape = f.tensor_type(data).shape
    cut = [n for n, axis in enumerate(axes) if not shapes.prove_equal(shape[axis], keep[n])]
    if not cut:
        return data
    return f.call(
        "strided_slice",
        data,
        axes=tuple(axes[n] for n in cut),
        begin=(0,) * len(cut),
        end=tuple(keep[n] for n in cut),
        strides=(1,) * len(cut),
    )


def _places(parts: Sequence[Sequence[Dim]]) -> list[tuple[int, ...]]:
    """For each dimension, where its parts stand among all parts."""
    result: list[tuple[int, ...]] = []
    for part in parts:
        first = sum(map(len, result))
        result.append(tuple(range(first, first + len(part))))
    return result


def _regrouped(
    f: Fragment[Any], data: Any, parts: Sequence[Sequence[Dim]], order: Sequence[Sequence[int]], shape: Shape
) -> Any:
    data = f.call("reshape", data, shape=tuple(dim for part in parts for dim in part))
    data = f.call("transpose", data, axes=tuple(place for group in order for place in group))
    return f.call("reshape", data, shape=shape)


def _check_blocks(block_shape: Sequence[int], pairs: Sequence[Sequence[int]], source: TensorType, what: str) -> None:
    if source.rank < 2:
        raise Reject(f"expected at least two dimensions, got {rules.show(source.shape)}", 0)
    if len(block_shape) != len(pairs):
        raise Reject(f"block_shape has {len(block_shape)} elements, {what} {len(pairs)}")
    for block in block_shape:
        rules.positive(block, "each element of block_shape")
    if len(block_shape) >= source.rank:
        raise Reject(f"{len(block_shape)} elements of block_shape are too many for {source.rank} dimensions")


def _infer_to_batch(params: SpaceToBatch, data: Type) -> Type:
    source = rules.tensor(data, 0)
    _check_blocks(params.block_shape, params.paddings, source, "paddings")
    shape = [shapes.multiply(source.shape[0], prod(params.block_shape)), *source.shape[1:]]
    for n, (block, pair) in enumerate(zip(params.block_shape, params.paddings, strict=True), 1):
        shape[n] = shapes.floor_divide(shapes.add(source.shape[n], sum(pair)), block)
    return TensorType(tuple(shape), source.dtype)


def _infer_to_space(params: BatchToSpace, data: Type) -> Type:
    source = rules.tensor(data, 0)
    _check_blocks(params.block_shape, params.crops, source, "crops")
    shape = [shapes.floor_divide(source.shape[0], prod(params.block_shape)), *source.shape[1:]]
    for n, (block, pair) in enumerate(zip(params.block_shape, params.crops, strict=True), 1):
        shape[n] = shapes.subtract(shapes.multiply(source.shape[n], block), sum(pair))
    return TensorType(tuple(shape), source.dtype)


def _expand_to_batch(params: SpaceToBatch, f: Fragment[Any], data: Any) -> Any:
    source = f.tensor_type(data)
    result = rules.tensor(_infer_to_batch(params, source), 0)
    width = ((0, 0), *params.paddings, *((0, 0),) * (source.rank - 1 - len(params.paddings)))
    if any(map(any, width)):
        data = f.call("nn.pad", data, f.constant(params.pad_value, source.dtype), pad_width=width)
    padded = f.tensor_type(data).shape
    parts: list[tuple[Dim, ...]] = [(dim,) for dim in padded]
    for n, block in enumerate(params.block_shape, 1):
        if not shapes.prove_equal(shapes.multiply(result.shape[n], block), padded[n]):
            raise Reject(f"blocks of {block} do not divide {shapes.to_text(padded[n])} elements", 0)
        parts[n] = (result.shape[n], block)
    places = _places(parts)
    blocks = tuple(places[n][1] for n in range(1, 1 + len(params.block_shape)))
    order = [(*blocks, 0), *(place[:1] for place in places[1:])]
    return _regrouped(f, data, parts, order, result.shape)


def _expand_to_space(params: BatchToSpace, f: Fragment[Any], data: Any) -> Any:
    source = f.tensor_type(data)
    result = rules.tensor(_infer_to_space(params, source), 0)
    count = len(params.block_shape)
    batch = result.shape[0]
    data = _cut(f, data, (0,), (shapes.multiply(batch, prod(params.block_shape)),))
    parts: list[tuple[Dim, ...]] = [(*params.block_shape, batch), *((dim,) for dim in source.shape[1:])]
    places = _places(parts)
    order = [
        (places[0][-1],),
        *((place[0], places[0][n]) if n < count else place for n, place in enumerate(places[1:])),
    ]
    whole = list(source.shape)
    whole[0] = batch
    for n, block in enumerate(params.block_shape, 1):
        whole[n] = shapes.multiply(source.shape[n], block)
    data = _regrouped(f, data, parts, order, tuple(whole))
    cut = [n for n, pair in enumerate(params.crops, 1) if any(pair)]
    if not cut:
        return data
    return f.call(
        "strided_slice",
        data,
        axes=tuple(cut),
        begin=tuple(params.crops[n - 1][0] for n in cut),
        end=tuple(shapes.subtract(whole[n], params.crops[n - 1][1]) for n in cut),
        strides=(1,) * len(cut),
    )


def _pairs(value: Value) -> tuple[tuple[int, int], ...]:
    if any(len(pair) != 2 for pair in value):
        raise Reject("each dimension takes a pair of numbers")
    return tuple((before, after) for before, after in value)


def _read_to_batch(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {**attrs, "block_shape": tuple(attrs["block_shape"]), "paddings": _pairs(attrs["paddings"])}


def _read_to_space(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"block_shape": tuple(attrs["block_shape"]), "crops": _pairs(attrs["crops"])}


def _sub_pixel(name: str, infer: Any, expand: Any, deep: bool) -> OpCard[SubPixel]:
    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=SubPixel,
        infer=infer,
        expand=expand,
        relay=RelaySpelling(
            name=name,
            attrs_type="relay.attrs.SubPixelAttrs",
            fields=(
                Field("block_size", Kind.INT, 1),
                Field("layout", Kind.STR, "NCHW"),
                Field("mode", Kind.STR, "DCR"),
            ),
        ),
        pattern=Pattern.INJECTIVE,
        laws=frozenset({Law.MOVES}),
        draw=partial(_draw_sub_pixel, deep=deep),
    )


def _draw_sub_pixel(d: Draw, deep: bool) -> Drawn:
    """An image of blocks, deep in channels or wide in space, perhaps with a rest that fills none."""
    size, order = d.integer(1, 3), d.one_of("NCHW", "NHWC")
    n, c, h, w = d.extents(4, most=3)
    rest = d.integer(0, size - 1)
    dims = {"N": n, "C": c * size * size + rest if deep else c}
    dims |= {"H": h, "W": w} if deep else {"H": h * size + rest, "W": w * size}
    source = TensorType(tuple(dims[letter] for letter in order), d.one_of(*draw.EVERY))
    return Drawn(SubPixel(size, order, d.one_of("DCR", "CRD")), (source,))


def _draw_blocks(d: Draw) -> tuple[tuple[int, ...], list[int]]:
    """The extents of blocks, and how many there are along each dimension after the first."""
    counts = list(d.shape(1, 3, most=3))
    return tuple(d.integer(1, 3) for _ in range(d.integer(1, len(counts)))), counts


def _draw_to_batch(d: Draw) -> Drawn:
    blocks, shape = _draw_blocks(d)
    paddings: list[tuple[int, int]] = []
    for n, block in enumerate(blocks):
        whole = shape[n] * block
        before = d.integer(0, min(2, whole - 1))
        after = d.integer(0, min(2, whole - 1 - before))
        shape[n] = whole - before - after
        paddings.append((before, after))
    dtype = d.one_of(*draw.EVERY)
    value = draw.padding_value(d, dtype)
    return Drawn(SpaceToBatch(blocks, tuple(paddings), value), (TensorType((d.integer(1, 3), *shape), dtype),))


def _draw_to_space(d: Draw) -> Drawn:
    blocks, shape = _draw_blocks(d)
    crops: list[tuple[int, int]] = []
    for n, block in enumerate(blocks):
        before = d.integer(0, shape[n] * block - 1)
        crops.append((before, d.integer(0, shape[n] * block - 1 - before)))
    batch = d.integer(1, 3) * prod(blocks) + d.integer(0, prod(blocks) - 1) * d.flag()
    return Drawn(BatchToSpace(blocks, tuple(crops)), (TensorType((batch, *shape), d.one_of(*draw.EVERY)),))


_BLOCK = Field("block_shape", Kind.INTS, (1, 1))

CARDS = (
    _sub_pixel("nn.depth_to_space", _infer_depth, _expand_depth, deep=True),
    _sub_pixel("nn.space_to_depth", _infer_space, _expand_space, deep=False),
    OpCard(
        name="nn.space_to_batch_nd",
        inputs=(Input("data"),),
        params=SpaceToBatch,
        infer=_infer_to_batch,
        expand=_expand_to_batch,
        relay=RelaySpelling(
            name="nn.space_to_batch_nd",
            attrs_type="relay.attrs.SpaceToBatchNDAttrs",
            fields=(_BLOCK, Field("paddings", Kind.NESTED_INTS), Field("pad_value", Kind.FLOAT, 0.0)),
            read=_read_to_batch,
        ),
        pattern=Pattern.INJECTIVE,
        draw=_draw_to_batch,
    ),
    OpCard(
        name="nn.batch_to_space_nd",
        inputs=(Input("data"),),
        params=BatchToSpace,
        infer=_infer_to_space,
        expand=_expand_to_space,
        relay=RelaySpelling(
            name="nn.batch_to_space_nd",
            attrs_type="relay.attrs.BatchToSpaceNDAttrs",
            fields=(_BLOCK, Field("crops", Kind.NESTED_INTS)),
            read=_read_to_space,
        ),
        pattern=Pattern.INJECTIVE,
        laws=frozenset({Law.MOVES}),
        draw=_draw_to_space,
    ),
)
