"""``relay.const`` takes a span."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from migrate.codemods.arguments import bind
from migrate.codemods.edits import drop_arguments
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_NAMES = ("tvm.relay.const", "tvm.relax.const")


class ConstSpan(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.names.const_span"
    title: ClassVar[str] = "relax.const takes no span"
    explanation: ClassVar[str] = (
        "Where a constant came from is not said to relax.const; its constructor takes a span, where one is wanted."
    )
    facts: ClassVar[str] = "relay.const of TVM 0.19; relax.const of TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            "from tvm import relax\n\none = relax.const(1.0, dtype=kind, span=span)\n",
            "from tvm import relax\n\none = relax.const(1.0, dtype=kind)\n",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\none = relax.const(1.0, 'float32')\n",
        "from mine import const\n\none = const(1.0, span=span)\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "const" in text and "span" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for use in file.uses_of(_NAMES):
            bound = bind(use.call, ("value", "dtype", "span")) if use.call is not None else ""
            if use.call is None or isinstance(bound, str) or "span" not in bound:
                continue
            for arg, rewrite in drop_arguments(use.call, [bound["span"]]):
                note = "relax.const takes no span" if arg is bound["span"] else ""
                yield Edit(self.id, arg, rewrite, note=note)


RULE = ConstSpan()
