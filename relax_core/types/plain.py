"""Types at the border of op cards and kernels, which know tensors of known shape and tuples of them."""

from __future__ import annotations

from relax_core.ir.types import TensorType, TupleType, Type
from tensor_core.types import TensorType as PlainTensor


def plain(type_: Type) -> Type:
    """The type as cards and kernels know it; what they do not know (unknown shapes, scalars, functions) stays."""
    if type(type_) is TensorType:
        return type_ if type_.dims is None else PlainTensor(type_.dims, type_.dtype)
    return TupleType(tuple(map(plain, type_.fields))) if isinstance(type_, TupleType) else type_


def of_card(type_: Type) -> Type:
    """The Relax type of what a card or a kernel says."""
    if type(type_) is PlainTensor:
        return TensorType(type_.shape, type_.dtype)
    return TupleType(tuple(map(of_card, type_.fields))) if isinstance(type_, TupleType) else type_


def of_array(type_: PlainTensor) -> TensorType:
    """The Relax type of an array's type."""
    return TensorType(type_.shape, type_.dtype)
