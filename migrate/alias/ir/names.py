"""tvm.ir.Op and tvm.ir.GlobalVar: those of Relay or of Relax, by name and release."""

from __future__ import annotations

from typing import Any

import relay_compat.ir.expr as relay
from migrate.alias.facade import facade
from relax_core.builtins.table import BUILTINS, builtin
from relax_core.ir import expr as relax
from relay_compat.op import custom
from tensor_core import codes, module
from tensor_core.diagnostics import fail
from tensor_core.ops.registry import registry

__all__ = ["GlobalVar", "Op", "get_op", "list_op_names"]


def _op(*given: Any) -> Any:
    raise TypeError(f"operators are made with Op.get, not of {given}")


def get_op(op_name: str) -> Any:
    """The operator of this full name; R2R0104 when there is none."""
    name = str(op_name)
    if not name.startswith("relax."):
        return custom.get(name)
    if name not in registry().by_relax and builtin(name) is None:
        raise fail(codes.UNKNOWN_OP, f"no operator is called {name}")
    return relax.op(name)


def list_op_names() -> list[str]:
    """The names of all operators."""
    return [*registry().by_relay, *registry().by_relax, *BUILTINS]


Op = facade("Op", (relay.Op, relax.Op), _op)
Op.get = staticmethod(get_op)
Op.list_op_names = staticmethod(list_op_names)
GlobalVar = facade("GlobalVar", (module.GlobalVar,), relay.GlobalVar)
