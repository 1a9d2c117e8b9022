"""``Runtime("cpp")``, ``Executor("graph")``: what Relax has by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.edits import put
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_ONLY = {"tvm.relay.backend.Runtime": "cpp", "tvm.relay.backend.Executor": "graph"}


class Runtimes(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.build.runtimes"
    title: ClassVar[str] = 'Runtime("cpp") and Executor("graph"), the defaults, become None'
    explanation: ClassVar[str] = (
        "Relay's build takes a runtime and an executor, and None for the ones that it has by default. Relax has no"
        " other runtime than that, and its virtual machine in the place of executors: what says the default says"
        " nothing. Others (crt, aot) are left to the rule of what has no counterpart."
    )
    facts: ClassVar[str] = "tvm.relay.backend of TVM 0.19; relax.build of TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relay.backend import Executor, Runtime


def check(mod, runtime=Runtime("cpp"), executor=Executor("graph")):
    return mod, runtime, executor
""",
            """

def check(mod, runtime=None, executor=None):
    return mod, runtime, executor
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ('from mine import Runtime\n\nx = Runtime("cpp")\n',)

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "Runtime" in text or "Executor" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for old, default in _ONLY.items():
            for use in file.uses_of((old,)):
                call = use.call
                text = call.args[0].value if call is not None and len(call.args) == 1 else None
                if call is not None and isinstance(text, cst.SimpleString) and text.evaluated_value == default:
                    yield Edit(self.id, call, put(cst.Name("None")), claims=(use.node,))


RULE = Runtimes()
