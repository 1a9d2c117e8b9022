"""ToBasicBlockNormalForm: what several scopes share is bound around them (TVM 0.19's pass of this name)."""

from __future__ import annotations

from relay_compat.ir.expr import Function
from relay_compat.normal_form import to_basic_block_normal_form
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo


def ToBasicBlockNormalForm() -> Pass:
    """The pass. Functions of external compilers stay as they are; types are not inferred."""

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        result = module.copy()
        for name, function in module.functions.items():
            if isinstance(function, Function) and function.attrs.get("Compiler") is None:
                result.functions[name] = to_basic_block_normal_form(function)
        return result

    return ModulePass(PassInfo(1, "ToBasicBlockNormalForm"), run)
