"""Passes over quantised operators (tvm.relay.qnn.transform in TVM 0.19)."""

from __future__ import annotations

from relay_compat.passes.legalize import Legalize as LegalizeBy
from relay_compat.types.infer import infer_types
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo

__all__ = ["CanonicalizeOps", "Legalize"]


def Legalize() -> Pass:
    """Quantised operators in forms that the current target prefers: what is registered as FTVMQnnLegalize.

    TVM's own are functions of one element as lookup tables, and operands of products as types of integers that the
    target multiplies fast.
    """
    return _legalizing("Legalize", "FTVMQnnLegalize")


def CanonicalizeOps() -> Pass:
    """Quantised operators as plain ones: what is registered as FTVMQnnCanonicalize.

    A requantisation that leaves its rounding or compute type open gets that of the configuration in force.
    """
    return _legalizing("CanonicalizeOps", "FTVMQnnCanonicalize")


def _legalizing(name: str, key: str) -> Pass:
    def run(module: IRModule, context: PassContext) -> IRModule:
        return LegalizeBy(key).run(infer_types(module), context)

    return ModulePass(PassInfo(1, name, ("InferType",)), run)
