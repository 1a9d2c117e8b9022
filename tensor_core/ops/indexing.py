"""Index arithmetic that lowerings share."""

from __future__ import annotations

from collections.abc import Sequence

from tensor_core import shapes
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape, as_expr


def flat_index(indices: Sequence[PrimExpr], shape: Shape) -> PrimExpr:
    """The row-major position of an element."""
    result: Dim = 0
    for index, extent in zip(indices, shape, strict=True):
        result = shapes.as_expr(result) * as_expr(extent) + index if result != 0 else index
    return as_expr(result)


def unflatten(position: PrimExpr, shape: Shape) -> tuple[PrimExpr, ...]:
    """The indices of the element at a row-major position."""
    indices: list[PrimExpr] = []
    for extent in reversed(shape[1:]):
        indices.append(position % as_expr(extent))
        position = position // as_expr(extent)
    if shape:
        indices.append(position)
    return tuple(reversed(indices))


def broadcast_index(indices: Sequence[PrimExpr], shape: Shape) -> tuple[PrimExpr, ...]:
    """The indices into an operand of ``shape`` for an element of its broadcast result."""
    own = indices[len(indices) - len(shape) :]
    return tuple(as_expr(0) if isinstance(extent, int) and extent == 1 else index for index, extent in zip(own, shape, strict=True))
