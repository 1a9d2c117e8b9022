"""Structural hashes of Relax objects: structurally equal ones have the same (tvm.ir.structural_hash)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

import numpy as np

from relax_core.ir.expr import Constant, Expr, GlobalVar, IRModule, Op, Var
from relax_core.ir.types import Type
from tensor_core import prim
from tensor_core.node import Node

_IGNORED = frozenset({"span", "origin", "ty", "name", "derive"})


def structural_hash(value: Any, map_free_vars: bool = False) -> int:
    """A number that depends on what structural equality compares, and on nothing else.

    Variables count by their first occurrence; those that nothing defines count as themselves unless ``map_free_vars``.
    """
    del map_free_vars
    seen: dict[Node, int] = {}
    parts: list[Any] = []
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        parts.append(type(item).__name__)
        match item:
            case IRModule():
                stack.extend(item[name] for name in sorted((var.name for var in item), reverse=True))
            case Var() | prim.Var():
                parts.append(seen.setdefault(item, len(seen)))
            case GlobalVar() | Op():
                parts.append(item.name)
            case Constant():
                parts += [str(item.data.dtype), item.data.shape, item.data.tobytes()]
            case np.ndarray():
                parts.append(item.tobytes())
            case tuple() | list():
                stack.extend(reversed(cast("list[Any]", item)))
            case Mapping():
                pairs = cast("Mapping[Any, Any]", item)
                # Names in their order; the arrays of a tensor program in that of its parameters.
                named = all(isinstance(key, str) for key in pairs)
                keys = sorted(pairs, reverse=True) if named else list(pairs)[::-1]
                stack.extend(part for key in keys for part in (pairs[key], key))
            case Expr() | Node() | Type():
                names = [field.name for field in fields(cast(Any, item)) if field.init and field.name not in _IGNORED]
                stack.extend(getattr(item, name) for name in reversed(names))
            case _:
                parts.append(item if isinstance(item, (str, bytes, int, float)) else repr(item))
    return hash(tuple(parts))
