"""Walks over Relay programs that later analyses and passes share. All are iterative: depth is no limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from relay_compat.ir.adt import Constructor, Pattern, PatternVar
from relay_compat.ir.expr import Function, Let, Op, Var
from tensor_core.module import Expr
from tensor_core.module import GlobalVar as AnyGlobalVar
from tensor_core.node import Node, post_order

N = TypeVar("N", bound=Node)


def reachable(*roots: Expr | Pattern) -> list[Node]:
    """Every node once, operands before users: expressions, patterns and match clauses, bodies of functions included."""
    return post_order(roots, Node.iter_children)


def pattern_vars(pattern: Pattern) -> list[Var]:
    """The variables that a match pattern binds, left to right."""
    return [node.var for node in reachable(pattern) if isinstance(node, PatternVar)]


class Rewriter:
    """Rebuilds a program from its leaves, copying only what changes; a shared node stays shared.

    Override :meth:`leave` to replace nodes and :meth:`order` to choose what is visited.
    """

    def __init__(self) -> None:
        self.done: dict[Node, Node] = {}

    def leave(self, old: Node, new: Node) -> Node:
        """The replacement of ``old``, given it rebuilt over its new children. New nodes have no inferred type."""
        del old
        return new

    def order(self, node: Node) -> Iterator[Node]:
        """The children to visit, in this order; those left out are kept as they are."""
        if isinstance(node, Let):
            return iter((node.value, node.var, node.body))
        return node.iter_children()

    def rewrite(self, root: Any) -> Any:
        """The rewritten program; ``root`` itself when nothing changed."""
        done = self.done
        if root in done:
            return done[root]
        stack: list[tuple[Node, Iterator[Node]]] = [(root, self.order(root))]
        while stack:
            node, pending = stack[-1]
            for child in pending:
                if child not in done:
                    stack.append((child, self.order(child)))
                    break
            else:
                stack.pop()
                if node not in done:
                    done[node] = self.leave(node, self._rebuild(node))
        return done[root]

    def _rebuild(self, node: Node) -> Node:
        done = self.done
        changes: dict[str, Any] = {}
        for name in node.children:
            value = getattr(node, name)
            if isinstance(value, tuple):
                items = cast("tuple[Node, ...]", value)
                new = tuple([done.get(item, item) for item in items])
                if any(a is not b for a, b in zip(new, items, strict=True)):
                    changes[name] = new
            elif value is not None and (replaced := done.get(value, value)) is not value:
                changes[name] = replaced
        return node.replace(**changes) if changes else node


def with_variables(root: N, change: Callable[[Var], Expr]) -> N:
    """The program, or pattern, with every variable replaced, where it is bound as where it is used."""
    return _Renamer(change).rewrite(root)


class _Renamer(Rewriter):
    def __init__(self, change: Callable[[Var], Expr]) -> None:
        super().__init__()
        self._change = change

    def leave(self, old: Node, new: Node) -> Node:
        return self._change(old) if isinstance(old, Var) else new


def copied(root: N, values: Mapping[Var, Expr]) -> N:
    """A copy that shares no node with the original, its bound variables new ones and those of ``values`` replaced.

    Inferred types are kept: values must have the types of their variables.
    """
    return _Copier(root, values).rewrite(root)


class _Copier(Rewriter):
    def __init__(self, root: Node, values: Mapping[Var, Expr]) -> None:
        super().__init__()
        self.done.update(values.items())
        for var in _bound(root):
            self.done[var] = with_type(var, var.replace())

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, (Var, Constructor, Op, AnyGlobalVar)):
            return new
        return with_type(old, new.replace() if new is old else new)


def with_type(old: Node, new: N) -> N:
    """The new node with the inferred type of the old one."""
    if new is not old and hasattr(old, "checked"):
        new.memo("checked", getattr(old, "checked"))  # noqa: B009
    return new


def _bound(root: Node) -> Iterator[Var]:
    for node in post_order((root,), Node.iter_children):
        if isinstance(node, Function):
            yield from node.params
        elif isinstance(node, (Let, PatternVar)):
            yield node.var
