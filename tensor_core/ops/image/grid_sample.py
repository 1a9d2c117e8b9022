"""image.grid_sample and image.affine_grid: images sampled at places that a grid names, and grids made of affine maps.

The grid holds coordinates in [-1, 1], the innermost dimension's first: of the centres of the border elements when
``align_corners``, of their outer edges when not. ``nearest`` takes halves to even; ``bicubic`` is two-dimensional only
and has the coefficient -0.75.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import layout, margins, rules, sampling
from tensor_core.ops.card import (
    Carrier,
    Domain,
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
from tensor_core.ops.rules import Array
from tensor_core.prim import Max, Min, PrimExpr
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, Type

_METHODS, _MODES = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")
_ONNX_METHODS = {"linear": "bilinear", "cubic": "bicubic"}
"""Names of ONNX from operator set 20 on, which the front end of TVM 0.19 passes on and its kernels do not know."""
_ALPHA = -0.75


@dataclass(frozen=True, slots=True)
class GridSample:
    """``padding_mode``: what lies outside is zero ("zeros"), the "border", or mirrored ("reflection")."""

    method: str
    layout: str
    padding_mode: str
    align_corners: bool


@dataclass(frozen=True, slots=True)
class AffineGrid:
    """``target_shape``: height and width of the grid. ``align_corners``: its outermost places are the corners of the
    image, else the centres of the outermost elements.
    """

    target_shape: tuple[Dim, ...]
    align_corners: bool = True


def _infer(params: GridSample, data: Type, grid: Type) -> Type:
    source, places = rules.tensor(data, 0), rules.tensor(grid, 1)
    if source.rank not in (4, 5):
        raise Reject(f"expected four or five dimensions, got {rules.show(source.shape)}", 0)
    if places.rank < source.rank:
        raise Reject(f"expected {source.rank} dimensions, got {rules.show(places.shape)}", 1)
    letters = "NCDHW" if source.rank == 5 else "NCHW"
    dims = layout.merged(source.shape, params.layout, letters, 0)
    shape = layout.split((*dims[:2], *places.shape[2 : source.rank]), params.layout, letters)
    return TensorType(shape, source.dtype)


def _check(params: GridSample, sizes: Sequence[Dim]) -> None:
    count = len(sizes)
    if params.method not in (_METHODS if count == 2 else _METHODS[:2]):
        raise Reject(f"method {params.method!r} is unknown in {count} dimensions")
    if params.padding_mode not in _MODES:
        raise Reject(f"padding_mode {params.padding_mode!r} is unknown")
    if params.padding_mode == "reflection" and params.align_corners and 1 in sizes:
        raise Reject("corners of one element reflect nothing: TVM divides by zero", 0)
    if params.layout not in ("NCHW", "NCDHW"):
        raise Reject(f"TVM has no kernel for layout {params.layout}")


def _fits(params: GridSample, types: Sequence[Type], _release: str) -> str | None:
    try:
        _check(params, rules.tensor(types[0], 0).shape[2:])
    except Reject as reject:
        return reject.message
    return None


def _reference(params: GridSample, data: Array, grid: Array) -> Array:
    count = data.ndim - 2
    sizes = data.shape[2:]
    _check(params, sizes)
    images: list[Array] = []
    for image, place in zip(data, grid, strict=False):
        where = [_spread(params, place[count - 1 - n], size) for n, size in enumerate(sizes)]
        if params.method == "bicubic":
            images.append(_bicubic(params, image, where))
            continue
        where = [_moved(params, line, size) for line, size in zip(where, sizes, strict=True)]
        if params.method == "bilinear":
            images.append(sampling.bilinear(image, where))
        else:
            images.append(sampling.inside(image, [np.rint(line) for line in where]))
    return np.stack(images).astype(data.dtype)


def _spread(params: GridSample, place: Array, size: int) -> Array:
    one = place.dtype.type(1)
    if params.align_corners:
        return (place + one) * (size - 1) / 2
    return place.dtype.type(-0.5) + (place + one) * size / 2


def _moved(params: GridSample, where: Array, size: int) -> Array:
    """Coordinates within the image, unless what lies outside is zero."""
    if params.padding_mode == "reflection":
        where = _reflected(params, where, size)
    return where if params.padding_mode == "zeros" else np.clip(where, 0, size - 1)


def _reflected(params: GridSample, where: Array, size: int) -> Array:
    start, extent = (0.0, size - 1) if params.align_corners else (-0.5, size)
    distance = np.abs(start - where)
    times = np.nan_to_num(distance).astype(np.int64) // max(extent, 1)
    extra = distance - times * extent
    mirrored = np.where(times % 2 == 0, extra + start, extent - extra + start)
    return np.where((where >= start) & (where <= extent + start), where, mirrored).astype(where.dtype)


def _bicubic(params: GridSample, image: Array, where: Sequence[Array]) -> Array:
    low = [np.floor(line) for line in where]
    weights = [_cubic(line - first) for line, first in zip(where, low, strict=True)]
    result = np.zeros((image.shape[0], *where[0].shape), image.dtype)
    for corner in np.ndindex(4, 4):
        index = [
            np.trunc(_moved(params, first + (step - 1), size))
            for first, step, size in zip(low, corner, image.shape[1:], strict=True)
        ]
        result += sampling.inside(image, index) * weights[0][corner[0]] * weights[1][corner[1]]
    return result


def _cubic(t: Any) -> list[Any]:
    """Weights of four neighbours for a fraction: an array, or an expression."""

    def near(x: Any) -> Any:
        return (x * (_ALPHA + 2) - (_ALPHA + 3)) * x * x + 1.0

    def far(x: Any) -> Any:
        return ((x * _ALPHA - 5 * _ALPHA) * x + 8 * _ALPHA) * x - 4 * _ALPHA

    return [far(t + 1.0), near(t), near(t * -1.0 + 1.0), far(t * -1.0 + 2.0)]


def _lower(params: GridSample, b: LoopBuilder, data: Tensor, grid: Tensor) -> Tensor:
    count = data.rank - 2
    _check(params, data.shape[2:])
    result = rules.tensor(_infer(params, *(TensorType(item.shape, item.dtype) for item in (data, grid))), 0)
    sizes = data.shape[2:]
    # Which element is the nearest hangs on single roundings of the coordinates.
    b.strict |= params.method == "nearest"

    def element(*i: PrimExpr) -> PrimExpr:
        where = [_spread_of(params, grid[(i[0], as_expr(count - 1 - n), *i[2:])], size) for n, size in enumerate(sizes)]

        def at(*spot: PrimExpr) -> PrimExpr:
            return data[(i[0], i[1], *spot)]

        if params.method == "bicubic":
            return _bicubic_of(params, where, sizes, at)
        where = [_moved_of(params, line, size) for line, size in zip(where, sizes, strict=True)]
        if params.method == "bilinear":
            return sampling.bilinear_element(at, where, sizes)
        return _inside_of([prim.intrinsic("nearbyint", line) for line in where], sizes, at)

    return b.compute(result.shape, element, data.dtype, name="grid_sample")


def _spread_of(params: GridSample, place: PrimExpr, size: Dim) -> PrimExpr:
    extent = as_expr(size).astype(place.dtype)
    if params.align_corners:
        return (place + 1.0) * (extent - 1.0) / prim.const(2, place.dtype)
    return (place + 1.0) * extent / prim.const(2, place.dtype) - 0.5


def _moved_of(params: GridSample, where: PrimExpr, size: Dim) -> PrimExpr:
    extent = as_expr(size).astype(where.dtype)
    if params.padding_mode == "reflection":
        start, span = (0.0, extent - 1.0) if params.align_corners else (-0.5, extent)
        whole = as_expr(size) - 1 if params.align_corners else as_expr(size)
        distance = prim.intrinsic("fabs", where - start)
        times = distance.astype("int64") // Max(whole, as_expr(1))
        extra = distance - times.astype(where.dtype) * span
        mirrored = prim.select((times % 2).equal(0), extra + start, span - extra + start)
        within = prim.And(where >= start, where <= span + start)
        where = prim.select(within, where, mirrored)
    if params.padding_mode == "zeros":
        return where
    return Min(Max(where, prim.const(0, where.dtype)), extent - 1.0)


def _inside_of(index: Sequence[PrimExpr], sizes: Sequence[Dim], at: sampling.At) -> PrimExpr:
    whole = [place.astype("int64") for place in index]
    valid = [place >= 0 for place in whole]
    valid += [place < as_expr(size) for place, size in zip(whole, sizes, strict=True)]
    return prim.if_then_else(prim.all_of(valid), at(*whole), 0)


def _bicubic_of(params: GridSample, where: Sequence[PrimExpr], sizes: Sequence[Dim], at: sampling.At) -> PrimExpr:
    low = [prim.intrinsic("floor", line) for line in where]
    weights = [_cubic(line - first) for line, first in zip(where, low, strict=True)]
    total: PrimExpr | None = None
    for corner in np.ndindex(4, 4):
        index = [
            prim.intrinsic("trunc", _moved_of(params, first + float(step - 1), size))
            for first, step, size in zip(low, corner, sizes, strict=True)
        ]
        term = _inside_of(index, sizes, at) * weights[0][corner[0]] * weights[1][corner[1]]
        total = term if total is None else total + term
    assert total is not None
    return total


def _factor(params: GridSample, data: TensorType, grid: TensorType) -> float:
    del params, grid
    # Coordinates are rounded in units of the image's extent.
    return 8.0 * sum(dim for dim in data.shape if isinstance(dim, int))


def _magnitude(params: GridSample, data: Array, grid: Array) -> Array:
    reach = np.abs(grid).max(initial=1)
    return np.full_like(_reference(params, data, grid), np.abs(data).max(initial=0) * reach)


def _margin(params: GridSample, data: Array, grid: Array) -> Array:
    """How far the places that take their nearest element lie from the middle of two."""
    sizes = data.shape[2:]
    if params.method != "nearest":
        return np.asarray(np.inf)
    far = np.full((len(grid), 1, *grid.shape[2:]), np.inf)
    for n, size in enumerate(sizes):
        place = grid[:, len(sizes) - 1 - n, None]
        where = _moved(params, _spread(params, place, size), size)
        far = np.minimum(far, np.abs(where - margins.middle(where)) / ((1 + np.abs(place)) * size))
    return far


def _draw(d: Draw) -> Drawn:
    count, dtype = d.integer(2, 3), d.one_of(*FLOATS)
    params = GridSample(
        d.one_of(*_METHODS[: 5 - count]), "NCHW" if count == 2 else "NCDHW", d.one_of(*_MODES), not d.flag()
    )
    batch, channels = d.extents(2, 1, 2)
    least = 2 if params.padding_mode == "reflection" and params.align_corners else 1
    data = TensorType((batch, channels, *d.extents(count, least, 4)), dtype)
    return Drawn(params, (data, TensorType((batch, count, *d.extents(count, 1, 3)), dtype)))


def _draw_affine(d: Draw) -> Drawn:
    aligned = not d.flag()
    params = AffineGrid(d.extents(2, 2 if aligned else 1), aligned)
    return Drawn(params, (TensorType((d.integer(1, 3), 2, 3), d.one_of(*FLOATS)),))


def _infer_affine(params: AffineGrid, data: Type) -> Type:
    source = rules.tensor(data, 0)
    if source.rank != 3 or any(map(_differs, source.shape[1:], (2, 3))):
        raise Reject(f"expected matrices (batch, 2, 3), got {rules.show(source.shape)}", 0)
    if len(params.target_shape) != 2:
        raise Reject("target_shape must hold a height and a width")
    return TensorType((source.shape[0], 2, *params.target_shape), source.dtype)


def _differs(dim: Dim, wanted: int) -> bool:
    return rules.unify(dim, wanted) is None


def _line(params: AffineGrid, size: Dim) -> tuple[float, float]:
    """The first place along a dimension, and how far places lie apart."""
    if not isinstance(size, int) or (params.align_corners and size < 2):
        raise Reject("height and width of a grid must be known and at least 2")
    return (-1.0, (2.0 - 1e-7) / (size - 1)) if params.align_corners else (-1.0 + 1.0 / size, 2.0 / size)


def _affine(params: AffineGrid, data: Array) -> Array:
    kind, places = data.dtype, list[Array]()
    for size in shapes.static(params.target_shape):
        start, step = _line(params, size)
        moved = np.arange(size).astype(kind) * np.asarray(step).astype(kind)
        places.append(np.asarray(np.asarray(start).astype(kind) + moved, kind))
    y, x = places
    rows = data[:, :, None, None, :]
    return rows[..., 0] * x[None, :] + rows[..., 1] * y[:, None] + rows[..., 2]


def _lower_affine(params: AffineGrid, b: LoopBuilder, data: Tensor) -> Tensor:
    (y_start, y_step), (x_start, x_step) = (_line(params, size) for size in params.target_shape)

    def element(n: PrimExpr, k: PrimExpr, i: PrimExpr, j: PrimExpr) -> PrimExpr:
        y, x = i.astype(data.dtype) * y_step + y_start, j.astype(data.dtype) * x_step + x_start
        return data[n, k, 0] * x + data[n, k, 1] * y + data[n, k, 2]

    return b.compute((data.shape[0], 2, *params.target_shape), element, name="affine_grid")


def _read_sample(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {**attrs, "method": _ONNX_METHODS.get(attrs["method"], attrs["method"])}


def _read_affine(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"target_shape": attrs["target_shape"]}


def _write_affine(params: AffineGrid, _types: Sequence[Type]) -> Mapping[str, Value]:
    if not params.align_corners:
        raise Reject("Relay's grids reach to the corners")
    return {"target_shape": params.target_shape}


def _read_relax_affine(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    size = tuple(attrs["size"])
    if len(size) not in (1, 2):
        raise Reject("size must hold a height and a width")
    return {"target_shape": size * (3 - len(size)), "align_corners": attrs.get("align_corners", True)}


def _write_first_affine(params: AffineGrid, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"size": params.target_shape}


def _fits_first_affine(params: AffineGrid, _types: Sequence[Type], release: str) -> str | None:
    return None if params.align_corners else f"grids of Relax {release} reach to the corners"


def _write_relax_affine(params: AffineGrid, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"size": params.target_shape, "align_corners": params.align_corners}


def _affine_magnitude(params: AffineGrid, data: Array) -> Array:
    return np.full_like(_affine(params, data), 3 * np.abs(data).max(initial=0))


CARDS = (
    OpCard(
        name="image.grid_sample",
        inputs=(Input("data"), Input("grid", Domain(-1.5, 1.5))),
        params=GridSample,
        infer=_infer,
        reference=_reference,
        lower=_lower,
        relay=RelaySpelling(
            name="image.grid_sample",
            attrs_type="relay.attrs.GridSampleAttrs",
            fields=(
                Field("method", Kind.STR, "bilinear"),
                Field("layout", Kind.STR, "NCHW"),
                Field("padding_mode", Kind.STR, "zeros"),
                Field("align_corners", Kind.BOOL, True),
            ),
            read=_read_sample,
        ),
        relax=(
            RelaxSpelling(
                name="relax.image.grid_sample",
                operands=(Operand("data"), Operand("grid")),
                attrs_type="relax.attrs.GridSampleAttrs",
                fields=(
                    Field("method", Kind.STR, python="bilinear"),
                    Field("layout", Kind.STR, python="NCHW"),
                    Field("padding_mode", Kind.STR, python="zeros"),
                    Field("align_corners", Kind.BOOL, python=False),
                ),
                since="0.25",
                fits=_fits,
            ),
        ),
        pattern=Pattern.INJECTIVE,
        error=Rounding(ulps=32, factor=_factor, magnitude=_magnitude),
        draw=_draw,
        margin=_margin,
    ),
    OpCard(
        name="image.affine_grid",
        inputs=(Input("data"),),
        params=AffineGrid,
        infer=_infer_affine,
        reference=_affine,
        lower=_lower_affine,
        relay=RelaySpelling(
            name="image.affine_grid",
            attrs_type="relay.attrs.AffineGridAttrs",
            fields=(Field("target_shape", Kind.INTS),),
            read=_read_affine,
            write=_write_affine,
        ),
        relax=(
            RelaxSpelling(
                name="relax.image.affine_grid",
                operands=(Operand("data"), Operand("size", Carrier.SHAPE)),
                since="0.25",
                until="0.26",
                read=_read_relax_affine,
                write=_write_first_affine,
                fits=_fits_first_affine,
            ),
            RelaxSpelling(
                name="relax.image.affine_grid",
                operands=(Operand("data"), Operand("size", Carrier.SHAPE)),
                attrs_type="relax.attrs.AffineGridAttrs",
                fields=(Field("align_corners", Kind.BOOL, python=True),),
                since="0.26",
                read=_read_relax_affine,
                write=_write_relax_affine,
            ),
        ),
        pattern=Pattern.INJECTIVE,
        error=Rounding(ulps=8, magnitude=_affine_magnitude),
        draw=_draw_affine,
    ),
)
