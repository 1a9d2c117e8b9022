"""The names of Relay's pattern language that Relax has, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from migrate.codemods.dataflow import NEW_MODULE, OLD_MODULE, RENAMED
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Example, Move, Planned, Rule
from migrate.codemods.target import Target


class PatternNames(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.patterns.names"
    title: ClassVar[str] = "tvm.relay.dataflow_pattern becomes tvm.relax.dpl"
    explanation: ClassVar[str] = (
        "Relax has most of the pattern language under the same names; is_constant is called is_const, and AltPattern"
        " is OrPattern. Patterns of types say StructInfo up to 0.25."
    )
    facts: ClassVar[str] = (
        "tvm.relay.dataflow_pattern in TVM 0.19; tvm.relax.dpl in the wheels of 0.21, 0.25, 0.26 and 0.27"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relay.dataflow_pattern import is_constant, wildcard

x = wildcard()
c = is_constant()
""",
            """from tvm.relax.dpl import wildcard, is_const

x = wildcard()
c = is_const()
""",
        ),
        Example(
            "from tvm.relay.dataflow_pattern import *\n\nx = wildcard() | is_constant()\n",
            "from tvm.relax.dpl import wildcard, is_const\n\nx = wildcard() | is_const()\n",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm.relax.dpl import wildcard\n\nx = wildcard()\n",
        "from re import compile as wildcard\n\nx = wildcard('relay.dataflow_pattern')\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "dataflow_pattern" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        types = "TypePattern" if target.since("0.26") else "StructInfoPattern"
        names = RENAMED | {"TypePattern": types}
        for old, new in names.items():
            for use in file.uses_of((f"{OLD_MODULE}.{old}",)):
                yield Move(self.id, use, f"{NEW_MODULE}.{new}")


RULE = PatternNames()
