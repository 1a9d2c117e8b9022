"""``self.memo_map``: Relay's functors remember results by node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from migrate.codemods.functors import functors_of
from migrate.codemods.manual import PAGE, anchor
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Example, Planned, Refused, Rule
from migrate.codemods.target import Target


class MemoMap(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.memo_map"
    title: ClassVar[str] = "memo_map of functors"
    explanation: ClassVar[str] = (
        "Relax names every value, so that nothing is visited twice and no map from node to result is kept. A mutator"
        " that put entries in says set_var_remap(variable.vid, new), or remembers what it needs itself."
    )
    facts: ClassVar[str] = "tvm.relay.expr_functor in TVM 0.19; PyExprMutator in TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = ()
    valid: ClassVar[tuple[str, ...]] = ("class A:\n    def f(self):\n        return self.memo_map\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relax\n\n\nclass A(relax.PyExprMutator):\n    def f(self, x):\n"
            "        return self.memo_map[x]\n",
            "no map from node to result",
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "memo_map" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        if functors_of(file):
            for node in file.attributes.get("memo_map", ()):
                reason = "functors of Relax keep no map from node to result"
                yield self.refuse(file, node, reason, f"use get_var_remap and set_var_remap ({PAGE}#{anchor(self.id)})")


RULE = MemoMap()
