"""If and Match as branches of Relax.

Both are a chain of conditions with a body each; a match that must succeed ends in a body without one, any other in a
call that fails. References that become values (:mod:`migrate.forward.references`) and are written inside come back as
further results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.forward.data import unmatched
from migrate.forward.types import convert_type
from relax_core.fragment import field_of
from relay_compat.ir.adt import Match
from relay_compat.scopes import Scope
from tensor_core.module import Expr
from tensor_core.trampoline import Steps
from tensor_core.types import TupleType

if TYPE_CHECKING:
    from migrate.forward.function import FunctionConverter, Place


def convert_if(c: FunctionConverter, node: relay.If) -> Steps[None]:
    """Bind a conditional expression."""
    branches = _Branches(c, node)
    then, otherwise = c.plan.inner[node]
    branches.when(c.value(node.cond))
    yield branches.body(then)
    branches.otherwise()
    yield branches.body(otherwise)
    branches.end()


def convert_match(c: FunctionConverter, node: Match) -> Steps[None]:
    """Bind a match: its arms are tried in order."""
    branches = _Branches(c, node)
    value, type_ = c.value(node.data), node.data.checked_type
    exhaustive = c.patterns.exhaustive(node)
    arms = list(zip(node.clauses, c.plan.inner[node], strict=True))
    for number, (clause, scope) in enumerate(arms):
        last = exhaustive and number == len(arms) - 1
        condition = None if last else c.patterns.test(clause.lhs, value, type_)
        if condition is not None:
            branches.when(condition)
        bound = c.patterns.bind(clause.lhs, value, type_, c.escaping)
        c.env.update(bound)
        for var in bound:
            c.settle(var)
        if condition is None and number == 0:
            yield c.steps(scope)
            c.env[node] = c.place(scope.result)
            return
        yield branches.body(scope)
        if condition is None:
            break
        branches.otherwise()
    else:
        branches.fail(node)
    branches.end()


class _Branches:
    """A chain of branches under construction, each in the other case of the one before.

    ``_results``: what it answers: the value of ``node``, unless that is an empty tuple, then the references that it
    writes. Only those made before it are known outside.
    """

    def __init__(self, c: FunctionConverter, node: relay.If | Match) -> None:
        self._c = c
        self._node = node
        self._conditions: list[relax.Expr] = []
        self._taken: list[relax.SeqExpr] = []
        self._result: relax.Expr | None = None
        self._written = [item for item in c.writes.of(node) if item in c.env]
        self._before: dict[Expr, Place] = {item: c.env[item] for item in self._written}
        is_unit = self._written and node.checked_type == TupleType(())
        self._results: list[Expr] = [*([] if is_unit else [node]), *self._written]

    def when(self, condition: relax.Expr) -> None:
        """Open a body for the case that the condition holds."""
        self._conditions.append(condition)
        self._open()

    def body(self, scope: Scope) -> Steps[None]:
        """What the open body evaluates."""
        c = self._c
        yield c.steps(scope)
        values = [c.value(scope.result if item is self._node else item) for item in self._results]
        self._result = values[0] if len(values) == 1 else c.emitter.argument(relax.Tuple(tuple(values)))
        c.env.update(self._before)

    def otherwise(self) -> None:
        """Close the body, and open one for the case that its condition does not hold."""
        self._taken.append(self._closed())
        self._open()

    def fail(self, node: Match) -> None:
        """The open body has no value."""
        types = [
            convert_type(item.checked_type if item is node else item.value.checked_type, node.span)
            for item in self._results
            if isinstance(item, Match | relay.RefCreate)
        ]
        result = types[0] if len(types) == 1 else TupleType(tuple(types))
        self._result = unmatched(self._c.emitter, node, result)

    def end(self) -> None:
        """Bind the value of the whole."""
        c, node = self._c, self._node
        emitter = c.emitter
        alone = self._results == [node]
        for condition, taken in zip(reversed(self._conditions), reversed(self._taken), strict=True):
            other = self._closed()
            emitter.body.start(False)
            value = emitter.normal(relax.If(condition, taken, other, node.span))
            whole = alone and condition is self._conditions[0]
            self._result = emitter.bind(value, span=node.span, origin=node if whole else None)
            emitter.body.start(True)
        assert self._result is not None
        if node not in self._results:
            c.env[node] = emitter.argument(relax.Tuple(()))
        if len(self._results) == 1:
            c.env[self._results[0]] = self._result
            return
        for place, item in enumerate(self._results):
            output = item is not node or node in c.escaping
            field = emitter.normal(field_of(self._result, place))
            origin = node if item is node else None
            c.env[item] = emitter.bind(field, span=node.span, origin=origin, output=output)

    def _open(self) -> None:
        self._c.emitter.open()
        self._c.emitter.body.start(True)

    def _closed(self) -> relax.SeqExpr:
        assert self._result is not None
        return self._c.close(self._result)
