"""What function literals use of the functions around them."""

from __future__ import annotations

from collections.abc import Iterator

from relay_compat.ir.adt import Constructor, Match
from relay_compat.ir.expr import Call, Constant, Expr, Function, GlobalVar, If, Let, Op
from relay_compat.scopes import Bind, Plan, Scope
from relay_compat.visit import pattern_vars

_NO_VALUES = (Constant, GlobalVar, Op, Constructor)


class Captures:
    """The free nodes of the function literals in one function body: variables, and what is evaluated outside."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[Function, tuple[Expr, ...]] = {}

    def of(self, function: Function) -> tuple[Expr, ...]:
        """In order of first use. What functions inside capture counts, too."""
        pending = [function]
        while pending:
            current = pending[-1]
            inner = [] if current in self._known else [f for f in self._functions(current) if f not in self._known]
            if inner:
                pending += inner
                continue
            pending.pop()
            if current not in self._known:
                self._known[current] = self._free(current)
        return self._known[function]

    def _functions(self, function: Function) -> Iterator[Function]:
        for scope in self._scopes(function):
            yield from (step for step in scope.steps if isinstance(step, Function))

    def _scopes(self, function: Function) -> Iterator[Scope]:
        """The scopes of a body, those of functions inside it left out."""
        stack = list(self._plan.inner[function])
        while stack:
            scope = stack.pop()
            yield scope
            for step in scope.steps:
                if not isinstance(step, (Bind, Function)):
                    stack += self._plan.inner.get(step, ())

    def _free(self, function: Function) -> tuple[Expr, ...]:
        used: dict[Expr, None] = {}
        inside: set[Expr] = set(function.params)
        for scope in self._scopes(function):
            for step in scope.steps:
                if isinstance(step, Bind):
                    inside.add(step.var)
                    used[step.value] = None
                    continue
                inside.add(step)
                if isinstance(step, Match):
                    inside.update(var for clause in step.clauses for var in pattern_vars(clause.lhs))
                used.update(dict.fromkeys(self._known[step] if isinstance(step, Function) else operands(step)))
            used[scope.result] = None
        return tuple(node for node in used if node not in inside and not isinstance(node, _NO_VALUES))


def operands(node: Expr) -> list[Expr]:
    """What a step reads itself, the bodies of its scopes left out."""
    match node:
        case Call():
            return [node.op, *node.args]
        case If():
            return [node.cond]
        case Match():
            return [node.data]
        case Function() | Let():
            return []
        case _:
            return [child for child in node.iter_children() if isinstance(child, Expr)]
