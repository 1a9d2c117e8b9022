"""The new shape of reshape as its functions take it: 0 copies a dimension, a single -1 is what is left.

As ConvertNewShapeToExpr in TVM 0.19 to 0.27: what is not a known shape stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from relax_core.ir.expr import Expr, PrimValue, ShapeExpr
from relax_core.ir.types import ShapeType, TensorType
from relax_core.op.convert import refused, with_type
from relax_core.types.leaves import type_of
from tensor_core import dtypes, prim, shapes
from tensor_core.shapes import Dim

__all__ = ["new_shape"]


def new_shape(data: Expr, shape: Any) -> Expr:
    """The shape operand. R2R0202 for what is no shape, and for a dimension that cannot be inferred."""
    if isinstance(shape, ShapeExpr):
        shape = shape.values
    elif isinstance(shape, Expr) and not isinstance(shape, PrimValue):
        return shape
    if not isinstance(shape, (tuple, list)):
        raise refused(f"shape must be a tuple/list or a Relax shape expression, got {shape!r}")
    dims = [_dim(item) for item in cast("Sequence[Any]", shape)]
    unknown = [place for place, dim in enumerate(dims) if isinstance(dim, int) and dim == -1]
    copied = [place for place, dim in enumerate(dims) if isinstance(dim, int) and dim == 0]
    if len(unknown) > 1 or any(isinstance(dim, int) and dim < -1 for dim in dims):
        raise refused(f"reshape requires positive dimensions in shape except a single -1, got {tuple(dims)}")
    if unknown or copied:
        known = _known(data)
        for place in copied:
            if place >= len(known):
                raise refused(f"the input has no dimension {place} to copy")
            dims[place] = known[place]
        if unknown:
            rest = shapes.product([dim for place, dim in enumerate(dims) if place != unknown[0]])
            dims[unknown[0]] = shapes.floor_divide(shapes.product(known), rest)
    return with_type(ShapeExpr(tuple(dims)))


def _dim(value: Any) -> Dim:
    if isinstance(value, prim.IntImm):
        return value.value
    if isinstance(value, bool | float) or (isinstance(value, prim.PrimExpr) and not dtypes.is_int(value.dtype)):
        raise refused(f"reshape requires integers for the new shape, got {value!r}")
    if not isinstance(value, int | prim.PrimExpr):
        raise refused(f"reshape requires integers for the new shape, got {value!r}")
    return value


def _known(data: Expr) -> Sequence[Dim]:
    type_ = type_of(data)
    if not isinstance(type_, TensorType):
        raise refused(f"reshape expects a tensor, got {type_}")
    dims = type_.dims
    if dims is None and type_.shape is not None:
        held = type_of(type_.shape)
        dims = held.values if isinstance(held, ShapeType) else None
    if dims is None:
        raise refused("reshape expects an input of known shape when a dimension is to be inferred")
    return dims
