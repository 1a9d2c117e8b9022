"""Rules of operators that find and select boxes."""

from __future__ import annotations

from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.types.rules import terms
from relax_core.types.rules.arguments import Arguments, Rule, made, of_dims, of_rank
from tensor_core.ops.card import Reject
from tensor_core.shapes import Dim


def _rank(type_: TensorType, ndim: int, argument: int) -> None:
    if type_.ndim not in (-1, ndim):
        raise Reject(f"expected {ndim} dimensions, got {type_}", argument)


def _is_not(dim: Dim, wanted: int) -> bool:
    return isinstance(dim, int) and dim != wanted


def _transform_loc(given: Arguments) -> Type:
    scores, moves, anchors = (given.tensor(n) for n in range(3))
    for n, (item, ndim) in enumerate(((scores, 3), (moves, 2), (anchors, 3))):
        _rank(item, ndim, n)
        if item.dtype and scores.dtype and item.dtype != scores.dtype:
            raise Reject(f"element types differ: {scores.dtype} and {item.dtype}", n)
    if len(given.attrs["variances"]) != 4:
        raise Reject("variances must be four numbers")
    if moves.dims is not None:
        if isinstance(moves.dims[1], int) and moves.dims[1] % 4:
            raise Reject("expected four numbers for each anchor", 1)
        if scores.dims is not None and isinstance(scores.dims[0], int) and _is_not(moves.dims[0], scores.dims[0]):
            raise Reject("the numbers of images differ", 1)
    if anchors.dims is not None and (_is_not(anchors.dims[0], 1) or _is_not(anchors.dims[2], 4)):
        raise Reject(f"anchors are (1, count, 4), got {anchors}", 2)
    if scores.dims is None:
        return TupleType((of_rank(scores, 3), of_rank(scores, 3)))
    batch, _, count = scores.dims
    if isinstance(count, int):
        if moves.dims is not None and _is_not(moves.dims[1], count * 4):
            raise Reject("expected four numbers for each anchor", 1)
        if anchors.dims is not None and _is_not(anchors.dims[1], count):
            raise Reject(f"expected {count} anchors", 2)
    return TupleType((of_dims(scores, (batch, count, 4)), of_dims(scores, scores.dims)))


def _all_class(given: Arguments) -> Type:
    boxes, scores = given.tensor(0), given.tensor(1)
    for n in range(2, 5):
        given.tensor(n)
    for n, item in enumerate((boxes, scores)):
        if item.ndim != 3 or item.dims is None:
            raise Reject(f"expected three known dimensions, got {item}", n)
    (batch, count, _), classes = boxes.dims or (0, 0, 0), (scores.dims or (0, 0, 0))[1]
    device = boxes.vdevice
    if given.attrs["output_format"] == "onnx":
        total = terms.multiply(terms.multiply(batch, classes), count)
        return TupleType((made((total, 3), "int64", device), made((1,), "int64", device)))
    each = terms.multiply(classes, count)
    found = (((batch, each, 2), "int64"), ((batch, each), "float32"), ((batch,), "int64"))
    return TupleType(tuple(made(dims, dtype, device) for dims, dtype in found))


def _check_row(given: Arguments, length: Dim, boxes: bool) -> None:
    """Reject when a row has no place for what the attributes look for in it."""
    if not isinstance(length, int):
        return
    attrs = given.attrs
    if not 0 <= attrs["score_index"] < length or not -1 <= attrs["id_index"] < length:
        raise Reject(f"a row of {length} numbers has no such score or class")
    if boxes and not (attrs["coord_start"] >= 0 and attrs["coord_start"] + 3 < length):
        raise Reject(f"a row of {length} numbers has no such box")


def _valid_counts(given: Arguments) -> Type:
    data = given.tensor(0)
    _rank(data, 3, 0)
    device = data.vdevice
    if data.dims is None:
        return TupleType((made(None, "int32", device, 1), of_rank(data, 3), made(None, "int32", device, 2)))
    _check_row(given, data.dims[2], boxes=False)
    counts, indices = made(data.dims[:1], "int32", device), made(data.dims[:2], "int32", device)
    return TupleType((counts, of_dims(data, data.dims), indices))


def _suppress(given: Arguments) -> Type:
    data, counts, indices = (given.tensor(n) for n in range(3))
    for n, (item, ndim) in enumerate(((data, 3), (counts, 1), (indices, 2))):
        _rank(item, ndim, n)
        if n and item.dtype not in ("", "int32"):
            raise Reject(f"expected int32, got {item.dtype}", n)
    dims, device, attrs = data.dims, data.vdevice, given.attrs
    if dims is not None:
        for n, item in ((1, counts), (2, indices)):
            if item.dims is not None and not terms.same(item.dims, dims[:n]):
                raise Reject(f"{item} does not fit the data", n)
        _check_row(given, dims[2], boxes=True)
    rows = of_rank(data, 3) if dims is None else of_dims(data, dims)
    if not attrs["return_indices"]:
        return rows
    places = made(None if dims is None else dims[:2], "int32", device, 2)
    numbers = made(None if dims is None else (dims[0], 1), "int32", device, 2)
    return TupleType((rows, places, numbers) if attrs["soft_nms_sigma"] > 0 else (places, numbers))


RULES: dict[str, Rule] = {
    "relax.vision.multibox_transform_loc": _transform_loc,
    "relax.vision.all_class_non_max_suppression": _all_class,
    "relax.vision.get_valid_counts": _valid_counts,
    "relax.vision.non_max_suppression": _suppress,
}
