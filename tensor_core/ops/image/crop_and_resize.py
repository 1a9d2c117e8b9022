"""image.crop_and_resize: boxes of images, resized to one size.

A box is (y1, x1, y2, x2) in fractions of the image's extent less one; ``box_indices`` says of which image. Coordinates
are computed in float32, because what lies a rounding outside is outside. Places outside of the image give
``extrapolation_value``. nearest_neighbor takes halves away from zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import layout, margins, resampling, rules, window_draw
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding, Value
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import Max, Min, PrimExpr
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Crop:
    """``crop_size``: the resulting height and width. ``method``: "bilinear" or "nearest_neighbor"."""

    crop_size: tuple[Dim, ...]
    layout: str
    method: str
    extrapolation_value: float
    out_dtype: str = ""


def _infer(params: Crop, data: Type, boxes: Type, box_indices: Type) -> Type:
    source, given = rules.tensor(data, 0), rules.tensor(boxes, 1)
    rules.tensor(box_indices, 2)
    if not given.rank:
        raise Reject("boxes must be a matrix", 1)
    dims = layout.merged(source.shape, params.layout, "NCHW", 0)
    shape = layout.split((given.shape[0], dims[1], *params.crop_size), params.layout, "NCHW")
    return TensorType(shape, params.out_dtype or source.dtype)


def _targets(params: Crop) -> list[int]:
    if params.method not in ("bilinear", "nearest_neighbor"):
        raise Reject(f"method {params.method!r} is unknown")
    if not params.layout.startswith("N"):
        raise Reject(f"TVM crops images that come first, not as {params.layout}")
    targets = [size for size in params.crop_size if isinstance(size, int) and size > 1]
    if len(targets) != 2:
        raise Reject("height and width of a crop must be known and at least 2")
    return targets


def _reference(params: Crop, data: Array, boxes: Array, box_indices: Array) -> Array:
    return _crops(params, data, boxes, box_indices, data.dtype == np.float64).astype(_out(params, data))


def _out(params: Crop, data: Array) -> np.dtype[Any]:
    return dtypes.to_numpy(params.out_dtype) if params.out_dtype else data.dtype


def _undefined(params: Crop, data: Array, boxes: Array, box_indices: Array) -> Array:
    """Where rounding of a coordinate decides what is outside or nearest; integers close to the next or out of range."""
    targets, axes = _targets(params), layout.spatial(params.layout, "HW")[1]
    open_places = np.zeros((len(boxes), *(1,) * (data.ndim - 1)), bool)
    for n, axis in enumerate(axes):
        size, places = (
            data.shape[axis],
            [_places(box, n, targets[n], data.shape[axis]) for box in boxes.astype(np.float64)],
        )
        near, exact, certain = (np.stack(item) for item in zip(*places, strict=True))
        edge = np.minimum(np.abs(exact), np.abs(exact - (size - 1)))
        if params.method == "nearest_neighbor":
            edge = np.minimum(edge, np.abs(exact - margins.middle(exact)))
        # Nine roundings: of both corners, their difference, three more to a step, the first place, and the sum.
        reach = np.abs(boxes[:, [n, n + 2]].astype(np.float64)).sum(1, keepdims=True) * (size - 1)
        line = (edge <= 9 * dtypes.unit_roundoff("float32") * reach) & ~((near == exact) & certain)
        open_places = open_places | line.reshape([len(boxes), *(-1 if a == axis else 1 for a in range(1, data.ndim))])
    out = _out(params, data)
    if out.kind not in "iu" or params.method == "nearest_neighbor":
        return open_places
    near, exact = (_crops(params, data, boxes, box_indices, double) for double in (False, True))
    return open_places | resampling.undecided(near, exact, out, _roundings(data.shape), _size(params, data))


def _places(box: Array, n: int, target: int, size: int) -> tuple[Array, Array, Array]:
    """The coordinates along one dimension in float32 and in float64, and whether the step between them is exact."""
    lines: list[tuple[Array, Any]] = []
    for kind in (np.float32, np.float64):
        start, end, last = kind(box[n]), kind(box[n + 2]), kind(size - 1)
        step = last * (end - start) / kind(target - 1)
        lines.append((start * last + step * np.arange(target).astype(kind), step))
    (near, step), (exact, precise) = lines
    return near, exact, np.full(target, float(step) == float(precise))


def _crops(params: Crop, data: Array, boxes: Array, box_indices: Array, double: bool) -> Array:
    """The result before it takes its element type, computed in float32 or float64."""
    targets, axes = _targets(params), layout.spatial(params.layout, "HW")[1]
    work = np.dtype(np.float64 if double else np.float32)
    crops: list[Array] = []
    for box, image in zip(boxes, box_indices, strict=True):
        result = data[int(image)].astype(work)
        beyond: list[tuple[int, Array]] = []
        for n in (1, 0):
            axis, size = axes[n] - 1, data.shape[axes[n]]
            where, _, _ = _places(box, n, targets[n], size)
            result = _resampled(params, result, where, axis)
            beyond.append((axis, (where < 0) | (where > size - 1)))
        for axis, out in beyond:
            mask = out.reshape([-1 if a == axis else 1 for a in range(result.ndim)])
            result = np.where(mask, work.type(params.extrapolation_value), result)
        crops.append(result)
    return np.stack(crops)


def _resampled(params: Crop, x: Array, where: Array, axis: int) -> Array:
    def taken(index: Array) -> Array:
        return np.take(x, np.clip(index, 0, x.shape[axis] - 1), axis)

    if params.method == "nearest_neighbor":
        return taken(resampling.nearest(where, "round"))
    (low, high), (near, far) = resampling.neighbours(where, "linear", 0.0, x.dtype)
    shape = [-1 if a == axis else 1 for a in range(x.ndim)]
    return taken(low) * near.reshape(shape) + taken(high) * far.reshape(shape)


def _lower(params: Crop, b: LoopBuilder, data: Tensor, boxes: Tensor, box_indices: Tensor) -> Tensor:
    targets, axes = _targets(params), layout.spatial(params.layout, "HW")[1]
    types = [TensorType(item.shape, item.dtype) for item in (data, boxes, box_indices)]
    result = rules.tensor(_infer(params, *types), 0)
    work = "float64" if data.dtype == "float64" else "float32"
    sizes = [data.shape[axis] for axis in axes]
    # Whether a place lies in the image hangs on single roundings.
    b.strict = True

    def element(*i: PrimExpr) -> PrimExpr:
        where: list[PrimExpr] = []
        for n, axis in enumerate(axes):
            last = (as_expr(sizes[n]) - 1).astype("float32")
            start, end = (boxes[i[0], k].astype("float32") for k in (n, n + 2))
            step = last * (end - start) / prim.const(targets[n] - 1, "float32")
            where.append(start * last + step * i[axis].astype("float32"))

        def at(y: PrimExpr, x: PrimExpr) -> PrimExpr:
            place = [box_indices[i[0]].astype("int64"), *i[1:]]
            for axis, size, value in zip(axes, sizes, (y, x), strict=True):
                place[axis] = Max(Min(value, as_expr(size) - 1), as_expr(0))
            return data[tuple(place)].astype(work)

        value = _sampled(params, where, at, work)
        for line, size in zip(where, sizes, strict=True):
            beyond = prim.Or(line < 0.0, line > (as_expr(size) - 1).astype("float32"))
            value = prim.select(beyond, prim.const(params.extrapolation_value, work), value)
        return value.astype(result.dtype)

    return b.compute(result.shape, element, result.dtype, name="crop_and_resize")


def _sampled(params: Crop, where: Sequence[PrimExpr], at: Callable[..., PrimExpr], work: str) -> PrimExpr:
    if params.method == "nearest_neighbor":
        return at(*(resampling.nearest_of(line, "round") for line in where))
    low = [prim.intrinsic("floor", line) for line in where]
    down, right = ((line - first).astype(work) for line, first in zip(where, low, strict=True))
    y, x = (first.astype("int64") for first in low)
    rest = prim.const(1, right.dtype)
    top, bottom = (at(y + k, x) * (rest - right) + at(y + k, x + 1) * right for k in (0, 1))
    return top * (rest - down) + bottom * down


_ULPS = 32.0


def _roundings(shape: Sequence[Dim]) -> float:
    """How many roundings of the largest element a result is off. Coordinates are rounded in units of extents."""
    return _ULPS + 8.0 * sum(dim for dim in shape if isinstance(dim, int))


def _factor(params: Crop, data: TensorType, boxes: TensorType, box_indices: TensorType) -> float:
    del params, boxes, box_indices
    return _roundings(data.shape) - _ULPS


def _size(params: Crop, data: Array) -> float:
    return max(float(np.abs(data).max(initial=0)), abs(params.extrapolation_value))


def _magnitude(params: Crop, data: Array, boxes: Array, box_indices: Array) -> Array:
    return np.full_like(_reference(params, data, boxes, box_indices), _size(params, data))


def _draw(d: Draw) -> Drawn:
    batch, boxes, own = d.integer(1, 2), d.integer(1, 3), d.one_of(*FLOATS, "int32", "uint8")
    stated, shape = window_draw.channels_in_blocks(d, "CHW", d.extents(3))
    params = Crop(
        d.extents(2, 2, 4),
        "N" + stated,
        d.one_of("bilinear", "nearest_neighbor"),
        d.one_of(0.0, 2.5),
        d.one_of("", "float32", "float64", "int32"),
    )
    types = (
        TensorType((batch, *shape), own),
        TensorType((boxes, 4), d.one_of("float32", "float64", "float16")),
        TensorType((boxes,), d.one_of("int32", "int64")),
    )
    return Drawn(params, types, domains={2: Domain(0.0, batch - 1.0)})


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    if attrs["crop_size"] is None or len(attrs["crop_size"]) != 2:
        raise Reject("crop_size must hold a height and a width")
    return {**attrs, "crop_size": tuple(attrs["crop_size"])}


CARD = OpCard(
    name="image.crop_and_resize",
    inputs=(Input("data"), Input("boxes", Domain(-0.25, 1.25)), Input("box_indices", Domain(0.0, 0.0))),
    params=Crop,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(
        name="image.crop_and_resize",
        attrs_type="relay.attrs.CropAndResizeAttrs",
        fields=(
            Field("crop_size", Kind.INTS, None, optional=True),
            Field("layout", Kind.STR, "NCHW"),
            Field("method", Kind.STR, "bilinear"),
            Field("extrapolation_value", Kind.FLOAT, 0.0),
            Field("out_dtype", Kind.DTYPE, ""),
        ),
        read=_read,
    ),
    pattern=Pattern.INJECTIVE,
    error=Rounding(ulps=_ULPS, factor=_factor, magnitude=_magnitude, coarser=resampling.coarser),
    draw=_draw,
    undefined=_undefined,
)
