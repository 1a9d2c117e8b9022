"""vision.proposal: the best boxes that a region proposal network finds, without those that overlap better ones.

Anchors of all ratios and scales at every place are moved by the predictions and cut to the image; boxes that are too
small come last. What is kept is repeated until ``rpn_post_nms_top_n`` rows (image, x1, y1, x2, y2) are filled. TVM 0.19
sorts one image only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tensor_core import shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import orders, rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Reject, RelaySpelling, Rounding
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.ops.vision import box_draw
from tensor_core.ops.vision.proposal_loops import lower_proposal
from tensor_core.types import TensorType, Type, tensor_type_of


@dataclass(frozen=True, slots=True)
class Proposal:
    """``scales`` and ``ratios`` of the anchors; ``feature_stride``: how many pixels a place stands for; the overlap's
    ``threshold``; how many boxes count before and after suppression, the first all if not positive; ``iou_loss``: the
    predictions are distances of the borders.
    """

    scales: tuple[float, ...]
    ratios: tuple[float, ...]
    feature_stride: int
    threshold: float
    rpn_pre_nms_top_n: int
    rpn_post_nms_top_n: int
    rpn_min_size: int
    iou_loss: bool


def _infer_proposal(params: Proposal, *types: Type) -> Type:
    scores, moves, info = (rules.tensor(item, n) for n, item in enumerate(types))
    for argument, (operand, rank) in enumerate(((scores, 4), (moves, 4), (info, 2))):
        if operand.rank != rank:
            raise Reject(f"expected {rank} dimensions, got {rules.show(operand.shape)}", argument)
    if shapes.prove_different(info.shape[1], 3):
        raise Reject(f"expected three numbers for each image, got {rules.show(info.shape)}", 2)
    return TensorType((shapes.multiply(scores.shape[0], params.rpn_post_nms_top_n), 5), scores.dtype)


def _anchors(params: Proposal) -> Array:
    """(x1, y1, x2, y2) of the anchors at the first place, ratios outermost."""
    if not all(0 < ratio < math.inf for ratio in params.ratios):
        raise Reject(f"ratios must be positive numbers, not {params.ratios}")
    if not all(scale and math.isfinite(scale) for scale in params.scales):
        raise Reject(f"scales must be numbers other than zero, not {params.scales}")
    base, rows = float(params.feature_stride), list[tuple[float, ...]]()
    centre = 0.5 * (base - 1)
    for ratio in params.ratios:
        for scale in params.scales:
            width = math.floor(math.sqrt(math.floor(base * base / ratio)) + 0.5) * scale
            height = math.floor(width / scale * ratio + 0.5) * scale
            half = 0.5 * (width - 1), 0.5 * (height - 1)
            rows.append((centre - half[0], centre - half[1], centre + half[0], centre + half[1]))
    return np.array(rows, np.float32)


def _moved(params: Proposal, boxes: Array, moves: Array) -> Array:
    if params.iou_loss:
        return np.add(boxes, moves)
    one, half = np.float32(1), np.float32(0.5)
    size = boxes[..., 2:] - boxes[..., :2] + one
    centre = moves[..., :2] * size + boxes[..., :2] + half * (size - one)
    reach = half * (np.exp(moves[..., 2:]) * size - one)
    return np.concatenate([centre - reach, centre + reach], -1)


def _candidates(params: Proposal, scores: Array, moves: Array, info: Array) -> tuple[Array, Array]:
    """All boxes of one image and their scores."""
    anchors = _anchors(params)
    count, (height, width) = len(anchors), scores.shape[1:]
    stride = params.feature_stride
    y, x = np.mgrid[:height, :width].astype(np.float32) * np.float32(stride)
    boxes = anchors + np.stack([x, y, x, y], -1)[:, :, None]
    moved = _moved(params, boxes, moves.reshape(count, 4, height, width).transpose(2, 3, 0, 1))
    high, wide = info[0], info[1]
    moved = np.maximum(np.minimum(moved, np.stack([wide, high, wide, high]) - np.float32(1)), np.float32(0))
    values = scores[count:].transpose(1, 2, 0).copy()
    values[int(high / stride) :], values[:, int(wide / stride) :] = -1, -1
    least = info[2] * np.float32(params.rpn_min_size)
    small = (moved[..., 2:] - moved[..., :2] + np.float32(1) < least).any(-1)
    grown = np.stack([-least, -least, least, least]) / np.float32(2)
    moved, values = np.where(small[..., None], moved + grown, moved), np.where(small, np.float32(-1), values)
    return moved.reshape(-1, 4), values.reshape(-1)


def _unsuppressed(boxes: Array, threshold: float) -> list[int]:
    gone = np.zeros(len(boxes), bool)
    for n, box in enumerate(boxes[:-1]):
        if not gone[n]:
            gone[n + 1 :] |= _overlap(box, boxes[n + 1 :]) > np.float32(threshold)
    return [int(n) for n in np.flatnonzero(~gone)]


def _overlap(box: Array, others: Array) -> Array:
    """Intersection over union of a box with others; a box of one pixel is one wide."""
    one = np.float32(1)
    sizes = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]) + one
    shared: Array = np.prod(np.maximum(sizes, np.float32(0)), -1)
    own, areas = (np.prod(item[..., 2:] - item[..., :2] + one, -1) for item in (box, others))
    return shared / (own + areas - shared)


def _margin(params: Proposal, cls_prob: Array, bbox_pred: Array, im_info: Array) -> Array:
    scores, moves, info = (item[0].astype(np.float32) for item in (cls_prob, bbox_pred, im_info))
    boxes, values = _candidates(params, scores, moves, info)
    shared = np.stack([_overlap(box, boxes) for box in boxes])
    return box_draw.nearest(shared - params.threshold, box_draw.between(values))


def _reference(params: Proposal, cls_prob: Array, bbox_pred: Array, im_info: Array) -> Array:
    if len(cls_prob) != 1:
        raise Reject("TVM sorts the boxes of one image only", 0)
    # Which boxes are kept hangs on single roundings, so all is computed as TVM does.
    scores, moves, info = (item[0].astype(np.float32) for item in (cls_prob, bbox_pred, im_info))
    boxes, values = _candidates(params, scores, moves, info)
    first = params.rpn_pre_nms_top_n if params.rpn_pre_nms_top_n > 0 else len(boxes)
    boxes = boxes[orders.order(values, 0, False)[:first]]
    kept = _unsuppressed(boxes, params.threshold)
    result = np.zeros((params.rpn_post_nms_top_n, 5), np.float32)
    result[:, 1:] = boxes[np.resize(kept, params.rpn_post_nms_top_n)]
    return result.astype(cls_prob.dtype)


def _lower(params: Proposal, b: LoopBuilder, cls_prob: Tensor, bbox_pred: Tensor, im_info: Tensor) -> Tensor:
    return lower_proposal(params, b, cls_prob, bbox_pred, im_info, _anchors(params))


def _magnitude(params: Proposal, cls_prob: Array, bbox_pred: Array, im_info: Array) -> Array:
    return np.full_like(_reference(params, cls_prob, bbox_pred, im_info), 1 + np.abs(im_info).max(initial=0))


def _draw(d: Draw) -> Drawn:
    params = Proposal(
        tuple(d.one_of(4.0, 8.0, 2.0) for _ in range(d.integer(1, 2))),
        tuple(d.one_of(1.0, 0.5, 2.0) for _ in range(d.integer(1, 2))),
        d.one_of(16, 8),
        d.one_of(0.7, 0.5),
        d.one_of(-1, 4, 6000),
        d.integer(1, 4),
        d.one_of(16, 0),
        d.flag(),
    )
    anchors, (height, width) = len(params.scales) * len(params.ratios), d.extents(2, 1, 3)
    info = np.asarray([[d.one_of(64.0, 40.0), d.one_of(64.0, 40.0), d.one_of(1.0, 0.5)]], np.float32)
    types = (
        TensorType((1, 2 * anchors, height, width), "float32"),
        TensorType((1, 4 * anchors, height, width), "float32"),
        tensor_type_of(info),
    )
    return Drawn(params, types, {0: box_draw.UNIT, 1: Domain(-0.5, 0.5)}, {2: info})


CARD = OpCard(
    name="vision.proposal",
    inputs=(Input("cls_prob"), Input("bbox_pred"), Input("im_info")),
    params=Proposal,
    infer=_infer_proposal,
    reference=_reference,
    lower=_lower,
    draw=_draw,
    margin=_margin,
    error=Rounding(ulps=64, magnitude=_magnitude),
    relay=RelaySpelling(
        name="vision.proposal",
        attrs_type="relay.attrs.ProposalAttrs",
        declared=False,
        fields=(
            Field("scales", Kind.FLOATS, (4.0, 8.0, 16.0, 32.0)),
            Field("ratios", Kind.FLOATS, (0.5, 1.0, 2.0)),
            Field("feature_stride", Kind.INT, 16),
            Field("threshold", Kind.FLOAT, 0.7),
            Field("rpn_pre_nms_top_n", Kind.INT, 6000),
            Field("rpn_post_nms_top_n", Kind.INT, 300),
            Field("rpn_min_size", Kind.INT, 16),
            Field("iou_loss", Kind.BOOL, False),
        ),
    ),
)
