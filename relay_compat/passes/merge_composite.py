"""MergeComposite: matches of patterns become functions marked Composite (relay.transform in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from relay_compat.dataflow_pattern import DFPattern, partition
from relay_compat.ir.expr import Expr, Function
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.types.infer import infer_expr
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, PassInfo


def MergeComposite(pattern_table: Iterable[tuple[Any, ...]]) -> Pass:
    """A pass that takes pairs of name and pattern, or triples with a check of the matched expression, in turn."""
    rows = [(*row, _always) if len(row) == 2 else row for row in pattern_table]

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        for name, pattern, check in rows:
            function = infer_expr(_merged(function, name, pattern, check), module)
        return function

    return FunctionPass(PassInfo(0, "MergeComposite"), run)


def _always(_: Expr) -> bool:
    return True


def _merged(function: Function, name: str, pattern: DFPattern, check: Callable[[Expr], Any]) -> Function:
    return partition(pattern, function, {"Composite": str(name)}, check)
