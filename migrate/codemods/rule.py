"""What a rule is: its identity, its examples, and the edits it plans for a file.

A rule never walks the tree. The file's index of uses (:class:`~migrate.codemods.names.SourceFile`) tells it where the
names it cares for are used; it answers with edits and refusals, and the driver carries out the edits of all rules in
one walk. So a run costs the same whether there are three rules or three hundred.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import libcst as cst

from migrate.codemods.imports import Import, NameTaken, way_to
from migrate.codemods.names import SourceFile, Use
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, Severity


@dataclass(frozen=True, slots=True)
class Example:
    """A source before and after the rule."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A source that the rule recognises and leaves alone; ``because`` occurs in the reason it gives."""

    source: str
    because: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One planned change: ``rewrite`` gets the node after the changes inside it. ``imports`` must be in place then."""

    rule: str
    node: cst.CSTNode
    rewrite: Callable[[cst.CSTNode], cst.CSTNode]
    imports: tuple[Import, ...] = ()


class Rule(ABC):
    """One rewriting. The class variables are its documentation and its tests.

    * ``id``: stable, dotted, what is rewritten first ("relay.nn.batch_matmul.transpose").
    * ``examples``: sources before and after; applying the rule to ``after`` must change nothing.
    * ``valid``: sources that look similar and must stay as they are, byte for byte, without a word.
    * ``refused``: sources that stay as they are, with a reason.
    * ``facts``: where the behaviour of both sides was read off.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    explanation: ClassVar[str]
    facts: ClassVar[str]
    examples: ClassVar[tuple[Example, ...]]
    valid: ClassVar[tuple[str, ...]]
    refused: ClassVar[tuple[Refused, ...]]

    @abstractmethod
    def concerns(self, text: str) -> bool:
        """Whether the rule may have anything to say about a text: a cheap test that spares most files the parsing."""

    @abstractmethod
    def plan(self, file: SourceFile) -> Iterator[Edit | Diagnostic]:
        """The edits and refusals for one file, in the order of the text."""

    def refuse(self, file: SourceFile, node: cst.CSTNode, reason: str, hint: str = "") -> Diagnostic:
        """The message that a place was recognised and left alone."""
        return Diagnostic(codes.NOT_PORTED, f"{self.id}: {reason}", file.span(node), hint, Severity.WARNING)


class CallRule(Rule):
    """A rule that rewrites calls of one function, under every name that reaches it."""

    names: ClassVar[tuple[str, ...]]
    """The function's dotted names in the old API, the usual one first."""
    needs: ClassVar[tuple[str, str]] = ("tvm", "relax")
    """Package and module that the rewritten call starts from."""

    @abstractmethod
    def check(self, call: cst.Call) -> str | None:
        """Why this call cannot be rewritten, or None."""

    @abstractmethod
    def rewrite(self, call: cst.Call, module: cst.BaseExpression) -> cst.BaseExpression:
        """The new expression of a call that :meth:`check` passed; ``module`` is how the file spells :attr:`needs`."""

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(name.rpartition(".")[2] in text for name in self.names)

    def plan(self, file: SourceFile) -> Iterator[Edit | Diagnostic]:
        """See :meth:`Rule.plan`."""
        uses = {use.node: use for name in self.names for use in file.uses.get(name, ())}
        for use in uses.values():
            yield self._plan_use(file, use)
        short = self.names[0].rpartition(".")[2]
        if any(_star_of(star).startswith(self.names[0].split(".")[0] + ".") for star in file.stars):
            for name in file.undefined.get(short, ()):
                yield self.refuse(file, name, f"{short} may come from an import of *", "import the name itself")

    def _plan_use(self, file: SourceFile, use: Use) -> Edit | Diagnostic:
        if not use.meanings <= set(self.names):
            others = ", ".join(sorted(use.meanings - set(self.names)))
            return self.refuse(file, use.node, f"the name may also stand for {others}", "give the two different names")
        call = use.call
        if call is None:
            return self.refuse(
                file, use.node, "the function is used as a value, not called", "call it, or wrap the call in a function"
            )
        reason = self.check(call)
        if reason is not None:
            return self.refuse(file, call, reason)
        way = way_to(file, use, *self.needs)
        if isinstance(way, NameTaken):
            return self.refuse(file, call, way.reason, way.hint)

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            new = self.rewrite(node, way.expression)
            return new.with_changes(lpar=node.lpar, rpar=node.rpar)

        return Edit(self.id, call, rewrite, way.imports)


def _star_of(star: cst.ImportFrom) -> str:
    return cst.Module([]).code_for_node(star.module) + "." if star.module else ""
