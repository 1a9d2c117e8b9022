"""vision.get_valid_counts and vision.non_max_suppression of Relax, whose thresholds are attributes.

With a ``soft_nms_sigma`` above zero overlapping boxes lose score, exp(-overlap^2 / (2 sigma)) of it remaining, and are
dropped at ``score_threshold``; the best one left is taken each time, and the rows come with the result (TVM 0.27).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import orders, rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Operand, Reject, RelaxSpelling, Rounding, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.ops.vision import box_draw, boxes
from tensor_core.ops.vision.soft_suppression import lower_soft
from tensor_core.ops.vision.suppression import ValidCounts, margin_of_counts, nearest_edge, overlap, valid_counts
from tensor_core.ops.vision.suppression_loops import lower_suppress
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Counts:
    """``score_threshold``: scores above it are valid; with a negative ``id_index`` there are no classes."""

    score_threshold: float
    id_index: int
    score_index: int


@dataclass(frozen=True, slots=True)
class Suppress:
    """``max_output_size``: as many boxes at most, ``top_k``: only the best are looked at, if positive.

    ``force_suppress``: across classes. The result is indices and their numbers, or rows; those that are suppressed or
    have no positive score are -1, behind the others with ``invalid_to_bottom``.
    """

    max_output_size: int
    iou_threshold: float
    force_suppress: bool
    top_k: int
    coord_start: int
    score_index: int
    id_index: int
    return_indices: bool
    invalid_to_bottom: bool
    soft_nms_sigma: float
    score_threshold: float


def _three(type_: Type) -> TensorType:
    source = rules.tensor(type_, 0)
    if source.rank != 3:
        raise Reject(f"expected three dimensions, got {rules.show(source.shape)}", 0)
    return source


def _infer_counts(_params: Counts, data: Type) -> Type:
    source = _three(data)
    return TupleType((TensorType(source.shape[:1], "int32"), source, TensorType(source.shape[:2], "int32")))


def _counts(params: Counts, data: Array) -> tuple[Array, Array, Array]:
    threshold = np.asarray(params.score_threshold, data.dtype)
    return valid_counts(ValidCounts(params.id_index, params.score_index), data, threshold)


def _infer(params: Suppress, data: Type, valid_count: Type, indices: Type) -> Type:
    source, counts, own = _three(data), rules.tensor(valid_count, 1), rules.tensor(indices, 2)
    for argument, item, wanted in ((1, counts, source.shape[:1]), (2, own, source.shape[:2])):
        if item.rank != len(wanted) or any(map(shapes.prove_different, item.shape, wanted)):
            raise Reject(f"expected {rules.show(wanted)}, got {rules.show(item.shape)}", argument)
    if not params.return_indices:
        return source
    found = (TensorType(source.shape[:2], "int32"), TensorType((source.shape[0], 1), "int32"))
    return TupleType((source, *found) if params.soft_nms_sigma > 0 else found)


def _reference(params: Suppress, data: Array, valid_count: Array, indices: Array) -> Array | tuple[Array, ...]:
    if params.soft_nms_sigma > 0:
        return _soft(params, data, valid_count, indices)
    rows, kept = np.full_like(data, -1), np.full(data.shape[:2], -1, np.int32)
    counts = np.zeros((len(data), 1), np.int32)
    for n, valid in enumerate(valid_count.tolist()):
        order = _order(params, data[n], valid)
        chosen = np.zeros(len(order), bool)
        chosen[_taken(params, data[n, order])] = True
        rows[n, : len(order)] = np.where(chosen[:, None], data[n, order], -1)
        counts[n] = chosen.sum()
        kept[n, : counts[n, 0]] = indices[n, order[chosen]]
        if params.invalid_to_bottom:
            rows[n, : len(order)] = np.concatenate([rows[n, : len(order)][part] for part in (chosen, ~chosen)])
    return (kept, counts) if params.return_indices else rows


def _order(params: Suppress, rows: Array, valid: int) -> Array:
    """The places of valid rows, best first, as many as are looked at."""
    order = orders.order(rows[:valid, params.score_index], 0, False)
    return order[: params.top_k] if 0 < params.top_k < valid else order


def _taken(params: Suppress, rows: Array) -> list[int]:
    """Which of the sorted rows have a positive score and overlap no better one."""
    alive = rows[:, params.score_index] > 0
    boxes = rows[:, params.coord_start : params.coord_start + 4]
    taken: list[int] = []
    for n in range(len(rows)):
        if not alive[n] or (params.max_output_size > 0 and len(taken) == params.max_output_size):
            continue
        taken.append(n)
        gone = overlap(boxes[n], boxes[n + 1 :]) >= rows.dtype.type(params.iou_threshold)
        alive[n + 1 :] &= ~(gone & _rivals(params, rows, n))
    return taken


def _rivals(params: Suppress, rows: Array, taken: int) -> Array:
    """Which of the rows behind one it may suppress: those of its class."""
    if params.force_suppress or params.id_index < 0:
        return np.ones(len(rows) - taken - 1, bool)
    return np.asarray(rows[taken + 1 :, params.id_index] == rows[taken, params.id_index])


def _soft(params: Suppress, data: Array, valid_count: Array, indices: Array) -> Array | tuple[Array, ...]:
    rows, kept = np.full_like(data, -1), np.full(data.shape[:2], -1, np.int32)
    counts = np.zeros((len(data), 1), np.int32)
    for n, valid in enumerate(valid_count.tolist()):
        order = _order(params, data[n], valid)
        chosen, places = _best_first(params, data[n, order].copy(), order.astype(np.int32))
        rows[n, : len(chosen)], counts[n] = chosen, len(chosen)
        kept[n, : len(chosen)] = indices[n, places] if params.return_indices else places
    if not params.return_indices:
        return rows
    return rows, kept, counts


def _best_first(params: Suppress, rows: Array, places: Array) -> tuple[Array, Array]:
    """The rows that remain, each as its score was when it was taken, and their places."""
    score, threshold = params.score_index, rows.dtype.type(params.score_threshold)
    done = 0
    while done < len(rows) and (params.max_output_size <= 0 or done < params.max_output_size):
        alive = (places[done:] >= 0) & (rows[done:, score] > threshold)
        if not alive.any():
            break
        best = done + int(np.where(alive, rows[done:, score], -np.inf).argmax())
        rows[[done, best]], places[[done, best]] = rows[[best, done]], places[[best, done]]
        _weaken(params, rows, places, done, threshold)
        done += 1
    return rows[:done], places[:done]


def _weaken(params: Suppress, rows: Array, places: Array, taken: int, threshold: Array) -> None:
    rest = slice(taken + 1, None)
    score, corner = params.score_index, params.coord_start
    reached = (places[rest] >= 0) & (rows[rest, score] > threshold) & _rivals(params, rows, taken)
    shared = overlap(rows[taken, corner : corner + 4], rows[rest, corner : corner + 4])
    scale = rows.dtype.type(-0.5 / params.soft_nms_sigma)
    near = shared >= rows.dtype.type(params.iou_threshold)
    rows[rest, score] = np.where(
        reached & ~near, rows[rest, score] * np.exp(scale * shared * shared), rows[rest, score]
    )
    places[rest] = np.where(reached & (near | (rows[rest, score] <= threshold)), -1, places[rest])


def _lower_counts(params: Counts, b: LoopBuilder, data: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    threshold = prim.const(params.score_threshold, data.dtype)
    return boxes.valid_counts(b, data, threshold, params.id_index, params.score_index)


def _lower(
    params: Suppress, b: LoopBuilder, data: Tensor, valid_count: Tensor, indices: Tensor
) -> Tensor | tuple[Tensor, ...]:
    lower = lower_soft if params.soft_nms_sigma > 0 else lower_suppress
    return lower(params, b, data, valid_count, indices)


def _read(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return dict(attrs)


def _draw_counts(d: Draw) -> Drawn:
    row, dtype = box_draw.row(d), d.one_of("float32", "float64")
    params = Counts(d.one_of(0.0, 0.25, 0.5, -1.0), row.id_index, row.score_index)
    data = TensorType((d.integer(1, 2), d.integer(1, 6), row.width), dtype)
    return Drawn(params, (data,), {0: box_draw.VALID})


def _draw(d: Draw) -> Drawn:
    row, (batch, count) = box_draw.row(d), (d.integer(1, 2), d.integer(1, 6))
    params = Suppress(
        d.one_of(-1, 1, 3),
        d.one_of(0.5, 0.25, 0.75),
        d.flag(),
        d.one_of(-1, 1, 3),
        row.coord_start,
        row.score_index,
        row.id_index,
        not d.flag(),
        d.flag(),
        d.one_of(0.0, 0.5),
        d.one_of(0.0, 0.25),
    )
    types = (
        TensorType((batch, count, row.width), d.one_of("float32", "float64")),
        TensorType((batch,), "int32"),
        TensorType((batch, count), "int32"),
    )
    return Drawn(params, types, {0: box_draw.VALID, 1: Domain(0.0, count), 2: Domain(0.0, count - 1.0)})


def _margin_counts(params: Counts, data: Array) -> tuple[Array, ...]:
    plain = ValidCounts(params.id_index, params.score_index)
    return margin_of_counts(plain, data, np.asarray(params.score_threshold))


def _margin(params: Suppress, data: Array, valid_count: Array, indices: Array) -> Array | tuple[Array, ...]:
    del indices
    boxes = slice(params.coord_start, params.coord_start + 4)
    images = [rows[:count] for rows, count in zip(data, valid_count, strict=True)]
    each = np.stack([nearest_edge(rows, boxes, params.score_index, params.iou_threshold) for rows in images])[:, None]
    if not params.return_indices:
        return each[..., None]
    return (each[..., None], each, each) if params.soft_nms_sigma > 0 else (each, each)


def _factor(params: Suppress, data: TensorType, *_: Type) -> float:
    """A score is weakened by each better box: an overlap, a power of e and a product at a time."""
    count = data.shape[1]
    return 15.0 * (count if isinstance(count, int) else 256) if params.soft_nms_sigma > 0 else 0.0


CARDS = (
    OpCard(
        name="vision.valid_counts",
        inputs=(Input("data"),),
        params=Counts,
        infer=_infer_counts,
        reference=_counts,
        draw=_draw_counts,
        margin=_margin_counts,
        lower=_lower_counts,
        relax=(
            RelaxSpelling(
                name="relax.vision.get_valid_counts",
                operands=(Operand("data"),),
                attrs_type="relax.attrs.GetValidCountsAttrs",
                fields=(
                    Field("score_threshold", Kind.FLOAT, python=0.0),
                    Field("id_index", Kind.INT, python=0),
                    Field("score_index", Kind.INT, python=1),
                ),
                since="0.25",
                read=_read,
            ),
        ),
    ),
    OpCard(
        name="vision.suppress",
        inputs=(Input("data"), Input("valid_count"), Input("indices")),
        params=Suppress,
        infer=_infer,
        reference=_reference,
        draw=_draw,
        margin=_margin,
        lower=_lower,
        relax=(
            RelaxSpelling(
                name="relax.vision.non_max_suppression",
                operands=(Operand("data"), Operand("valid_count"), Operand("indices")),
                attrs_type="relax.attrs.NonMaximumSuppressionAttrs",
                fields=(
                    Field("max_output_size", Kind.INT, python=-1),
                    Field("iou_threshold", Kind.FLOAT, python=0.5),
                    Field("force_suppress", Kind.BOOL, python=False),
                    Field("top_k", Kind.INT, python=-1),
                    Field("coord_start", Kind.INT, python=2),
                    Field("score_index", Kind.INT, python=1),
                    Field("id_index", Kind.INT, python=0),
                    Field("return_indices", Kind.BOOL, python=True),
                    Field("invalid_to_bottom", Kind.BOOL, python=False),
                    Field("soft_nms_sigma", Kind.FLOAT, python=0.0),
                    Field("score_threshold", Kind.FLOAT, python=0.0),
                ),
                since="0.25",
                read=_read,
            ),
        ),
        error=Rounding(ulps=4, factor=_factor),
    ),
)
