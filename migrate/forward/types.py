"""Relay types as Relax types."""

from __future__ import annotations

import relax_core.ir.types as relax
import relay_compat.ir.types as relay
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.prim import AnyDim
from tensor_core.spans import Span
from tensor_core.types import TensorType, TupleType, Type


def convert_type(type_: Type, span: Span | None = None) -> Type:
    """The Relax type that means the same; R2R0403 for types that Relax has no word for or that are not converted
    yet.
    """
    match type_:
        case TensorType() if AnyDim in map(type, type_.shape):
            # Within data of other kinds, where no symbol stands for it.
            return relax.TensorType(None, type_.dtype, ndim=type_.rank)
        case TensorType():
            return relax.TensorType(type_.shape, type_.dtype)
        case TupleType():
            return TupleType(tuple(convert_type(field, span) for field in type_.fields))
        case relay.FuncType() if not type_.type_params:
            # A closure (migrate.forward.closures).
            return relax.ObjectType()
        case relay.TypeCall() | relay.GlobalTypeVar() | relay.RefType():
            # Values that only the runtime looks into (relax_core.data_functions).
            return relax.ObjectType()
        case _:
            raise fail(
                codes.REFUSED_CONSTRUCT,
                f"type {type_} has no Relax counterpart",
                span,
                "polymorphic functions are converted for the types they are called with: call it, or give it types",
            )


def result_type(type_: Type, span: Span | None = None) -> Type:
    """The type that a function which others call answers. An empty tuple goes as an object: TVM's virtual machine (0.19
    to 0.27) aborts on a call of a function whose result it takes for nothing.
    """
    return relax.ObjectType() if type_ == TupleType(()) else convert_type(type_, span)
