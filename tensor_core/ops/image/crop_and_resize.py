"""image.crop_and_resize: boxes of images, resized to one size.

A box is (y1, x1, y2, x2) in fractions of the image's extent less one; ``box_indices`` says of which image. Coordinates
are computed in float32, because what lies a rounding outside is outside. Places outside of the image give
``extrapolation_value``. nearest_neighbor takes halves away from zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import layout, resampling, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding, Value
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
    targets = [size for size in params.crop_size if isinstance(size, int) and size > 1]
    if len(targets) != 2:
        raise Reject("height and width of a crop must be known and at least 2")
    return targets


def _reference(params: Crop, data: Array, boxes: Array, box_indices: Array) -> Array:
    targets, axes = _targets(params), layout.spatial(params.layout, "HW")[1]
    work = np.dtype(np.float64 if data.dtype == np.float64 else np.float32)
    crops: list[Array] = []
    for box, image in zip(boxes, box_indices, strict=True):
        result = data[int(image)].astype(work)
        beyond: list[tuple[int, Array]] = []
        for n in (1, 0):
            axis, size = axes[n] - 1, data.shape[axes[n]]
            start, end, last = np.float32(box[n]), np.float32(box[n + 2]), np.float32(size - 1)
            step = last * (end - start) / np.float32(targets[n] - 1)
            where: Array = start * last + step * np.arange(targets[n]).astype(np.float32)
            result = _resampled(params, result, where, axis)
            beyond.append((axis, (where < 0) | (where > size - 1)))
        for axis, out in beyond:
            mask = out.reshape([-1 if a == axis else 1 for a in range(result.ndim)])
            result = np.where(mask, work.type(params.extrapolation_value), result)
        crops.append(result)
    dtype = dtypes.to_numpy(params.out_dtype) if params.out_dtype else data.dtype
    return np.stack(crops).astype(dtype)


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


def _factor(params: Crop, data: TensorType, boxes: TensorType, box_indices: TensorType) -> float:
    del params, boxes, box_indices
    return 8.0 * sum(dim for dim in data.shape if isinstance(dim, int))


def _magnitude(params: Crop, data: Array, boxes: Array, box_indices: Array) -> Array:
    size = max(float(np.abs(data).max(initial=0)), abs(params.extrapolation_value))
    return np.full_like(_reference(params, data, boxes, box_indices), size)


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    if attrs["crop_size"] is None or len(attrs["crop_size"]) != 2:
        raise Reject("crop_size must hold a height and a width")
    return {**attrs, "crop_size": tuple(attrs["crop_size"])}


CARD = OpCard(
    name="image.crop_and_resize",
    inputs=(Input("data"), Input("boxes"), Input("box_indices")),
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
    error=Rounding(ulps=32, factor=_factor, magnitude=_magnitude),
)
