"""InferType: record the type of every expression (relay.transform.InferType in TVM 0.19)."""

from __future__ import annotations

from relay_compat.rendering import tell
from relay_compat.types.infer import infer_types
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo


def InferType() -> Pass:
    """A pass whose result is always a module of its own; DiagnosticErrors as of :func:`infer_types`."""
    return _INFER_TYPE


def _run(module: IRModule, context: PassContext) -> IRModule:
    del context
    try:
        return infer_types(module.copy())
    except DiagnosticError as error:
        tell(module, error)
        raise


_INFER_TYPE = ModulePass(PassInfo(0, "InferType"), _run)
