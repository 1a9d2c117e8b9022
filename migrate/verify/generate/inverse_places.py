"""Shape rules of operators that pick, order and place elements, read backwards."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from migrate.verify.generate.element_types import ALL_NUMBERS, INDICES, NUMBERS
from migrate.verify.generate.inverses import Choose, Inverse, Plan
from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.shapes import static
from tensor_core.types import TensorType

Shape = tuple[int, ...]


def taken(type_: TensorType, choose: Choose) -> Plan:
    """Some of the places along an axis, or of all elements; out of range where that has a meaning."""
    shape = static(type_.shape)
    start: int = choose(range(len(shape) + 1))
    stop: int = choose(range(start, len(shape) + 1))
    extent = choose((3, 2, 1, 4))
    # Indices of a slot of their own: what stands there in the result is their shape.
    source = (*shape[:start], extent, *shape[stop:])
    everything = start == 0 and stop == len(shape) and choose((False, True))
    source = (choose((2, 1)), extent) if everything else source
    mode = choose(("clip", "wrap", "undefined"))
    size = math.prod(source) if everything else extent
    domain = Domain(0.0, size - 1.0) if mode == "undefined" else Domain(-size - 1.0, size + 1.0)
    indices = TensorType(shape[start:stop], choose((*INDICES, "uint8")))
    params = {"axis": None if everything else choose((start, start - len(source))), "out_of_range": mode}
    return Plan((TensorType(source, type_.dtype), indices), params, domains={1: domain})


def gathered(type_: TensorType, choose: Choose) -> Plan:
    """One element for each place of the indices, which have the result's shape."""
    shape = static(type_.shape)
    axis: int = choose(range(len(shape)))
    extent = choose((3, 2, 1))
    source = tuple(extent if n == axis else dim for n, dim in enumerate(shape))
    operands = TensorType(source, type_.dtype), TensorType(shape, choose(INDICES))
    return Plan(operands, {"axis": choose((axis, axis - len(shape)))}, domains={1: Domain(0.0, extent - 1.0)})


def gathered_by_rows(batches: bool = True) -> Inverse:
    """Elements or slices at coordinates of one or two dimensions, perhaps for each batch."""

    def inverse(type_: TensorType, choose: Choose) -> Plan:
        shape = static(type_.shape)
        batch: int = choose(range(min(len(shape), 1) + 1)) if batches else 0
        stop: int = choose(range(batch, len(shape) + 1))
        count, extent = choose((1, 2)), choose((2, 3))
        source = (*shape[:batch], *(extent,) * count, *shape[stop:])
        params = {"batch_dims": batch, "index_rank": choose((None, count))}
        operands = TensorType(source, type_.dtype), TensorType((count, *shape[:stop]), choose(INDICES))
        return Plan(operands, params, domains={1: Domain(0.0, extent - 1.0)})

    return inverse


def scattered(type_: TensorType, choose: Choose) -> Plan:
    """Updates written or added at some places of an axis."""
    shape = static(type_.shape)
    axis: int = choose(range(len(shape)))
    places = tuple(choose((dim, 1)) if n != axis else choose((1, 2, dim)) for n, dim in enumerate(shape))
    # Where two updates meet at one place, only sums do not depend on the order.
    reduction = choose(("add", "min", "max")) if places[axis] > 1 else choose(("update", "add", "min", "max"))
    indices = TensorType(places, choose(INDICES))
    params = {"axis": choose((axis, axis - len(shape))), "reduction": reduction}
    domains = {1: Domain(-float(shape[axis]), shape[axis] - 1.0)}
    return Plan((type_, indices, TensorType(places, type_.dtype)), params, domains=domains)


def scattered_by_rows(*modes: str) -> Inverse:
    """Updates brought to coordinates in one of these modes."""

    def inverse(type_: TensorType, choose: Choose) -> Plan:
        shape = static(type_.shape)
        count: int = choose(range(1, len(shape) + 1))
        outer: Shape = choose(((), (1,), (2,)))
        places = TensorType((count, *outer), choose(INDICES))
        operands = type_, places, TensorType((*outer, *shape[count:]), type_.dtype)
        # Where two updates meet at one place, the order is not to matter.
        mode = choose([mode for mode in modes if mode != "update" or outer != (2,)])
        return Plan(operands, {"mode": mode}, domains={1: Domain(0.0, min(shape[:count]) - 1.0)})

    return inverse


def one_hot(type_: TensorType, choose: Choose) -> Plan:
    """Two numbers, one of them where the index points."""
    shape = static(type_.shape)
    axis: int = choose(range(len(shape)))
    depth = shape[axis]
    indices = TensorType((*shape[:axis], *shape[axis + 1 :]), choose(INDICES))
    number = TensorType((), type_.dtype)
    kind: Any = dtypes.to_numpy(type_.dtype)
    values = {1: np.asarray(choose((1, 3)), kind), 2: np.asarray(choose((0, 2)), kind)}
    said = choose((axis, -1)) if axis == len(shape) - 1 else axis
    params = {"depth": depth, "axis": said, "dtype": type_.dtype}
    return Plan((indices, number, number), params, None, {0: Domain(-1.0, float(depth))}, values)


def sliced(type_: TensorType, choose: Choose) -> Plan:
    """A longer operand, of which some axes are cut, perhaps backwards or by every second place."""
    shape = static(type_.shape)
    axes = [n for n in range(len(shape)) if choose((True, False))]
    source, begin, end, strides = list(shape), list[int](), list[int](), list[int]()
    for axis in axes:
        stride, first = choose((1, 2, -1)), choose((0, 1))
        out = shape[axis]
        source[axis] = first + (out - 1) * abs(stride) + 1 + choose((0, 1)) if out else choose((1, 2))
        last = first + (out - 1) * abs(stride) if out else first - 1
        low, high = (first, last + 1) if stride > 0 else (last, first - 1)
        # What lies before the first place is said by a number far below.
        begin.append(low)
        end.append(high if high >= 0 else -source[axis] - 1)
        strides.append(stride)
        if not out:
            begin[-1] = end[-1] = 0
            strides[-1] = 1
    params = {"axes": tuple(axes), "begin": tuple(begin), "end": tuple(end), "strides": tuple(strides)}
    return Plan((TensorType(tuple(source), type_.dtype),), params)


def sliced_like(type_: TensorType, choose: Choose) -> Plan:
    """A longer operand, cut to the shape of another one of any element type."""
    shape = static(type_.shape)
    source = tuple(dim + choose((0, 1)) for dim in shape)
    like = TensorType(shape, choose(ALL_NUMBERS))
    return Plan((TensorType(source, type_.dtype), like), {"axes": choose((None, tuple(range(len(shape)))))})


def largest(type_: TensorType, choose: Choose) -> Plan:
    """Values or places of the first in order along an axis."""
    shape = static(type_.shape)
    axis: int = choose(range(len(shape)))
    source = tuple(dim + choose((0, 1, 2)) if n == axis else dim for n, dim in enumerate(shape))
    places = type_.dtype in INDICES and choose((True, False))
    wanted = "indices" if places else "values"
    kind: str = choose(("both", wanted))
    params = {
        "k": shape[axis],
        "axis": choose((axis, axis - len(shape))),
        "ret_type": kind,
        "is_ascend": choose((False, True)),
        "dtype": type_.dtype if places else "int32",
    }
    item = (1 if places else 0) if kind == "both" else None
    return Plan((TensorType(source, choose(NUMBERS) if places else type_.dtype),), params, item)


def ordered(type_: TensorType, choose: Choose) -> Plan:
    """The same elements in order along an axis."""
    return Plan((type_,), {"axis": _axis(type_, choose), "is_ascend": choose((True, False))})


def order(type_: TensorType, choose: Choose) -> Plan:
    """The places of the elements in order along an axis."""
    params = {"axis": _axis(type_, choose), "is_ascend": choose((True, False)), "dtype": type_.dtype}
    return Plan((TensorType(type_.shape, choose(NUMBERS)),), params)


def mirrored(type_: TensorType, choose: Choose) -> Plan:
    """The same elements in reverse along an axis."""
    return Plan((type_,), {"axis": _axis(type_, choose)})


def triangle(type_: TensorType, choose: Choose) -> Plan:
    """The elements on one side of a diagonal."""
    diagonal = TensorType((), choose(INDICES))
    return Plan((type_, diagonal), {"upper": choose((True, False))}, domains={1: Domain(-2.0, 2.0)})


def _axis(type_: TensorType, choose: Choose) -> int:
    axis: int = choose(range(type_.rank))
    return choose((axis, axis - type_.rank))
