"""``tvm.runtime.String``: a string of Python's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.api import api
from migrate.codemods.edits import put
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_OLD = "tvm.runtime.String"


class Strings(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.names.strings"
    title: ClassVar[str] = "tvm.runtime.String becomes str"
    explanation: ClassVar[str] = (
        "Strings that attributes and containers hold are strings of Python since the class String went: they are made"
        " by str, and are instances of it."
    )
    facts: ClassVar[str] = "tvm.runtime of TVM 0.19, 0.21 and 0.27, where attributes of functions give str (run)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm


def named(func, name):
    assert isinstance(name, (str, tvm.runtime.container.String))
    return func.with_attr("global_symbol", tvm.runtime.String(name))
""",
            """import tvm


def named(func, name):
    assert isinstance(name, (str, str))
    return func.with_attr("global_symbol", str(name))
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("from mine.runtime import String\n\nname = String('a')\n",)

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "String" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        if api(target.release).known(_OLD) is not None:
            return
        for use in file.uses_of((_OLD,)):
            if len(use.meanings) > 1:
                yield self.refuse(file, use.node, "the name may stand for something else, too")
            else:
                yield Edit(self.id, use.node, put(cst.Name("str")))


RULE = Strings()
