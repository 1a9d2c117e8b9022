"""AnnotateTIROpPattern: how the outputs of tensor programs depend on inputs (relax.transform of TVM 0.19 to 0.27)."""

from __future__ import annotations

from relax_core.analysis.op_pattern import op_pattern
from relax_core.ir.expr import IRModule, PrimFunc
from relax_core.passes.function_pass import updated
from tensor_core.passes import ModulePass, Pass, PassInfo


def AnnotateTIROpPattern() -> Pass:
    """Set the attribute ``op_pattern``, which ``FuseOps`` goes by; what is set already stays."""
    return ModulePass(PassInfo(0, "AnnotateTIROpPattern"), lambda module, _: annotate_op_patterns(module))


def annotate_op_patterns(module: IRModule) -> IRModule:
    """The module with the pattern of every tensor program."""
    new = {
        var: function.with_attr("op_pattern", op_pattern(function).value)
        for var, function in module.functions.items()
        if isinstance(function, PrimFunc) and not function.attrs.get("op_pattern")
    }
    return updated(module, new)
