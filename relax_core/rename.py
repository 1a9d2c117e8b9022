"""Other names for the functions of a module, also where they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from relax_core.ir.base import RelaxExpr
from tensor_core.module import BaseFunc, Expr, GlobalVar
from tensor_core.node import Node, post_order


def with_global_vars(function: BaseFunc, replaced: Mapping[GlobalVar, GlobalVar]) -> Any:
    """The function with global variables replaced, its global symbol among them; the same object when none occurs."""
    made: dict[int, Any] = {}
    root: Node = function
    for item in post_order([root], Node.iter_children):
        made[id(item)] = _rebuilt(item, made, replaced)
    result = made[id(function)]
    attrs: Mapping[str, Any] = getattr(result, "attrs", None) or {}
    symbol = attrs.get("global_symbol")
    names = {old.name: new.name for old, new in replaced.items()}
    if symbol in names:
        renamed = result.replace(attrs={**attrs, "global_symbol": names[symbol]})
        if isinstance(result, RelaxExpr):
            renamed.memo("ty", result.ty)
        return renamed
    return result


def _rebuilt(item: Node, made: Mapping[int, Any], replaced: Mapping[GlobalVar, GlobalVar]) -> Any:
    if isinstance(item, GlobalVar):
        return replaced.get(item, item)
    changes: dict[str, Any] = {}
    for name in item.children:
        old: Any = getattr(item, name)
        if isinstance(old, tuple):
            parts = cast("tuple[Node, ...]", old)
            new = tuple(made[id(part)] for part in parts)
            if any(a is not b for a, b in zip(new, parts, strict=True)):
                changes[name] = new
        elif old is not None and made[id(old)] is not old:
            changes[name] = made[id(old)]
    if not changes:
        return item
    result: Any = item.replace(**changes)
    if isinstance(item, Expr) and hasattr(item, "ty"):
        result.memo("ty", item.ty)  # type: ignore[attr-defined]
    return result
