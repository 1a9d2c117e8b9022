"""Reshapes and transposes one after the other."""

from __future__ import annotations

from relax_core.dpl import is_op, wildcard
from relax_core.dpl.rewriters import Matched
from relax_core.ir.expr import Expr, ShapeExpr
from relax_core.passes.simplifications.rule import Made, Rule, Say, attrs, dims, tensor


def reshapes(say: Say) -> Made:
    """Of two reshapes, the first goes."""
    data = wildcard()
    inner = is_op("relax.reshape")(data, wildcard())

    def replace(expr: Expr, found: Matched) -> Expr:
        sizes = dims(expr)
        return expr if sizes is None else say("reshape", found[data], ShapeExpr(sizes))

    return is_op("relax.reshape")(inner, wildcard()), replace


def transposes(say: Say) -> Made:
    """Two transposes become one."""
    data = wildcard()
    inner = is_op("relax.permute_dims")(data)

    def replace(expr: Expr, found: Matched) -> Expr:
        first, second = _order(found[inner]), _order(expr)
        if first is None or second is None:
            return expr
        return say("permute_dims", found[data], [first[axis] for axis in second])

    return is_op("relax.permute_dims")(inner), replace


def no_transpose(say: Say) -> Made:
    """A transpose that moves nothing goes."""
    del say
    data = wildcard()

    def replace(expr: Expr, found: Matched) -> Expr:
        order = _order(expr)
        return found[data] if order is not None and order == sorted(order) else expr

    return is_op("relax.permute_dims")(data), replace


def _order(turned: Expr) -> list[int] | None:
    """Which axis of its operand each axis of the result is; None for an unknown rank."""
    type_ = tensor(turned)
    if type_ is None:
        return None
    axes = attrs(turned)["axes"]
    if axes is None:
        return list(reversed(range(type_.ndim)))
    return [int(axis) % type_.ndim for axis in axes]


RULES = (Rule("reshape", reshapes), Rule("transpose", transposes), Rule("no_transpose", no_transpose))
