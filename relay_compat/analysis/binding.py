"""Whether every variable of a program is bound at most once (relay.analysis.well_formed in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence

from relay_compat.ir.adt import Match, PatternVar
from relay_compat.ir.expr import Expr, Function, Let, Var
from relay_compat.visit import reachable
from tensor_core.node import Node

__all__ = ["ill_formed", "well_formed"]


def well_formed(expr: Expr) -> bool:
    """Whether no variable is bound twice, bound after it was used free, or used outside the scope that binds it."""
    return ill_formed(expr) is None


def ill_formed(expr: Expr) -> Var | None:
    """A variable for which the program is not well formed; None when there is none."""
    return _Check().run(expr)


class _Mark(Node):
    """A step of the walk that is no node: the start or the end of a scope, or a place that is looked at every time."""

    __slots__ = ("bound", "kind", "place")

    def __init__(self, kind: str, bound: Sequence[Var] = (), place: Expr | None = None) -> None:
        self.kind = kind
        self.bound = bound
        self.place = place


class _Check:
    """One walk in order of the text. Each node is looked at once, except bodies of lets and functions and values of
    lets that are variables, and lets that continue a chain.
    """

    def __init__(self) -> None:
        self._open: set[Var] = set()
        self._bound: set[Var] = set()
        self._free: set[Var] = set()
        self._wrong: Var | None = None

    def run(self, root: Expr) -> Var | None:
        seen: set[Node] = set()
        stack: list[Node] = [_Mark("place", place=root)]
        while stack and self._wrong is None:
            node = stack.pop()
            if isinstance(node, _Mark):
                stack.extend(self._step(node))
            elif node not in seen:
                seen.add(node)
                self._visit(node, stack)
        return self._wrong

    def _step(self, mark: _Mark) -> list[Node]:
        if mark.kind == "start":
            self._bind(mark.bound)
        elif mark.kind == "end":
            self._open.difference_update(mark.bound)
        elif isinstance(mark.place, (Var, Let)):
            pushed: list[Node] = []
            self._visit(mark.place, pushed)
            return pushed
        elif mark.place is not None:
            return [mark.place]
        return []

    def _visit(self, node: Node, stack: list[Node]) -> None:
        match node:
            case Var():
                self._use(node)
                return
            case Let():
                self._bind((node.var,))
                parts: list[Node] = [_Mark("place", place=node.value), _Mark("place", place=node.body)]
                parts.append(_Mark("end", (node.var,)))
            case Function():
                self._bind(node.params)
                parts = [_Mark("place", place=node.body), _Mark("end", node.params)]
            case Match():
                parts = [node.data]
                for clause in node.clauses:
                    bound = [item.var for item in reachable(clause.lhs) if isinstance(item, PatternVar)]
                    parts += [_Mark("start", bound), clause.rhs, _Mark("end", bound)]
            case _:
                parts = list(node.iter_children())
        stack.extend(reversed(parts))

    def _bind(self, bound: Sequence[Var]) -> None:
        for var in bound:
            if var in self._bound or var in self._free:
                self._wrong = self._wrong or var
            self._open.add(var)
            self._bound.add(var)

    def _use(self, var: Var) -> None:
        if var not in self._open:
            if var in self._bound:
                self._wrong = self._wrong or var
            self._free.add(var)
