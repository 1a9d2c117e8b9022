"""FuseOps: tensor programs that can be computed together go into one function (relax.transform of TVM 0.19 to 0.27).

The function has the attribute ``Primitive``. Works inside dataflow blocks, on what the attribute ``op_pattern`` of each
tensor program says.
"""

from __future__ import annotations

from relax_core.fusion.graph import FusionGraph
from relax_core.fusion.make_functions import make_functions
from relax_core.fusion.partition import partition
from relax_core.ir.expr import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo


def FuseOps(fuse_opt_level: int = -1) -> Pass:
    """Fuse; at level 0 nothing, without a level as the context says. ``relax.FuseOps.max_depth`` of the context's
    configuration bounds the number of calls in a function.
    """

    def run(module: IRModule, context: PassContext) -> IRModule:
        level = context.opt_level if fuse_opt_level == -1 else fuse_opt_level
        return fuse_ops(module, level, int(context.config.get("relax.FuseOps.max_depth", 256)))

    return ModulePass(PassInfo(0, "FuseOps"), run)


def fuse_ops(module: IRModule, opt_level: int = 2, max_depth: int = 256) -> IRModule:
    """The module with its tensor programs fused into functions."""
    return make_functions(module, partition(FusionGraph(module), opt_level, max_depth))
