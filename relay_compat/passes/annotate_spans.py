"""AnnotateSpans: give every expression the place it has in the module's own text (relay.transform.AnnotateSpans)."""

from __future__ import annotations

from relay_compat.text.parser import parse
from relay_compat.text.printer import print_module
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, PassContext, PassInfo

__all__ = ["AnnotateSpans"]


def AnnotateSpans() -> ModulePass:
    """The pass. It prints the module and reads it back, so all nodes and type variables of the result are new ones."""

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        return parse(print_module(module), "GeneratedSource")

    return ModulePass(PassInfo(0, "AnnotateSpans"), run)
