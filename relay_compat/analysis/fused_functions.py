"""The kernels that fusion makes of a module (relay.analysis.extract_fused_functions in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Function, GlobalVar
from relay_compat.ir.module import IRModule
from relay_compat.structural import structural_hash
from relay_compat.visit import reachable

__all__ = ["extract_fused_functions"]


def extract_fused_functions(mod: IRModule) -> dict[GlobalVar, Function]:
    """The primitive functions of "main" after SimplifyInference and FuseOps, equal ones once, under their hashes."""
    from relay_compat.passes.fuse_ops import FuseOps
    from relay_compat.passes.simplify_inference import SimplifyInference

    main = FuseOps(3)(SimplifyInference()(mod))["main"]
    found: dict[str, Function] = {}
    for node in reachable(main):
        if isinstance(node, Function) and node.attrs.get("Primitive"):
            found[str(structural_hash(node))] = node
    return {GlobalVar(name): function for name, function in found.items()}
