"""Rules of slices: strided_slice and its like, split, and the layout that a map of indices makes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from relax_core.ir.types import PrimType, TensorType, TupleType, Type
from relax_core.types.operands import operand_value
from relax_core.types.rules import terms
from relax_core.types.rules.arguments import Arguments, Rule, made, of_dims, of_rank, values
from tensor_core import prim
from tensor_core.ops import rules
from tensor_core.ops.card import Carrier, Reject
from tensor_core.ops.shape_moves.index_map import mapped_shape
from tensor_core.ops.shape_moves.split import parts
from tensor_core.releases import older
from tensor_core.shapes import AnyDim, Dim, as_expr


def _numbers(given: Arguments, place: int, name: str) -> list[Dim] | None:
    """The scalars in a tuple argument; None when they are not known. They must be of type int64."""
    found = given.types[place]
    if not isinstance(found, TupleType):
        raise Reject(f"{name} must be a tuple of scalars, got {found}", place)
    if not all(isinstance(item, PrimType) and item.dtype == "int64" for item in found.fields):
        raise Reject(f"{name} must be of type int64", place)
    numbers = list(operand_value(given.expr(place), Carrier.SCALARS, name))
    return None if any(isinstance(item, AnyDim) for item in numbers) else numbers


def _strided_slice(given: Arguments) -> Type:
    data = given.tensor(0)
    names = ("axes", "begin", "end", "strides")[: len(given) - 1]
    lists = [_numbers(given, place + 1, name) for place, name in enumerate(names)]
    own = values(data)
    if data.shape is None or any(item is None for item in lists):
        return of_rank(data, data.ndim)
    axes, begin, end, *rest = [item or [] for item in lists]
    strides: Sequence[Dim] = rest[0] if rest else [1] * len(axes)
    if not len(axes) == len(begin) == len(end) == len(strides):
        raise Reject("axes, begin, end and strides have different lengths")
    if own is None:
        return data if not axes else of_rank(data, data.ndim)
    if not all(isinstance(axis, int) for axis in axes):
        return of_rank(data, data.ndim)
    dims, inbound = list(own), bool(given.attrs["assume_inbound"])
    for axis, first, last, stride in zip(
        rules.axes([int(axis) for axis in axes if isinstance(axis, int)], data.ndim), begin, end, strides, strict=True
    ):
        dims[axis] = _length(first, last, stride, dims[axis], inbound)
    return of_dims(data, dims)


def _length(begin: Dim, end: Dim, stride: Dim, extent: Dim, inbound: bool) -> Dim:
    analyzer = terms.analyzer()
    if inbound:
        facts = [prim.LE(as_expr(0), as_expr(item)) for item in (begin, end)]
        facts += [prim.LE(as_expr(item), as_expr(extent)) for item in (begin, end)]
        with analyzer.constraint_scope(prim.all_of(facts)):
            return terms.simplify(_ceil_divide(terms.subtract(end, begin), stride), analyzer)
    first, last = _canonical(begin, extent, stride), _canonical(end, extent, stride)
    down = _ceil_divide(terms.subtract(first, last), terms.subtract(0, stride))
    up = _ceil_divide(terms.subtract(last, first), stride)
    if isinstance(stride, int):
        return terms.simplify(down if stride < 0 else up, analyzer)
    return terms.simplify(prim.if_then_else(as_expr(stride) < 0, as_expr(down), as_expr(up)), analyzer)


def _ceil_divide(a: Dim, b: Dim) -> Dim:
    if b == 0:
        raise Reject("a stride of 0 never ends")
    return terms.floor_divide(terms.subtract(terms.add(a, b), 1), b)


def _canonical(index: Dim, extent: Dim, stride: Dim) -> Dim:
    """A position counted from the start and brought into range."""
    if isinstance(index, prim.Var) and isinstance(extent, prim.Var) and index.name == extent.name:
        return index
    backwards = isinstance(stride, int) and stride < 0
    low, high = (-1, terms.subtract(extent, 1)) if backwards else (0, extent)
    if not isinstance(stride, int):
        low = prim.if_then_else(as_expr(stride) < 0, as_expr(-1), as_expr(0))
        high = prim.if_then_else(as_expr(stride) < 0, as_expr(terms.subtract(extent, 1)), as_expr(extent))
    if isinstance(index, int):
        index = terms.add(index, extent) if index < 0 else index
    else:
        index = prim.if_then_else(as_expr(index) < 0, as_expr(terms.add(index, extent)), index)
    return terms.least(terms.greatest(index, low), high)


def _dynamic_strided_slice(given: Arguments) -> Type:
    data = given.tensor(0)
    if data.ndim < 0:
        return of_rank(data, -1)
    for place, name in ((1, "begin"), (2, "end"), (3, "strides")):
        found = given.tensor(place)
        if found.ndim != 1 or found.dims is None or found.dims[0] != data.ndim:
            raise Reject(f"{name} must be a vector of {data.ndim} numbers, got {found}", place)
        if found.dtype not in ("", "int64"):
            raise Reject(f"{name} must be of type int64, got {found.dtype}", place)
    return of_rank(data, data.ndim)


def _slice_scatter(given: Arguments) -> Type:
    data, source = given.tensor(0), given.tensor(1)
    if data.ndim < 0:
        return of_rank(data, -1)
    axis = rules.axis(given.attrs["axis"], data.ndim, 0)
    if source.ndim >= 0 and data.ndim != source.ndim:
        raise Reject(f"the source has {source.ndim} dimensions, the data {data.ndim}", 1)
    if data.dtype and source.dtype and data.dtype != source.dtype:
        raise Reject(f"element types differ: {data.dtype} and {source.dtype}", 1)
    start, end, step = (_position(given, place) for place in (2, 3, 4))
    analyzer = terms.analyzer()
    if step is not None and analyzer.can_prove(as_expr(step) < 1):
        raise Reject("the step must be at least 1", 4)
    if start is not None and end is not None and analyzer.can_prove(as_expr(end) < as_expr(start)):
        raise Reject("the end lies before the start", 3)
    if data.dims is not None and source.dims is not None:
        wanted = list(data.dims)
        if start is None or end is None or step is None:
            wanted[axis] = source.dims[axis]
        else:
            wanted[axis] = _ceil_divide(terms.subtract(end, start), step)
        if any(map(terms.differ, wanted, source.dims)):
            raise Reject(f"the source must be of shape {rules.show(tuple(wanted))}", 1)
    return data


def _position(given: Arguments, place: int) -> Dim | None:
    found = given.types[place]
    if not isinstance(found, PrimType) or not found.dtype.startswith(("int", "uint")):
        raise Reject(f"expected an integer, got {found}", place)
    return given.number(place)


def _split(given: Arguments) -> Type:
    data, wanted = given.tensor(0), given.attrs["indices_or_sections"]
    axis = rules.axis(given.attrs["axis"], data.ndim, 0) if data.ndim >= 0 else -1
    if isinstance(wanted, int):
        parts(wanted)
        if wanted == 1:
            return TupleType((data,)) if older(given.release, "0.21") else data
        return TupleType(tuple(_sections(data, axis, wanted)))
    if not wanted:
        return TupleType((data,)) if older(given.release, "0.21") else data
    if not all(isinstance(item, int) for item in wanted):
        raise Reject("the places to split at must be known numbers")
    if data.dims is None:
        return TupleType((of_rank(data, data.ndim),) * (len(wanted) + 1))
    extent = data.dims[axis]
    ends = [terms.least(terms.greatest(end, 0), extent) for end in (0, *wanted, extent)]
    lengths = [terms.simplify(terms.greatest(terms.subtract(last, first), 0)) for first, last in pairwise(ends)]
    return TupleType(tuple(_with(data, axis, length) for length in lengths))


def _sections(data: TensorType, axis: int, count: int) -> list[TensorType]:
    if data.dims is None:
        return [of_rank(data, data.ndim)] * count
    extent = data.dims[axis]
    each = terms.simplify(_ceil_divide(extent, count))
    last = terms.simplify(terms.subtract(extent, terms.multiply(each, count - 1)))
    return [_with(data, axis, each)] * (count - 1) + [_with(data, axis, last)]


def _with(data: TensorType, axis: int, length: Dim) -> TensorType:
    dims = data.dims or ()
    return of_dims(data, (*dims[:axis], length, *dims[axis + 1 :]))


def _layout_transform(given: Arguments) -> Type:
    data, index_map = given.tensor(0), given.attrs["index_map"]
    pad: Any = given.attrs["pad_value"]
    dtype = getattr(pad, "dtype", None) or getattr(getattr(pad, "value", None), "dtype", None)
    if dtype is not None and dtype != data.dtype:
        raise Reject(f"the padding is of type {dtype}, the data of type {data.dtype or 'unknown'}")
    if not hasattr(index_map, "final_indices"):
        raise Reject(f"index_map must be a map of indices, not {index_map}")
    count = len(index_map.final_indices)
    if data.ndim < 0:
        return of_rank(data, count)
    if len(index_map.initial_indices) != data.ndim:
        raise Reject(f"the map takes {len(index_map.initial_indices)} indices, the data has {data.ndim} dimensions", 0)
    own = values(data)
    if own is None:
        return of_rank(data, count)
    dims = mapped_shape(index_map.initial_indices, index_map.final_indices, own)
    return made(dims, data.dtype, data.vdevice)


RULES: dict[str, Rule] = {
    "relax.strided_slice": _strided_slice,
    "relax.dynamic_strided_slice": _dynamic_strided_slice,
    "relax.slice_scatter": _slice_scatter,
    "relax.split": _split,
    "relax.layout_transform": _layout_transform,
}
