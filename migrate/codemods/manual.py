"""Rules for names that no rule can rewrite: which names, why, and what a person does instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Example, Planned, Rule
from migrate.codemods.target import Target

PAGE = "docs/howto/port_by_hand.md"


class ManualNames(Rule):
    """A rule that recognises names and leaves them with its reason."""

    prefixes: ClassVar[tuple[str, ...]]
    """Dotted names in the old API; with a dot at the end everything below."""
    others: ClassVar[frozenset[str]] = frozenset()
    """Names below the prefixes that other rules rewrite."""
    reason: ClassVar[str]
    advice: ClassVar[str]
    examples: ClassVar[tuple[Example, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls.explanation = f"{cls.reason[0].upper()}{cls.reason[1:]}. Instead: {cls.advice}."

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(prefix.rstrip(".").rpartition(".")[2] in text for prefix in self.prefixes)

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for name, uses in file.uses.items():
            if name in self.others or file.of_tree(name):
                continue
            if any(name == prefix or (prefix.endswith(".") and name.startswith(prefix)) for prefix in self.prefixes):
                for use in uses:
                    yield self.left(file, use.node, name)

    def left(self, file: SourceFile, node: cst.CSTNode, name: str) -> Planned:
        """The place of one use, with the way to the page that says more."""
        said = f"{name.removeprefix('tvm.')}: {self.reason}"
        return self.refuse(file, node, said, f"{self.advice} ({PAGE}#{anchor(self.id)})")


def anchor(rule: str) -> str:
    """The heading of a rule's section, as links spell it."""
    return rule.replace(".", "")
