"""SpanCheck: every expression has a place in its source (tvm.relay.SpanCheck in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Expr, Op
from relay_compat.visit import reachable
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo

_WITHOUT = (Constructor, Op)


def SpanCheck() -> Pass:
    """The pass. It changes nothing; DiagnosticError R2R0205 names an expression without a span."""

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        for name, function in module.functions.items():
            for node in reachable(function):
                if isinstance(node, Expr) and not isinstance(node, _WITHOUT) and getattr(node, "span", None) is None:
                    message = f"a {type(node).__name__.lower()} in @{name.name} has no span"
                    raise fail(codes.ILL_FORMED, message, hint="run AnnotateSpans")
        return module

    return ModulePass(PassInfo(0, "SpanCheck"), run)
