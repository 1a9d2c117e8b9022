"""Programs that go through TVM's pipeline for Relax compute what they did: fused into programs, with planned memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from migrate.execution import Executor
from migrate.verify.generate.program import Program
from migrate.verify.properties.equivalence import keeps_meaning, to_relax
from migrate.verify.properties.property import Check, Property
from relax_core.ir.expr import Function
from relax_core.passes.annotate_tir_op_pattern import AnnotateTIROpPattern
from relax_core.passes.fuse_ops import FuseOps
from relax_core.passes.fuse_tir import FuseTIR
from relax_core.passes.kill_after_last_use import KillAfterLastUse
from relax_core.passes.legalize_ops import LegalizeOps
from relax_core.passes.lower_alloc_tensor import LowerAllocTensor
from relax_core.passes.remove_purity_checking import RemovePurityChecking
from relax_core.passes.rewrite_dataflow_reshape import RewriteDataflowReshape
from relax_core.passes.static_plan_block_memory import StaticPlanBlockMemory
from relax_core.passes.to_non_dataflow import ToNonDataflow
from tensor_core.module import BaseFunc, IRModule
from tensor_core.passes import Sequential

_GROUPING = Sequential([LegalizeOps(), AnnotateTIROpPattern(), FuseOps(2)])
_PLANNING = Sequential(
    [
        RewriteDataflowReshape(), ToNonDataflow(), RemovePurityChecking(), StaticPlanBlockMemory(), LowerAllocTensor(),
        KillAfterLastUse(),
    ]
)  # fmt: skip


def fused(fuse: Callable[[Any], IRModule] | None = None) -> Property:
    """The converted module with the groups that FuseOps makes in one tensor program each, which ``fuse`` makes."""
    return _through("fused", fuse or FuseTIR(), ("interpreter",))


def planned(fuse: Callable[[Any], IRModule] | None = None) -> Property:
    """The same, with memory planned and written out behind it; compiled."""
    made = fuse or FuseTIR()
    return _through("pipeline", lambda module: _PLANNING(made(module)), ("backend",))


def _through(name: str, rest: Callable[[Any], IRModule], executors: tuple[Executor, ...]) -> Property:
    def check(program: Program) -> Check:
        groups: list[bool] = []

        def transform(module: IRModule) -> IRModule:
            grouped = _GROUPING(to_relax(module))
            groups.append(any(map(_is_group, grouped.functions.values())))
            return rest(grouped)

        return replace(keeps_meaning(name, transform, executors).check(program), changed=any(groups))

    return Property(name, check)


def _is_group(function: BaseFunc) -> bool:
    return isinstance(function, Function) and bool((function.attrs or {}).get("Primitive"))
