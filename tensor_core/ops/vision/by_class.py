"""vision.all_class_non_max_suppression and vision.regular_non_max_suppression: suppression for each class by itself.

The first returns (image, class, box) of all detections and their number ("onnx"), or by image (class, box), scores and
numbers ("tensorflow"). Rows beyond the number are undefined in TVM and zero here; those of "onnx" Relax cuts off at run
time, against the type that it deduces. The second returns the best ``max_detections`` boxes of each image with classes
and scores, as TFLite does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.ops import orders, rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Operand, Reject, RelaxSpelling, RelaySpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.ops.vision import box_draw
from tensor_core.ops.vision.by_class_loops import lower_all, lower_regular
from tensor_core.ops.vision.suppression import overlap
from tensor_core.types import TensorType, TupleType, Type, tensor_type_of


@dataclass(frozen=True, slots=True)
class AllClass:
    """``output_format``: "onnx" or "tensorflow". ``trimmed``: no rows beyond the number of detections ("onnx").

    ``bounded``: a limit of boxes that is not positive allows none (Relax), else any number (Relay).
    """

    output_format: str
    trimmed: bool = False
    bounded: bool = False


@dataclass(frozen=True, slots=True)
class Regular:
    """``num_classes``: the classes without background, the last ones of the scores."""

    max_detections_per_class: int
    max_detections: int
    num_classes: int
    iou_threshold: float
    score_threshold: float


def _three(type_: Type, argument: int) -> TensorType:
    source = rules.tensor(type_, argument)
    if source.rank != 3:
        raise Reject(f"expected three dimensions, got {rules.show(source.shape)}", argument)
    return source


def _infer_all(params: AllClass, *types: Type) -> Type:
    boxes, scores = _three(types[0], 0), _three(types[1], 1)
    batch, count, classes = boxes.shape[0], boxes.shape[1], scores.shape[1]
    if params.output_format == "onnx":
        total = shapes.product((batch, classes, count))
        return TupleType((TensorType((total, 3), "int64"), TensorType((1,), "int64")))
    each = shapes.product((classes, count))
    return TupleType(
        (
            TensorType((batch, each, 2), "int64"),
            TensorType((batch, each), "float32"),
            TensorType((batch,), "int64"),
        )
    )


def _all(
    params: AllClass, boxes: Array, scores: Array, most: Array, iou_threshold: Array, score_threshold: Array
) -> tuple[Array, ...]:
    batch, classes, count = scores.shape
    limits = _limit(params, most), iou_threshold.reshape(-1)[0], score_threshold.reshape(-1)[0]
    found = [[_kept(boxes[n], scores[n, c], *limits) for c in range(classes)] for n in range(batch)]
    if params.output_format == "onnx":
        rows = [(n, c, box) for n in range(batch) for c in range(classes) for box in found[n][c]]
        result = np.zeros((len(rows) if params.trimmed else batch * classes * count, 3), np.int64)
        result[: len(rows)] = np.asarray(rows, np.int64).reshape(-1, 3)
        return result, np.asarray([len(rows)], np.int64)
    indices = np.zeros((batch, classes * count, 2), np.int64)
    values, totals = np.zeros((batch, classes * count), np.float32), np.zeros(batch, np.int64)
    for n in range(batch):
        pairs = [(c, box) for c in range(classes) for box in found[n][c]]
        totals[n] = len(pairs)
        for place, (c, box) in enumerate(pairs):
            indices[n, place], values[n, place] = (c, box), scores[n, c, box]
    return indices, values, totals


def _limit(params: AllClass, most: Array) -> int | None:
    """How many boxes of a class may be kept; None for any number."""
    limit = int(most.reshape(-1)[0])
    return max(limit, 0) if limit > 0 or params.bounded else None


def _kept(boxes: Array, scores: Array, most: int | None, iou_threshold: float, score_threshold: float) -> list[int]:
    """The boxes of one class that no better one overlaps, best first."""
    order = orders.order(scores, 0, False)
    order = order[scores[order] > score_threshold]
    if iou_threshold <= 0:
        return []
    left, kept = scores[order].copy(), list[int]()
    for n, box in enumerate(order.tolist()):
        if len(kept) == most:
            break
        if left[n] > -1:
            kept.append(box)
            rest = overlap(boxes[box], boxes[order[n + 1 :]]) >= iou_threshold
            left[n + 1 :][rest & (left[n + 1 :] > 0)] = -1
    return kept


def _infer_regular(params: Regular, boxes: Type, scores: Type) -> Type:
    batch, most = _three(boxes, 0).shape[0], params.max_detections
    _three(scores, 1)
    return TupleType(
        (
            TensorType((batch, most, 4), "float32"),
            TensorType((batch, most), "float32"),
            TensorType((batch, most), "float32"),
            TensorType((batch,), "int32"),
        )
    )


def _regular(params: Regular, boxes: Array, scores: Array) -> tuple[Array, Array, Array, Array]:
    batch, most = len(boxes), params.max_detections
    rows = np.zeros((batch, most, 4), boxes.dtype)
    classes, values = np.zeros((batch, most), np.float32), np.zeros((batch, most), scores.dtype)
    counts = np.zeros(batch, np.int32)
    for n in range(batch):
        best: list[tuple[float, int, int]] = []
        for c in range(params.num_classes):
            column = scores[n, :, c + scores.shape[2] - params.num_classes]
            best += [(float(column[box]), c, box) for box in _selected(params, boxes[n], column)]
            best = sorted(best, key=lambda item: -item[0])[:most]
        counts[n] = len(best)
        for place, (score, c, box) in enumerate(best):
            rows[n, place], classes[n, place], values[n, place] = boxes[n, box], c, score
    return rows, classes, values, counts


def _selected(params: Regular, boxes: Array, scores: Array) -> list[int]:
    kept = np.flatnonzero(scores >= np.float32(params.score_threshold))
    order = kept[orders.order(scores[kept], 0, False)]
    active, selected = np.ones(len(order), bool), list[int]()
    for n, box in enumerate(order.tolist()):
        if len(selected) >= params.max_detections_per_class:
            break
        if active[n]:
            selected.append(box)
            active[n + 1 :] &= ~(_ratio(boxes[box], boxes[order[n + 1 :]]) > np.float32(params.iou_threshold))
    return selected


def _ratio(box: Array, others: Array) -> Array:
    """Intersection over union of (ymin, xmin, ymax, xmax); zero where one has no area."""
    zero = box.dtype.type(0)
    sizes = np.maximum(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), zero)
    shared: Array = sizes[:, 0] * sizes[:, 1]
    own: Any = (box[2] - box[0]) * (box[3] - box[1])
    areas = np.multiply(np.subtract(others[:, 2], others[:, 0]), np.subtract(others[:, 3], others[:, 1]))
    valid: Array = (own > 0) & (areas > 0)
    union = np.where(valid, np.subtract(np.add(areas, own), shared), zero + 1)
    return np.where(valid, np.divide(shared, union), zero)


_ALL_CLASS = ("boxes", "scores", "max_output_boxes_per_class", "iou_threshold", "score_threshold")


def _read_all(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"output_format": attrs["output_format"]}


def _write_all(params: AllClass, _types: Sequence[Type]) -> Mapping[str, Value]:
    if params.trimmed:
        raise Reject("Relay keeps rows beyond the number of detections")
    if params.bounded:
        raise Reject("Relay takes a limit that is not positive for none")
    return {"output_format": params.output_format}


def _read_relax_all(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"output_format": attrs["output_format"], "trimmed": attrs["output_format"] == "onnx", "bounded": True}


def _write_relax_all(params: AllClass, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"output_format": params.output_format}


def _fits_relax_all(params: AllClass, _types: Sequence[Type], release: str) -> str | None:
    if params.trimmed != (params.output_format == "onnx"):
        return f"Relax {release} cuts off the rows beyond the number of detections"
    return None if params.bounded else f"Relax {release} keeps no box where the limit is not positive"


def _behind_detections(params: AllClass, *args: Array) -> tuple[Array, ...]:
    results, known = _all(params, *args), np.zeros((), bool)
    if params.output_format == "onnx":
        return np.greater_equal(_places(len(results[0]))[:, None], results[1]), known
    behind = np.greater_equal(_places(results[1].shape[1]), results[2][:, None])
    return behind[:, :, None], behind, known


def _places(count: int) -> Array:
    return np.arange(count)


def _draw_all(d: Draw) -> Drawn:
    batch, classes, count = d.integer(1, 2), d.integer(1, 3), d.integer(1, 5)
    limits = (
        box_draw.number(d, "int64", -1, 1, 2),
        box_draw.number(d, "float32", 0.5, 0.25, 0.75, 0.0),
        box_draw.number(d, "float32", 0.0, 0.25, 0.5),
    )
    output_format = d.one_of("onnx", "tensorflow")
    params = AllClass(output_format, output_format == "onnx" and d.flag(), d.flag())
    types = (TensorType((batch, count, 4), "float32"), TensorType((batch, classes, count), "float32"))
    domains = {0: box_draw.UNIT, 1: box_draw.VALID}
    return Drawn(params, (*types, *map(tensor_type_of, limits)), domains, dict(enumerate(limits, 2)))


def _draw_regular(d: Draw) -> Drawn:
    batch, count, classes, background = d.integer(1, 2), d.integer(1, 5), d.integer(1, 3), d.integer(0, 1)
    params = Regular(d.integer(1, 3), d.integer(1, 4), classes, d.one_of(0.5, 0.25, 0.75), d.one_of(0.0, 0.25, 0.5))
    types = (TensorType((batch, count, 4), "float32"), TensorType((batch, count, classes + background), "float32"))
    return Drawn(params, types, {0: box_draw.UNIT, 1: box_draw.UNIT})


def _margin_all(
    params: AllClass, boxes: Array, scores: Array, most: Array, iou_threshold: Array, score_threshold: Array
) -> tuple[Array, ...]:
    """How far the nearest pair of boxes or score lies from a threshold, in all images for "onnx", whose rows move."""
    del most
    limits = iou_threshold.reshape(-1)[0], score_threshold.reshape(-1)[0]
    each = np.stack([_nearest(*item, *limits) for item in zip(boxes, scores, strict=True)])
    if params.output_format == "onnx":
        return each.min(), each.min()
    return each[:, None, None], each[:, None], each


def _margin_regular(params: Regular, boxes: Array, scores: Array) -> tuple[Array, ...]:
    limits = params.iou_threshold, params.score_threshold
    columns = scores.swapaxes(1, 2)[:, scores.shape[2] - params.num_classes :]
    each = np.stack([_nearest(*item, *limits) for item in zip(boxes, columns, strict=True)])
    return each[:, None, None], each[:, None], each[:, None], each


def _nearest(boxes: Array, scores: Array, iou_threshold: float, score_threshold: float) -> Array:
    """Of one image, whose scores are by class and box."""
    shared = np.stack([overlap(box, boxes) for box in boxes])
    return box_draw.nearest(shared - iou_threshold, scores - score_threshold, box_draw.between(scores.reshape(-1)))


CARDS = (
    OpCard(
        name="vision.all_class_non_max_suppression",
        inputs=tuple(Input(name) for name in _ALL_CLASS),
        params=AllClass,
        infer=_infer_all,
        reference=_all,
        lower=lower_all,
        draw=_draw_all,
        margin=_margin_all,
        undefined=_behind_detections,
        at_most=True,
        relay=RelaySpelling(
            name="vision.all_class_non_max_suppression",
            attrs_type="relay.attrs.AllClassNonMaximumSuppressionAttrs",
            declared=False,
            fields=(Field("output_format", Kind.STR, "onnx"),),
            read=_read_all,
            write=_write_all,
        ),
        relax=(
            RelaxSpelling(
                name="relax.vision.all_class_non_max_suppression",
                operands=tuple(Operand(name) for name in _ALL_CLASS),
                attrs_type="relax.attrs.AllClassNonMaximumSuppressionAttrs",
                fields=(Field("output_format", Kind.STR, python="onnx"),),
                since="0.25",
                read=_read_relax_all,
                write=_write_relax_all,
                fits=_fits_relax_all,
            ),
        ),
    ),
    OpCard(
        name="vision.regular_non_max_suppression",
        inputs=(Input("boxes"), Input("scores")),
        params=Regular,
        infer=_infer_regular,
        reference=_regular,
        draw=_draw_regular,
        margin=_margin_regular,
        lower=lower_regular,
        relay=RelaySpelling(
            name="vision.regular_non_max_suppression",
            attrs_type="relay.attrs.RegularNonMaximumSuppressionAttrs",
            declared=False,
            fields=(
                Field("max_detections_per_class", Kind.INT),
                Field("max_detections", Kind.INT),
                Field("num_classes", Kind.INT),
                Field("iou_threshold", Kind.FLOAT),
                Field("score_threshold", Kind.FLOAT),
            ),
        ),
    ),
)
