"""Operators whose result type the module defines, so that no card can state it."""

from __future__ import annotations

from relay_compat.ir.expr import Call, Op
from relay_compat.ir.types import Type, TypeCall
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule

_RESULTS = {"memory.alloc_storage": "Storage"}
"""The name of the type by operator (AllocStorageRel in TVM 0.19)."""


def is_module_typed(op: Op) -> bool:
    """Whether the operator's result is of a type that the module defines."""
    return op.name in _RESULTS


def module_type(call: Call, module: IRModule | None) -> Type | None:
    """The type of such a call; None for one of another operator. R2R0103 when the module does not define the type."""
    name = _RESULTS.get(call.op.name) if isinstance(call.op, Op) else None
    if name is None:
        return None
    for var in module.type_definitions if module is not None else ():
        if var.name == name:
            return TypeCall(var, ())
    hint = "import the library core.rly into the module, which defines it"
    raise fail(codes.UNDEFINED_NAME, f"the module does not define the type {name}", call.span, hint)
