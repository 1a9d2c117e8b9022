"""Which functions of a typed Relay module have effects: they use references that are objects, or operators with
effects, or call such functions.

Relax wants to know: a function with effects is marked, and its calls stand outside of dataflow blocks. A function value
whose origin is not seen at its call (it came through a parameter, a branch, a field) counts as one with effects as soon
as any function of the module that is used as a value has effects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from migrate.forward.references import local_references
from migrate.forward.survey import Survey, inside
from relay_compat.ir.adt import Constructor, Match, PatternConstructor
from relay_compat.ir.expr import Call, Function, Let, Op, RefCreate, RefRead, RefWrite, Var
from tensor_core.module import Expr, GlobalVar
from tensor_core.node import Node


@dataclass
class _Facts:
    """What one function does itself, functions inside it left out."""

    direct: bool = False
    calls: set[Function] = field(default_factory=set[Function])
    applies: bool = False


_ON_REFERENCES = (RefCreate, RefRead, RefWrite)
_NO_FUNCTIONS = (Op, Constructor)


class Effects:
    """The effects of a module's functions, global ones and literals. ``references``: those that become values.

    Where ``data_is_pure`` is False, making and matching algebraic data counts as an effect, too.
    """

    def __init__(self, survey: Survey, data_is_pure: bool = True) -> None:
        self.references = local_references(survey)
        self._data_is_pure = data_is_pure
        self._globals = survey.globals
        self._lets: dict[Var, Expr] = {node.var: node.value for node in survey.nodes if isinstance(node, Let)}
        self._values: set[Function] = set()
        self.impure: set[Function] = set()
        self.values_impure = not data_is_pure and any(map(_uses_constructor, survey.nodes))
        if self.values_impure or any(map(self._is_direct, survey.nodes)):
            facts = {function: self._read(function) for function in survey.functions}
            self.impure.update(unit for unit, found in facts.items() if found.direct)
            self._spread(facts)

    def _is_direct(self, node: Node) -> bool:
        """Whether a node itself has effects."""
        if isinstance(node, Call):
            if isinstance(node.op, Op):
                return _op_has(node.op)
            return isinstance(node.op, Constructor) and not self._data_is_pure
        if isinstance(node, _ON_REFERENCES):
            return node not in self.references.nodes
        return isinstance(node, Match) and not self._data_is_pure

    def known(self, callee: Expr) -> Function | None:
        """The function that a callee names: a literal, a let variable of one, a global function; else None."""
        while isinstance(callee, Var):
            found = self._lets.get(callee)
            if found is None:
                return None
            callee = found
        if isinstance(callee, GlobalVar):
            return self._globals.get(callee)
        return callee if isinstance(callee, Function) else None

    def of_call(self, call: Call) -> bool:
        """Whether a call has effects."""
        if isinstance(call.op, _NO_FUNCTIONS):
            return self._is_direct(call)
        function = self.known(call.op)
        return self.values_impure if function is None else function in self.impure

    def of(self, node: Node) -> bool:
        """Whether evaluating a node, what stands in its scopes left out, has effects."""
        return self.of_call(node) if isinstance(node, Call) else self._is_direct(node)

    def _read(self, function: Function) -> _Facts:
        facts = _Facts()
        for node in inside(function):
            facts.direct = facts.direct or self._is_direct(node)
            if not isinstance(node, Call):
                self._values.update(self._used(node.iter_children(), node))
                continue
            self._values.update(self._used(iter(node.args), node))
            if isinstance(node.op, _NO_FUNCTIONS):
                continue
            callee = self.known(node.op)
            if callee is None:
                facts.applies = True
            else:
                facts.calls.add(callee)
        return facts

    def _used(self, children: Iterator[Node], user: Node) -> Iterator[Function]:
        """The functions used as values by a node."""
        for child in children:
            # A let only names its value; what a function's body is, it returns.
            if isinstance(user, Let) and child is user.value and isinstance(child, Function):
                continue
            if isinstance(user, Let) and child is user.var:
                continue
            if isinstance(child, Function | GlobalVar | Var):
                found = self.known(child)
                if found is not None:
                    yield found

    def _spread(self, known: Mapping[Function, _Facts]) -> None:
        """Pass effects on to callers."""
        callers: dict[Function, list[Function]] = {}
        for unit, facts in known.items():
            for callee in facts.calls:
                callers.setdefault(callee, []).append(unit)
        appliers = [unit for unit, facts in known.items() if facts.applies]
        if self.values_impure:
            self.impure.update(appliers)
        pending = list(self.impure)
        while pending:
            unit = pending.pop()
            reached = callers.get(unit, [])
            if unit in self._values and not self.values_impure:
                self.values_impure = True
                reached = [*reached, *appliers]
            pending += [caller for caller in reached if caller not in self.impure]
            self.impure.update(reached)


def _uses_constructor(node: Node) -> bool:
    """Whether a node uses a constructor as a function value."""
    if isinstance(node, PatternConstructor):
        return False
    children = node.args if isinstance(node, Call) else node.iter_children()
    return any(isinstance(child, Constructor) for child in children)


def _op_has(op: Op) -> bool:
    return op.card is not None and not op.card.is_pure
