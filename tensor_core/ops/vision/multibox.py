"""vision.multibox_prior and vision.multibox_transform_loc: anchor boxes of a feature map, and detections made of them.

multibox_transform_loc moves the detections to the top; what follows them in the result is undefined in TVM, zero here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.ops import rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Reject, RelaySpelling, Rounding
from tensor_core.ops.rules import Array
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


def _boxes(params: TransformLoc, moves: Array, anchor: Array) -> Array:
    kind = moves.dtype.type
    left, top, right, bottom = (anchor[:, n] for n in range(4))
    variances = [kind(value) for value in params.variances]
    width, height = right - left, bottom - top
    x = moves[..., 0] * variances[0] * width + (left + right) / kind(2)
    y = moves[..., 1] * variances[1] * height + (top + bottom) / kind(2)
    half_width = np.exp(moves[..., 2] * variances[2]) * width / kind(2)
    half_height = np.exp(moves[..., 3] * variances[3]) * height / kind(2)
    boxes = np.stack([x - half_width, y - half_height, x + half_width, y + half_height], -1)
    return np.clip(boxes, 0, 1) if params.clip else boxes


def _unit_magnitude(params: Prior, data: Array) -> Array:
    return np.full_like(_prior(params, data), 4)


def _magnitude(params: TransformLoc, cls_prob: Array, loc_pred: Array, anchor: Array) -> tuple[Array, Array]:
    detections, counts = _transform(params, cls_prob, loc_pred, anchor)
    return np.full_like(detections, 1 + np.abs(detections).max(initial=0)), counts


_VARIANCES = tuple(float(np.float32(value)) for value in (0.1, 0.1, 0.2, 0.2))

CARDS = (
    OpCard(
        name="vision.multibox_prior",
        inputs=(Input("data"),),
        params=Prior,
        infer=_infer_prior,
        reference=_prior,
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
        error=Rounding(ulps=4, magnitude=_unit_magnitude),
    ),
    OpCard(
        name="vision.multibox_transform_loc",
        inputs=(Input("cls_prob"), Input("loc_pred"), Input("anchor")),
        params=TransformLoc,
        infer=_infer_transform,
        reference=_transform,
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
