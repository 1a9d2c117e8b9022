"""TE schedules."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.manual import ManualNames
from migrate.codemods.rule import Refused


class Names(ManualNames):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.schedules"
    title: ClassVar[str] = "TE schedules"
    facts: ClassVar[str] = "names of TVM 0.19 that no later release has (migrate/codemods/api)"
    valid: ClassVar[tuple[str, ...]] = ("import mine.schedules\n\nx = mine.schedules.relay(1)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import te\n\ns = te.create_schedule(c.op)\n", "TE schedules were removed in TVM 0.20"),
    )
    prefixes: ClassVar[tuple[str, ...]] = (
        "tvm.te.create_schedule",
        "tvm.te.schedule.",
        "tvm.te.Schedule",
        "tvm.te.thread_axis",
        "tvm.topi.generic.",
        "tvm.topi.x86.",
        "tvm.topi.cuda.",
        "tvm.topi.arm_cpu.",
        "tvm.topi.mali.",
        "tvm.topi.bifrost.",
        "tvm.topi.hls.",
        "tvm.topi.intel_graphics.",
        "tvm.topi.rocm.",
        "tvm.topi.testing.get_injective_schedule",
        "tvm.te.tag_scope",
    )
    reason: ClassVar[str] = "TE schedules were removed in TVM 0.20"
    advice: ClassVar[str] = "make a tensor program with te.create_prim_func, and schedule that"


RULE = Names()
