"""Under which equations between dimensions a type fits another (TypeBaseCheckPrecondition in TVM 0.26)."""

from __future__ import annotations

from collections.abc import Iterable

from relax_core.ir.types import FuncType, ObjectType, PrimType, ShapeType, TensorType, TupleType, Type
from relax_core.types.relations import is_base_of, rank_of
from tensor_core import shapes
from tensor_core.prim import Var
from tensor_core.shapes import Dim, Shape

Equation = tuple[Dim, Dim]
"""A dimension of the pattern's type and the one that must equal it."""


def equations(base: Type, derived: Type) -> list[Equation] | None:
    """What must hold for every value of ``derived`` to be one of ``base``; None when nothing makes it so."""
    found: list[Equation] = []
    stack = [(base, derived)]
    while stack:
        mine, other = stack.pop()
        if isinstance(mine, TupleType):
            if not isinstance(other, TupleType) or len(mine.fields) != len(other.fields):
                return None
            stack.extend(zip(mine.fields, other.fields, strict=True))
        else:
            more = _leaf(mine, other)
            if more is None:
                return None
            found.extend(more)
    return found


def _leaf(mine: Type, other: Type) -> Iterable[Equation] | None:
    if mine is other or isinstance(mine, ObjectType):
        return ()
    if isinstance(mine, TensorType):
        if not isinstance(other, TensorType) or mine.dtype not in ("", other.dtype):
            return None
        if mine.vdevice not in (None, other.vdevice) or (mine.dims is None and mine.shape not in (None, other.shape)):
            return None
        return _ranked(mine, other, mine.dims, other.dims)
    if isinstance(mine, ShapeType):
        return _ranked(mine, other, mine.values, other.values) if isinstance(other, ShapeType) else None
    if isinstance(mine, PrimType):
        return () if isinstance(other, PrimType) and mine.dtype == other.dtype else None
    return () if not isinstance(mine, FuncType) or is_base_of(mine, other) else None


def _ranked(mine: Type, other: Type, dims: Shape | None, others: Shape | None) -> Iterable[Equation] | None:
    if rank_of(mine) not in (-1, rank_of(other)):
        return None
    if dims is None:
        return ()
    return None if others is None else zip(dims, others, strict=True)


def dims_of(type_: Type | None) -> Shape | None:
    """The dimensions of a tensor or shape type; None when they are not known."""
    if isinstance(type_, TensorType):
        return type_.dims
    return type_.values if isinstance(type_, ShapeType) else None


def consistent(system: Iterable[Equation]) -> bool:
    """Whether no two equations contradict each other: variables are replaced by what they first equal."""
    values: dict[Var, Dim] = {}
    for left, right in system:
        a = left if isinstance(left, int) else shapes.substitute(left, values)
        b = right if isinstance(right, int) else shapes.substitute(right, values)
        if shapes.prove_different(a, b):
            return False
        if isinstance(a, Var) and not shapes.prove_equal(a, b):
            values[a] = b
        elif isinstance(b, Var) and not shapes.prove_equal(a, b):
            values[b] = a
    return True
