"""What a rule is: its identity, its examples, and what it plans for a file.

A rule never walks the tree. The file's index of uses (:class:`~migrate.codemods.names.SourceFile`) tells it where the
names, attributes and classes it cares for are; it answers with moves, edits and refusals, and the driver carries out
those of all rules in one walk. So a run costs the same whether there are three rules or three hundred.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import libcst as cst

from migrate.codemods.imports import Import, NameTaken, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.target import NEWEST, Target
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, Severity

New = cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]


@dataclass(frozen=True, slots=True)
class Example:
    """A source before and after the rule, for a target release."""

    before: str
    after: str
    target: str = NEWEST


@dataclass(frozen=True, slots=True)
class Refused:
    """A source that the rule recognises and leaves alone; ``because`` occurs in the reason it gives."""

    source: str
    because: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One planned change: ``rewrite`` gets the node after the changes inside it. ``imports`` must be in place then.

    ``note``: what a person should look at; it goes into a TODO above the statement, and the place counts as assisted.
    ``claims``: the uses that this edit deals with, so that no import is needed for them any more, beside the node
    itself and, of a call, its function. ``helpers``: definitions that the file gets after its imports, once, and unless
    it has a class or function of the name.
    """

    rule: str
    node: cst.CSTNode
    rewrite: Callable[[cst.CSTNode], New]
    imports: tuple[Import, ...] = ()
    note: str = ""
    claims: tuple[cst.CSTNode, ...] = ()
    helpers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """What a use stands for is called ``name`` (a dotted name) in the target: the driver finds how the file says it."""

    rule: str
    use: Use
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A place that was recognised and stays as it is; ``claims`` as in :class:`Edit`, though their imports stay.

    ``absent``: the dotted name of Relay's that the node stands for where it is no imported one, a method of an object:
    where stand-ins are put, one takes its place.
    """

    rule: str
    node: cst.CSTNode
    diagnostic: Diagnostic
    claims: tuple[cst.CSTNode, ...] = ()
    absent: str = ""


Planned = Edit | Move | Left


class Rule(ABC):
    """One rewriting. The class variables are its documentation and its tests.

    * ``id``: stable, dotted, what is rewritten first ("relay.nn.batch_matmul.transpose").
    * ``examples``: sources before and after; applying the rule to ``after`` must change nothing.
    * ``valid``: sources that look similar and must stay as they are, byte for byte, without a word.
    * ``refused``: sources that stay as they are, with a reason.
    * ``facts``: where the behaviour of both sides was read off.
    * ``source``: whose Python it reads: "relay" (TVM up to 0.19) or "relax" (an earlier Relax, which 0.19 has, too).
    """

    id: ClassVar[str]
    title: ClassVar[str]
    explanation: ClassVar[str]
    facts: ClassVar[str]
    examples: ClassVar[tuple[Example, ...]]
    valid: ClassVar[tuple[str, ...]]
    refused: ClassVar[tuple[Refused, ...]] = ()
    source: ClassVar[str] = "relay"
    general: ClassVar[bool] = False
    """Whether it says something of every name of a kind: rules about one name are asked before."""

    @abstractmethod
    def concerns(self, text: str) -> bool:
        """Whether the rule may have anything to say about a text: a cheap test that spares most files the parsing."""

    @abstractmethod
    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """What is to be done about one file, in any order."""

    def refuse(
        self,
        file: SourceFile,
        node: cst.CSTNode,
        reason: str,
        hint: str = "",
        claims: tuple[cst.CSTNode, ...] = (),
        absent: str = "",
    ) -> Left:
        """That a place was recognised and left alone."""
        message = Diagnostic(codes.NOT_PORTED, f"{self.id}: {reason}", file.span(node), hint, Severity.WARNING)
        return Left(self.id, node, message, claims, absent)


class CallRule(Rule):
    """A rule that rewrites calls of one function, under every name that reaches it."""

    names: ClassVar[tuple[str, ...]]
    """The function's shortest dotted names in the old API, as :attr:`~migrate.codemods.names.Use.name` gives them."""
    needs: ClassVar[str] = "tvm.relax"
    """The module that the rewritten call starts from."""

    @abstractmethod
    def check(self, call: cst.Call, target: Target) -> str | None:
        """Why this call cannot be rewritten, or None."""

    @abstractmethod
    def rewrite(self, call: cst.Call, module: cst.BaseExpression, target: Target) -> cst.BaseExpression:
        """The new expression of a call that :meth:`check` passed; ``module`` is how the file spells :attr:`needs`."""

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(name.rpartition(".")[2] in text for name in self.names)

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for use in file.uses_of(self.names):
            yield self._plan_use(file, use, target)

    def _plan_use(self, file: SourceFile, use: Use, target: Target) -> Planned:
        if len(use.meanings) > 1:
            others = ", ".join(sorted(use.meanings - set(self.names)))
            return self.refuse(file, use.node, f"the name may also stand for {others}", "give the two different names")
        call = use.call
        if call is None:
            return self.refuse(
                file, use.node, "the function is used as a value, not called", "call it, or wrap the call in a function"
            )
        reason = self.check(call, target)
        if reason is not None:
            return self.refuse(file, call, reason)
        way = way_to(file, use, self.needs)
        if isinstance(way, NameTaken):
            return self.refuse(file, call, way.reason, way.hint)

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            new = self.rewrite(node, way.expression, target)
            return new if isinstance(new, cst.Tuple) else new.with_changes(lpar=node.lpar, rpar=node.rpar)

        return Edit(self.id, call, rewrite, way.imports)
