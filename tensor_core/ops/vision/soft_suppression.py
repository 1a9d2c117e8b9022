"""The tensor program of vision.non_max_suppression of Relax with softening: overlapping boxes lose score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor, limits, loop, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import orders
from tensor_core.ops.vision import boxes
from tensor_core.prim import Min, PrimExpr, Var
from tensor_core.shapes import as_expr

if TYPE_CHECKING:
    from tensor_core.ops.vision.suppression_by_attributes import Suppress


def lower_soft(
    params: Suppress, b: LoopBuilder, data: Tensor, valid_count: Tensor, indices: Tensor
) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """The rows that remain, each with its score when it was taken; with ``return_indices`` their indices and number."""
    b.strict = True
    return _Soft(params, b, data, valid_count, indices).results()


class _Soft:
    """Rows of one image at a time: those taken stand in front, the others behind them may still be taken."""

    def __init__(self, params: Suppress, b: LoopBuilder, data: Tensor, valid_count: Tensor, indices: Tensor) -> None:
        self._params, self._builder = params, b
        self._data, self._valid_count, self._indices = data, valid_count, indices
        _, count, self._width = data.shape
        self._rows = b.scratch((count, self._width), data.dtype, "rows")
        self._places = b.scratch((count,), "int64", "places")
        self._best, self._done, self._goes_on = b.local("best"), b.local("done"), b.local("goes_on")
        self._most, self._swapped = b.local("most", data.dtype), b.local("swapped", data.dtype)
        self._place = b.local("place")

    def results(self) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        """The outputs."""
        params, b, data = self._params, self._builder, self._data
        rows = b.compute(data.shape, lambda *_: -1, data.dtype, name="T_suppressed")
        found = totals = None
        if params.return_indices:
            shape = self._indices.shape
            found = b.compute(shape, lambda *_: -1, "int32", name="box_indices")
            totals = b.compute((shape[0], 1), lambda *_: 0, "int32", name="valid_box_count")
        scores = boxes.valid_scores(b, data, self._valid_count, params.score_index)

        def image(before: tuple[Var, ...], _behind: tuple[Var, ...], order: Tensor) -> Stmt:
            (n,) = before
            count = boxes.limited(Min(self._valid_count[n].astype("int64"), as_expr(data.shape[1])), params.top_k)

            def begin(i: Var) -> Stmt:
                copied = loop(self._width, lambda c: store(self._rows, (i, c), data[n, order[i], c]), "c")
                return sequence(store(self._places, (i,), order[i]), copied)

            def written(i: Var) -> Stmt:
                copied = loop(self._width, lambda c: store(rows, (n, i, c), self._rows[i, c]), "c")
                if found is None:
                    return copied
                index = self._indices[n, self._places[i]].astype("int32")
                return sequence(copied, store(found, (n, i), index))

            return sequence(
                loop(count, begin, "i"),
                self._goes_on.set(1),
                self._done.set(0),
                loop(count, lambda i: self._step(i, count), "i"),
                loop(self._done.value, written, "i"),
                *([] if totals is None else [store(totals, (n, 0), self._done.value.astype("int32"))]),
            )

        orders.each_row(b, scores, 1, False, image)
        return rows if found is None or totals is None else (rows, found, totals)

    def _alive(self, i: PrimExpr) -> PrimExpr:
        return prim.And(self._places[i] >= 0, self._rows[i, self._params.score_index] > self._params.score_threshold)

    def _step(self, i: Var, count: PrimExpr) -> Stmt:
        """Take the best row that is left, if there is one."""

        def sought(t: Var) -> Stmt:
            score = self._rows[i + t, self._params.score_index]
            better = prim.And(self._alive(i + t), score > self._most.value)
            return when(better, sequence(self._most.set(score), self._best.set(i + t)))

        least = prim.const(limits(self._data.dtype)[0], self._data.dtype)
        room = self._params.max_output_size
        goes_on = [self._goes_on.value > 0, *([i < room] if room > 0 else [])]
        search = sequence(self._best.set(-1), self._most.set(least), loop(count - i, sought, "t"))
        taken = sequence(
            self._exchange(i),
            loop(count - i - 1, lambda t: self._weaken(i, i + 1 + t), "t"),
            self._done.set(self._done.value + 1),
        )
        return when(prim.all_of(goes_on), sequence(search, when(self._best.value < 0, self._goes_on.set(0), taken)))

    def _exchange(self, i: Var) -> Stmt:
        rows, places, best = self._rows, self._places, self._best.value

        def column(c: Var) -> Stmt:
            return sequence(
                self._swapped.set(rows[i, c]),
                store(rows, (i, c), rows[best, c]),
                store(rows, (best, c), self._swapped.value),
            )

        return sequence(
            loop(self._width, column, "c"),
            self._place.set(places[i]),
            store(places, (i,), places[best]),
            store(places, (best,), self._place.value),
        )

    def _weaken(self, taken: PrimExpr, i: PrimExpr) -> Stmt:
        """Row ``i`` loses score for its overlap with the one taken, or is dropped."""
        params, rows = self._params, self._rows
        box, other = ([rows[n, params.coord_start + k] for k in range(4)] for n in (taken, i))
        same = params.id_index < 0 or params.force_suppress
        rivals = [] if same else [rows[taken, params.id_index].equal(rows[i, params.id_index])]
        shared, score = self._most.value, rows[i, params.score_index]
        scale = prim.const(-0.5 / params.soft_nms_sigma, self._data.dtype)
        weaker = score * prim.intrinsic("exp", scale * shared * shared)
        dropped = store(self._places, (i,), -1)
        lost = sequence(store(rows, (i, params.score_index), weaker), when(score <= params.score_threshold, dropped))
        return when(
            prim.all_of([self._alive(i), *rivals]),
            sequence(self._most.set(boxes.overlap(box, other)), when(shared >= params.iou_threshold, dropped, lost)),
        )
