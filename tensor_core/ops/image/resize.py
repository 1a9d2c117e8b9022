"""image.resize1d, image.resize2d and image.resize3d.

Elements are computed in float32 and cast; what lies outside repeats the border. With tf_crop_and_resize the region
``roi`` (starts, then ends, as fractions) is resized, and places outside of the image give ``extrapolation_value``: in
three dimensions only by height and width, as in TVM 0.19, where cubic_exclude in three dimensions also weighs depth by
the width's coordinates. Relax has the size as an operand, and kernels that leave out_dtype aside; from 0.24 on they
round halves to even and no longer ignore how asymmetric coordinates are rounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import layout, moves, resampling, rules, window_draw
from tensor_core.ops.card import (
    Carrier,
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
from tensor_core.ops.elementwise.whole import AWAY, EVEN
from tensor_core.ops.resampling import Line
from tensor_core.ops.rules import Array
from tensor_core.prim import Max, Min, PrimExpr
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Resize:
    """``size``: the resulting extents. ``cubic_alpha``: the spline's coefficient; ``cubic_exclude``: neighbours outside
    do not count. ``out_dtype`` is empty for the data's element type.

    Of the nearest neighbour only: ``tie`` says where rounding_method "round" takes coordinates that end in a half, away
    from zero or to the even neighbour; with ``integer_division`` asymmetric coordinates in two dimensions are rounded
    down, whatever rounding_method says, where the image grows a whole number of times.
    """

    size: tuple[Dim, ...]
    roi: tuple[float, ...]
    layout: str
    method: str
    coordinate_transformation_mode: str
    rounding_method: str
    cubic_alpha: float
    cubic_exclude: int
    extrapolation_value: float
    out_dtype: str = ""
    tie: str = AWAY
    integer_division: bool = True

    @property
    def letters(self) -> str:
        """The spatial letters, outermost first."""
        return layout.LETTERS[len(self.size)]


def _infer(params: Resize, data: Type) -> Type:
    source = rules.tensor(data, 0)
    letters = "NC" + params.letters
    dims = layout.merged(source.shape, params.layout, letters, 0)
    shape = layout.split((*dims[:2], *params.size), params.layout, letters)
    return TensorType(shape, params.out_dtype or source.dtype)


def _lines(params: Resize, shape: Sequence[Dim]) -> tuple[tuple[int, ...], list[Line], str]:
    """The spatial axes, their lines, and the rounding method; Reject for what TVM cannot compute."""
    rounding = resampling.check(params.method, params.coordinate_transformation_mode, params.rounding_method)
    _, axes = layout.spatial(params.layout, params.letters)
    count = len(axes)
    by_integers = (
        count == 2 and params.method == "nearest_neighbor" and params.coordinate_transformation_mode == "asymmetric"
    )
    lines: list[Line] = []
    for n, (axis, target) in enumerate(zip(axes, params.size, strict=True)):
        size = shape[axis]
        if params.coordinate_transformation_mode == "align_corners" and target == 1:
            raise Reject("corners cannot be aligned in a result of one element: TVM divides by zero")
        whole = by_integers and (params.integer_division or rounding == "floor")
        # topi asks only numbers whether it may divide them.
        whole = whole and isinstance(size, int) and isinstance(target, int) and resampling.divides(size, target)
        mode = params.coordinate_transformation_mode
        at = n if count < 3 else count - 1 - n
        lines.append(Line(size, target, mode, params.roi[at], params.roi[at + count], whole))
    return axes, lines, "round_half_even" if rounding == "round" and params.tie == EVEN else rounding


_COMPARED = 1 << 16
"""Up to which extent of a result every coordinate is looked at; a larger one may be rounded otherwise."""


def _means(params: Resize, types: Sequence[Type], tie: str, integer_division: bool) -> bool:
    """Whether a release that rounds so certainly takes the same elements."""
    if params.method != "nearest_neighbor":
        return True
    mode = params.coordinate_transformation_mode
    try:
        rounding = resampling.check(params.method, mode, params.rounding_method)
    except Reject:
        return False
    divides = len(params.size) == 2 and mode == "asymmetric" and rounding != "floor"
    told = replace(
        params,
        tie=tie if rounding == "round" else params.tie,
        integer_division=integer_division if divides else params.integer_division,
    )
    if told == params:
        return True
    shape = rules.tensor(types[0], 0).shape
    if any(not isinstance(extent, int) or extent > _COMPARED for extent in (*params.size, *shape)):
        return False
    taken: list[list[Any]] = []
    for item in (params, told):
        try:
            _, lines, rounding = _lines(item, shape)
        except Reject:
            return False
        taken.append([resampling.nearest(resampling.places(line), rounding, line.whole) for line in lines])
    return all(map(np.array_equal, *taken))


def _reference(params: Resize, x: Array) -> Array:
    return _sampled(params, x, x.dtype == np.float64).astype(_out(params, x))


def _out(params: Resize, x: Array) -> np.dtype[Any]:
    return dtypes.to_numpy(params.out_dtype) if params.out_dtype else x.dtype


def undefined(params: Resize, x: Array) -> Array:
    """Integers close to the next, and those out of range."""
    out = _out(params, x)
    if out.kind not in "iu" or params.method == "nearest_neighbor":
        return np.zeros((), bool)
    near, exact = (_sampled(params, x, double) for double in (False, True))
    return resampling.undecided(near, exact, out, _roundings(x.shape), _size(params, x))


def _sampled(params: Resize, x: Array, double: bool) -> Array:
    """The result before it takes its element type, computed in float32 or float64."""
    axes, lines, rounding = _lines(params, x.shape)
    work = np.dtype(np.float64 if double else np.float32)
    result, places = x.astype(work), [resampling.places(line) for line in lines]
    # The innermost dimension first, as the nested sums of topi.
    for n in reversed(range(len(axes))):
        axis, line = axes[n], lines[n]
        if params.method == "nearest_neighbor":
            result = _taken(result, resampling.nearest(places[n], rounding, line.whole), axis)
            continue
        index, weights = resampling.neighbours(places[n], params.method, params.cubic_alpha, work)
        along = axis
        if params.method == "cubic" and params.cubic_exclude:
            if len(axes) == 3 and n == 0:
                # Depth takes the width's weights, left out by the width's coordinates and the height.
                along = axes[2]
                beside, weights = resampling.neighbours(places[2], params.method, params.cubic_alpha, work)
                weights = _left_out(weights, resampling.outside(beside, lines[1].size))
            else:
                weights = _left_out(weights, resampling.outside(index, line.size))
        terms = [
            _taken(result, item, axis) * weight.reshape([-1 if a == along else 1 for a in range(x.ndim)])
            for item, weight in zip(index, weights, strict=True)
        ]
        result = sum(terms[1:], terms[0])
    return _extrapolated(params, result, axes, lines, places)


def _taken(x: Array, index: Array, axis: int) -> Array:
    return np.take(x, np.clip(index, 0, x.shape[axis] - 1), axis)


def _left_out(weights: list[Array], out: list[Array]) -> list[Array]:
    kept = [np.where(gone, weight.dtype.type(0), weight) for weight, gone in zip(weights, out, strict=True)]
    total = sum(kept[1:], kept[0])
    return [weight / total for weight in kept]


def _extrapolated(
    params: Resize, x: Array, axes: Sequence[int], lines: Sequence[Line], places: Sequence[Array]
) -> Array:
    if params.coordinate_transformation_mode != "tf_crop_and_resize":
        return x
    for axis, line, where in list(zip(axes, lines, places, strict=True))[-2:]:
        beyond = ((where < 0) | (where > line.size - 1)).reshape([-1 if a == axis else 1 for a in range(x.ndim)])
        x = np.where(beyond, x.dtype.type(params.extrapolation_value), x)
    return x


def _lower(params: Resize, b: LoopBuilder, x: Tensor) -> Tensor:
    axes, lines, rounding = _lines(params, x.shape)
    result = rules.tensor(_infer(params, TensorType(x.shape, x.dtype)), 0)
    work = "float64" if x.dtype == "float64" else "float32"
    # Which element is taken, and whether one is, hangs on single roundings of the coordinates.
    b.strict |= params.method == "nearest_neighbor" or params.coordinate_transformation_mode == "tf_crop_and_resize"
    tables = [_tables(params, b, lines, n, work) for n in range(len(lines))] if params.method == "cubic" else []

    def element(*i: PrimExpr) -> PrimExpr:
        where = [resampling.place_of(i[axis], line) for axis, line in zip(axes, lines, strict=True)]

        def at(index: Sequence[PrimExpr]) -> PrimExpr:
            place = list(i)
            for axis, line, value in zip(axes, lines, index, strict=True):
                place[axis] = Max(Min(value, as_expr(shapes.subtract(line.size, 1))), as_expr(0))
            return x[tuple(place)].astype(work)

        if params.method == "nearest_neighbor":
            value = at([resampling.nearest_of(p, rounding, line.whole) for p, line in zip(where, lines, strict=True)])
        elif params.method == "linear":
            firsts = [prim.intrinsic("floor", place) for place in where]
            rests = [(place - first).astype(work) for place, first in zip(where, firsts, strict=True)]
            value = _blended(firsts, [[prim.const(1, work) - rest, rest] for rest in rests], at)
        else:
            firsts = [first[i[axis]] for axis, (first, *_) in zip(axes, tables, strict=True)]
            value = _blended(firsts, [[row[i[axes[beside]]] for row in rows] for _, beside, rows in tables], at)
        if params.coordinate_transformation_mode == "tf_crop_and_resize":
            for place, line in list(zip(where, lines, strict=True))[-2:]:
                beyond = prim.Or(place < 0.0, place > resampling.last_of(line))
                value = prim.select(beyond, prim.const(params.extrapolation_value, work), value)
        return value.astype(result.dtype)

    return b.compute(result.shape, element, result.dtype, name="resize")


def _expand(params: Resize, f: Fragment[Any], data: Any) -> Any:
    """In the element type in which it is computed, and cast."""
    source = f.tensor_type(data).dtype
    if params.out_dtype in ("", source):
        if len(params.size) == 1:
            return _expand_line(params, f, data)
        return _expand_plain(params, f, data)
    work = source if source == "float64" else "float32"
    plain = replace(params, out_dtype="")
    said = {item.name: getattr(plain, item.name) for item in fields(plain)}
    resized = f.call(f"image.resize{len(params.size)}d", moves.cast(f, data, work), **said)
    return moves.cast(f, resized, params.out_dtype)


def _expand_plain(params: Resize, f: Fragment[Any], data: Any) -> Any:
    """In the plain layout."""
    letters = "NC" + params.letters
    if _has_kernel(params):
        raise Reject("resizing in a plain layout is elementary")
    said = {item.name: getattr(params, item.name) for item in fields(params)}
    plain = layout.unpack(f, data, params.layout, letters)
    resized = f.call(f"image.resize{len(params.size)}d", plain, **{**said, "layout": letters})
    return layout.pack(f, resized, params.layout, letters)


def _has_kernel(params: Resize) -> bool:
    """Whether topi knows the layout (topi.image in TVM 0.19 to 0.27)."""
    known = {2: r"NHWC|NCHW(\d+n)?(\d+c)?", 3: "NDHWC|NCDHW"}.get(len(params.size), "")
    return re.fullmatch(known, params.layout) is not None


def _expand_line(params: Resize, f: Fragment[Any], data: Any) -> Any:
    """A line is an image of height one."""
    if params.coordinate_transformation_mode == "align_corners":
        raise Reject("corners cannot be aligned in an image of height one")
    place = params.layout.index("W")
    shape = f.tensor_type(data).shape
    axis = len(re.findall("[A-Za-z]", params.layout[:place]))
    start, end = params.roi
    said = {item.name: getattr(params, item.name) for item in fields(params)}
    said |= {
        "size": (1, *params.size),
        "roi": (0.0, start, 1.0, end),
        "layout": f"{params.layout[:place]}H{params.layout[place:]}",
        "integer_division": False,
    }
    image = f.call("expand_dims", data, axis=(axis,))
    resized = f.call("image.resize2d", image, **said)
    return f.call("reshape", resized, shape=(*shape[:axis], *params.size, *shape[axis + 1 :]))


def _tables(
    params: Resize, b: LoopBuilder, lines: Sequence[Line], n: int, work: str
) -> tuple[Tensor, int, list[Tensor]]:
    """Of one dimension: where each element's four neighbours begin, and along which dimension their weights stand."""
    beside, size = n, lines[n].size
    if params.cubic_exclude and len(lines) == 3 and n == 0:
        # Depth takes the width's weights, left out by the width's coordinates and the height.
        beside, size = 2, lines[1].size

    def weight(k: int) -> Callable[[PrimExpr], PrimExpr]:
        def value(i: PrimExpr) -> PrimExpr:
            place = resampling.place_of(i, lines[beside])
            first = prim.intrinsic("floor", place)
            plain = resampling.cubic_weights((place - first).astype(work), params.cubic_alpha)
            if not params.cubic_exclude:
                return plain[k]
            return _kept(plain, [first.astype("int64") + (m - 1) for m in range(4)], size)[k]

        return value

    def begin(i: PrimExpr) -> PrimExpr:
        return prim.intrinsic("floor", resampling.place_of(i, lines[n]))

    first = b.compute((lines[n].target,), begin, "float32", name="first")
    rows = [b.compute((lines[beside].target,), weight(k), work, name="weight") for k in range(4)]
    return first, beside, rows


def _blended(firsts: Sequence[PrimExpr], weights: Sequence[Sequence[PrimExpr]], at: Any) -> PrimExpr:
    """The weighted sum of the neighbours, dimension by dimension."""
    count = len(weights[0])
    index = [[first.astype("int64") + (k - count // 2 + 1) for k in range(count)] for first in firsts]
    values = [at([index[n][k] for n, k in enumerate(corner)]) for corner in np.ndindex(*(count,) * len(firsts))]
    for row in reversed(weights):
        values = [
            _sum([value * weight for value, weight in zip(values[n : n + count], row, strict=True)])
            for n in range(0, len(values), count)
        ]
    return values[0]


def _kept(weights: Sequence[PrimExpr], index: Sequence[PrimExpr], size: Dim) -> list[PrimExpr]:
    zero = prim.const(0, weights[0].dtype)
    kept = [
        prim.select(prim.Or(item < 0, item + 1 > size), zero, weight)
        for item, weight in zip(index, weights, strict=True)
    ]
    total = _sum(kept)
    return [weight / total for weight in kept]


def _sum(terms: Sequence[PrimExpr]) -> PrimExpr:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


_ULPS = 64.0


def _roundings(shape: Sequence[Dim]) -> float:
    """How many roundings of the largest element a result is off. Coordinates are rounded in units of extents."""
    return _ULPS + 4.0 * sum(dim for dim in shape if isinstance(dim, int))


def _factor(params: Resize, data: TensorType) -> float:
    del params
    return _roundings(data.shape) - _ULPS


def _size(params: Resize, x: Array) -> float:
    return max(float(np.abs(x).max(initial=0)), abs(params.extrapolation_value))


def _magnitude(params: Resize, x: Array) -> Array:
    return np.full_like(_reference(params, x), _size(params, x))


def _draw(count: int) -> Callable[[Draw], Drawn]:
    def draw(d: Draw) -> Drawn:
        mode, method = d.one_of(*resampling.MODES), d.one_of(*resampling.METHODS)
        target = d.extents(count, 2 if mode == "align_corners" else 1, 6)
        own = d.one_of(*FLOATS, "int32", "int8", "uint8")
        dims = (*d.extents(2, 1, 2), *d.extents(count))
        stated, shape = window_draw.channels_in_blocks(d, "NC" + layout.LETTERS[count], dims)
        params = Resize(
            target,
            tuple(d.integer(low, low + 3) / 4 for low in (-1,) * count + (2,) * count),
            stated,
            method,
            mode,
            d.one_of("", *resampling.ROUNDINGS),
            d.one_of(-0.5, -0.75),
            d.integer(0, 1),
            d.one_of(0.0, 2.5),
            d.one_of("", *FLOATS, "int32", "int8", *(("uint8",) if own == "uint8" else ())),
        )
        if method == "nearest_neighbor":
            params = replace(params, tie=d.one_of(AWAY, EVEN), integer_division=not d.flag())
        return Drawn(params, (TensorType(shape, own),))

    return draw


def _relax(count: int) -> tuple[RelaxSpelling, ...]:
    if count == 1:
        return ()

    def read(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
        size, roi = tuple(attrs["size"]), tuple(map(float, attrs["roi"]))
        # One number is meant for every dimension.
        size = size * count if len(size) == 1 else size
        if len(size) != count or len(roi) not in (1, 2 * count):
            raise Reject(f"size and roi must have {count} and {2 * count} elements")
        roi = roi * (2 * count) if len(roi) == 1 else roi
        return {**attrs, "size": size, "roi": roi, "out_dtype": attrs["out_dtype"] or ""}

    def read_even(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        told = {"tie": EVEN, "integer_division": False} if attrs["method"] == "nearest_neighbor" else {}
        return {**read(attrs, types), **told}

    def write(params: Resize, _types: Sequence[Type]) -> Mapping[str, Value]:
        written = {item.name: getattr(params, item.name) for item in fields(params) if item.name not in _UNWRITTEN}
        return {**written, "out_dtype": params.out_dtype or None}

    def fits(params: Resize, types: Sequence[Type], release: str) -> str | None:
        source = rules.tensor(types[0], 0).dtype
        if params.out_dtype not in ("", source):
            return f"the kernels of Relax {release} keep the element type {source}"
        if not _has_kernel(params):
            return f"Relax {release} has no kernel for layout {params.layout}"
        late = release not in _AWAY_RELEASES
        if not _means(params, types, EVEN if late else AWAY, not late):
            return f"Relax {release} may round some coordinates otherwise"
        return None

    def spelling(alpha: float, late: bool, **span: Any) -> RelaxSpelling:
        return RelaxSpelling(
            name=f"relax.image.resize{count}d",
            operands=(Operand("data"), Operand("size", Carrier.SHAPE)),
            attrs_type=f"relax.attrs.Resize{count}DAttrs",
            fields=(
                Field("roi", Kind.FLOATS, python=(0.0,) * (2 * count)),
                Field("layout", Kind.STR, python="NC" + layout.LETTERS[count]),
                Field("method", Kind.STR, python="linear"),
                Field("coordinate_transformation_mode", Kind.STR, python="half_pixel"),
                Field("rounding_method", Kind.STR, python="round" if count == 2 else ""),
                Field("cubic_alpha", Kind.FLOAT, python=alpha),
                Field("cubic_exclude", Kind.INT, python=0),
                Field("extrapolation_value", Kind.FLOAT, python=0.0),
                Field("out_dtype", Kind.DTYPE, None, optional=True),
            ),
            read=read_even if late else read,
            write=write,
            fits=fits,
            **span,
        )

    if count == 3:
        return (spelling(-0.75, True, since="0.25"),)
    return (
        spelling(-0.5, False, until="0.21"),
        spelling(-0.75, False, since="0.21", until="0.24"),
        spelling(-0.75, True, since="0.24"),
    )


_UNWRITTEN = frozenset({"tie", "integer_division"})
_AWAY_RELEASES = frozenset(f"0.{minor}" for minor in range(19, 24))


def _write_relay(params: Resize, types: Sequence[Type]) -> Mapping[str, Value]:
    if not _means(params, types, AWAY, True):
        raise Reject("Relay may round some coordinates otherwise")
    return {item.name: getattr(params, item.name) for item in fields(params) if item.name not in _UNWRITTEN}


def _card(count: int) -> OpCard[Resize]:
    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        del types
        for name, length in (("size", count), ("roi", 2 * count)):
            if attrs[name] is None or len(attrs[name]) != length:
                raise Reject(f"{name} must have {length} elements")
        return {**attrs, "size": tuple(attrs["size"]), "roi": tuple(map(float, attrs["roi"]))}

    return OpCard(
        name=f"image.resize{count}d",
        inputs=(Input("data"),),
        params=Resize,
        infer=_infer,
        reference=_reference,
        lower=_lower,
        expand=_expand,
        relay=RelaySpelling(
            name=f"image.resize{count}d",
            attrs_type=f"relay.attrs.Resize{count}DAttrs",
            fields=(
                Field("size", Kind.INTS, None, optional=True),
                Field("roi", Kind.FLOATS, None, optional=True),
                Field("layout", Kind.STR, "NC" + layout.LETTERS[count]),
                Field("method", Kind.STR, "linear"),
                Field("coordinate_transformation_mode", Kind.STR, "half_pixel"),
                Field("rounding_method", Kind.STR, "round", python=""),
                Field("cubic_alpha", Kind.FLOAT, -0.5),
                Field("cubic_exclude", Kind.INT, 0),
                Field("extrapolation_value", Kind.FLOAT, 0.0),
                Field("out_dtype", Kind.DTYPE, ""),
            ),
            read=read,
            write=_write_relay,
        ),
        relax=_relax(count),
        pattern=Pattern.INJECTIVE,
        error=Rounding(ulps=_ULPS, factor=_factor, magnitude=_magnitude, coarser=resampling.coarser),
        draw=_draw(count),
        undefined=undefined,
    )


CARDS = (_card(1), _card(2), _card(3))
