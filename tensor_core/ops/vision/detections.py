"""vision.multibox_transform_loc of Relax: boxes of anchors moved and scaled, and softmax scores of their classes.

Boxes are (top, left, bottom, right). Scores below the threshold are zero, those of the background too unless it is
kept. Relay's op of this name selects and sorts detections, which is another card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.from_card import LoopFragment
from tensor_core.ops import rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Operand, Reject, RelaxSpelling, Rounding, Value
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.ops.vision import box_draw
from tensor_core.prim import Max, Min, PrimExpr
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Decode:
    """``variances`` scale x, y, width and height. ``apply_softmax``: scores are logits (always before TVM 0.27)."""

    clip: bool
    threshold: float
    variances: tuple[float, ...]
    keep_background: bool
    apply_softmax: bool = True


def _infer(params: Decode, cls_pred: Type, loc_pred: Type, anchor: Type) -> Type:
    scores, moves, boxes = (rules.tensor(item, n) for n, item in enumerate((cls_pred, loc_pred, anchor)))
    for argument, (operand, rank) in enumerate(((scores, 3), (moves, 2), (boxes, 3))):
        if operand.rank != rank:
            raise Reject(f"expected {rank} dimensions, got {rules.show(operand.shape)}", argument)
        if operand.dtype != scores.dtype:
            raise Reject(f"element types differ: {scores.dtype} and {operand.dtype}", argument)
    if len(params.variances) != 4:
        raise Reject("variances must be four numbers")
    batch, _, count = scores.shape
    expected = ((1, moves.shape, (batch, shapes.multiply(count, 4))), (2, boxes.shape, (1, count, 4)))
    for argument, own, wanted in expected:
        if any(map(shapes.prove_different, own, wanted)):
            raise Reject(f"expected {rules.show(wanted)}, got {rules.show(own)}", argument)
    return TupleType((TensorType((batch, count, 4), scores.dtype), scores))


def _reference(params: Decode, cls_pred: Array, loc_pred: Array, anchor: Array) -> tuple[Array, Array]:
    batch, _, count = cls_pred.shape
    kind = cls_pred.dtype.type
    moves = loc_pred.reshape(batch, count, 4)
    left, top, right, bottom = (anchor[0, :, n] for n in range(4))
    x, y, width, height = (moves[..., n] * kind(params.variances[n]) for n in range(4))
    centre_y, centre_x = y * (bottom - top) + (top + bottom) / kind(2), x * (right - left) + (left + right) / kind(2)
    half_height, half_width = np.exp(height) * (bottom - top) / kind(2), np.exp(width) * (right - left) / kind(2)
    boxes = np.stack([centre_y - half_height, centre_x - half_width, centre_y + half_height, centre_x + half_width], -1)
    scores = _softmax(cls_pred) if params.apply_softmax else cls_pred
    scores = np.where(scores >= kind(params.threshold), scores, kind(0))
    if not params.keep_background:
        scores[:, :1] = 0
    return np.clip(boxes, 0, 1) if params.clip else boxes, scores


def _softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def _lower(params: Decode, b: LoopBuilder, cls_pred: Tensor, loc_pred: Tensor, anchor: Tensor) -> tuple[Tensor, Tensor]:
    batch, _, count = cls_pred.shape
    dtype = cls_pred.dtype
    zero, one, two = (prim.const(value, dtype) for value in (0, 1, 2))

    def corner(n: PrimExpr, box: PrimExpr, place: PrimExpr) -> PrimExpr:
        """Top, left, bottom, right: the centre less or more half of the extent, vertically and horizontally in turn."""
        across = place % 2
        low, high = anchor[0, box, 1 - across], anchor[0, box, 3 - across]
        x, y, width, height = (prim.const(value, dtype) for value in params.variances)
        flat, is_across = box * 4, across.equal(1)
        centre = loc_pred[n, flat + (1 - across)] * prim.select(is_across, x, y) * (high - low) + (low + high) / two
        scale = prim.intrinsic("exp", loc_pred[n, flat + (3 - across)] * prim.select(is_across, width, height))
        half = scale * (high - low) / two
        value = prim.select(place < 2, centre - half, centre + half)
        return Max(Min(value, one), zero) if params.clip else value

    boxes = b.compute((batch, count, 4), corner, name="boxes")
    scores = LoopFragment(b).call("nn.softmax", cls_pred, axis=1) if params.apply_softmax else cls_pred

    def score(*i: PrimExpr) -> PrimExpr:
        kept = scores[i] >= params.threshold
        return prim.select(kept if params.keep_background else prim.And(kept, i[1] > 0), scores[i], zero)

    return boxes, b.compute(cls_pred.shape, score, name="scores")


def _magnitude(params: Decode, cls_pred: Array, loc_pred: Array, anchor: Array) -> tuple[Array, Array]:
    boxes, scores = _reference(params, cls_pred, loc_pred, anchor)
    return np.full_like(boxes, 1 + np.abs(boxes).max(initial=0)), np.ones_like(scores)


def _read(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {**attrs, "variances": tuple(map(float, attrs["variances"]))}


_FIELDS = (
    Field("clip", Kind.BOOL, python=False),
    Field("threshold", Kind.FLOAT, python=0.0),
    Field("variances", Kind.FLOATS, python=(1.0, 1.0, 1.0, 1.0)),
    Field("keep_background", Kind.BOOL, python=True),
)
_SPELLING = RelaxSpelling(
    name="relax.vision.multibox_transform_loc",
    operands=(Operand("cls_pred"), Operand("loc_pred"), Operand("anchor")),
    attrs_type="relax.attrs.MultiboxTransformLocAttrs",
    fields=_FIELDS,
    since="0.25",
    until="0.27",
    read=_read,
)


def _fits_first(params: Decode, _types: Sequence[Type], release: str) -> str | None:
    return None if params.apply_softmax else f"Relax {release} always makes scores by softmax"


def _write_first(params: Decode, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {item.name: getattr(params, item.name) for item in _FIELDS}


def _margin(params: Decode, cls_pred: Array, loc_pred: Array, anchor: Array) -> tuple[Array, Array]:
    del loc_pred, anchor
    scores = _softmax(cls_pred) if params.apply_softmax else cls_pred
    return np.asarray(np.inf), np.abs(scores - params.threshold)


def _draw(d: Draw) -> Drawn:
    batch, classes, count = d.integer(1, 2), d.integer(1, 3), d.integer(1, 4)
    numbers = tuple(d.one_of(1.0, 0.1, 0.5) for _ in range(4))
    params = Decode(d.flag(), d.one_of(0.0, 0.25, 0.5), numbers, not d.flag(), not d.flag())
    dtype = d.one_of(*FLOATS)
    shapes_of = ((batch, classes, count), (batch, 4 * count), (1, count, 4))
    types = tuple(TensorType(shape, dtype) for shape in shapes_of)
    return Drawn(params, types, {0: Domain(-2.0, 2.0), 1: Domain(-2.0, 2.0), 2: box_draw.UNIT})


CARD = OpCard(
    name="vision.decode_boxes",
    inputs=(Input("cls_pred"), Input("loc_pred"), Input("anchor")),
    params=Decode,
    infer=_infer,
    reference=_reference,
    draw=_draw,
    margin=_margin,
    lower=_lower,
    relax=(
        replace(_SPELLING, write=_write_first, fits=_fits_first),
        replace(_SPELLING, since="0.27", until=None, fields=(*_FIELDS, Field("apply_softmax", Kind.BOOL, True))),
    ),
    error=Rounding(ulps=32, magnitude=_magnitude),
)
