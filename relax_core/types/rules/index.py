"""Rules of operators that read, or write, at positions given by tensors."""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.ir.types import PrimType, TensorType, TupleType, Type
from relax_core.types.rules import terms
from relax_core.types.rules.arguments import (
    Arguments,
    Rule,
    broadcast,
    check_integers,
    made,
    of_dims,
    of_rank,
    values,
)
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.shapes import Shape


def _same_dtype(data: TensorType, other: TensorType, argument: int) -> None:
    if data.dtype and other.dtype and data.dtype != other.dtype:
        raise Reject(f"element types differ: {data.dtype} and {other.dtype}", argument)


def _opened(data: TensorType) -> TensorType:
    """The type with its dimensions, but without a variable that is its shape."""
    return of_rank(data, data.ndim) if data.dims is None else of_dims(data, data.dims)


def _take(given: Arguments) -> Type:
    data, found = given.tensor(0), given.types[1]
    indices = made((), found.dtype) if isinstance(found, PrimType) else given.tensor(1)
    check_integers(indices, 1)
    axis = given.attrs["axis"]
    if axis is None and data.ndim != 1:
        raise Reject(f"without an axis the data must be a vector, got {data}", 0)
    if data.ndim < 0 or indices.ndim < 0:
        return of_rank(data, -1)
    place = 0 if axis is None else rules.axis(axis, data.ndim, 0)
    if data.dims is None or indices.dims is None:
        return of_rank(data, indices.ndim + data.ndim - 1)
    return of_dims(data, (*data.dims[:place], *indices.dims, *data.dims[place + 1 :]))


def _gather_elements(given: Arguments) -> Type:
    data, indices = given.tensor(0), given.tensor(1)
    check_integers(indices, 1, signed=True)
    if data.ndim < 0 or indices.ndim < 0:
        return of_rank(data, -1)
    rules.axis(given.attrs["axis"], data.ndim, 0)
    if data.ndim != indices.ndim:
        raise Reject(f"the indices have {indices.ndim} dimensions, the data {data.ndim}", 1)
    return TensorType(indices.shape, data.dtype, data.vdevice, indices.ndim)


def _gather_nd(given: Arguments) -> Type:
    data, indices, batch = given.tensor(0), given.tensor(1), given.attrs["batch_dims"]
    if indices.dtype not in ("", "int64"):
        raise Reject(f"the indices must be of type int64, got {indices.dtype}", 1)
    if data.ndim < 0 or indices.ndim < 0:
        return of_rank(data, -1)
    if not 0 <= batch <= min(data.ndim, indices.ndim - 1):
        raise Reject(f"there are no {batch} dimensions in common")
    count = indices.dims[-1] if indices.dims is not None else None
    if indices.dims is None or not isinstance(count, int):
        return of_rank(data, -1)
    if data.dims is None:
        return of_rank(data, indices.ndim + data.ndim - count - 1 - batch)
    if count > data.ndim - batch:
        raise Reject(f"{count} coordinates are given for {data.ndim - batch} dimensions", 1)
    return of_dims(data, (*indices.dims[:-1], *data.dims[batch + count :]))


def _scatter_elements(given: Arguments) -> Type:
    data, indices, updates = (given.tensor(n) for n in range(3))
    if data.ndim < 0:
        return of_rank(data, -1)
    if indices.ndim >= 0 and updates.ndim >= 0 and not data.ndim == indices.ndim == updates.ndim:
        raise Reject("data, indices and updates have different numbers of dimensions", 1)
    _same_dtype(data, updates, 2)
    check_integers(indices, 1)
    if indices.dims is not None and updates.dims is not None:
        for mine, theirs in zip(indices.dims, updates.dims, strict=True):
            if terms.differ(mine, theirs):
                raise Reject("indices and updates have different shapes", 2)
    return _opened(data)


def _scatter_nd(given: Arguments) -> Type:
    data, indices, updates = (given.tensor(n) for n in range(3))
    if not data.dtype or not updates.dtype:
        raise Reject("the element types of data and updates must be known", 2)
    _same_dtype(data, updates, 2)
    check_integers(indices, 1)
    if data.dims is not None and indices.dims is not None and updates.dims is not None:
        count = indices.dims[-1] if indices.dims else None
        if not isinstance(count, int):
            raise Reject("the number of coordinates must be known", 1)
        if count > data.ndim or not terms.same((*indices.dims[:-1], *data.dims[count:]), updates.dims):
            raise Reject(f"updates of shape {rules.show(updates.dims)} do not fit", 2)
    return _opened(data)


def _index_shape(types: Sequence[TensorType]) -> Shape | None:
    """What the shapes of positions broadcast to; None when it is not known."""
    result: Shape = ()
    for item in types:
        if item.dims is None:
            return None
    for item in types:
        both = broadcast(result, item.dims or (), 1)
        if both is None:
            return None
        result = both
    return result


def _index_tensor(given: Arguments) -> Type:
    data, indices = given.tensor(0), given.tensors(1)
    if not indices:
        raise Reject("at least one tensor of positions is needed", 1)
    for item in indices:
        check_integers(item, 1, signed=True)
    if 0 <= data.ndim < len(indices):
        raise Reject(f"{len(indices)} tensors of positions are given for {data.ndim} dimensions", 1)
    shape = _index_shape(indices)
    if shape is None or data.ndim < 0:
        return of_rank(data, -1)
    if data.dims is None:
        return of_rank(data, len(shape) + data.ndim - len(indices))
    return of_dims(data, (*shape, *data.dims[len(indices) :]))


def _index_put(given: Arguments) -> Type:
    data, updates = given.tensor(0), given.tensor(2)
    indices = given.tensors(1) if isinstance(given.types[1], TupleType) else (given.tensor(1),)
    if data.ndim < 0:
        return of_rank(data, -1)
    for item in indices:
        if item.ndim == 0:
            raise Reject("positions must have at least one dimension", 1)
        check_integers(item, 1)
    if len(indices) != data.ndim:
        raise Reject(f"{len(indices)} tensors of positions are given for {data.ndim} dimensions", 1)
    _same_dtype(data, updates, 2)
    return _opened(data)


def _one_hot(given: Arguments) -> Type:
    indices = given.tensor(0)
    on, off = given.types[1], given.types[2]
    if not isinstance(on, PrimType) or not isinstance(off, PrimType):
        raise Reject("the two values must be scalars", 1)
    if on.dtype != off.dtype:
        raise Reject(f"the two values have different element types: {on.dtype} and {off.dtype}", 2)
    if given.attrs["depth"] <= 0:
        raise Reject("the depth must be positive")
    check_integers(indices, 0)
    if indices.dims is None:
        return made(None, on.dtype, indices.vdevice, indices.ndim + 1 if indices.ndim >= 0 else -1)
    axis = given.attrs["axis"]
    place = axis + indices.ndim + 1 if axis < 0 else axis
    if not 0 <= place <= indices.ndim:
        raise Reject(f"axis {axis} is out of range for {indices.ndim + 1} dimensions")
    return made((*indices.dims[:place], given.attrs["depth"], *indices.dims[place:]), on.dtype, indices.vdevice)


def _reverse_sequence(given: Arguments) -> Type:
    data, lengths = given.tensor(0), given.tensor(1)
    if lengths.ndim not in (-1, 1):
        raise Reject(f"the lengths must be a vector, got {lengths}", 1)
    if lengths.dtype not in ("", "int32", "int64"):
        raise Reject(f"the lengths must be of type int32 or int64, got {lengths.dtype}", 1)
    if data.ndim < 0:
        return data
    rules.axis(given.attrs["seq_axis"], data.ndim, 0)
    batch = rules.axis(given.attrs["batch_axis"], data.ndim, 0)
    own, counts = values(data), values(lengths)
    if own is not None and counts is not None and terms.differ(counts[0], own[batch]):
        raise Reject("there must be as many lengths as sequences", 1)
    return data


RULES: dict[str, Rule] = {
    "relax.take": _take,
    "relax.gather_elements": _gather_elements,
    "relax.gather_nd": _gather_nd,
    "relax.scatter_elements": _scatter_elements,
    "relax.scatter_nd": _scatter_nd,
    "relax.index_tensor": _index_tensor,
    "relax.index_put": _index_put,
    "relax.one_hot": _one_hot,
    "relax.reverse_sequence": _reverse_sequence,
}
