"""vision.get_valid_counts and vision.non_max_suppression: boxes above a score first, then without those that overlap a
better one.

A box is a row with four coordinates of opposite corners, a score and perhaps a class. Boxes without a positive score
neither suppress nor are suppressed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import orders, rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.ops.vision import box_draw, boxes
from tensor_core.ops.vision.suppression_loops import first_of, lower_nms
from tensor_core.types import TensorType, TupleType, Type, tensor_type_of


@dataclass(frozen=True, slots=True)
class ValidCounts:
    """Where in a row class and score stand; with a negative ``id_index`` there are no classes.

    The threshold is an operand; the attribute of that name says nothing.
    """

    id_index: int
    score_index: int
    score_threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """``top_k``: only the best are looked at, if positive. ``force_suppress``: across classes. The result is indices
    and their numbers, or rows; those that are suppressed are -1, moved behind the others with ``invalid_to_bottom``.
    """

    force_suppress: bool
    top_k: int
    coord_start: int
    score_index: int
    id_index: int
    return_indices: bool
    invalid_to_bottom: bool


def overlap(box: Array, others: Array) -> Array:
    """Intersection over union of a box with others, each four coordinates of opposite corners; zero without area."""
    one, rest = _corners(box[None]), _corners(others)
    zero = box.dtype.type(0)
    width = np.maximum(zero, np.minimum(one[2], rest[2]) - np.maximum(one[0], rest[0]))
    height = np.maximum(zero, np.minimum(one[3], rest[3]) - np.maximum(one[1], rest[1]))
    area = height * width
    union = _area(one) + _area(rest) - area
    return np.where(union <= 0, zero, area / np.where(union <= 0, box.dtype.type(1), union))


def _corners(boxes: Array) -> Sequence[Array]:
    first, second = boxes[:, :2], boxes[:, 2:4]
    low, high = np.minimum(first, second), np.maximum(first, second)
    return low[:, 0], low[:, 1], high[:, 0], high[:, 1]


def _area(corners: Sequence[Array]) -> Array:
    left, top, right, bottom = corners
    return np.multiply(np.subtract(right, left), np.subtract(bottom, top))


def _infer_counts(params: ValidCounts, data: Type, score_threshold: Type) -> Type:
    del params
    source = rules.tensor(data, 0)
    rules.tensor(score_threshold, 1)
    if source.rank != 3:
        raise Reject(f"expected three dimensions, got {rules.show(source.shape)}", 0)
    kept = TensorType(source.shape, source.dtype)
    return TupleType((TensorType(source.shape[:1], "int32"), kept, TensorType(source.shape[:2], "int32")))


def valid_counts(params: ValidCounts, data: Array, score_threshold: Array) -> tuple[Array, Array, Array]:
    """How many rows are valid, those rows first, and where they stood."""
    batch, count, _ = data.shape
    counts = np.zeros(batch, np.int32)
    rows, indices = np.full_like(data, -1), np.full((batch, count), -1, np.int32)
    for n in range(batch):
        valid = data[n, :, params.score_index] > score_threshold.reshape(-1)[0]
        if params.id_index >= 0:
            valid &= data[n, :, params.id_index] >= 0
        places = np.flatnonzero(valid)
        counts[n] = len(places)
        rows[n, : len(places)], indices[n, : len(places)] = data[n, places], places
    return counts, rows, indices


def _infer_nms(params: Suppression, *types: Type) -> Type:
    source, count = rules.tensor(types[0], 0), rules.tensor(types[1], 1)
    if source.rank != 3:
        raise Reject(f"expected three dimensions, got {rules.show(source.shape)}", 0)
    if count.rank != 1:
        raise Reject(f"expected a vector, got {rules.show(count.shape)}", 1)
    if not params.return_indices:
        return TensorType(source.shape, source.dtype)
    return TupleType((TensorType(source.shape[:2], "int32"), TensorType((source.shape[0], 1), "int32")))


def _nms(
    params: Suppression, data: Array, valid_count: Array, indices: Array, max_output_size: Array, iou_threshold: Array
) -> Array | tuple[Array, Array]:
    most, threshold = int(max_output_size.reshape(-1)[0]), iou_threshold.reshape(-1)[0]
    rows, kept = np.full_like(data, -1), np.full(data.shape[:2], -1, np.int32)
    for n, valid in enumerate(valid_count.tolist()):
        if threshold <= 0:
            rows[n, :valid], kept[n, :valid] = data[n, :valid], np.arange(valid)
            continue
        order = orders.order(data[n, :valid, params.score_index], 0, False)
        order = order[: params.top_k] if 0 < params.top_k < valid else order
        rows[n, : len(order)], kept[n, : len(order)] = data[n, order], order
        suppressed = _suppressed(params, rows[n, : len(order)], most, threshold)
        rows[n, : len(order)][suppressed], kept[n, : len(order)][suppressed] = -1, -1
    if params.return_indices:
        return _top_indices(np.where(kept >= 0, np.take_along_axis(indices, np.maximum(kept, 0), 1), kept))
    return _top_rows(rows) if params.invalid_to_bottom else rows


def _suppressed(params: Suppression, rows: Array, most: int, threshold: Array) -> Array:
    """Which of the sorted rows overlap a better one, or come too late."""
    gone, found = np.zeros(len(rows), bool), 0
    boxes = rows[:, params.coord_start : params.coord_start + 4]
    positive = rows[:, params.score_index] > 0
    for n in range(len(rows)):
        if found == most:
            gone[n] = True
        elif positive[n]:
            better = positive[:n] & ~gone[:n]
            if params.id_index >= 0:
                classes = rows[:n, params.id_index]
                better &= classes >= 0
                if not params.force_suppress:
                    better &= classes == rows[n, params.id_index]
            gone[n] = bool((overlap(boxes[n], boxes[:n][better]) >= threshold).any())
            found += not gone[n]
    return gone


def _top_indices(kept: Array) -> tuple[Array, Array]:
    """Indices moved to the top. Those that cannot be indices of a row count as 0, as in topi."""
    batch, count = kept.shape
    result, counts = np.full_like(kept, -1), np.zeros((batch, 1), np.int32)
    for n in range(batch):
        found: list[int] = []
        for value in kept[n].tolist():
            found += [value] if value >= 0 else []
            found += [0] if value > count or value < -count else []
        result[n, : len(found)] = found[:count]
        counts[n] = len(found)
    return result, counts


def _top_rows(rows: Array) -> Array:
    result = np.full_like(rows, -1)
    for n in range(len(rows)):
        valid = rows[n][rows[n, :, 0] >= 0]
        result[n, : len(valid)] = valid
    return result


def _lower_counts(
    params: ValidCounts, b: LoopBuilder, data: Tensor, score_threshold: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    return boxes.valid_counts(b, data, first_of(score_threshold), params.id_index, params.score_index)


def _draw_counts(d: Draw) -> Drawn:
    row, (batch, count) = box_draw.row(d), (d.integer(1, 2), d.integer(1, 6))
    threshold = box_draw.number(d, "float32", 0.0, 0.25, 0.5, -1.0)
    data = TensorType((batch, count, row.width), d.one_of("float32", "float64"))
    params = ValidCounts(row.id_index, row.score_index)
    return Drawn(params, (data, tensor_type_of(threshold)), {0: box_draw.VALID}, {1: threshold})


def _draw_nms(d: Draw) -> Drawn:
    row, (batch, count) = box_draw.row(d), (d.integer(1, 2), d.integer(1, 6))
    params = Suppression(
        d.flag(),
        d.one_of(-1, 1, 3),
        row.coord_start,
        row.score_index,
        row.id_index,
        not d.flag(),
        d.flag(),
    )
    most, threshold = box_draw.number(d, "int32", -1, 1, 3), box_draw.number(d, "float32", 0.5, 0.25, 0.75, 0.0)
    types = (
        TensorType((batch, count, row.width), d.one_of("float32", "float64")),
        TensorType((batch,), "int32"),
        TensorType((batch, count), "int32"),
        tensor_type_of(most),
        tensor_type_of(threshold),
    )
    domains = {0: box_draw.VALID, 1: Domain(0.0, count), 2: Domain(0.0, count - 1.0)}
    return Drawn(params, types, domains, {3: most, 4: threshold})


def nearest_edge(rows: Array, boxes: slice, score: int, iou_threshold: Any) -> Array:
    """How far the rows of one image lie from where another one would be suppressed."""
    corners = rows[:, boxes]
    shared = np.stack([overlap(box, corners) for box in corners]) if len(rows) else np.zeros(0)
    return box_draw.nearest(shared - iou_threshold, box_draw.between(rows[:, score]), rows[:, score])


def _margin(
    params: Suppression, data: Array, valid_count: Array, indices: Array, max_output_size: Array, iou_threshold: Array
) -> Array | tuple[Array, ...]:
    del indices, max_output_size
    boxes = slice(params.coord_start, params.coord_start + 4)
    limit = iou_threshold.reshape(-1)[0]
    images = [rows[:count] for rows, count in zip(data, valid_count, strict=True)]
    each = np.stack([nearest_edge(rows, boxes, params.score_index, limit) for rows in images])[:, None]
    return (each, each) if params.return_indices else each[..., None]


def margin_of_counts(params: ValidCounts, data: Array, score_threshold: Array) -> tuple[Array, ...]:
    """How far scores lie from the threshold, by image."""
    limit = score_threshold.reshape(-1)[0]
    each = np.stack([box_draw.nearest(rows[:, params.score_index] - limit) for rows in data])
    return each, each[:, None, None], each[:, None]


CARDS = (
    OpCard(
        name="vision.get_valid_counts",
        inputs=(Input("data"), Input("score_threshold")),
        params=ValidCounts,
        infer=_infer_counts,
        reference=valid_counts,
        lower=_lower_counts,
        draw=_draw_counts,
        margin=margin_of_counts,
        relay=RelaySpelling(
            name="vision.get_valid_counts",
            attrs_type="relay.attrs.GetValidCountsAttrs",
            declared=False,
            fields=(
                Field("score_threshold", Kind.FLOAT, optional=True, python=0),
                Field("id_index", Kind.INT, 0),
                Field("score_index", Kind.INT, 1),
            ),
        ),
    ),
    OpCard(
        name="vision.non_max_suppression",
        inputs=(
            Input("data"),
            Input("valid_count"),
            Input("indices"),
            Input("max_output_size"),
            Input("iou_threshold"),
        ),
        params=Suppression,
        infer=_infer_nms,
        reference=_nms,
        lower=lower_nms,
        draw=_draw_nms,
        margin=_margin,
        relay=RelaySpelling(
            name="vision.non_max_suppression",
            attrs_type="relay.attrs.NonMaximumSuppressionAttrs",
            declared=False,
            fields=(
                Field("force_suppress", Kind.BOOL, False),
                Field("top_k", Kind.INT, -1),
                Field("coord_start", Kind.INT, 2),
                Field("score_index", Kind.INT, 1),
                Field("id_index", Kind.INT, 0),
                Field("return_indices", Kind.BOOL, True),
                Field("invalid_to_bottom", Kind.BOOL, False),
            ),
        ),
    ),
)
