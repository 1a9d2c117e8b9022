"""Whether two expressions are the same, node by node (tir.ExprDeepEqual)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast

from tensor_core.node import Node
from tensor_core.prim import FloatImm, PrimExpr, Var


def same(a: PrimExpr, b: PrimExpr) -> bool:
    """Whether both compute the same in the same way from the same variables and buffers."""
    stack: list[tuple[Any, Any]] = [(a, b)]
    while stack:
        x, y = stack.pop()
        if x is y:
            continue
        if isinstance(x, PrimExpr):
            if type(x) is not type(y) or isinstance(x, Var) or x.dtype != y.dtype:
                return False
            if isinstance(x, FloatImm):
                if repr(x.value) != repr(y.value):
                    return False
                continue
            stack += [(getattr(x, f.name), getattr(y, f.name)) for f in fields(cast(Any, x)) if f.init]
        elif isinstance(x, tuple):
            if not isinstance(y, tuple) or len(cast(Any, x)) != len(cast(Any, y)):
                return False
            stack += list(zip(cast(Any, x), cast(Any, y), strict=True))
        elif isinstance(x, Node) or x != y:
            return False
    return True
