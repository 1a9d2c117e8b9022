"""tvm.ir.transform."""

from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo, PrintIR, Sequential, module_pass

__all__ = ["ModulePass", "Pass", "PassContext", "PassInfo", "PrintIR", "Sequential", "module_pass"]
