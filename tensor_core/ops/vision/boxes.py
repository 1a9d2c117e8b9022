"""What tensor programs say of boxes: their overlap, the valid ones, and those that no better one overlaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor, limits, loop, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.prim import Max, Min, PrimExpr, Var
from tensor_core.shapes import Dim, as_expr

Corners = Sequence[PrimExpr]
"""Four coordinates of opposite corners."""


def overlap(box: Corners, other: Corners) -> PrimExpr:
    """Intersection over union; zero without area. To the bit the same whichever box is given first."""
    zero = prim.const(0, box[0].dtype)
    one, two = _sorted(box), _sorted(other)
    width, height = (Max(zero, Min(one[1][n], two[1][n]) - Max(one[0][n], two[0][n])) for n in range(2))
    area = height * width
    union = _area(one) + _area(two) - area
    return prim.select(union <= 0, zero, area / union)


def _sorted(box: Corners) -> tuple[Corners, Corners]:
    pairs = [(box[n], box[n + 2]) for n in range(2)]
    return [Min(*pair) for pair in pairs], [Max(*pair) for pair in pairs]


def _area(box: tuple[Corners, Corners]) -> PrimExpr:
    (left, top), (right, bottom) = box
    return (right - left) * (bottom - top)


def valid_counts(
    b: LoopBuilder, data: Tensor, threshold: PrimExpr, id_index: int, score_index: int
) -> tuple[Tensor, Tensor, Tensor]:
    """How many rows have a score above the threshold and a class, those rows first, and where they stood."""
    batch, count, width = data.shape
    counts = b.compute((batch,), lambda *_: 0, "int32", name="valid_count")
    rows = b.compute(data.shape, lambda *_: -1, data.dtype, name="valid_box")
    indices = b.compute((batch, count), lambda *_: -1, "int32", name="valid_indices")

    def row(n: Var, i: Var) -> Stmt:
        end = counts[n].astype("int64")
        score = data[n, i, score_index]
        valid = [score.astype(threshold.dtype) > threshold]
        valid += [data[n, i, id_index] >= 0] if id_index >= 0 else []
        kept = sequence(
            loop(width, lambda c: store(rows, (n, end, c), data[n, i, c]), "c"),
            store(indices, (n, end), i.astype("int32")),
            store(counts, (n,), counts[n] + 1),
        )
        return when(prim.all_of(valid), kept)

    b.emit(loop(batch, lambda n: loop(count, lambda i: row(n, i), "i"), "n"))
    return counts, rows, indices


def valid_scores(b: LoopBuilder, data: Tensor, valid_count: Tensor, score_index: int) -> Tensor:
    """The scores of valid rows; of others the least number, which stands behind all when they are put in order."""
    least = limits(data.dtype)[0]

    def score(n: PrimExpr, i: PrimExpr) -> PrimExpr:
        return prim.select(i < valid_count[n].astype("int64"), data[n, i, score_index], least)

    return b.compute(data.shape[:2], score, data.dtype, name="scores")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one image, best first; ``order`` says where the n-th stands in the data."""

    data: Tensor
    image: PrimExpr
    order: Tensor

    def at(self, n: PrimExpr, column: PrimExpr | int) -> PrimExpr:
        """A number of the n-th row."""
        return self.data[self.image, self.order[n], column]

    def corners(self, n: PrimExpr, first: int) -> Corners:
        """The box of the n-th row, whose coordinates begin at a column."""
        return [self.at(n, first + column) for column in range(4)]


class Suppression:
    """Which rows overlap a better one: scratch for one image at a time."""

    def __init__(self, b: LoopBuilder, dtype: str, count: Dim) -> None:
        self._kept = b.scratch((count,), "int64", "kept")
        self.found = b.local("found")
        self._hit = b.local("hit")
        self._box = [b.local(f"corner_{n}", dtype) for n in range(4)]

    def begin(self) -> Stmt:
        """No row is kept yet."""
        return self.found.set(0)

    def consider(
        self,
        n: PrimExpr,
        corners: Callable[[PrimExpr], Corners],
        rivals: Callable[[PrimExpr], list[PrimExpr]],
        overlaps: Callable[[Corners, Corners], PrimExpr],
    ) -> Stmt:
        """Keep the n-th row unless it overlaps one that is kept, of those that are its rivals."""
        mine = [cell.value for cell in self._box]

        def compared(t: Var) -> Stmt:
            other = self._kept[t]
            conditions = [*rivals(other), overlaps(mine, corners(other))]
            return when(self._hit.value.equal(0), when(prim.all_of(conditions), self._hit.set(1)))

        return sequence(
            *(cell.set(value) for cell, value in zip(self._box, corners(n), strict=True)),
            self._hit.set(0),
            loop(self.found.value, compared, "t"),
        )

    def at(self, t: PrimExpr) -> PrimExpr:
        """The ``t``-th row that was kept."""
        return self._kept[t]

    def is_free(self) -> PrimExpr:
        """Whether the row that was considered last overlaps none."""
        return self._hit.value.equal(0)

    def keep(self, n: PrimExpr) -> Stmt:
        """Add the n-th row to those that are kept."""
        return sequence(store(self._kept, (self.found.value,), n), self.found.set(self.found.value + 1))


def limited(count: PrimExpr, top_k: int) -> PrimExpr:
    """How many of the valid rows are looked at."""
    return Min(count, as_expr(top_k)) if top_k > 0 else count
