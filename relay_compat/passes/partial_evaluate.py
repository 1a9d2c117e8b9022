"""PartialEvaluate: run what is known of a program while it is compiled (relay.transform.PartialEvaluate in TVM 0.19).

It leaves much dead code: DeadCodeElimination is to follow.
"""

from __future__ import annotations

from relay_compat.analysis import Feature, detect_feature
from relay_compat.ir.expr import GlobalVar
from relay_compat.partial.evaluator import Evaluator
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo
from tensor_core.trampoline import run


def PartialEvaluate() -> Pass:
    """The pass, which is named "PartialEval". Types are not inferred. R2R0205 where a value is shared and not bound."""

    def evaluate(module: IRModule, context: PassContext) -> IRModule:
        del context
        if Feature.fGraph in detect_feature(module):
            raise fail(codes.ILL_FORMED, "a value is shared and not bound", hint="run ToANormalForm first")
        evaluator = Evaluator(module)
        for var in module:
            assert isinstance(var, GlobalVar)
            run(evaluator.global_function(var))
        return evaluator.result

    return ModulePass(PassInfo(1, "PartialEval"), evaluate)
