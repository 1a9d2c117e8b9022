"""Dominators, partitions and patterns of control flow."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.manual import ManualNames
from migrate.codemods.rule import Refused


class Names(ManualNames):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.patterns"
    title: ClassVar[str] = "Dominators, partitions and patterns of control flow"
    facts: ClassVar[str] = "names of TVM 0.19 that no later release has (migrate/codemods/api)"
    valid: ClassVar[tuple[str, ...]] = ("import mine.patterns\n\nx = mine.patterns.relay(1)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm.relay.dataflow_pattern import dominates\n\np = dominates(a, b, c)\n",
            "relax.dpl has no such pattern",
        ),
    )
    prefixes: ClassVar[tuple[str, ...]] = (
        "tvm.relay.dataflow_pattern.dominates",
        "tvm.relay.dataflow_pattern.DominatorPattern",
        "tvm.relay.dataflow_pattern.is_if",
        "tvm.relay.dataflow_pattern.is_let",
        "tvm.relay.dataflow_pattern.IfPattern",
        "tvm.relay.dataflow_pattern.LetPattern",
        "tvm.relay.dataflow_pattern.RelPattern",
        "tvm.relay.dataflow_pattern.partition",
        "tvm.relay.dataflow_pattern.match",
        "tvm.relay.dataflow_pattern.rewrite_",
    )
    reason: ClassVar[str] = "relax.dpl has no such pattern"
    advice: ClassVar[str] = (
        "say which uses are allowed in a PatternContext (used_by, only_used_by), or partition with FuseOpsByPattern"
    )


RULE = Names()
