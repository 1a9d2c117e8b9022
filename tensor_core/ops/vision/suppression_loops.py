"""Tensor programs of the two operators that suppress boxes which overlap better ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import orders, rules
from tensor_core.ops.card import Reject
from tensor_core.ops.vision import boxes
from tensor_core.prim import Min, PrimExpr, Var
from tensor_core.shapes import as_expr

if TYPE_CHECKING:
    from tensor_core.ops.vision.suppression import Suppression
    from tensor_core.ops.vision.suppression_by_attributes import Suppress


def first_of(operand: Tensor) -> PrimExpr:
    """The one number of an operand of any rank."""
    return operand[tuple(as_expr(0) for _ in range(operand.rank))]


def lower_nms(
    params: Suppression,
    b: LoopBuilder,
    data: Tensor,
    valid_count: Tensor,
    indices: Tensor,
    max_output_size: Tensor,
    iou_threshold: Tensor,
) -> Tensor | tuple[Tensor, Tensor]:
    """vision.non_max_suppression of Relay. Which boxes are kept hangs on single roundings."""
    outputs = _TopIndices(b, indices) if params.return_indices else _Rows(b, data, params.invalid_to_bottom, True)
    threshold = first_of(iou_threshold).astype(data.dtype)
    most = first_of(max_output_size).astype("int64")

    def rivals(rows: boxes.Rows, i: PrimExpr, better: PrimExpr) -> list[PrimExpr]:
        """Both have a class, the same one unless across classes."""
        if params.id_index < 0:
            return []
        other = rows.at(better, params.id_index)
        return [other >= 0, *([] if params.force_suppress else [other.equal(rows.at(i, params.id_index))])]

    def looked_at(rows: boxes.Rows, i: PrimExpr, found: PrimExpr, compared: Stmt) -> Stmt:
        """Without a positive score a box neither suppresses nor is suppressed."""
        chosen = when(rows.at(i, params.score_index) > 0, compared, outputs.add(rows, i))
        return when(found.not_equal(most), chosen)

    def of_image(rows: boxes.Rows, valid: PrimExpr, best: Stmt) -> Stmt:
        def as_it_is(i: Var) -> Stmt:
            return sequence(store(rows.order, (i,), i), outputs.add(rows, i))

        return when(threshold <= 0, loop(valid, as_it_is, "i"), best)

    _suppress(params, b, data, valid_count, outputs, _Rule(threshold, rivals, looked_at, of_image))
    return outputs.results


def lower_suppress(
    params: Suppress, b: LoopBuilder, data: Tensor, valid_count: Tensor, indices: Tensor
) -> Tensor | tuple[Tensor, Tensor]:
    """vision.non_max_suppression of Relax, without softening. Which boxes are kept hangs on single roundings."""
    outputs = _Indices(b, indices) if params.return_indices else _Rows(b, data, params.invalid_to_bottom, False)

    def rivals(rows: boxes.Rows, i: PrimExpr, better: PrimExpr) -> list[PrimExpr]:
        if params.force_suppress or params.id_index < 0:
            return []
        return [rows.at(better, params.id_index).equal(rows.at(i, params.id_index))]

    def looked_at(rows: boxes.Rows, i: PrimExpr, found: PrimExpr, compared: Stmt) -> Stmt:
        room = [found < params.max_output_size] if params.max_output_size > 0 else []
        return when(prim.all_of([rows.at(i, params.score_index) > 0, *room]), compared)

    _suppress(params, b, data, valid_count, outputs, _Rule(params.iou_threshold, rivals, looked_at))
    return outputs.results


@dataclass(frozen=True, slots=True)
class _Rule:
    """Where the two differ: the least overlap that suppresses, and which rows one may be suppressed by; when a row is
    compared with better ones, how many of which are kept so far; and what becomes of the valid rows of an image.
    """

    threshold: PrimExpr | float
    rivals: Callable[[boxes.Rows, PrimExpr, PrimExpr], list[PrimExpr]]
    looked_at: Callable[[boxes.Rows, PrimExpr, PrimExpr, Stmt], Stmt]
    of_image: Callable[[boxes.Rows, PrimExpr, Stmt], Stmt] = lambda _rows, _valid, best: best


def _suppress(
    params: Suppression | Suppress,
    b: LoopBuilder,
    data: Tensor,
    valid_count: Tensor,
    outputs: _Rows | _Indices,
    rule: _Rule,
) -> None:
    """Write the rows of each image that no better one suppresses to the outputs, best first."""
    b.strict = True
    kept = boxes.Suppression(b, data.dtype, data.shape[1])
    scores = boxes.valid_scores(b, data, valid_count, params.score_index)

    def near(box: boxes.Corners, other: boxes.Corners) -> PrimExpr:
        return boxes.overlap(box, other) >= rule.threshold

    def image(before: tuple[Var, ...], _behind: tuple[Var, ...], order: Tensor) -> Stmt:
        (n,) = before
        valid = Min(valid_count[n].astype("int64"), as_expr(data.shape[1]))
        rows = boxes.Rows(data, n, order)

        def corners(i: PrimExpr) -> boxes.Corners:
            return rows.corners(i, params.coord_start)

        def one(i: Var) -> Stmt:
            found = when(kept.is_free(), sequence(kept.keep(i), outputs.add(rows, i)))
            compared = kept.consider(i, corners, lambda better: rule.rivals(rows, i, better), near)
            return rule.looked_at(rows, i, kept.found.value, sequence(compared, found))

        best = loop(boxes.limited(valid, params.top_k), one, "i")
        return sequence(outputs.begin(), kept.begin(), rule.of_image(rows, valid, best), outputs.end(n))

    orders.each_row(b, scores, 1, False, image)


class _Rows:
    """Rows where they stand in order, or those whose first number is not negative at the top; -1 elsewhere."""

    def __init__(self, b: LoopBuilder, data: Tensor, to_top: bool, classed: bool) -> None:
        self._data, self._to_top, self._classed = data, to_top, classed
        self._result = b.compute(data.shape, lambda *_: -1, data.dtype, name="T_suppressed")
        self._end = b.local("end")

    @property
    def results(self) -> Tensor:
        """The output."""
        return self._result

    def begin(self) -> Stmt:
        """Before the rows of an image."""
        return self._end.set(0)

    def add(self, rows: boxes.Rows, i: PrimExpr) -> Stmt:
        """Row ``i`` is kept."""
        place = self._end.value if self._to_top else i
        copied = loop(self._data.shape[2], lambda c: store(self._result, (rows.image, place, c), rows.at(i, c)), "c")
        if not self._to_top:
            return copied
        moved = sequence(copied, self._end.set(self._end.value + 1))
        return when(rows.at(i, 0) >= 0, moved) if self._classed else moved

    def end(self, image: PrimExpr) -> Stmt:
        """After the rows of an image."""
        del image
        return sequence()


class _Indices:
    """Indices of rows at the top and how many there are."""

    def __init__(self, b: LoopBuilder, indices: Tensor) -> None:
        self._indices = indices
        self._result = b.compute(indices.shape, lambda *_: -1, "int32", name="box_indices")
        self._totals = b.compute((indices.shape[0], 1), lambda *_: 0, "int32", name="valid_box_count")
        self._end = b.local("end")

    @property
    def results(self) -> tuple[Tensor, Tensor]:
        """The outputs."""
        return self._result, self._totals

    def begin(self) -> Stmt:
        """Before the rows of an image."""
        return self._end.set(0)

    def add(self, rows: boxes.Rows, i: PrimExpr) -> Stmt:
        """Row ``i`` is kept."""
        end = self._end.value
        return sequence(store(self._result, (rows.image, end), self._index(rows, i)), self._end.set(end + 1))

    def _index(self, rows: boxes.Rows, i: PrimExpr) -> PrimExpr:
        return self._indices[rows.image, rows.order[i]].astype("int32")

    def end(self, image: PrimExpr) -> Stmt:
        """After the rows of an image."""
        return store(self._totals, (image, 0), self._end.value.astype("int32"))


class _TopIndices(_Indices):
    """Those that cannot be indices of a row count as 0, as in topi."""

    def __init__(self, b: LoopBuilder, indices: Tensor) -> None:
        if indices.rank != 2:
            raise Reject(f"expected a matrix, an index for each row of the data, got {rules.show(indices.shape)}", 2)
        super().__init__(b, indices)
        self._count = as_expr(indices.shape[1])

    def add(self, rows: boxes.Rows, i: PrimExpr) -> Stmt:
        """Row ``i`` is kept."""
        value = self._index(rows, i)
        wide = value.astype("int64")
        beyond = prim.Or(wide > self._count, wide < prim.const(0, "int64") - self._count)
        put, zero = (self._put(rows.image, item) for item in (value, prim.const(0, "int32")))
        return sequence(when(value >= 0, put), when(beyond, zero))

    def _put(self, image: PrimExpr, value: PrimExpr) -> Stmt:
        end = self._end.value
        return sequence(when(end < self._count, store(self._result, (image, end), value)), self._end.set(end + 1))
