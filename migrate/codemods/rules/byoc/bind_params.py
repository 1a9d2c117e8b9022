"""``bind_params_by_name``: constants in the place of parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.edits import put
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_OLD = "tvm.relay.build_module.bind_params_by_name"
_HELPER = '''def bind_params_by_name(func, params):
    """The function with constants for parameters of these names; names of no parameter are passed over."""
    names = {{param.{name} for param in func.params}}
    return func.bind_params({{name: value for name, value in params.items() if name in names}})
'''


class BindParams(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.byoc.bind_params"
    title: ClassVar[str] = "bind_params_by_name stands on Function.bind_params"
    explanation: ClassVar[str] = (
        "A Relax function binds parameters by name itself, but takes no name that it has no parameter of, where Relay"
        " passed over it. The file gets a function of the old name that does."
    )
    facts: ClassVar[str] = "BindParamsByName of TVM 0.19; relax.Function.bind_params in TVM 0.21 and 0.27 (run)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import numpy
from tvm.relay.build_module import bind_params_by_name


def partition(mod, params):
    mod["main"] = bind_params_by_name(mod["main"], params)
    return mod
""",
            "import numpy\n\n\n"
            + _HELPER.format(name="name")
            + """

def partition(mod, params):
    mod["main"] = bind_params_by_name(mod["main"], params)
    return mod
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("from mine import bind_params_by_name\n\nf = bind_params_by_name(f, p)\n",)

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "bind_params_by_name" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        helper = _HELPER.format(name=target.word("name_hint"))
        for use in file.uses_of((_OLD,)):
            yield Edit(self.id, use.node, put(cst.Name("bind_params_by_name")), helpers=(helper,))


RULE = BindParams()
