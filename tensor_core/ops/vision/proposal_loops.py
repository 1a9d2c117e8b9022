"""The tensor program of vision.proposal.

It computes in float32 as TVM does, each operation rounded: on single roundings hangs which boxes are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, sequence, store, when
from tensor_core.loops.from_card import LoopFragment
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import orders
from tensor_core.ops.card import Reject
from tensor_core.ops.rules import Array
from tensor_core.ops.vision import boxes as shared
from tensor_core.prim import Max, Min, PrimExpr, Var
from tensor_core.shapes import as_expr

if TYPE_CHECKING:
    from tensor_core.ops.vision.proposal import Proposal

_FLOAT = "float32"


def lower_proposal(
    params: Proposal, b: LoopBuilder, cls_prob: Tensor, bbox_pred: Tensor, im_info: Tensor, anchors: Array
) -> Tensor:
    """The best boxes; ``anchors`` are (x1, y1, x2, y2) at the first place."""
    if not shapes.prove_equal(cls_prob.shape[0], 1):
        raise Reject("TVM sorts the boxes of one image only", 0)
    b.strict = True
    boxes, scores = _candidates(params, b, cls_prob, bbox_pred, im_info, anchors)
    count, last = scores.shape[1], params.rpn_post_nms_top_n
    result = b.compute((last, 5), lambda *_: 0, cls_prob.dtype, name="proposal")
    kept = shared.Suppression(b, _FLOAT, count)

    def overlaps(box: shared.Corners, other: shared.Corners) -> PrimExpr:
        return _ratio(box, other) > params.threshold

    def row(_before: tuple[Var, ...], _behind: tuple[Var, ...], order: Tensor) -> Stmt:
        def corners(i: PrimExpr) -> shared.Corners:
            return [boxes[order[i], n] for n in range(4)]

        def one(i: Var) -> Stmt:
            return sequence(kept.consider(i, corners, lambda _: [], overlaps), when(kept.is_free(), kept.keep(i)))

        def written(t: Var) -> Stmt:
            box = corners(kept.at(t % kept.found.value))
            return sequence(*(store(result, (t, n + 1), box[n].astype(cls_prob.dtype)) for n in range(4)))

        looked_at = shared.limited(as_expr(count), params.rpn_pre_nms_top_n)
        return sequence(kept.begin(), loop(looked_at, one, "i"), loop(last, written, "t"))

    orders.each_row(b, scores, 1, False, row)
    return result


def _candidates(
    params: Proposal, b: LoopBuilder, cls_prob: Tensor, bbox_pred: Tensor, im_info: Tensor, anchors: Array
) -> tuple[Tensor, Tensor]:
    """All boxes, ratios and scales innermost, and their scores."""
    count, (height, width) = len(anchors), cls_prob.shape[2:]
    stride = params.feature_stride
    first = LoopFragment(b).constant(anchors, _FLOAT)
    high, wide, scale = (im_info[0, n].astype(_FLOAT) for n in range(3))
    total = shapes.product((height, width, count))
    least = scale * params.rpn_min_size

    def place(flat: PrimExpr) -> tuple[PrimExpr, PrimExpr, PrimExpr]:
        """Row, column and anchor."""
        cell = flat // count
        return cell // as_expr(width), cell % as_expr(width), flat % count

    def moved(flat: PrimExpr) -> list[PrimExpr]:
        y, x, a = place(flat)
        shift = [(item.astype(_FLOAT) * stride) for item in (x, y)]
        box = [first[a, n] + shift[n % 2] for n in range(4)]
        moves = [bbox_pred[0, a * 4 + n, y, x].astype(_FLOAT) for n in range(4)]
        ends = [wide - 1, high - 1] * 2
        corners = _shifted(box, moves, params.iou_loss)
        return [Max(Min(corner, end), prim.const(0, _FLOAT)) for corner, end in zip(corners, ends, strict=True)]

    cut = b.scratch((total, 4), _FLOAT, "cut")
    b.emit(loop(total, lambda flat: sequence(*(store(cut, (flat, n), item) for n, item in enumerate(moved(flat))))))

    def is_small(flat: PrimExpr) -> PrimExpr:
        return prim.Or(*(cut[flat, n + 2] - cut[flat, n] + 1 < least for n in range(2)))

    def corner(flat: PrimExpr, n: PrimExpr) -> PrimExpr:
        half = least / 2
        grown = cut[flat, n] + prim.select(n < 2, prim.const(0, _FLOAT) - half, half)
        return prim.select(is_small(flat), grown, cut[flat, n])

    def score(_: PrimExpr, flat: PrimExpr) -> PrimExpr:
        y, x, a = place(flat)
        beyond = prim.Or(y >= (high / stride).astype("int64"), x >= (wide / stride).astype("int64"))
        return prim.select(
            prim.Or(beyond, is_small(flat)), prim.const(-1, _FLOAT), cls_prob[0, a + count, y, x].astype(_FLOAT)
        )

    return b.compute((total, 4), corner, name="boxes"), b.compute((1, total), score, _FLOAT, name="scores")


def _shifted(box: Sequence[PrimExpr], moves: Sequence[PrimExpr], borders: bool) -> list[PrimExpr]:
    """A box moved by predictions: of its borders, or of its centre and the logarithms of its extents."""
    if borders:
        return [corner + move for corner, move in zip(box, moves, strict=True)]
    first, last = list[PrimExpr](), list[PrimExpr]()
    for n in range(2):
        size = box[n + 2] - box[n] + 1
        centre = moves[n] * size + box[n] + prim.const(0.5, _FLOAT) * (size - 1)
        reach = prim.const(0.5, _FLOAT) * (prim.intrinsic("exp", moves[n + 2]) * size - 1)
        first.append(centre - reach)
        last.append(centre + reach)
    return [*first, *last]


def _ratio(box: shared.Corners, other: shared.Corners) -> PrimExpr:
    """Intersection over union, of boxes whose last elements belong to them."""
    width, height = (
        Max(Min(box[n + 2], other[n + 2]) - Max(box[n], other[n]) + 1, prim.const(0, _FLOAT)) for n in range(2)
    )
    inside = width * height
    areas = [(item[2] - item[0] + 1) * (item[3] - item[1] + 1) for item in (box, other)]
    return inside / (areas[1] + areas[0] - inside)
