"""ToANormalForm: every value bound to a variable (relay.transform.ToANormalForm in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Function
from relay_compat.normal_form import to_a_normal_form
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo

ToANormalFormExpr = to_a_normal_form


def ToANormalForm() -> Pass:
    """The pass. Functions of external compilers stay as they are; types are not inferred."""

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        result = module.copy()
        for name, function in module.functions.items():
            if isinstance(function, Function) and function.attrs.get("Compiler") is None:
                result.functions[name] = to_a_normal_form(function)
        return result

    return ModulePass(PassInfo(1, "ToANormalForm"), run)
