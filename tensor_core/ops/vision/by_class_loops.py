"""Tensor programs of the operators that suppress boxes for each class by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor, limits, loop, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import orders
from tensor_core.ops.card import Reject
from tensor_core.ops.vision import boxes as shared
from tensor_core.ops.vision.suppression_loops import first_of
from tensor_core.prim import Max, Min, PrimExpr, Var
from tensor_core.shapes import as_expr, multiply, product

if TYPE_CHECKING:
    from tensor_core.ops.vision.by_class import AllClass, Regular


def lower_all(
    params: AllClass,
    b: LoopBuilder,
    boxes: Tensor,
    scores: Tensor,
    max_output: Tensor,
    iou_threshold: Tensor,
    score_threshold: Tensor,
) -> tuple[Tensor, ...]:
    """vision.all_class_non_max_suppression; what follows the detections is zero."""
    if params.trimmed:
        raise Reject("the number of rows depends on the values of an operand", 1)
    b.strict = True
    count = scores.shape[2]
    outputs = _Flat(b, scores) if params.output_format == "onnx" else _ByImage(b, scores)
    kept = shared.Suppression(b, boxes.dtype, count)
    most, near = first_of(max_output).astype("int64"), first_of(iou_threshold).astype(boxes.dtype)
    least = first_of(score_threshold).astype(scores.dtype)

    def overlaps(box: shared.Corners, other: shared.Corners) -> PrimExpr:
        return shared.overlap(box, other) >= near

    def row(before: tuple[Var, ...], _behind: tuple[Var, ...], order: Tensor) -> Stmt:
        n, c = before

        def corners(i: PrimExpr) -> shared.Corners:
            return [boxes[n, order[i], column] for column in range(4)]

        def one(i: Var) -> Stmt:
            score = scores[n, c, order[i]]
            taken = sequence(kept.keep(i), outputs.add(n, c, order[i]))
            # A box without a positive score suppresses, and is not suppressed.
            free = prim.Or(kept.is_free(), score <= 0)
            considered = sequence(kept.consider(i, corners, lambda _: [], overlaps), when(free, taken))
            room = kept.found.value < most
            room = room if params.bounded else prim.Or(most <= 0, room)
            return when(prim.all_of([score > least, score > -1, room]), considered)

        return sequence(kept.begin(), when(near > 0, loop(count, one, "i")))

    orders.each_row(b, scores, 2, False, row)
    return outputs.results


class _Flat:
    """(image, class, box) of all detections in a row, and their number."""

    def __init__(self, b: LoopBuilder, scores: Tensor) -> None:
        self._rows = b.compute((product(scores.shape), 3), lambda *_: 0, "int64", name="selected_indices")
        self._total = b.compute((1,), lambda *_: 0, "int64", name="num_detections")

    @property
    def results(self) -> tuple[Tensor, ...]:
        """The outputs."""
        return self._rows, self._total

    def add(self, image: PrimExpr, class_: PrimExpr, box: PrimExpr) -> Stmt:
        """One more detection."""
        place = self._total[0]
        written = [store(self._rows, (place, n), value) for n, value in enumerate((image, class_, box))]
        return sequence(*written, store(self._total, (0,), place + 1))


class _ByImage:
    """(class, box) of the detections of each image, their scores, and their numbers."""

    def __init__(self, b: LoopBuilder, scores: Tensor) -> None:
        batch, each = scores.shape[0], multiply(scores.shape[1], scores.shape[2])
        self._scores = scores
        self._rows = b.compute((batch, each, 2), lambda *_: 0, "int64", name="selected_indices")
        self._values = b.compute((batch, each), lambda *_: 0, "float32", name="selected_scores")
        self._totals = b.compute((batch,), lambda *_: 0, "int64", name="num_detections")

    @property
    def results(self) -> tuple[Tensor, ...]:
        """The outputs."""
        return self._rows, self._values, self._totals

    def add(self, image: PrimExpr, class_: PrimExpr, box: PrimExpr) -> Stmt:
        """One more detection."""
        place = self._totals[image]
        return sequence(
            store(self._rows, (image, place, 0), class_),
            store(self._rows, (image, place, 1), box),
            store(self._values, (image, place), self._scores[image, class_, box].astype("float32")),
            store(self._totals, (image,), place + 1),
        )


def lower_regular(
    params: Regular, b: LoopBuilder, boxes: Tensor, scores: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """vision.regular_non_max_suppression: each box that is kept takes its place among the best of all classes."""
    b.strict = True
    batch, count, _ = boxes.shape
    skipped = as_expr(scores.shape[2]) - params.num_classes
    best = _Best(b, params.max_detections, boxes)
    kept = shared.Suppression(b, boxes.dtype, count)
    least = limits(scores.dtype)[0]

    def key(n: PrimExpr, c: PrimExpr, i: PrimExpr) -> PrimExpr:
        score = scores[n, i, c + skipped]
        return prim.select(score >= params.score_threshold, score, least)

    keys = b.compute((batch, params.num_classes, count), key, scores.dtype, name="keys")

    def overlaps(box: shared.Corners, other: shared.Corners) -> PrimExpr:
        return _ratio(box, other) > params.iou_threshold

    def row(before: tuple[Var, ...], _behind: tuple[Var, ...], order: Tensor) -> Stmt:
        n, c = before

        def corners(i: PrimExpr) -> shared.Corners:
            return [boxes[n, order[i], column] for column in range(4)]

        def one(i: Var) -> Stmt:
            score = scores[n, order[i], c + skipped]
            taken = sequence(kept.keep(i), best.insert(n, c, order[i], score))
            considered = sequence(kept.consider(i, corners, lambda _: [], overlaps), when(kept.is_free(), taken))
            room = kept.found.value < params.max_detections_per_class
            return when(prim.And(score >= params.score_threshold, room), considered)

        return sequence(kept.begin(), loop(count, one, "i"))

    orders.each_row(b, keys, 2, False, row)
    return best.results


class _Best:
    """The best boxes of each image, in the order of their scores and, where those are equal, of their coming."""

    def __init__(self, b: LoopBuilder, most: int, boxes: Tensor) -> None:
        batch = boxes.shape[0]
        self._most, self._boxes = most, boxes
        self._rows = b.compute((batch, most, 4), lambda *_: 0, "float32", name="nmsed_boxes")
        self._classes = b.compute((batch, most), lambda *_: 0, "float32", name="nmsed_classes")
        self._scores = b.compute((batch, most), lambda *_: 0, "float32", name="nmsed_scores")
        self._counts = b.compute((batch,), lambda *_: 0, "int32", name="num_detections")
        self._place = b.local("place")

    @property
    def results(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The outputs."""
        return self._rows, self._classes, self._scores, self._counts

    def insert(self, image: PrimExpr, class_: PrimExpr, box: PrimExpr, score: PrimExpr) -> Stmt:
        """Put a box behind those that are not worse; the last one makes room."""
        size, place = self._counts[image].astype("int64"), self._place.value
        score = score.astype("float32")

        def passed(t: Var) -> Stmt:
            return when(self._scores[image, t] >= score, self._place.set(place + 1))

        def moved(t: Var) -> Stmt:
            """From the end, each to the next place."""
            end = Min(size, as_expr(self._most - 1)) - t
            return sequence(
                *(store(out, (image, end), out[image, end - 1]) for out in (self._classes, self._scores)),
                *(store(self._rows, (image, end, n), self._rows[image, end - 1, n]) for n in range(4)),
            )

        put = sequence(
            loop(Min(size, as_expr(self._most - 1)) - place, moved, "t"),
            store(self._scores, (image, place), score),
            store(self._classes, (image, place), class_.astype("float32")),
            *(store(self._rows, (image, place, n), self._boxes[image, box, n].astype("float32")) for n in range(4)),
            store(self._counts, (image,), Min(size + 1, as_expr(self._most)).astype("int32")),
        )
        return sequence(self._place.set(0), loop(size, passed, "t"), when(place < self._most, put))


def _ratio(box: shared.Corners, other: shared.Corners) -> PrimExpr:
    """Intersection over union of (ymin, xmin, ymax, xmax); zero where one has no area."""
    zero = prim.const(0, box[0].dtype)
    height, width = (Max(Min(box[n + 2], other[n + 2]) - Max(box[n], other[n]), zero) for n in range(2))
    inside, own, area = height * width, _area(box), _area(other)
    valid = prim.And(own > 0, area > 0)
    return prim.select(valid, inside / (area + own - inside), zero)


def _area(box: shared.Corners) -> PrimExpr:
    return (box[2] - box[0]) * (box[3] - box[1])
