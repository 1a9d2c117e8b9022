"""vision.multibox_prior and vision.multibox_transform_loc: anchor boxes of a feature map, and detections made of them.

multibox_transform_loc moves the detections to the top; what follows them in the result is undefined in TVM, zero here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import resampling, rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Reject, RelaySpelling, Rounding
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.ops.vision import box_draw
from tensor_core.prim import Max, Min, PrimExpr, Var
from tensor_core.shapes import as_expr
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Prior:
    """``sizes`` and ``ratios`` of the boxes at each place: all sizes, then all ratios but the first at the first size.

    ``steps``: how far places lie apart, vertically and horizontally, as fractions; not positive: evenly.
    """

    sizes: tuple[float, ...]
    ratios: tuple[float, ...]
    steps: tuple[float, ...]
    offsets: tuple[float, ...]
    clip: bool


@dataclass(frozen=True, slots=True)
class TransformLoc:
    """``threshold``: below this score a box is background. ``variances`` scale x, y, width and height."""

    clip: bool
    threshold: float
    variances: tuple[float, ...]
    keep_background: bool


def _infer_prior(params: Prior, data: Type) -> Type:
    source = rules.tensor(data, 0)
    if source.rank != 4:
        raise Reject(f"expected four dimensions, got {rules.show(source.shape)}", 0)
    if not params.sizes or not params.ratios:
        raise Reject("sizes and ratios must hold at least one number each")
    for name in ("steps", "offsets"):
        if len(getattr(params, name)) != 2:
            raise Reject(f"{name} must have 2 elements, not {len(getattr(params, name))}")
    count = len(params.sizes) + len(params.ratios) - 1
    return TensorType((1, shapes.product((*source.shape[2:], count)), 4), source.dtype)


def _prior(params: Prior, data: Array) -> Array:
    one = np.float32
    height, width = (int(size) for size in data.shape[2:])
    steps = [one(step) if step > 0 else one(1 / size) for step, size in zip(params.steps, (height, width), strict=True)]
    y = (np.arange(height).astype(one) + one(params.offsets[0])) * steps[0]
    x = (np.arange(width).astype(one) + one(params.offsets[1])) * steps[1]
    boxes: list[tuple[Any, Any]] = [
        (one(size) * one(height) / one(width) / one(2), one(size) / one(2)) for size in params.sizes
    ]
    for ratio in params.ratios[1:]:
        root, size = np.sqrt(one(ratio)), one(params.sizes[0])
        boxes.append((size * one(height) / one(width) * root / one(2), size / root / one(2)))
    result = np.empty((height, width, len(boxes), 4), one)
    for n, (half_width, half_height) in enumerate(boxes):
        result[:, :, n, 0], result[:, :, n, 2] = x - half_width, x + half_width
        result[:, :, n, 1], result[:, :, n, 3] = (y - half_height)[:, None], (y + half_height)[:, None]
    flat = result.reshape(1, -1, 4)
    return (np.clip(flat, 0, 1) if params.clip else flat).astype(data.dtype)


def _lower_prior(params: Prior, b: LoopBuilder, data: Tensor) -> Tensor:
    kind, sizes = "float32", data.shape[2:]
    high, wide = (as_expr(size).astype(kind) for size in sizes)
    steps = [
        prim.const(step, kind) if step > 0 else (1 / as_expr(size).astype("float64")).astype(kind)
        for step, size in zip(params.steps, sizes, strict=True)
    ]
    halves = _lower_halves(params, high, wide)
    count = len(halves)

    def place(number: PrimExpr, offset: float, step: PrimExpr) -> PrimExpr:
        return (number.astype(kind) + offset) * step

    def corner(_: PrimExpr, flat: PrimExpr, which: PrimExpr) -> PrimExpr:
        """Left, top, right, bottom."""
        cell, box = flat // count, flat % count
        y = place(cell // as_expr(sizes[1]), params.offsets[0], steps[0])
        x = place(cell % as_expr(sizes[1]), params.offsets[1], steps[1])
        half = halves[0]
        for n in range(1, count):
            half = tuple(prim.select(box.equal(n), own, rest) for own, rest in zip(halves[n], half, strict=True))
        across = (which % 2).equal(0)
        centre, reach = prim.select(across, x, y), prim.select(across, half[0], half[1])
        value = prim.select(which < 2, centre - reach, centre + reach)
        value = Max(Min(value, prim.const(1, kind)), prim.const(0, kind)) if params.clip else value
        return value.astype(data.dtype)

    shape = rules.tensor(_infer_prior(params, TensorType(data.shape, data.dtype)), 0).shape
    return b.compute(shape, corner, name="multibox_prior")


def _lower_halves(params: Prior, high: PrimExpr, wide: PrimExpr) -> list[tuple[PrimExpr, ...]]:
    """Half the width and half the height of the boxes."""
    one = np.float32
    first = prim.const(params.sizes[0], "float32")
    found: list[tuple[PrimExpr, ...]] = [
        (prim.const(size, "float32") * high / wide / 2, prim.const(float(one(size) / one(2)), "float32"))
        for size in params.sizes
    ]
    for ratio in params.ratios[1:]:
        root = np.sqrt(one(ratio))
        height = prim.const(float(one(params.sizes[0]) / root / one(2)), "float32")
        found.append((first * high / wide * float(root) / 2, height))
    return found


def _infer_transform(params: TransformLoc, cls_prob: Type, loc_pred: Type, anchor: Type) -> Type:
    del params
    scores, moves, boxes = (rules.tensor(item, n) for n, item in enumerate((cls_prob, loc_pred, anchor)))
    for argument, (operand, rank) in enumerate(((scores, 3), (moves, 2), (boxes, 3))):
        if operand.rank != rank:
            raise Reject(f"expected {rank} dimensions, got {rules.show(operand.shape)}", argument)
    count = scores.shape[2]
    if shapes.prove_different(count, boxes.shape[1]) or shapes.prove_different(boxes.shape[2], 4):
        raise Reject(f"expected {shapes.to_text(count)} anchors of four numbers, got {rules.show(boxes.shape)}", 2)
    if shapes.prove_different(shapes.multiply(count, 4), moves.shape[1]):
        raise Reject(f"expected four numbers for each of {shapes.to_text(count)} anchors", 1)
    if boxes.shape[1] == 0:
        raise Reject("there must be anchors", 2)
    detections = TensorType((scores.shape[0], boxes.shape[1], 6), scores.dtype)
    return TupleType((detections, TensorType((scores.shape[0],), "int32")))


def _transform(params: TransformLoc, cls_prob: Array, loc_pred: Array, anchor: Array) -> tuple[Array, Array]:
    batch, classes, count = cls_prob.shape
    result, counts = np.zeros((batch, count, 6), loc_pred.dtype), np.zeros(batch, np.int32)
    first = 0 if params.keep_background else 1
    boxes = _boxes(params, loc_pred.reshape(batch, count, 4), anchor[0])
    for n in range(batch):
        considered = cls_prob[n, first:classes]
        chosen = considered.argmax(0)
        scores = np.take_along_axis(considered, chosen[None], 0)[0]
        chosen = np.where((scores > -1) & ~((chosen + first > 0) & (scores < params.threshold)), chosen + first, 0)
        kept = np.flatnonzero(chosen >= first)
        counts[n] = len(kept)
        result[n, : len(kept), 0] = chosen[kept] - first
        result[n, : len(kept), 1] = scores[kept]
        result[n, : len(kept), 2:] = boxes[n][kept]
    return result, counts


def _variances(params: TransformLoc) -> tuple[float, ...]:
    # TVM 0.19 looks at this only when it makes a kernel.
    if len(params.variances) != 4:
        raise Reject(f"variances must be four numbers, not {params.variances}")
    return params.variances


def _boxes(params: TransformLoc, moves: Array, anchor: Array) -> Array:
    kind = moves.dtype.type
    left, top, right, bottom = (anchor[:, n] for n in range(4))
    variances = [kind(value) for value in _variances(params)]
    width, height = right - left, bottom - top
    x = moves[..., 0] * variances[0] * width + (left + right) / kind(2)
    y = moves[..., 1] * variances[1] * height + (top + bottom) / kind(2)
    half_width = np.exp(moves[..., 2] * variances[2]) * width / kind(2)
    half_height = np.exp(moves[..., 3] * variances[3]) * height / kind(2)
    boxes = np.stack([x - half_width, y - half_height, x + half_width, y + half_height], -1)
    return np.clip(boxes, 0, 1) if params.clip else boxes


def _behind_detections(params: TransformLoc, *args: Array) -> tuple[Array, Array]:
    detections, counts = _transform(params, *args)
    count = int(detections.shape[1])
    return np.greater_equal(rules.steps(count), counts[:, None])[:, :, None], np.zeros((), bool)


def _lower_transform(
    params: TransformLoc, b: LoopBuilder, cls_prob: Tensor, loc_pred: Tensor, anchor: Tensor
) -> tuple[Tensor, Tensor]:
    batch, classes, count = cls_prob.shape
    first = 0 if params.keep_background else 1
    result = b.compute((batch, count, 6), lambda *_: 0, cls_prob.dtype, name="detections")
    counts = b.compute((batch,), lambda *_: 0, "int32", name="valid_count")
    best, score, end = b.local("best"), b.local("score", cls_prob.dtype), b.local("end")
    if isinstance(classes, int) and classes <= first:
        raise Reject("there must be a class beside the background", 0)

    def anchors(n: Var, a: Var) -> Stmt:
        def compared(c: Var) -> Stmt:
            other = cls_prob[n, c + (first + 1), a]
            return when(other > score.value, sequence(score.set(other), best.set(c + (first + 1))))

        is_box = prim.And(score.value > -1, prim.Or(best.value < 1, score.value >= params.threshold))
        row = [prim.select(is_box, best.value - first, 0).astype(cls_prob.dtype), score.value]
        row += [corner.astype(cls_prob.dtype) for corner in _lower_box(params, loc_pred, anchor, n, a)]
        written = [store(result, (n, end.value, as_expr(place)), value) for place, value in enumerate(row)]
        kept = sequence(*written, end.set(end.value + 1))
        return sequence(
            best.set(first),
            score.set(cls_prob[n, first, a]),
            loop(shapes.subtract(classes, first + 1), compared, "c"),
            kept if params.keep_background else when(is_box, kept),
        )

    def image(n: Var) -> Stmt:
        found = store(counts, (n,), end.value.astype("int32"))
        return sequence(end.set(0), loop(count, lambda a: anchors(n, a), "a"), found)

    b.emit(loop(batch, image, "n"))
    return result, counts


def _lower_box(params: TransformLoc, moves: Tensor, anchor: Tensor, n: Var, a: Var) -> list[PrimExpr]:
    """Left, top, right, bottom."""
    dtype, variances = moves.dtype, _variances(params)
    first, last = list[PrimExpr](), list[PrimExpr]()
    for axis in range(2):
        low, high = anchor[0, a, axis], anchor[0, a, axis + 2]
        shift, scale = (moves[n, a * 4 + place] * variances[place] for place in (axis, axis + 2))
        centre = shift * (high - low) + (low + high) / 2
        half = prim.intrinsic("exp", scale) * (high - low) / 2
        first.append(centre - half)
        last.append(centre + half)
    corners = [*first, *last]
    if not params.clip:
        return corners
    return [Max(Min(corner, prim.const(1, dtype)), prim.const(0, dtype)) for corner in corners]


def _unit_magnitude(params: Prior, data: Array) -> Array:
    return np.full_like(_prior(params, data), 4)


def _magnitude(params: TransformLoc, cls_prob: Array, loc_pred: Array, anchor: Array) -> tuple[Array, Array]:
    detections, counts = _transform(params, cls_prob, loc_pred, anchor)
    return np.full_like(detections, 1 + np.abs(detections).max(initial=0)), counts


_VARIANCES = tuple(float(np.float32(value)) for value in (0.1, 0.1, 0.2, 0.2))


def _draw_prior(d: Draw) -> Drawn:
    def numbers(*among: float) -> tuple[float, ...]:
        return tuple(d.one_of(*among) for _ in range(d.integer(1, 3)))

    params = Prior(
        numbers(1.0, 0.5, 0.25),
        numbers(1.0, 2.0, 0.5),
        (d.one_of(-1.0, 0.25), d.one_of(-1.0, 0.25)),
        (d.one_of(0.5, 0.0), d.one_of(0.5, 0.0)),
        d.flag(),
    )
    return Drawn(params, (TensorType(d.extents(4, 1, 4), d.one_of(*FLOATS)),))


def _draw_transform(d: Draw) -> Drawn:
    batch, count, dtype = d.integer(1, 2), d.integer(1, 4), d.one_of("float32", "float64", "float16")
    keeps = d.flag()
    classes = d.integer(1 if keeps else 2, 3)
    params = TransformLoc(not d.flag(), d.one_of(0.01, 0.25, 0.5), d.one_of(_VARIANCES, (1.0, 0.5, 0.5, 0.25)), keeps)
    shapes_of = ((batch, classes, count), (batch, 4 * count), (1, count, 4))
    types = tuple(TensorType(shape, dtype) for shape in shapes_of)
    return Drawn(params, types, {0: box_draw.UNIT, 1: Domain(-2.0, 2.0), 2: box_draw.UNIT})


def _margin_transform(params: TransformLoc, cls_prob: Array, loc_pred: Array, anchor: Array) -> tuple[Array, Array]:
    del loc_pred, anchor
    each = np.stack([box_draw.nearest(scores - params.threshold, box_draw.between(scores.T)) for scores in cls_prob])
    return each[:, None, None], each


CARDS = (
    OpCard(
        name="vision.multibox_prior",
        inputs=(Input("data"),),
        params=Prior,
        infer=_infer_prior,
        reference=_prior,
        lower=_lower_prior,
        draw=_draw_prior,
        relay=RelaySpelling(
            name="vision.multibox_prior",
            attrs_type="relay.attrs.MultiBoxPriorAttrs",
            fields=(
                Field("sizes", Kind.FLOATS, (1.0,)),
                Field("ratios", Kind.FLOATS, (1.0,)),
                Field("steps", Kind.FLOATS, (-1.0, -1.0)),
                Field("offsets", Kind.FLOATS, (0.5, 0.5)),
                Field("clip", Kind.BOOL, False),
            ),
        ),
        error=Rounding(ulps=4, magnitude=_unit_magnitude, coarser=resampling.coarser),
    ),
    OpCard(
        name="vision.multibox_transform_loc",
        inputs=(Input("cls_prob"), Input("loc_pred"), Input("anchor")),
        params=TransformLoc,
        infer=_infer_transform,
        reference=_transform,
        lower=_lower_transform,
        draw=_draw_transform,
        undefined=_behind_detections,
        margin=_margin_transform,
        relay=RelaySpelling(
            name="vision.multibox_transform_loc",
            attrs_type="relay.attrs.MultiBoxTransformLocAttrs",
            fields=(
                Field("clip", Kind.BOOL, True),
                Field("threshold", Kind.FLOAT, 0.01),
                Field("variances", Kind.FLOATS, _VARIANCES),
                Field("keep_background", Kind.BOOL, False),
            ),
        ),
        error=Rounding(ulps=16, magnitude=_magnitude),
    ),
)
