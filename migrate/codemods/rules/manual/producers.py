"""``call.args[0].op`` in visitors and callbacks: an argument is a variable in Relax."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.functors import MUTATOR, functors_of
from migrate.codemods.manual import PAGE, anchor
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_ARGUMENT = m.Subscript(value=m.Attribute(attr=m.Name("args")), slice=[m.SubscriptElement(m.Index())])
_LOOKED_INTO = m.Attribute(
    value=_ARGUMENT, attr=m.Name("op") | m.Name("args") | m.Name("attrs") | m.Name("tuple_value")
)


class Producers(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.producers"
    title: ClassVar[str] = "Looking from a call into what makes its arguments"
    explanation: ClassVar[str] = (
        "Arguments of Relay calls are calls; in Relax they are variables (or constants), and what makes them stands"
        " in a binding, which get_var2val(func) knows; mutators have rule relay.functors.producers. Whether the"
        " producer is bound in the same function, and seen already, is known to the author alone."
    )
    facts: ClassVar[str] = "relax.analysis.get_var2val in TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = ()
    valid: ClassVar[tuple[str, ...]] = (
        "def f(call):\n    return call.args[0].op\n",
        "from tvm import relax\n\n\nclass A(relax.PyExprVisitor):\n    def f(self, call):\n"
        "        return self.known[call.args[0]].op, call.args[0].ty\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relax\n\n\nclass A(relax.PyExprVisitor):\n    def visit_call_(self, call):\n"
            "        return call.args[0].op\n",
            "an argument is a variable",
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return ".args" in text and "tvm" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for functor in functors_of(file).values():
            if functor.kind == MUTATOR:
                continue
            seen: set[cst.CSTNode] = set()
            for node in m.findall(functor.node, _LOOKED_INTO):
                line = file.statement(node)
                if line is None or line in seen:
                    continue
                seen.add(line)
                hint = "follow it with get_var2val of the function"
                yield self.refuse(file, node, "an argument is a variable here, not the call that makes it", _see(hint))


def _see(hint: str) -> str:
    return f"{hint} ({PAGE}#{anchor(Producers.id)})"


RULE = Producers()
