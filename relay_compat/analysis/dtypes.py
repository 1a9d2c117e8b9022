"""The element types in a program (relay.analysis.all_dtypes in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Expr
from relay_compat.ir.types import TensorType, Type
from relay_compat.types.substitute import map_parts
from relay_compat.visit import reachable

__all__ = ["all_dtypes"]


def all_dtypes(expr: Expr) -> set[str]:
    """The element types of all tensors that expressions of the program compute; it must be typed."""
    found: set[str] = set()

    def look(type_: Type) -> Type:
        if isinstance(type_, TensorType):
            found.add(type_.dtype)
        return map_parts(type_, look)

    for type_ in {getattr(node, "checked", None) for node in reachable(expr)}:
        if type_ is not None:
            look(type_)
    return found
