"""``is_tuple(None)``: Relax patterns of tuples say their fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.dataflow import NEW_MODULE, OLD_MODULE
from migrate.codemods.edits import put
from migrate.codemods.imports import NameTaken, way_to
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_NAMES = (f"{OLD_MODULE}.is_tuple", f"{NEW_MODULE}.is_tuple")


class AnyTuple(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.patterns.any_tuple"
    title: ClassVar[str] = "A tuple of any fields is matched by a wildcard"
    explanation: ClassVar[str] = (
        "is_tuple(None) of Relay matches tuples of any number of fields; Relax asks for the fields. A wildcard matches"
        " them, too, and where an operator takes one tuple, nothing else."
    )
    facts: ClassVar[str] = "tvm.relay.dataflow_pattern.is_tuple in TVM 0.19; ValueError in TVM 0.27 (run)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            'from tvm.relax.dpl import is_op, is_tuple, wildcard\n\np = is_op("relax.concat")(is_tuple(None))\n',
            'from tvm.relax.dpl import is_op, is_tuple, wildcard\n\np = is_op("relax.concat")(wildcard())\n',
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm.relax.dpl import is_tuple\n\np = is_tuple([a, b])\n",
        "from mine import is_tuple\n\np = is_tuple(None)\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "is_tuple(" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for use in file.uses_of(_NAMES):
            call = use.call
            if call is None or len(call.args) > 1 or not all(_is_none(arg) for arg in call.args):
                continue
            way = way_to(file, use, f"{NEW_MODULE}.wildcard")
            if isinstance(way, NameTaken):
                yield self.refuse(file, call, way.reason, way.hint)
                continue
            new = cst.Call(way.expression)
            note = "a wildcard matches what is no tuple, too"
            yield Edit(self.id, call, put(new), way.imports, note)


def _is_none(arg: cst.Arg) -> bool:
    return isinstance(arg.value, cst.Name) and arg.value.value == "None"


RULE = AnyTuple()
