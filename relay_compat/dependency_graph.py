"""Which expression depends on which, with a node of its own for every scope that an expression opens.

The scope of an expression is the innermost one that all its users have in common (CalcScope in TVM 0.19).
"""

from __future__ import annotations

from collections.abc import Iterable

from relay_compat.ir.adt import Match
from relay_compat.ir.expr import Call, Expr, Function, If, Let, Op, Tuple, TupleGetItem
from relay_compat.scopes import Scope
from tensor_core.trampoline import Steps, run


class Dependency:
    """An expression, or a scope that one opens. Children and parents are in the order in which they were met."""

    __slots__ = ("children", "expr", "parents")

    def __init__(self, expr: Expr | None = None) -> None:
        self.expr = expr
        self.children: list[Dependency] = []
        self.parents: list[Dependency] = []

    def depend(self, child: Dependency) -> None:
        """Note that this one needs ``child``."""
        self.children.append(child)
        child.parents.append(self)


class DependencyGraph:
    """The dependencies of an expression; ``order`` has operands before users."""

    def __init__(self, root: Expr) -> None:
        self.of: dict[Expr, Dependency] = {}
        self.order: list[Dependency] = []
        run(self._visit(root))

    def _visit(self, expr: Expr) -> Steps[None]:
        if expr in self.of:
            return
        node = self.of[expr] = Dependency(expr)
        match expr:
            case Call() | Tuple() | TupleGetItem():
                parts = [part for part in expr.iter_children() if isinstance(part, Expr)]
                for part in parts:
                    if part not in self.of:
                        yield self._visit(part)
                # TVM notes the users of what lies inside before those of the call itself.
                for part in parts:
                    node.depend(self.of[part])
            case If():
                yield self._need(node, (expr.cond,))
                yield self._open(node, (expr.true_branch,), (expr.false_branch,))
            case Function():
                yield self._open(node, (*expr.params, expr.body))
            case Let():
                yield self._open(node, (expr.var, expr.value, expr.body))
            case Match():
                yield self._need(node, (expr.data,))
                yield self._open(node, *((clause.rhs,) for clause in expr.clauses))
            case _:
                yield self._need(node, [part for part in expr.iter_children() if isinstance(part, Expr)])
        self.order.append(node)

    def _need(self, node: Dependency, parts: Iterable[Expr]) -> Steps[None]:
        for part in parts:
            if part not in self.of:
                yield self._visit(part)
            node.depend(self.of[part])

    def _open(self, node: Dependency, *scopes: tuple[Expr, ...]) -> Steps[None]:
        opened: list[Dependency] = []
        for parts in scopes:
            inner = Dependency()
            node.depend(inner)
            yield self._need(inner, parts)
            opened.append(inner)
        self.order.extend(reversed(opened))


class ScopeMap:
    """The scope of every expression, and the expressions that stand in a narrower one than their scope."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._graph = graph
        self._of: dict[Dependency, Scope] = {}
        self.lifted: set[Expr] = set()
        for node in reversed(graph.order):
            scope = self._common(node)
            self._of[node] = Scope(scope) if node.expr is None else scope

    def _common(self, node: Dependency) -> Scope:
        if not node.parents:
            return Scope(None)
        first = scope = self._of[node.parents[0]]
        for parent in node.parents[1:]:
            scope = scope.common(self._of[parent])
        if scope is not first and node.expr is not None and not isinstance(node.expr, Op):
            self.lifted.add(node.expr)
        return scope

    def scope(self, expr: Expr) -> Scope:
        """The scope of an expression."""
        return self._of[self._graph.of[expr]]

    def inner(self, expr: Expr, place: int) -> Scope:
        """A scope that an expression opens, by its place among the expression's children."""
        return self._of[self._graph.of[expr].children[place]]
