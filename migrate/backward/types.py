"""Relax types as Relay types: sizes that have names become ``Any``, shapes and numbers become tensors of int64."""

from __future__ import annotations

import relax_core.ir.types as relax
import relay_compat.ir.types as relay
from tensor_core import codes, shapes
from tensor_core.diagnostics import fail
from tensor_core.prim import AnyDim
from tensor_core.shapes import Dim
from tensor_core.spans import Span
from tensor_core.types import TensorType, TupleType, Type


def revert_type(type_: Type | None, span: Span | None = None) -> Type:
    """The Relay type of values of a Relax type; R2R0404 where Relay has no word for it."""
    match type_:
        case relax.TensorType() if type_.dims is not None and type_.dtype:
            return TensorType(tuple(map(_dim, type_.dims)), type_.dtype)
        case relax.TensorType() if type_.ndim >= 0 and type_.dtype:
            return TensorType((AnyDim(),) * type_.ndim, type_.dtype)
        case TensorType():
            return TensorType(tuple(map(_dim, type_.shape)), type_.dtype)
        case TupleType():
            return TupleType(tuple(revert_type(field, span) for field in type_.fields))
        case relax.ShapeType() if type_.ndim >= 0:
            return TensorType((type_.ndim,), "int64")
        case relax.PrimType():
            return TensorType((), type_.dtype)
        case relax.FuncType() if type_.params is not None:
            args = tuple(revert_type(item, span) for item in type_.params)
            return relay.FuncType(args, revert_type(type_.ret, span))
        case _:
            raise fail(
                codes.REVERT_UNSUPPORTED,
                f"type {type_} has no Relay counterpart",
                span,
                "Relay knows tensors of known rank and element type, tuples and functions: annotate it more closely",
            )


def _dim(dim: Dim) -> Dim:
    dim = shapes.simplify(dim)
    return int(dim) if isinstance(dim, int) else AnyDim()
