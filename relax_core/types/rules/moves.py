"""Rules of operators that move elements: reshape and its like."""

from __future__ import annotations

from functools import reduce

from relax_core.ir.expr import Var
from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.types.rules import terms
from relax_core.types.rules.arguments import (
    Arguments,
    Rule,
    any_device,
    made,
    of_dims,
    of_rank,
    of_shape,
    values,
)
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.releases import older
from tensor_core.shapes import Dim, Shape


def _reshape(given: Arguments) -> Type:
    source, target = given.tensor(0), given.shape(1)
    own = values(source)
    if own is not None and target.values is not None:
        before, after = terms.product(own), terms.product(target.values)
        if terms.differ(before, after):
            raise Reject(f"{rules.show(own)} has not as many elements as {rules.show(target.values)}", 1)
    if isinstance(given.expr(1), Var) and target.values is not None:
        return of_dims(source, target.values)
    return of_shape(given.expr(1), source.dtype, source.vdevice)


def _broadcast_to(given: Arguments) -> Type:
    source, target = given.tensor(0), given.shape(1)
    if source.ndim >= 0 and 0 <= target.ndim < source.ndim:
        raise Reject(f"{source.ndim} dimensions cannot be broadcast to {target.ndim}", 1)
    own = values(source)
    if own is not None and target.values is not None:
        for mine, wanted in zip(reversed(own), reversed(target.values), strict=False):
            if not (isinstance(mine, int) and mine == 1) and terms.differ(mine, wanted):
                raise Reject(f"{rules.show(own)} cannot be broadcast to {rules.show(target.values)}", 1)
    return of_shape(given.expr(1), source.dtype, source.vdevice)


def _collapsible(own: Shape | None, target: Shape | None) -> None:
    """Reject unless broadcasting the target can give the shape."""
    if own is None or target is None:
        return
    place = len(target) - 1
    for dim in reversed(own):
        if place < 0:
            return
        wanted = target[place]
        if not ((isinstance(wanted, int) and wanted == 1) or terms.equal(dim, wanted)):
            raise Reject(f"{rules.show(own)} is no broadcast of {rules.show(target)}", 1)
        place -= 1


def _collapse_like(given: Arguments) -> Type:
    source, target = given.tensor(0), given.tensor(1)
    _collapsible(values(source), values(target))
    return TensorType(target.shape, source.dtype, target.vdevice, target.ndim)


def _collapse_to(given: Arguments) -> Type:
    source, target = given.tensor(0), given.shape(1)
    _collapsible(values(source), target.values)
    return of_shape(given.expr(1), source.dtype, source.vdevice)


def _joined(given: Arguments) -> tuple[tuple[TensorType, ...], str, list[Shape], bool]:
    """The types that are joined, their element type, the shapes that are known, whether all are stated."""
    types = given.tensors(0)
    if not types:
        raise Reject("at least one tensor is needed", 0)
    known = [item.dtype for item in types if item.dtype]
    if len(set(known)) > 1:
        raise Reject(f"tensors have different element types: {', '.join(sorted(set(known)))}", 0)
    dtype = known[0] if len(known) == len(types) else ""
    found = [dims for item in types if (dims := values(item)) is not None]
    return types, dtype, found, all(item.dims is not None for item in types)


def _concat(given: Arguments) -> Type:
    types, dtype, found, stated = _joined(given)
    axis = given.attrs["axis"]
    ndim = 1 if axis is None else -1
    for item in types:
        if ndim < 0:
            ndim = item.ndim
        elif item.ndim not in (-1, ndim):
            raise Reject(f"tensors have {ndim} and {item.ndim} dimensions", 0)
    device = any_device(types)
    if ndim < 0:
        return types[0] if len(types) == 1 else made(None, dtype, device)
    place = 0 if axis is None else rules.axis(axis, ndim, 0)
    if len(types) == 1:
        return types[0]
    if not found:
        return made(None, dtype, device, ndim)
    dims = _concatenated(found, place)
    return made(dims if stated else None, dtype, device, ndim)


def _concatenated(found: list[Shape], axis: int) -> Shape | None:
    first, certain = found[0], True
    for other in found:
        for n, (mine, theirs) in enumerate(zip(first, other, strict=True)):
            if n == axis:
                continue
            if terms.differ(mine, theirs):
                raise Reject(f"shapes {rules.show(first)} and {rules.show(other)} differ beside axis {axis}", 0)
            certain = certain and terms.equal(mine, theirs)
    return (*first[:axis], _total([shape[axis] for shape in found]), *first[axis + 1 :]) if certain else None


def _total(lengths: list[Dim]) -> Dim:
    """The sum of lengths: of the same ones a product."""
    if all(terms.alike(item, lengths[0]) for item in lengths):
        return terms.multiply(lengths[0], len(lengths))
    return reduce(terms.add, lengths, 0)


def _stack(given: Arguments) -> Type:
    types, dtype, found, stated = _joined(given)
    rank = types[0].ndim
    for item in types:
        if item.ndim not in (-1, rank):
            raise Reject(f"tensors have {rank} and {item.ndim} dimensions", 0)
    ndim, device = rank + 1, any_device(types)
    axis = given.attrs["axis"]
    place = 0 if axis is None else rules.axis(axis, ndim, 0)
    if not found:
        return made(None, dtype, device, ndim)
    first, certain = found[0], True
    for other in found[1:]:
        if any(map(terms.differ, first, other)):
            raise Reject(f"shapes {rules.show(first)} and {rules.show(other)} differ", 0)
        certain = certain and all(map(terms.equal, first, other))
    dims = (*first[:place], len(types), *first[place:])
    return made(dims if certain and (stated or len(types) == 1) else None, dtype, device, ndim)


def _expand_dims(given: Arguments) -> Type:
    source, stated = given.tensor(0), rules.many(given.attrs["axis"])
    if not stated:
        return source
    if source.ndim < 0:
        return of_rank(source, -1)
    ndim = source.ndim + len(stated)
    axes = rules.axes(stated, ndim)
    if source.dims is None:
        return of_rank(source, ndim)
    rest = iter(source.dims)
    return of_dims(source, [1 if n in axes else next(rest) for n in range(ndim)])


def _flatten(given: Arguments) -> Type:
    source = given.tensor(0)
    if source.ndim == 0:
        return of_dims(source, (1,))
    if source.ndim == 1:
        return source
    return of_rank(source, 1) if source.dims is None else of_dims(source, (terms.product(source.dims),))


def _batch_flatten(given: Arguments) -> Type:
    source = given.tensor(0)
    if 0 <= source.ndim < 2:
        raise Reject("expected at least two dimensions", 0)
    if source.ndim == 2:
        return source
    if source.dims is None:
        return of_rank(source, 2)
    return of_dims(source, (source.dims[0], terms.product(source.dims[1:])))


def _permute(given: Arguments) -> Type:
    source, stated = given.tensor(0), given.attrs["axes"]
    if stated is None and source.ndim < 0:
        return of_rank(source, -1)
    if stated is not None and source.ndim >= 0 and len(stated) != source.ndim:
        raise Reject(f"{len(stated)} axes are given for {source.ndim} dimensions", 0)
    if stated is not None and source.ndim < 0:
        raise Reject("the number of dimensions must be known", 0)
    axes = tuple(reversed(range(source.ndim))) if stated is None else rules.axes(stated, source.ndim)
    if axes == tuple(range(source.ndim)):
        return source
    return of_rank(source, source.ndim) if source.dims is None else of_dims(source, [source.dims[n] for n in axes])


def _squeeze(given: Arguments) -> Type:
    source, stated = given.tensor(0), given.attrs["axis"]
    if stated is not None and not rules.many(stated):
        return source
    if source.ndim < 0:
        return of_rank(source, -1)
    own = values(source)
    if stated is None:
        if own is None or not all(isinstance(dim, int) for dim in own):
            return of_rank(source, -1)
        gone = {n for n, dim in enumerate(own) if dim == 1}
    else:
        axes = rules.axes(rules.many(stated), source.ndim)
        if own is None:
            return of_rank(source, source.ndim - len(axes))
        gone = set(axes)
        wrong = {n for n in gone if isinstance(own[n], int) and own[n] != 1}
        if wrong and older(given.release, "0.23"):
            raise Reject(f"axis {min(wrong)} has size {own[min(wrong)]}", 0)
        gone -= wrong
    kept = [dim for n, dim in enumerate(own) if n not in gone]
    if source.dims is not None:
        return of_dims(source, kept)
    if len(kept) == source.ndim:
        return source
    return of_rank(source, len(kept) if stated is not None else -1)


def _tile(given: Arguments) -> Type:
    source, repeats = given.tensor(0), rules.many(given.attrs["repeats"])
    if source.dims is None:
        if source.ndim < 0 or len(repeats) > source.ndim:
            return of_rank(source, -1 if source.ndim < 0 else len(repeats))
        return source if all(count == 1 for count in repeats) else of_rank(source, source.ndim)
    ndim = max(len(repeats), source.ndim)
    own = (*(1,) * (ndim - source.ndim), *source.dims)
    counts = (*(1,) * (ndim - len(repeats)), *repeats)
    return of_dims(source, [terms.simplify(terms.multiply(dim, n)) for dim, n in zip(own, counts, strict=True)])


def _repeat(given: Arguments) -> Type:
    source, axis, count = given.tensor(0), given.attrs["axis"], given.attrs["repeats"]
    if axis is not None and source.ndim >= 0:
        rules.axis(axis, source.ndim, 0)
    if source.dims is None:
        if axis is None:
            return of_rank(source, 1)
        return source if count == 1 else of_rank(source, source.ndim)
    if axis is None:
        return of_dims(source, (terms.simplify(terms.multiply(terms.product(source.dims), count)),))
    place = rules.axis(axis, source.ndim, 0)
    longer = terms.simplify(terms.multiply(source.dims[place], count))
    return of_dims(source, (*source.dims[:place], longer, *source.dims[place + 1 :]))


def _flip(given: Arguments) -> Type:
    source = given.tensor(0)
    if source.ndim >= 0:
        rules.axis(given.attrs["axis"], source.ndim, 0)
    return source


def _meshgrid(given: Arguments) -> Type:
    types = given.tensors(0)
    if not types:
        raise Reject("at least one tensor is needed", 0)
    if any(item.ndim != 1 for item in types):
        raise Reject("expected vectors", 0)
    # A vector of unknown elements counts for nothing, not even for its length.
    counted = [item for item in types if item.dtype]
    if len({item.dtype for item in counted}) > 1:
        raise Reject("vectors have different element types", 0)
    dtype = counted[0].dtype if counted else ""
    lengths = [item.dims[0] for item in counted if item.dims is not None]
    dims = lengths if len(lengths) == len(types) else None
    return TupleType((made(dims, dtype, any_device(counted), len(types)),) * len(types))


RULES: dict[str, Rule] = {
    "relax.reshape": _reshape,
    "relax.broadcast_to": _broadcast_to,
    "relax.collapse_sum_like": _collapse_like,
    "relax.collapse_sum_to": _collapse_to,
    "relax.concat": _concat,
    "relax.stack": _stack,
    "relax.expand_dims": _expand_dims,
    "relax.flatten": _flatten,
    "relax.nn.batch_flatten": _batch_flatten,
    "relax.permute_dims": _permute,
    "relax.squeeze": _squeeze,
    "relax.tile": _tile,
    "relax.repeat": _repeat,
    "relax.flip": _flip,
    "relax.meshgrid": _meshgrid,
}
