"""References: eliminated into values where they stay inside of one function, else objects of the runtime.

A reference that a function only reads and writes itself, in straight-line code and branches, is no more than a variable
that changes: at each point of the evaluation it stands for the value written last, and a branch that writes it answers
the new value as one more result. One that is captured, passed, returned or stored needs an object, and the functions
that use it have effects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import relax_core.ir.expr as relax
from migrate.forward.external import bind_external
from migrate.forward.survey import Survey
from migrate.forward.types import convert_type
from relax_core.data_functions import REF_NEW, REF_READ, REF_WRITE
from relax_core.normalizer import Normalizer
from relay_compat.ir.expr import Function, Let, RefCreate, RefRead, RefWrite, Var
from relay_compat.scopes import Bind, Plan, Scope
from relay_compat.visit import reachable
from tensor_core.module import Expr
from tensor_core.node import Node
from tensor_core.trampoline import Steps, run


@dataclass
class LocalReferences:
    """The references of a module that become values: ``nodes`` are what creates, reads and writes them."""

    nodes: set[Node] = field(default_factory=set[Node])
    created: dict[Node, RefCreate] = field(default_factory=dict[Node, RefCreate])

    def of(self, node: Node) -> RefCreate | None:
        """The reference that a node creates, reads or writes; None unless it becomes values."""
        return self.created.get(node)


def effect(emitter: Normalizer, node: RefCreate | RefRead | RefWrite, operands: Sequence[relax.Expr]) -> relax.Expr:
    """Bind what the runtime does for a node with a reference that is an object."""
    name = REF_NEW if isinstance(node, RefCreate) else REF_READ if isinstance(node, RefRead) else REF_WRITE
    result = convert_type(node.checked_type, node.span)
    return bind_external(emitter, name, operands, result, pure=False, span=node.span, origin=node)


def local_references(survey: Survey) -> LocalReferences:
    """The references that no other function, no value and no result knows of."""
    found = LocalReferences()
    for function in survey.globals.values() if survey.has_references else ():
        nodes = reachable(function)
        if any(isinstance(node, RefCreate) for node in nodes):
            _Search(function, nodes).collect(found)
    return found


class _Search:
    def __init__(self, function: Function, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._plan = Plan(function.body)
        self._lets = {node.var: node.value for node in nodes if isinstance(node, Let)}
        self._entries: dict[Scope, Scope] = {self._plan.root: self._plan.root}
        for node in nodes:
            if isinstance(node, Function) and node in self._plan.inner:
                (scope,) = self._plan.inner[node]
                self._entries[scope] = scope

    def collect(self, found: LocalReferences) -> None:
        created: dict[Node, RefCreate] = {}
        escaping: set[RefCreate] = set()
        for node in self._nodes:
            if isinstance(node, RefCreate):
                created[node] = node
            for child in node.iter_children():
                source = self._source(child)
                if source is None or (isinstance(node, Let) and child is not node.body):
                    continue
                used = isinstance(node, RefRead | RefWrite) and child is node.ref and self._inside(node, source)
                # A reference may be written into itself.
                if used and not (isinstance(node, RefWrite) and child is node.value):
                    created[node] = source
                else:
                    escaping.add(source)
        kept = {node: source for node, source in created.items() if source not in escaping}
        found.created.update(kept)
        found.nodes.update(kept)

    def _source(self, node: Node) -> RefCreate | None:
        """The reference that an expression is, let variables looked through."""
        while isinstance(node, Var):
            value = self._lets.get(node)
            if value is None:
                return None
            node = value
        return node if isinstance(node, RefCreate) else None

    def _inside(self, node: Expr, source: RefCreate) -> bool:
        """Whether both are evaluated in one function."""
        return self._entry(self._plan.home(node)) is self._entry(self._plan.home(source))

    def _entry(self, scope: Scope) -> Scope:
        """The scope of the function that a scope is in."""
        passed: list[Scope] = []
        while scope not in self._entries:
            passed.append(scope)
            assert scope.parent is not None
            scope = scope.parent
        entry = self._entries[scope]
        self._entries.update(dict.fromkeys(passed, entry))
        return entry


class Writes:
    """Which references that become values the branches of a step write."""

    def __init__(self, plan: Plan, references: LocalReferences) -> None:
        self._plan = plan
        self._references = references
        self._known: dict[Expr, tuple[RefCreate, ...]] = {}

    def of(self, node: Expr) -> tuple[RefCreate, ...]:
        """The references written in the scopes of a branch or match, in the order of the first write."""
        if not self._references.nodes:
            return ()
        if node not in self._known:
            run(self._read(node))
        return self._known[node]

    def _read(self, node: Expr) -> Steps[None]:
        found: dict[RefCreate, None] = {}
        for step in self._steps(node):
            source = self._references.of(step)
            if isinstance(step, RefWrite) and source is not None:
                found[source] = None
            if step in self._plan.inner and not isinstance(step, Function):
                if step not in self._known:
                    yield self._read(step)
                found.update(dict.fromkeys(self._known[step]))
        self._known[node] = tuple(found)

    def _steps(self, node: Expr) -> Iterator[Expr]:
        for scope in self._plan.inner[node]:
            yield from (step for step in scope.steps if not isinstance(step, Bind))
