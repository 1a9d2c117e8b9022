"""Bind expressions to variables: all of them, or those that several scopes share (Fill in TVM 0.19).

Every binding stands in the scope of its expression, after what it needs. A variable that the program binds keeps its
name; ``on_device`` calls that fix a device are kept around the bindings that they were around.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Set
from itertools import count
from typing import Any, TypeVar, cast

from relay_compat.dependency_graph import DependencyGraph, ScopeMap
from relay_compat.ir.adt import Clause, Constructor, Match
from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    GlobalVar,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.op.annotation import on_device
from relay_compat.scopes import Scope
from tensor_core.trampoline import Steps, run

E = TypeVar("E", bound=Expr)

_ATOMS = (Var, GlobalVar, Op, Constructor)


def to_a_normal_form(expr: E) -> E:
    """Every value bound to a variable, constants included; a function gives a function with such a body."""
    return cast(E, _Fill(expr).result)


def to_basic_block_normal_form(expr: E) -> E:
    """Only what several scopes share is bound, in the innermost scope around them."""
    graph = DependencyGraph(expr)
    return cast(E, _Fill(expr, graph, ScopeMap(graph)).result)


class _Fill:
    def __init__(self, root: Expr, graph: DependencyGraph | None = None, scopes: ScopeMap | None = None) -> None:
        self._scopes = scopes or ScopeMap(graph or DependencyGraph(root))
        self._bound: Set[Expr] | None = None if scopes is None else scopes.lifted
        self._lets: dict[Scope, deque[tuple[Var, Expr]]] = {}
        self._done: dict[Expr, Expr] = {}
        self._names = (f"x_{number}" for number in count())
        self._functions = 0
        self._devices: list[Any] = []
        self._device_of: dict[Var, Any] = {}
        value = run(self._visit(root, None))
        self.result = self._wrap(self._scopes.scope(root), value)

    # ------------------------------------------------------------ bindings

    def _push(self, scope: Scope, var: Var, value: Expr) -> Var:
        self._lets.setdefault(scope, deque()).append((var, value))
        return var

    def _wrap(self, scope: Scope, result: Expr) -> Expr:
        for var, value in reversed(self._lets.pop(scope, ())):
            result = Let(var, value, result)
        return result

    def _splice(self, inner: Scope, scope: Scope) -> None:
        """The bindings of a scope go on with those of an inner one; the shorter row moves, for chains of lets."""
        more, here = self._lets.pop(inner, deque()), self._lets.get(scope, deque())
        if len(more) > len(here):
            more.extendleft(reversed(here))
            self._lets[scope] = more
        else:
            here.extend(more)

    def _inner(self, expr: Expr, place: int, body: Expr) -> Steps[Expr]:
        value = yield self._visit(body, None)
        return self._wrap(self._scopes.inner(expr, place), value)

    def _visit(self, expr: Expr, var: Var | None) -> Steps[Expr]:
        """The value of an expression, bound to ``var`` when there is one."""
        if expr not in self._done:
            self._done[expr] = yield self._step(expr, var)
        elif var is not None:
            self._push(self._scopes.scope(expr), var, self._done[expr])
        return self._done[expr]

    def _bind(self, old: Expr, new: Expr, var: Var | None) -> Expr:
        device = self._device(old)
        if not self._is_bound(old, var):
            return _on(new, device)
        scope, var = self._scopes.scope(old), var or Var(next(self._names))
        while isinstance(inner := _ignoring_device(new), Let):
            self._push(scope, inner.var, inner.value)
            new = inner.body
        return self._push(scope, var, _on(new, device))

    def _is_bound(self, expr: Expr, var: Var | None) -> bool:
        return var is not None or self._bound is None or expr in self._bound

    # ------------------------------------------------------------ devices

    def _device(self, expr: Expr) -> Any:
        if (fixed := _fixed_device(expr)) is not None:
            return fixed
        if isinstance(expr, Var) and expr in self._device_of:
            return self._device_of[expr]
        if isinstance(expr, (*_ATOMS, Function)):
            return None
        return self._devices[-1] if self._devices else None

    # ------------------------------------------------------------ expressions

    def _step(self, expr: Expr, var: Var | None) -> Steps[Expr]:
        match expr:
            case Call() if (device := _fixed_device(expr)) is not None:
                self._devices.append(device)
                body = yield self._visit(expr.args[0], var)
                self._devices.pop()
                return expr.replace(args=(body,))
            case Let():
                self._device_of[expr.var] = self._device(expr.value)
                yield self._visit(expr.value, expr.var)
                body = yield self._visit(expr.body, None)
                inner = self._scopes.inner(expr, 0)
                if not self._is_bound(expr, var):
                    return self._bind(expr, self._wrap(inner, body), var)
                self._splice(inner, self._scopes.scope(expr))
                return self._bind(expr, body, var)
            case Function():
                return (yield self._function(expr, var))
            case Constant():
                return self._bind(expr, expr, var)
            case Var() | GlobalVar() | Op() | Constructor():
                return expr if var is None else self._push(self._scopes.scope(expr), var, expr)
            case _:
                new = yield self._compound(expr)
                return self._bind(expr, new, var)

    def _compound(self, expr: Expr) -> Steps[Expr]:
        match expr:
            case Call():
                args = yield self._all(expr.args)
                callee = yield self._visit(expr.op, None)
                return Call(callee, args, expr.attrs, expr.type_args)
            case Tuple():
                return expr.replace(fields=(yield self._all(expr.fields)))
            case TupleGetItem():
                return TupleGetItem((yield self._visit(expr.tuple_value, None)), expr.index)
            case RefCreate():
                return RefCreate((yield self._visit(expr.value, None)))
            case RefRead():
                return RefRead((yield self._visit(expr.ref, None)))
            # TVM as it is built visits the parts of these from the last to the first.
            case RefWrite():
                value, ref = yield self._all((expr.value, expr.ref))
                return RefWrite(ref, value)
            case If():
                false = yield self._inner(expr, 2, expr.false_branch)
                true = yield self._inner(expr, 1, expr.true_branch)
                return If((yield self._visit(expr.cond, None)), true, false)
            case _:
                assert isinstance(expr, Match)
                data = yield self._visit(expr.data, None)
                clauses: list[Clause] = []
                for clause in expr.clauses:
                    result = yield self._inner(expr, 1 + len(clauses), clause.rhs)
                    clauses.append(Clause(clause.lhs, result))
                return Match(data, tuple(clauses), expr.complete)

    def _all(self, parts: tuple[Expr, ...]) -> Steps[tuple[Expr, ...]]:
        done: list[Expr] = []
        for part in parts:
            done.append((yield self._visit(part, None)))
        return tuple(done)

    def _function(self, function: Function, var: Var | None) -> Steps[Expr]:
        new = function
        if not function.attrs.get("Primitive"):
            self._devices.append(None)
            self._functions += 1
            body = yield self._inner(function, 0, function.body)
            self._functions -= 1
            self._devices.pop()
            new = function if body is function.body else function.replace(body=body)
        # A function that nothing stands around is a module's, or what the caller asked about.
        return self._bind(function, new, var) if self._functions or var is not None else new


def _fixed_device(expr: Expr) -> Any:
    """The device of an ``on_device`` call that fixes where both its body and its result are; None for any other."""
    if not (isinstance(expr, Call) and isinstance(expr.op, Op) and expr.op.name == "on_device") or not expr.attrs:
        return None
    fixed = expr.attrs["constrain_result"] and expr.attrs["constrain_body"]
    return expr.attrs["virtual_device"] if fixed else None


def _ignoring_device(expr: Expr) -> Expr:
    while isinstance(expr, Call) and isinstance(expr.op, Op) and expr.op.name == "on_device":
        expr = expr.args[0]
    return expr


def _on(expr: Expr, device: Any) -> Expr:
    if device is None or isinstance(expr, (*_ATOMS, Function)) or _fixed_device(expr) is not None:
        return expr
    return on_device(expr, device, constrain_result=True)
