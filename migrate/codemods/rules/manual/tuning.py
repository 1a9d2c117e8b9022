"""AutoTVM, the auto-scheduler, AOT, microTVM and tvmc."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.manual import ManualNames
from migrate.codemods.rule import Refused


class Names(ManualNames):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.tuning"
    title: ClassVar[str] = "AutoTVM, the auto-scheduler, AOT, microTVM and tvmc"
    facts: ClassVar[str] = "names of TVM 0.19 that no later release has (migrate/codemods/api)"
    valid: ClassVar[tuple[str, ...]] = ("import mine.tuning\n\nx = mine.tuning.relay(1)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import autotvm\n\ntask = autotvm.task.create(name)\n", "it was removed with Relay"),
    )
    prefixes: ClassVar[tuple[str, ...]] = (
        "tvm.autotvm",
        "tvm.autotvm.",
        "tvm.auto_scheduler",
        "tvm.auto_scheduler.",
        "tvm.micro",
        "tvm.micro.",
        "tvm.driver.tvmc",
        "tvm.driver.tvmc.",
        "tvm.relay.backend.Executor",
        "tvm.relay.backend.Runtime",
        "tvm.relay.backend.executor_factory.",
        "tvm.relay.collage.",
        "tvm.relay.backend.contrib.ethosu.",
        "tvm.relay.backend.contrib.uma.",
    )
    reason: ClassVar[str] = "it was removed with Relay"
    advice: ClassVar[str] = (
        "tune with MetaSchedule, build with relax.build, and keep scripts for the old release in an environment"
        " of their own"
    )


RULE = Names()
