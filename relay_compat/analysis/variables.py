"""Which variables a program uses, and which of them it binds (src/relay/analysis/util.cc in TVM 0.19).

All walks are iterative and give each variable once, in the order in which TVM's visitors first meet it.
"""

from __future__ import annotations

from relay_compat.ir.adt import Pattern, PatternVar
from relay_compat.ir.expr import Expr, Function, Let, Var
from tensor_core.node import Node


def free_vars(expr: Expr) -> list[Var]:
    """The variables that the expression uses and does not bind, by first use."""
    return _Walk(expr).free


def bound_vars(expr: Expr | Pattern) -> list[Var]:
    """The variables that parameters, lets and patterns of the expression bind, by first binding."""
    return _Walk(expr).bound


def all_vars(expr: Expr | Pattern) -> list[Var]:
    """All variables of the expression, bound or free, by first sight."""
    return _Walk(expr).all


class _Walk:
    """One pre-order walk over a graph, each node once. A variable is free where no binding around it is open."""

    def __init__(self, root: Node) -> None:
        self._free: dict[Var, None] = {}
        self._bound: dict[Var, None] = {}
        self._all: dict[Var, None] = {}
        seen: set[Node] = set()
        stack: list[Node] = [root]
        while stack:
            node = stack.pop()
            if isinstance(node, Var):
                self._all.setdefault(node)
            elif node not in seen:
                seen.add(node)
                self._bind(node)
                stack.extend(reversed(list(node.iter_children())))

    def _bind(self, node: Node) -> None:
        match node:
            case Function():
                self._bound.update(dict.fromkeys(node.params))
            case Let():
                self._bound.setdefault(node.var)
            case PatternVar():
                self._bound.setdefault(node.var)
            case _:
                pass

    @property
    def free(self) -> list[Var]:
        # A variable is bound at one place: whoever uses it elsewhere has a program that is not well formed.
        return [var for var in self._all if var not in self._bound]

    @property
    def bound(self) -> list[Var]:
        return list(self._bound)

    @property
    def all(self) -> list[Var]:
        return list(self._all)
