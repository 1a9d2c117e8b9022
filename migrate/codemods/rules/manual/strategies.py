"""Strategies, computes and schedules of operators."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.manual import ManualNames
from migrate.codemods.rule import Refused


class Names(ManualNames):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.strategies"
    title: ClassVar[str] = "Strategies, computes and schedules of operators"
    facts: ClassVar[str] = "names of TVM 0.19 that no later release has (migrate/codemods/api)"
    valid: ClassVar[tuple[str, ...]] = ("import mine.strategies\n\nx = mine.strategies.relay(1)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relay\n\nrelay.op.register_strategy('nn.conv2d', strategy)\n", "Relax has no strategies"
        ),
    )
    prefixes: ClassVar[tuple[str, ...]] = (
        "tvm.relay.op.register_strategy",
        "tvm.relay.op.register_schedule",
        "tvm.relay.op.register_compute",
        "tvm.relay.op.register_injective_schedule",
        "tvm.relay.op.register_broadcast_schedule",
        "tvm.relay.op.register_reduce_schedule",
        "tvm.relay.op.register_shape_func",
        "tvm.relay.op.register_pattern",
        "tvm.relay.op.OpStrategy",
        "tvm.relay.op.OpImplementation",
        "tvm.relay.op.op.OpStrategy",
        "tvm.relay.op.strategy.",
        "tvm.relay.op.op.register_strategy",
    )
    reason: ClassVar[str] = (
        "Relax has no strategies: LegalizeOps makes a tensor program of each operator, and schedules come after"
    )
    advice: ClassVar[str] = (
        "give LegalizeOps a customize_legalize_map whose functions say bb.call_te(compute, *args), and schedule"
        " with s_tir or dlight"
    )


RULE = Names()
