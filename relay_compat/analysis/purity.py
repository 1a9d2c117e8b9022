"""Which let-bound values can be computed without anyone noticing (the purity rules of TVM 0.19's dead_code.cc).

A value is pure to evaluate when that neither reads nor changes state. For a value of function type it is followed,
too, whether *calling* it is pure; that knowledge is lost, and the call taken for impure, when the function comes out of
a tuple, a reference, an algebraic value or a parameter. External functions are impure to call.
"""

from __future__ import annotations

from typing import NamedTuple

from relay_compat.calls import callee_and_args
from relay_compat.ir.adt import Constructor, Match
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
from relay_compat.ir.types import FuncType
from relay_compat.visit import pattern_vars
from tensor_core.module import IRModule
from tensor_core.trampoline import Steps, run

_DEEPEST_CALL = 25
"""Calls nested more deeply are not looked into and count as impure, as in TVM."""


class Purity(NamedTuple):
    """``evaluate``: evaluating the expression is pure; ``call``: so is calling it, if it is a function."""

    evaluate: bool
    call: bool


_PURE = Purity(True, True)
_IMPURE_TO_CALL = Purity(True, False)


def pure_lets(module: IRModule) -> dict[Var, bool]:
    """For every variable bound in the functions of a typed module, whether the value bound to it is pure."""
    walk = _Walk(module)
    for name, function in module.functions.items():
        if isinstance(function, Function) and not (function.attrs.get("Primitive") or function.attrs.get("Extern")):
            run(walk.of_global(name, function))
    return {var: purity.evaluate for var, purity in walk.bound.items()}


def is_first_order(expr: Expr) -> bool:
    """Whether the inferred type is none of functions."""
    return not isinstance(getattr(expr, "checked", None), FuncType)


class _Walk:
    def __init__(self, module: IRModule) -> None:
        self.bound: dict[Var, Purity] = {}
        self._module = module
        self._known: dict[Expr, Purity] = {}
        self._calls = 0

    def of_global(self, name: Expr, function: Function) -> Steps[Purity]:
        if name not in self._known:
            # A function that calls itself is taken for pure until it is known.
            self._known[name] = _PURE
            self._known[name] = yield self._of(function)
        return self._known[name]

    def _of(self, node: Expr) -> Steps[Purity]:
        match node:
            case Constant() | Constructor():
                return _PURE
            case Op():
                return Purity(True, not node.get_attr("TOpIsStateful"))
            case Var():
                return Purity(True, self.bound.get(node, _IMPURE_TO_CALL).call)
            case GlobalVar():
                function = self._module[node]
                if not isinstance(function, Function) or function.attrs.get("Extern"):
                    return _IMPURE_TO_CALL
                return (yield self.of_global(node, function))
            case _:
                if node not in self._known:
                    self._known[node] = yield self._inside(node)
                return self._known[node]

    def _inside(self, node: Expr) -> Steps[Purity]:
        match node:
            case Function():
                self.bound.update((param, Purity(True, is_first_order(param))) for param in node.params)
                body = yield self._of(node.body)
                return Purity(True, body.evaluate and body.call)
            case Let():
                return (yield self._let(node))
            case Call():
                return (yield self._call(node))
            case If():
                parts = yield self._all(node.cond, node.true_branch, node.false_branch)
                return Purity(all(part.evaluate for part in parts), all(part.call for part in parts[1:]))
            case Match():
                return (yield self._match(node))
            case Tuple():
                fields = yield self._all(*node.fields)
                return Purity(all(field.evaluate for field in fields), True)
            case TupleGetItem():
                source = yield self._of(node.tuple_value)
                return Purity(source.evaluate, is_first_order(node))
            case RefCreate():
                # The reference can only be told from others by reading and writing. What it begins with is evaluated.
                value = yield self._of(node.value)
                return Purity(value.evaluate, True)
            case RefRead():
                yield self._of(node.ref)
                return Purity(False, is_first_order(node))
            case _:
                assert isinstance(node, RefWrite)
                yield self._all(node.ref, node.value)
                return Purity(False, True)

    def _all(self, *nodes: Expr) -> Steps[list[Purity]]:
        parts: list[Purity] = []
        for node in nodes:
            parts.append((yield self._of(node)))
        return parts

    def _let(self, node: Expr) -> Steps[Purity]:
        pure = True
        while isinstance(node, Let):
            self.bound[node.var] = _PURE
            value = yield self._of(node.value)
            self.bound[node.var] = value
            pure = pure and value.evaluate
            node = node.body
        body = yield self._of(node)
        return Purity(pure and body.evaluate, body.call)

    def _call(self, node: Call) -> Steps[Purity]:
        if self._calls >= _DEEPEST_CALL:
            return Purity(False, is_first_order(node))
        self._calls += 1
        function, args = callee_and_args(node)
        callee = yield self._of(function)
        values = yield self._all(*args)
        self._calls -= 1
        pure = all(value.evaluate for value in values) and callee.evaluate and callee.call
        return Purity(pure, is_first_order(node) or callee.call)

    def _match(self, node: Match) -> Steps[Purity]:
        data = yield self._of(node.data)
        arms: list[Purity] = []
        for clause in node.clauses:
            self.bound.update((var, Purity(True, is_first_order(var))) for var in pattern_vars(clause.lhs))
            arms.append((yield self._of(clause.rhs)))
        return Purity(data.evaluate and all(arm.evaluate for arm in arms), all(arm.call for arm in arms))
