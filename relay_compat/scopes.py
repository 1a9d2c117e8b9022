"""Where and in which order a Relay program evaluates its nodes: scopes as straight-line code.

A function body, a branch, a match arm and a let are scopes. A node is evaluated once per entry of the innermost scope
that all its uses have in common, and within a scope in the order of its first use, operands before users, left to
right (CalcScope and ToANormalForm in TVM 0.19, which its executors run first). TVM as it is built visits the parts of
a choice and of a write from the last to the first: what both arms share is evaluated before the condition. Variables,
constants, names of global functions and constructors are not scheduled: they are values wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from relay_compat.ir.adt import Constructor, Match
from relay_compat.ir.expr import Call, Constant, Expr, Function, GlobalVar, If, Let, Op, RefWrite, Var
from tensor_core.module import BaseFunc

_LEAVES = (Constant, Var, GlobalVar, Op, Constructor)


@dataclass(frozen=True, slots=True, eq=False)
class Bind:
    """A step that gives a let variable the value of an expression evaluated before."""

    var: Var
    value: Expr


Step = Expr | Bind


class Scope:
    """Straight-line code: ``steps`` in order of evaluation, then the value of ``result``."""

    __slots__ = ("_jump", "depth", "parent", "result", "steps")

    def __init__(self, parent: Scope | None) -> None:
        self.parent = parent
        self.steps: list[Step] = []
        self.result: Expr
        if parent is None:
            self.depth: int = 0
            self._jump: Scope = self
            return
        self.depth = parent.depth + 1
        far = parent._jump
        self._jump = far._jump if parent.depth - far.depth == far.depth - far._jump.depth else parent

    def common(self, other: Scope) -> Scope:
        """The innermost scope that holds both, in time logarithmic in their depth (Myers' jump pointers)."""
        a, b = (self, other) if self.depth >= other.depth else (other, self)
        while a.depth > b.depth:
            a = a._jump if a._jump.depth >= b.depth else a._outer()
        while a is not b:
            a, b = (a._jump, b._jump) if a._jump is not b._jump else (a._outer(), b._outer())
        return a

    def _outer(self) -> Scope:
        assert self.parent is not None
        return self.parent


class Plan:
    """The scopes of one function body or lone expression, functions inside it included.

    ``inner`` gives the scopes that a node opens: both branches of an If, the arms of a Match, the body of a Function,
    and a Let that is an operand. Any other Let continues the scope it stands in and is no step itself.
    """

    __slots__ = ("_chained", "_home", "_operands", "inner", "root")

    def __init__(self, root: Expr) -> None:
        self.root = Scope(None)
        self.inner: dict[Expr, tuple[Scope, ...]] = {}
        self._chained: set[Expr] = set()
        self._home: dict[Expr, Scope] = {}
        self._operands: dict[Expr, list[Expr]] = {}
        if not isinstance(root, _LEAVES):
            order = self._discover(root)
            self._assign(root, order)
            self._emit(root)
            self._operands.clear()
        self.root.result = self._value_of(root)

    def home(self, node: Expr) -> Scope:
        """The scope that evaluates a scheduled node."""
        return self._home[node]

    def _discover(self, root: Expr) -> list[Expr]:
        """All scheduled nodes, users before operands; finds the lets that continue the scope they stand in."""
        uses: dict[Expr, int] = {root: 0}
        ends: set[Expr] = {root} if isinstance(root, Let) else set()
        order: list[Expr] = []
        stack: list[tuple[Expr, Iterator[Expr]]] = [(root, self._scheduled(root))]
        while stack:
            node, pending = stack[-1]
            for child in pending:
                uses[child] = uses.get(child, -1) + 1
                if isinstance(child, Let) and _is_end(node, child):
                    ends.add(child)
                if uses[child] == 0:
                    stack.append((child, self._scheduled(child)))
                    break
            else:
                stack.pop()
                order.append(node)
        self._chained = {node for node in ends if uses[node] == 0}
        order.reverse()
        return order

    def _scheduled(self, node: Expr) -> Iterator[Expr]:
        """The operands of a node that are scheduled, in order of evaluation; asked for once, and kept."""
        self._operands[node] = found = [child for child, _ in _edges(node) if not isinstance(child, _LEAVES)]
        return iter(found)

    def _assign(self, root: Expr, order: list[Expr]) -> None:
        home = self._home
        home[root] = self.root
        for node in order:
            here = home[node]
            inner = self._open(node, here)
            if not inner:
                for child in self._operands[node]:
                    known = home.get(child)
                    home[child] = here if known is None else known.common(here)
                continue
            for child, place in _edges(node):
                if isinstance(child, _LEAVES):
                    continue
                scope = here if place is None else inner[place]
                known = home.get(child)
                home[child] = scope if known is None else known.common(scope)

    def _open(self, node: Expr, here: Scope) -> tuple[Scope, ...]:
        if isinstance(node, Call):
            return ()
        if isinstance(node, If):
            self.inner[node] = inner = (Scope(here), Scope(here))
        elif isinstance(node, Match):
            self.inner[node] = inner = tuple([Scope(here) for _ in node.clauses])
        elif isinstance(node, Function):
            self.inner[node] = inner = (Scope(here),)
        elif isinstance(node, Let):
            inner = (here,) if node in self._chained else (Scope(here),)
            if inner[0] is not here:
                self.inner[node] = inner
        else:
            return ()
        return inner

    def _emit(self, root: Expr) -> None:
        seen = {root}
        stack: list[tuple[Expr, Iterator[Expr]]] = [(root, self._in_order(root))]
        while stack:
            node, pending = stack[-1]
            for child in pending:
                if child not in seen:
                    seen.add(child)
                    stack.append((child, self._in_order(child)))
                    break
            else:
                stack.pop()
                if node not in self._chained:
                    self._home[node].steps.append(node)

    def _in_order(self, node: Expr) -> Iterator[Expr]:
        """The scheduled operands; what is known when they are done is put in the node's scopes."""
        scheduled = self._operands[node]
        if isinstance(node, Let) or node in self.inner:
            return self._opening(node, scheduled)
        return iter(scheduled)

    def _opening(self, node: Expr, scheduled: list[Expr]) -> Iterator[Expr]:
        if isinstance(node, Let):
            scope = self.inner[node][0] if node in self.inner else self._home[node]
            if node.value in self._operands:
                yield node.value
            scope.steps.append(Bind(node.var, node.value))
            if node.body in self._operands:
                yield node.body
            if node.body not in self._chained:
                # The last let of a chain tells for all of them.
                scope.result = node.body
            return
        yield from scheduled
        for (child, _), scope in zip(_scoped(node), self.inner.get(node, ()), strict=True):
            scope.result = self._value_of(child)

    def _value_of(self, node: Expr) -> Expr:
        while node in self._chained:
            assert isinstance(node, Let)
            node = node.body
        return node


def _edges(node: Expr) -> list[tuple[Expr, int | None]]:
    """The operands in order of evaluation, each with the number of the inner scope it stands in."""
    if isinstance(node, Call):
        plain: list[tuple[Expr, int | None]] = [(arg, None) for arg in node.args]
        plain.append((node.op, None))
        return plain
    scoped = _scoped(node)
    if isinstance(node, If):
        return [*reversed(scoped), (node.cond, None)]
    if isinstance(node, RefWrite):
        return [(node.value, None), (node.ref, None)]
    if isinstance(node, Match):
        return [(node.data, None), *scoped]
    if isinstance(node, Let):
        return [(node.value, 0), (node.body, 0)]
    return scoped or [(child, None) for child in node.iter_children() if isinstance(child, Expr)]


def _scoped(node: Expr) -> list[tuple[Expr, int | None]]:
    if isinstance(node, If):
        return [(node.true_branch, 0), (node.false_branch, 1)]
    if isinstance(node, Match):
        return [(clause.rhs, number) for number, clause in enumerate(node.clauses)]
    if isinstance(node, Function):
        return [(node.body, 0)]
    return []


def _is_end(node: Expr, child: Expr) -> bool:
    """Whether ``child`` is what ``node``, or a scope of it, evaluates last."""
    if isinstance(node, Let):
        return node.body is child and node.value is not child
    if isinstance(node, If):
        return node.cond is not child
    if isinstance(node, Match):
        return node.data is not child
    return isinstance(node, BaseFunc)
