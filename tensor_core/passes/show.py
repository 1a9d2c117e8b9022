"""PrintIR: show the module between two passes (tvm.transform.PrintIR in TVM 0.19)."""

from __future__ import annotations

import sys
from typing import Any

from tensor_core.module import IRModule
from tensor_core.passes.base import ModulePass, Pass
from tensor_core.passes.context import PassContext
from tensor_core.passes.info import PassInfo


def PrintIR(header: str = "", show_meta_data: bool = False) -> Pass:
    """A pass that writes the header and the text of the module to standard error."""

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        astext: Any = getattr(module, "astext", None)
        text = str(module) if astext is None else astext(show_meta_data)
        print(f"PrintIR({header}):\n{text}", file=sys.stderr)
        return module

    return ModulePass(PassInfo(0, "PrintIR"), run)
