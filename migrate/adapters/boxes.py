"""vision.get_valid_counts and vision.non_max_suppression: thresholds and limits are attributes in Relax.

Relax suppresses rows without a positive score, and counts classes below zero as others, where Relay leaves both alone.
So it says the same only of rows that get_valid_counts has chosen, which have neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from migrate.adapters.writer import Writer, number_of
from relax_core.ir.expr import Call, Expr, TupleGetItem
from tensor_core.ops.card import Reject
from tensor_core.ops.vision.suppression_by_attributes import Counts, Suppress

_COUNTS = "relax.vision.get_valid_counts"


def _valid_counts(params: Any, f: Writer, data: Expr, threshold: Expr) -> Expr:
    number = number_of(f, threshold, "the score threshold")
    said = Counts(float(number), params.id_index, params.score_index)
    if not f.says("vision.valid_counts", said, data):
        raise Reject(f"Relax {f.target} has no {_COUNTS}")
    return f.call(
        "vision.valid_counts",
        data,
        score_threshold=said.score_threshold,
        id_index=said.id_index,
        score_index=said.score_index,
    )


def _suppression(params: Any, f: Writer, data: Expr, counts: Expr, indices: Expr, most: Expr, overlap: Expr) -> Expr:
    limit = int(number_of(f, most, "the number of boxes"))
    threshold = float(number_of(f, overlap, "the overlap"))
    if not limit or threshold <= 0:
        raise Reject("Relax knows neither no box at all nor an overlap of zero")
    _check_chosen(f, params, data, counts, indices)
    if not params.return_indices and params.invalid_to_bottom and 0 not in (params.id_index, params.score_index):
        raise Reject("Relay moves rows to the end that begin with a negative number")
    said = Suppress(
        limit,
        threshold,
        params.force_suppress,
        params.top_k,
        params.coord_start,
        params.score_index,
        params.id_index,
        params.return_indices,
        params.invalid_to_bottom,
        0.0,
        0.0,
    )
    if not f.says("vision.suppress", said, data, counts, indices):
        raise Reject(f"Relax {f.target} has no non_max_suppression")
    return f.call(
        "vision.suppress", data, counts, indices, **{name: getattr(said, name) for name in said.__dataclass_fields__}
    )


def _check_chosen(f: Writer, params: Any, data: Expr, counts: Expr, indices: Expr) -> None:
    """Reject unless the operands are the results of one get_valid_counts that looks at the same columns."""
    parts = [f.bound_to(item) for item in (counts, data, indices)]
    owners = [f.bound_to(part.tuple_value) for part in parts if isinstance(part, TupleGetItem)]
    places = [part.index for part in parts if isinstance(part, TupleGetItem)]
    first = owners[0] if owners else None
    if places != [0, 1, 2] or any(owner is not first for owner in owners) or not isinstance(first, Call):
        raise Reject("the rows are not known to have positive scores")
    chosen = f.is_call(first, _COUNTS)
    if chosen is None or chosen.attrs is None or chosen.attrs["score_threshold"] < 0:
        raise Reject("the rows are not known to have positive scores")
    same = chosen.attrs["score_index"] == params.score_index
    if not same or (params.id_index >= 0 and chosen.attrs["id_index"] != params.id_index):
        raise Reject("the rows are chosen by other columns")


def _by_class(params: Any, f: Writer, boxes: Expr, scores: Expr, most: Expr, *limits: Expr) -> Expr:
    count = int(number_of(f, most, "the number of boxes"))
    if count <= 0:
        raise Reject(f"Relax {f.target} keeps no box where the limit is not positive")
    if f.number < (0, 26):
        raise Reject(f"TVM {f.target} makes no kernel of it")
    # The kernel takes scalars.
    numbers = [f.constant(number_of(f, item, "a threshold"), "float32") for item in limits]
    said = replace(params, bounded=True)
    if said == params or not f.says("vision.all_class_non_max_suppression", said, boxes, scores, most, *numbers):
        raise Reject(f"Relax {f.target} cuts off the rows beyond the number of detections")
    fields = {name: getattr(said, name) for name in said.__dataclass_fields__}
    return f.call("vision.all_class_non_max_suppression", boxes, scores, f.constant(count, "int64"), *numbers, **fields)


COMPOSITIONS: Mapping[str, Any] = {
    "vision.all_class_non_max_suppression": _by_class,
    "vision.get_valid_counts": _valid_counts,
    "vision.non_max_suppression": _suppression,
}
