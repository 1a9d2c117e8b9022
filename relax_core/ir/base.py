"""What types and expressions of Relax both stand on: the base of expressions, and shapes, which types hold."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from relax_core.ir.operators import ExprOperators
from tensor_core import codes, prim
from tensor_core.diagnostics import fail
from tensor_core.module import Expr
from tensor_core.node import hidden, node
from tensor_core.shapes import Dim, Shape
from tensor_core.spans import Span
from tensor_core.types import Type


class Size(prim.Imm):
    """A known dimension: an int that answers to ``value`` and ``dtype``, as the int64 constants of TVM's shapes do."""

    __slots__ = ()

    @property
    def dtype(self) -> str:
        """Relax counts in int64."""
        return "int64"


_SIZES = tuple(map(Size, range(4097)))


def as_dims(dims: Sequence[Any]) -> Shape:
    """Dimensions as Relax holds them: known ones as :class:`Size`, others as they are. TypeError for what is none."""
    return tuple([dim if type(dim) is Size else _dim(dim) for dim in dims])


def _dim(value: Any) -> Dim:
    if isinstance(value, prim.PrimExpr):
        if not isinstance(value, prim.IntImm):
            if value.dtype.startswith("float"):
                raise fail(
                    codes.TYPE_MISMATCH, f"the value in ShapeStructInfo can only have dtype of int64, got {value.dtype}"
                )
            return value
        value = value.value
    size = operator.index(value)
    return _SIZES[size] if 0 <= size < len(_SIZES) else Size(size)


class RelaxExpr(ExprOperators, Expr):
    """Base of Relax expressions; ``ty`` is the deduced type, None before normalisation."""

    __slots__ = ()
    ty: Type | None
    span: Span | None

    @property
    def struct_info(self) -> Type | None:
        """The name of :attr:`ty` before TVM 0.26; of leaves whose type follows from themselves, that type."""
        from relax_core.types.leaves import type_of

        return type_of(self)

    @property
    def checked_type(self) -> Type:
        """The type without shapes and values, as releases before 0.26 keep it. ValueError before it is known."""
        from relax_core.analysis.static_type import legacy_static_type

        known = self.struct_info
        if known is None:
            raise ValueError("The type checker has not populated the checked_type for this node")
        return legacy_static_type(known)

    @property
    def checked_type_(self) -> Type | None:
        """:attr:`checked_type`, None before it is known."""
        return None if self.struct_info is None else self.checked_type

    _checked_type_ = checked_type_

    @property
    def struct_info_(self) -> Type | None:
        """:attr:`struct_info` as TVM's own code asks for what may be missing."""
        return self.ty


@node
class ShapeExpr(RelaxExpr):
    """A shape value; known dimensions become :class:`Size`."""

    values: Shape
    span: Span | None = None
    ty: Type | None = hidden()

    def __post_init__(self) -> None:
        self.memo("values", as_dims(self.values))

    def __getitem__(self, index: int) -> Dim:
        if not -len(self.values) <= index < len(self.values):
            raise IndexError("ShapeExpr index out of range")
        return self.values[index]

    def __len__(self) -> int:
        return len(self.values)
