"""What variables of a tensor program stand for where its shapes and scalars are given."""

from __future__ import annotations

from tensor_core import prim, shapes
from tensor_core.prim import FloatImm, IntImm, PrimExpr, Var
from tensor_core.tir.functor import undefined_vars
from tensor_core.tir.make import cast
from tensor_core.tir.rewrite import substitute


def unify(declared: PrimExpr, given: PrimExpr, values: dict[Var, PrimExpr]) -> bool:
    """Record in ``values`` what each variable of ``declared`` stands for; False where the two cannot be equal.

    A constant equals itself only. What neither determines a variable nor can be refuted is taken to hold.
    """
    stack = [(declared, given)]
    while stack:
        mine, other = stack.pop()
        match mine:
            case Var() if mine not in values:
                values[mine] = cast(mine.dtype, other)
            case IntImm() | FloatImm():
                if not isinstance(other, type(mine)) or other.value != mine.value:
                    return False
            case _ if all(var in values for var in undefined_vars(mine)):
                if _differ(substitute(mine, values), other):
                    return False
            case prim.Binary() if type(other) is type(mine):
                stack += _operands(mine, other)
            case prim.Cast() if isinstance(other, prim.Cast):
                stack.append((mine.value, other.value))
            case _:
                pass
    return True


def _operands(mine: prim.Binary, other: prim.Binary) -> list[tuple[PrimExpr, PrimExpr]]:
    """The operands that correspond, the numbers among them being the same; none where it is not seen which do."""
    pairs = [(mine.b, other.b), (mine.a, other.a)]
    crossed = [(mine.b, other.a), (mine.a, other.b)] if isinstance(mine, prim.Add | prim.Mul) else pairs
    for each in (pairs, crossed):
        if all(_may_be(a, b) for a, b in each):
            return each
    return []


def _may_be(a: PrimExpr, b: PrimExpr) -> bool:
    return not isinstance(a, IntImm) or (isinstance(b, IntImm) and a.value == b.value)


def _differ(a: PrimExpr, b: PrimExpr) -> bool:
    return a.dtype.startswith("int") and shapes.prove_different(shapes.as_dim(a), shapes.as_dim(b))
