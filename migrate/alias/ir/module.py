"""tvm.IRModule: the module of Relay or that of Relax, by what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import relay_compat.ir.module
from migrate.alias.current import before
from migrate.alias.facade import facade
from relax_core.ir.expr import Function, IRModule
from relax_core.ir.expr import PrimFunc as _PrimFunc
from tensor_core.module import IRModule as _AnyModule

__all__ = ["Module", "from_expr", "make_module"]

_RELAX = (Function, _PrimFunc)


def make_module(
    functions: Mapping[Any, Any] | None = None,
    type_definitions: Any = None,
    attrs: Any = None,
    global_infos: Any = None,
) -> Any:
    """A module; an empty one is of Relay where the release has Relay."""
    if not before("0.20"):
        # Without type definitions, the later arguments have moved up.
        return IRModule(functions, None, attrs or type_definitions, global_infos)
    if any(isinstance(item, _RELAX) for item in (functions or {}).values()) or global_infos:
        return IRModule(functions, type_definitions, attrs, global_infos)
    return relay_compat.ir.module.IRModule(functions, type_definitions, attrs)


def from_expr(expr: Any, functions: Any = None, type_defs: Any = None) -> Any:
    """A module with this expression as its main function."""
    kind = IRModule if isinstance(expr, _RELAX) or not before("0.20") else relay_compat.ir.module.IRModule
    return kind.from_expr(expr, functions, type_defs)


Module = facade("IRModule", (_AnyModule,), make_module)
Module.from_expr = staticmethod(from_expr)
