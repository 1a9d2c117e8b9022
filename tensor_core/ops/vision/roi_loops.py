"""Tensor programs of vision.roi_align and vision.roi_pool: bins of regions one by one, all channels of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tensor_core import dtypes, prim
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, nest, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import convolution, layout, sampling
from tensor_core.ops.card import Reject
from tensor_core.prim import Max, Min, PrimExpr, Var
from tensor_core.shapes import Dim, as_expr

_FLOAT = "float32"


def align(
    b: LoopBuilder,
    data: Tensor,
    rois: Tensor,
    bins: Sequence[int],
    scale: float,
    sample_ratio: int,
    order: str,
    mode: str,
    aligned: bool,
) -> Tensor:
    """roi_align; see the card's parameters. Regions are computed in float32, each operation rounded."""
    if mode not in ("avg", "max"):
        raise Reject(f"mode {mode!r} is unknown")
    b.strict = True
    axes = layout.positions(order, "NCHW")
    _, channels, *sizes = (data.shape[axis] for axis in axes)
    shape = layout.split((rois.shape[0], channels, *bins), order, "NCHW")
    lowest = dtypes.lowest(data.dtype)
    result = b.compute(shape, lambda *_: lowest if mode == "max" else 0, data.dtype, name="roi_align")
    image = b.local("image")
    start, width = ([b.local(f"{name}_{n}", _FLOAT) for n in "yx"] for name in ("start", "width"))
    samples = [b.local(f"samples_{n}") for n in "yx"]
    places = [b.local(f"place_{n}", _FLOAT) for n in "yx"]

    def region(r: Var) -> Stmt:
        setup = [image.set(rois[r, 0].astype("int64"))]
        for n in range(2):
            first, last = (rois[r, column].astype(_FLOAT) * scale for column in (2 - n, 4 - n))
            size = last - first if aligned else Max(last - first, prim.const(1, _FLOAT))
            most = prim.intrinsic("ceil", size / bins[n]).astype("int64")
            setup += [start[n].set(first), width[n].set(size / bins[n])]
            setup += [samples[n].set(as_expr(sample_ratio) if sample_ratio > 0 else most)]
        return sequence(*setup, nest(bins, lambda place: bin_(r, place), "bin"))

    def bin_(r: Var, place: tuple[Var, ...]) -> Stmt:
        def sample(y: Var) -> Stmt:
            return loop(samples[1].value, lambda x: sampled(r, place, (y, x)), "x")

        return loop(samples[0].value, sample, "y")

    def sampled(r: Var, place: tuple[Var, ...], taps: tuple[Var, ...]) -> Stmt:
        found = [
            first.value
            + spot.astype(_FLOAT) * step.value
            + (tap.astype(_FLOAT) + 0.5) * step.value / count.value.astype(_FLOAT)
            for first, step, count, spot, tap in zip(start, width, samples, place, taps, strict=True)
        ]
        inside = [
            test
            for cell, size in zip(places, sizes, strict=True)
            for test in (cell.value >= -1, cell.value <= as_expr(size).astype(_FLOAT))
        ]
        moved = sequence(*(cell.set(value) for cell, value in zip(places, found, strict=True)))
        taken = loop(channels, lambda c: inner(r, c, place), "c")
        zero = loop(channels, lambda c: joined(r, c, place, prim.const(0, data.dtype)), "c")
        return sequence(moved, when(prim.all_of(inside), taken, zero if mode == "max" else None))

    def inner(r: Var, c: Var, place: tuple[Var, ...]) -> Stmt:
        clipped = [
            Max(Min(cell.value, (as_expr(size) - 1).astype(_FLOAT)), prim.const(0, _FLOAT)).astype(data.dtype)
            for cell, size in zip(places, sizes, strict=True)
        ]
        return joined(r, c, place, sampling.bilinear_element(lambda *i: element(c, i), clipped, sizes))

    def element(c: Var, index: Sequence[PrimExpr]) -> PrimExpr:
        return data[convolution.index((image.value, c, *index), axes)]

    def joined(r: Var, c: Var, place: Sequence[PrimExpr], value: PrimExpr) -> Stmt:
        target = convolution.index((r, c, *place), axes)
        held = result[target]
        if mode == "max":
            return store(result, target, Max(held, value))
        count = (samples[0].value * samples[1].value).astype(data.dtype)
        return store(result, target, held + value / count)

    b.emit(loop(rois.shape[0], region, "roi"))
    return result


def pool(
    b: LoopBuilder,
    data: Tensor,
    rois: Tensor,
    bins: Sequence[int],
    scale: float,
    rounded: Callable[[PrimExpr], PrimExpr],
    spare: float,
) -> Tensor:
    """roi_pool of NCHW; ``rounded`` brings corners to whole places, ``spare`` narrows bins."""
    b.strict = True
    channels, *sizes = data.shape[1:]
    result = b.compute((rois.shape[0], channels, *bins), lambda *_: 0, data.dtype, name="roi_pool")
    image = b.local("image")
    corners = [[b.local(f"{name}_{n}") for name in ("first", "last")] for n in "yx"]
    ends = [[b.local(f"{name}_{n}") for name in ("start", "end")] for n in "yx"]

    def region(r: Var) -> Stmt:
        setup = [image.set(rois[r, 0].astype("int64"))]
        for n, pair in enumerate(corners):
            for cell, column in zip(pair, (2 - n, 4 - n), strict=True):
                setup.append(cell.set(rounded(rois[r, column].astype(_FLOAT) * scale).astype("int64")))
        return sequence(*setup, nest(bins, lambda place: bin_(r, place), "bin"))

    def bin_(r: Var, place: tuple[Var, ...]) -> Stmt:
        setup = list[Stmt]()
        for n, (first, last) in enumerate(corners):
            size = Max(last.value - first.value + 1, as_expr(1)).astype(_FLOAT)
            width = size / bins[n]
            start = prim.intrinsic("floor", place[n].astype(_FLOAT) * width + spare)
            end = prim.intrinsic("ceil", (place[n] + 1).astype(_FLOAT) * width - spare)
            for cell, edge in zip(ends[n], (start, end), strict=True):
                setup.append(cell.set(_within(edge.astype("int64") + first.value, sizes[n])))
        heights = [pair[1].value - pair[0].value for pair in ends]
        least = loop(channels, lambda c: store(result, (r, c, *place), dtypes.lowest(data.dtype)), "c")
        filled = prim.all_of([extent > 0 for extent in heights])
        over = loop(heights[0], lambda y: loop(heights[1], lambda x: taken(r, place, (y, x)), "x"), "y")
        return sequence(*setup, when(filled, least), over)

    def taken(r: Var, place: tuple[Var, ...], taps: tuple[Var, ...]) -> Stmt:
        spots = [pair[0].value + tap for pair, tap in zip(ends, taps, strict=True)]

        def one(c: Var) -> Stmt:
            target = (r, c, *place)
            return store(result, target, Max(result[target], data[(image.value, c, *spots)]))

        return loop(channels, one, "c")

    b.emit(loop(rois.shape[0], region, "roi"))
    return result


def _within(place: PrimExpr, size: Dim) -> PrimExpr:
    return Min(Max(place, as_expr(0)), as_expr(size))
