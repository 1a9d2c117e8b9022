"""The type of one expression, given the types that its parts already have."""

from __future__ import annotations

from relay_compat.ir.base import RelayExpr
from relay_compat.ir.types import Type
from relay_compat.types.infer import type_of


def infer_type_local(expr: RelayExpr) -> Type:
    """The type of an expression, recorded in it (relay.transform.InferTypeLocal in TVM 0.19).

    Parts that have an inferred type are believed and not looked into, so that a pass can ask after every step. Raises
    the diagnostics of type inference.
    """
    result = type_of(expr)
    expr.memo("checked", result)
    return result


InferTypeLocal = infer_type_local
