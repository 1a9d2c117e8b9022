"""Where to cut a Relay function: what it evaluates is a straight line of steps (:mod:`relay_compat.scopes`), and it is
cut where few values are alive, near equal numbers of calls.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import relay_compat.ir.expr as relay
import relay_compat.ir.types as relay_types
from relay_compat.scopes import Bind, Plan, Step
from tensor_core.module import Expr
from tensor_core.node import Node
from tensor_core.types import leaves


class Line:
    """The steps of a function's body. An item is what a step defines: a node, under all names that lets give it.

    ``defined`` says at which step an item is (-1 for parameters), ``uses`` what each step uses, ``last_use`` by which
    step an item is used last, the end for the result; ``bound`` the variable that a let gives a node.
    """

    def __init__(self, function: relay.Function) -> None:
        self.plan = Plan(function.body)
        self.steps: Sequence[Step] = self.plan.root.steps
        self._names: dict[Node, Expr] = {}
        self.bound: dict[Expr, relay.Var] = {}
        self.defined: dict[Expr, int] = dict.fromkeys(function.params, -1)
        self.uses: list[list[Expr]] = []
        self.weights: list[int] = []
        for place, step in enumerate(self.steps):
            if isinstance(step, Bind):
                self._names[step.var] = self.item(step.value)
                self.bound.setdefault(step.value, step.var)
                self.uses.append([])
                self.weights.append(0)
                continue
            self.defined[step] = place
            used, weight = self._look(step)
            self.uses.append(used)
            self.weights.append(weight)
        self.result = self.item(self.plan.root.result)
        self.last_use: dict[Expr, int] = {}
        for place, used in enumerate(self.uses):
            for item in used:
                self.last_use[item] = place
        self.last_use[self.result] = len(self.steps)

    def item(self, node: Expr) -> Expr:
        """What a node or let variable stands for."""
        return self._names.get(node, node)

    def _look(self, step: Expr) -> tuple[list[Expr], int]:
        """The items that a step uses, inside its scopes, too, and the operator calls that it makes."""
        used: dict[Expr, None] = {}
        weight = 0
        seen: set[Node] = {step}
        stack: list[Node] = [step]
        while stack:
            node = stack.pop()
            weight += isinstance(node, relay.Call)
            inner: list[Node] = []
            for child in node.iter_children():
                item = self._names.get(child, child)
                if isinstance(item, Expr) and item in self.defined and item is not step:
                    used[item] = None
                elif child not in seen:
                    seen.add(child)
                    inner.append(child)
            stack.extend(reversed(inner))
        return list(used), weight

    def bounds(self, parts: int) -> list[int]:
        """Where the parts begin, and the end."""
        alive = self._alive()
        done = [0]
        for weight in self.weights:
            done.append(done[-1] + weight)
        share = done[-1] / parts
        found = [0]
        for number in range(1, parts):
            ideal = number * share
            choices = [
                place
                for place in self._between(done, ideal - 0.4 * share, ideal + 0.4 * share)
                if done[place] > done[found[-1]] and done[place] < done[-1] and alive[place] is not None
            ]
            if choices:
                found.append(min(choices, key=lambda place: (alive[place], abs(done[place] - ideal), place)))
        return [*found, len(self.steps)]

    @staticmethod
    def _between(done: Sequence[int], low: float, high: float) -> range:
        return range(bisect_left(done, low), bisect_right(done, high))

    def _alive(self) -> list[int | None]:
        """For each place, how many values cross it; None where one of them is no data."""
        changes = [0] * (len(self.steps) + 2)
        opaque = [0] * (len(self.steps) + 2)
        for item, start in self.defined.items():
            end = self.last_use.get(item, start)
            if start < 0:
                continue
            for counts in (changes, opaque) if not _is_data(item) else (changes,):
                counts[start + 1] += 1
                counts[end + 1] -= 1
        alive: list[int | None] = []
        values = others = 0
        for change, other in zip(changes, opaque, strict=True):
            values += change
            others += other
            alive.append(None if others else values)
        return alive


def _is_data(item: Expr) -> bool:
    if isinstance(item, relay.Function) or not isinstance(item, relay.RelayExpr):
        return False
    return not any(isinstance(leaf, relay_types.FuncType | relay_types.RefType) for leaf in leaves(item.checked_type))
