"""Index arithmetic that lowerings share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tensor_core import shapes
from tensor_core.ops.card import Domain
from tensor_core.ops.draw import Draw
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Shape, as_expr


def flat_index(indices: Sequence[PrimExpr], shape: Shape) -> PrimExpr:
    """The row-major position of an element."""
    result: PrimExpr | None = None
    for index, extent in zip(indices, shape, strict=True):
        # The only index along one element is 0.
        if extent != 1 or not isinstance(extent, int):
            result = index if result is None else result * as_expr(extent) + index
    return as_expr(0) if result is None else result


def unflatten(position: PrimExpr, shape: Shape) -> tuple[PrimExpr, ...]:
    """The indices of the element at a row-major position."""
    indices: list[PrimExpr] = [as_expr(0)] * len(shape)
    places = [place for place, extent in enumerate(shape) if extent != 1 or not isinstance(extent, int)]
    for place in reversed(places[1:]):
        indices[place] = position % as_expr(shape[place])
        position = position // as_expr(shape[place])
    if places:
        indices[places[0]] = position
    return tuple(indices)


def reshaped_index(indices: Sequence[PrimExpr], target: Shape, source: Shape) -> tuple[PrimExpr, ...]:
    """The indices into ``source`` of the element at ``indices`` of ``target``, both row-major over the same elements.

    Runs of dimensions that hold the same elements are translated by themselves: untouched dimensions keep their index.
    """
    result: list[PrimExpr] = []
    first = begin = 0
    while first < len(target) or begin < len(source):
        last, end = _run(target, first, source, begin)
        position = flat_index(indices[first:last], target[first:last])
        result += unflatten(position, source[begin:end])
        first, begin = last, end
    return tuple(result)


def _run(target: Shape, first: int, source: Shape, begin: int) -> tuple[int, int]:
    """The ends of the shortest runs from these dimensions on whose products are provably equal."""
    last, end = min(first + 1, len(target)), min(begin + 1, len(source))
    while not shapes.prove_equal(
        here := shapes.product(target[first:last]), there := shapes.product(source[begin:end])
    ):
        behind = not (isinstance(here, int) and isinstance(there, int)) or here < there
        if last < len(target) and (behind or end == len(source)):
            last += 1
        elif end < len(source):
            end += 1
        else:
            break
    return last, end


def broadcast_index(indices: Sequence[PrimExpr], shape: Shape) -> tuple[PrimExpr, ...]:
    """The indices into an operand of ``shape`` for an element of its broadcast result."""
    own = indices[len(indices) - len(shape) :]
    return tuple(
        as_expr(0) if isinstance(extent, int) and extent == 1 else index
        for index, extent in zip(own, shape, strict=True)
    )


def outside(indices: Any, extent: int) -> Any:
    """Which indices lie before the first or behind the last of so many elements."""
    return (indices < 0) | (indices >= extent)


def index_domain(d: Draw, extent: int) -> Domain:
    """Indices below an extent; now and then some lie outside."""
    return Domain(-1.0, extent) if d.flag() and d.flag() and d.flag() else Domain(0.0, extent - 1)
