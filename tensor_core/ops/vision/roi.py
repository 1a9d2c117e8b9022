"""vision.roi_align and vision.roi_pool: regions of images brought to one size.

A region is (image, x1, y1, x2, y2), scaled by ``spatial_scale`` and one element wide at least unless ``aligned``, which
only Relax has. roi_align samples places between elements, bilinearly, as many as ``sample_ratio`` says or the region
is large; roi_pool takes the maximum of whole elements. Regions are computed in float32, because the number of samples
hangs on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import layout, rules, sampling
from tensor_core.ops.card import (
    Exact,
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
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.elementwise.whole import Round, nearest
from tensor_core.ops.elementwise.whole import reference as whole_numbers
from tensor_core.ops.rules import Array
from tensor_core.ops.vision import box_draw, roi_loops
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type, tensor_type_of


@dataclass(frozen=True, slots=True)
class RoiAlign:
    """``mode``: "avg" or "max" of the samples."""

    pooled_size: tuple[int, ...]
    spatial_scale: float
    sample_ratio: int
    layout: str
    mode: str
    aligned: bool = False


@dataclass(frozen=True, slots=True)
class RoiPool:
    """``pooled_size``: the resulting height and width.

    ``halves``: where those of corners go, "away" from zero in Relay, which also narrows bins a little, "up" in Relax.
    """

    pooled_size: tuple[int, ...]
    spatial_scale: float
    layout: str
    halves: str = "away"


def _infer(params: RoiAlign | RoiPool, data: Type, rois: Type) -> Type:
    source, regions = rules.tensor(data, 0), rules.tensor(rois, 1)
    if source.rank != 4:
        raise Reject(f"expected four dimensions, got {rules.show(source.shape)}", 0)
    if regions.rank != 2:
        raise Reject(f"expected two dimensions, got {rules.show(regions.shape)}", 1)
    if params.layout not in ("NCHW", "NHWC"):
        raise Reject(f"layout {params.layout} is not taken")
    channels = source.shape[layout.positions(params.layout, "NCHW")[1]]
    shape = layout.split((regions.shape[0], channels, *params.pooled_size), params.layout, "NCHW")
    return TensorType(shape, source.dtype)


def _align(params: RoiAlign, data: Array, rois: Array) -> Array:
    if params.mode not in ("avg", "max"):
        raise Reject(f"mode {params.mode!r} is unknown")
    axes = layout.positions(params.layout, "NCHW")
    images = np.transpose(data, axes)
    result = np.stack([_aligned(params, images[int(roi[0])], roi[1:].astype(np.float32)) for roi in rois])
    return np.transpose(result, np.argsort(axes)).astype(data.dtype)


def _aligned(params: RoiAlign, image: Array, region: Array) -> Array:
    left, top, right, bottom = region * np.float32(params.spatial_scale)
    places: list[Array] = []
    count = 1
    for n, (start, end) in enumerate(((top, bottom), (left, right))):
        size, bins = end - start if params.aligned else max(end - start, np.float32(1)), params.pooled_size[n]
        width = size / np.float32(bins)
        samples = params.sample_ratio if params.sample_ratio > 0 else int(np.ceil(size / np.float32(bins)))
        count *= samples
        first = start + np.arange(bins).astype(np.float32) * width
        inner = (np.arange(samples).astype(np.float32) + np.float32(0.5)) * width / np.float32(samples)
        line: Array = first[:, None] + inner[None]
        places.append(line[:, :, None, None] if n == 0 else line[None, None])
    y, x = places
    height, wide = image.shape[1:]
    outside = (y < -1) | (x < -1) | (y > height) | (x > wide)
    clipped = [np.clip(line, 0, size - 1).astype(image.dtype) for line, size in ((y, height), (x, wide))]
    values = np.where(outside, image.dtype.type(0), sampling.bilinear(image, clipped))
    if params.mode == "max":
        return values.max((2, 4), initial=dtypes.lowest(dtypes.from_numpy(image.dtype)))
    return (values / image.dtype.type(count)).sum((2, 4))


def _pool(params: RoiPool, data: Array, rois: Array) -> Array:
    if params.layout != "NCHW":
        raise Reject("TVM has no kernel for layout NHWC")
    return np.stack([_pooled(params, data[int(roi[0])], roi[1:].astype(np.float32)) for roi in rois])


def _pooled(params: RoiPool, image: Array, region: Array) -> Array:
    corners = region * np.float32(params.spatial_scale)
    up = params.halves == "up"
    ends = (np.floor(corners + np.float32(0.5)) if up else whole_numbers(Round(), corners)).astype(np.int64)
    left, top, right, bottom = (int(end) for end in ends)
    spare = np.float32(0 if up else 1e-5)
    rows = _bins(top, bottom, params.pooled_size[0], int(image.shape[1]), spare)
    columns = _bins(left, right, params.pooled_size[1], int(image.shape[2]), spare)
    result = np.zeros((image.shape[0], *params.pooled_size), image.dtype)
    for y, (first, last) in enumerate(rows):
        for x, (start, end) in enumerate(columns):
            if first < last and start < end:
                result[:, y, x] = image[:, first:last, start:end].max((1, 2))
    return result


def _bins(first: int, last: int, count: int, size: int, spare: np.float32) -> list[tuple[int, int]]:
    width = np.float32(max(last - first + 1, 1)) / np.float32(count)
    starts = np.floor(np.arange(count).astype(np.float32) * width + spare)
    ends = np.ceil(np.arange(1, count + 1).astype(np.float32) * width - spare)
    return [
        (min(max(int(start) + first, 0), size), min(max(int(end) + first, 0), size))
        for start, end in zip(starts, ends, strict=True)
    ]


def _unsampled(params: RoiAlign, data: Array, rois: Array) -> Array:
    """Regions without extent, of which TVM takes no sample, so that it writes no result."""
    del data
    corners = rois[:, 1:].astype(np.float32) * np.float32(params.spatial_scale)
    empty: Array = np.any(np.less_equal(corners[:, 2:], corners[:, :2]), 1)
    taken = not params.aligned or params.sample_ratio > 0
    return np.logical_and(empty, not taken).reshape(-1, 1, 1, 1)


def _lower_align(params: RoiAlign, b: LoopBuilder, data: Tensor, rois: Tensor) -> Tensor:
    return roi_loops.align(
        b,
        data,
        rois,
        params.pooled_size,
        params.spatial_scale,
        params.sample_ratio,
        params.layout,
        params.mode,
        params.aligned,
    )


def _lower_pool(params: RoiPool, b: LoopBuilder, data: Tensor, rois: Tensor) -> Tensor:
    if params.layout != "NCHW":
        raise Reject("TVM has no kernel for layout NHWC")
    up = params.halves == "up"
    return roi_loops.pool(
        b, data, rois, params.pooled_size, params.spatial_scale, _up if up else nearest, 0 if up else 1e-5
    )


def _up(x: PrimExpr) -> PrimExpr:
    return prim.intrinsic("floor", x + 0.5)


def _factor(params: RoiAlign, data: TensorType, rois: TensorType) -> float:
    del params, rois
    return 16.0 * sum(dim for dim in data.shape if isinstance(dim, int))


def _magnitude(params: RoiAlign, data: Array, rois: Array) -> Array:
    return np.full_like(_align(params, data, rois), np.abs(data).max(initial=0))


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    if len(attrs["pooled_size"]) != 2:
        raise Reject("pooled_size must hold a height and a width")
    return {**attrs, "pooled_size": tuple(attrs["pooled_size"])}


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    if attrs["mode"] not in ("avg", "max"):
        raise Reject(f"mode {attrs['mode']!r} is unknown")
    return _read(attrs, types)


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {**_read(attrs, types), "aligned": False}


def _fits_relax(params: RoiAlign, _types: Sequence[Type], release: str) -> str | None:
    return None if params.mode in ("avg", "max") else f"Relax {release} has no mode {params.mode!r}"


def _write_relay(params: RoiAlign, _types: Sequence[Type]) -> Mapping[str, Value]:
    if params.aligned:
        raise Reject("Relay has no aligned regions")
    return {item.name: getattr(params, item.name) for item in fields(params) if item.name != "aligned"}


def _read_relay_pool(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {**_read(attrs, types), "halves": "away"}


def _read_relax_pool(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    if attrs["layout"] != "NCHW":
        raise Reject("Relax pools regions of NCHW only")
    return {**_read(attrs, types), "halves": "up"}


def _write_relay_pool(params: RoiPool, _types: Sequence[Type]) -> Mapping[str, Value]:
    if params.halves != "away":
        raise Reject("Relay rounds halves of corners away from zero")
    return _write_pool(params, _types)


def _fits_relax_pool(params: RoiPool, _types: Sequence[Type], release: str) -> str | None:
    return None if params.halves == "up" else f"Relax {release} rounds halves of corners up, not {params.halves}"


def _write_pool(params: RoiPool, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {item.name: getattr(params, item.name) for item in fields(params) if item.name != "halves"}


def _draw_align(d: Draw) -> Drawn:
    batch, dtype = d.integer(1, 2), d.one_of(*FLOATS)
    params = RoiAlign(
        d.extents(2, 1, 3),
        d.one_of(1.0, 0.5),
        d.one_of(2, -1, 1),
        d.one_of("NCHW", "NHWC"),
        d.one_of("avg", "max"),
        d.flag(),
    )
    return _with_regions(d, params, batch, dtype)


def _draw_pool(d: Draw) -> Drawn:
    params = RoiPool(d.extents(2, 1, 3), d.one_of(1.0, 0.5), "NCHW", d.one_of("away", "up"))
    return _with_regions(d, params, d.integer(1, 2), d.one_of(*FLOATS))


def _with_regions(d: Draw, params: RoiAlign | RoiPool, batch: int, dtype: str) -> Drawn:
    regions = box_draw.regions(d, batch, dtype)
    shape = layout.split((batch, *d.extents(3, 1, 5)), params.layout, "NCHW")
    return Drawn(params, (TensorType(shape, dtype), tensor_type_of(regions)), values={1: regions})


_SIZE = (Field("pooled_size", Kind.INTS), Field("spatial_scale", Kind.FLOAT))

CARDS = (
    OpCard(
        name="vision.roi_align",
        inputs=(Input("data"), Input("rois")),
        params=RoiAlign,
        infer=_infer,
        reference=_align,
        lower=_lower_align,
        draw=_draw_align,
        undefined=_unsampled,
        relay=RelaySpelling(
            name="vision.roi_align",
            attrs_type="relay.attrs.ROIAlignAttrs",
            declared=False,
            fields=(
                *_SIZE,
                Field("sample_ratio", Kind.INT, -1),
                Field("layout", Kind.STR, "NCHW"),
                Field("mode", Kind.STR, "avg"),
            ),
            read=_read_relay,
            write=_write_relay,
        ),
        relax=(
            RelaxSpelling(
                name="relax.vision.roi_align",
                operands=(Operand("data"), Operand("rois")),
                attrs_type="relax.attrs.ROIAlignAttrs",
                fields=(
                    *_SIZE,
                    Field("sample_ratio", Kind.INT, python=-1),
                    Field("aligned", Kind.BOOL, python=False),
                    Field("layout", Kind.STR, python="NCHW"),
                    Field("mode", Kind.STR, python="avg"),
                ),
                since="0.25",
                read=_read_relax,
                fits=_fits_relax,
            ),
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=Rounding(ulps=64, factor=_factor, magnitude=_magnitude),
    ),
    OpCard(
        name="vision.roi_pool",
        inputs=(Input("data"), Input("rois")),
        params=RoiPool,
        infer=_infer,
        reference=_pool,
        lower=_lower_pool,
        draw=_draw_pool,
        relay=RelaySpelling(
            name="vision.roi_pool",
            attrs_type="relay.attrs.ROIPoolAttrs",
            declared=False,
            fields=(*_SIZE, Field("layout", Kind.STR, "NCHW")),
            read=_read_relay_pool,
            write=_write_relay_pool,
        ),
        relax=(
            RelaxSpelling(
                name="relax.vision.roi_pool",
                operands=(Operand("data"), Operand("rois")),
                attrs_type="relax.attrs.ROIPoolAttrs",
                fields=(*_SIZE, Field("layout", Kind.STR, python="NCHW")),
                since="0.25",
                read=_read_relax_pool,
                write=_write_pool,
                fits=_fits_relax_pool,
            ),
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=Exact(),
    ),
)
