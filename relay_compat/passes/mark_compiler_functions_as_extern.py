"""MarkCompilerFunctionsAsExtern: functions for outside compilers are elsewhere from now on (TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.values import DictAttrs
from relay_compat.passes.compiler_functions import is_for_compiler
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo


def MarkCompilerFunctionsAsExtern(compiler_filter: str = "") -> Pass:
    """The pass: functions of the module with the attribute ``Compiler`` (that of ``compiler_filter``, or any) keep
    ``Extern=1`` as their only attribute.
    """

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        result = module.copy()
        for name, function in module.functions.items():
            if is_for_compiler(function, compiler_filter):
                result[name] = function.replace(attrs=DictAttrs({"Extern": 1}))
        return result

    return ModulePass(PassInfo(0, "MarkCompilerFunctionsAsExtern"), run)
