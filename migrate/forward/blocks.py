"""Which values outlive their dataflow block. A scope's steps fall into dataflow blocks, cut at branches and effects."""

from __future__ import annotations

from collections.abc import Iterator

import relay_compat.ir.expr as relay
from migrate.forward.effects import Effects
from relay_compat.ir.adt import Match
from relay_compat.lowering.captures import Captures
from relay_compat.scopes import Bind, Plan, Scope
from relay_compat.visit import pattern_vars
from tensor_core.module import Expr
from tensor_core.trampoline import Steps, run

_BRANCHES = (relay.If, Match)
_WRITES = (relay.RefCreate, relay.RefWrite)


def escaping(plan: Plan, scope: Scope, captures: Captures, effects: Effects) -> set[Expr]:
    """The nodes of a function's scope whose values are used outside of the block that binds them, or are results.

    What a function literal captures is used wherever that is called.
    """
    blocks = _Blocks(plan, captures, effects)
    run(blocks.number(scope))
    found = blocks.results
    for node, block in reversed(blocks.of.items()):
        is_passed_on = isinstance(node, _BRANCHES) or (node in found and _is_alias(node))
        for operand in blocks.operands(node):
            if blocks.of.get(operand) != block or is_passed_on:
                found.add(operand)
    return found


def _is_alias(node: Expr) -> bool:
    """Whether the node binds nothing itself: its value is that of its operands."""
    if isinstance(node, relay.TupleGetItem):
        return isinstance(node.tuple_value, relay.Tuple)
    return isinstance(node, relay.Tuple | relay.Let)


class _Blocks:
    """Numbers the blocks in order of emission."""

    def __init__(self, plan: Plan, captures: Captures, effects: Effects) -> None:
        self._plan = plan
        self._captures = captures
        self._effects = effects
        self._lets: dict[Expr, Expr] = {}
        self._count = 0
        self.of: dict[Expr, int] = {}
        self.results: set[Expr] = set()

    def number(self, scope: Scope, inline: bool = False) -> Steps[None]:
        """Number a scope's steps; ``inline``: it continues the block that it stands in."""
        if not inline:
            self._count += 1
        block = self._count
        for step in scope.steps:
            if isinstance(step, Bind):
                self._lets[step.var] = step.value
                continue
            if isinstance(step, relay.Function):
                self.results.update(map(self._resolve, self._captures.of(step)))
            elif isinstance(step, _BRANCHES) or self._effects.of(step):
                for place, inner in enumerate(self._plan.inner.get(step, ())):
                    if isinstance(step, Match):
                        bound = pattern_vars(step.clauses[place].lhs)
                        self.of.update(dict.fromkeys(bound, self._count + 1))
                    yield self.number(inner)
                self.of[step] = self._count = self._count + 1
                self._count += 1
                block = self._count
                continue
            if isinstance(step, _WRITES):
                # It becomes values (else it has effects): what was written last is read in any later block.
                self.results.add(self._resolve(step.value))
            if isinstance(step, relay.Let):
                yield self.number(self._plan.inner[step][0], inline=True)
                block = self._count
            self.of[step] = block
        if not inline:
            self.results.add(self._resolve(scope.result))

    def operands(self, node: Expr) -> Iterator[Expr]:
        """The values that a step uses, let variables looked through."""
        if isinstance(node, relay.Call):
            children: tuple[Expr, ...] = node.args if isinstance(node.op, relay.Op) else (node.op, *node.args)
        elif isinstance(node, relay.If):
            children = (node.cond,)
        elif isinstance(node, Match):
            children = (node.data,)
        elif isinstance(node, relay.Let):
            children = (self._plan.inner[node][0].result,)
        elif isinstance(node, relay.Function):
            children = ()
        else:
            children = tuple(child for child in node.iter_children() if isinstance(child, Expr))
        return map(self._resolve, children) if self._lets else iter(children)

    def _resolve(self, node: Expr) -> Expr:
        while node in self._lets:
            node = self._lets[node]
        return node
