"""Functors over expressions that programs subclass (tvm.relay.expr_functor in TVM 0.19).

``visit`` dispatches by the kind of node to a ``visit_...`` method and remembers the result of each node, so a shared
node is visited once. Subclasses call ``visit`` on children themselves, so the depth of a program is the depth of
Python's calls; before a stack is full ``visit`` goes on in a new thread (:mod:`tensor_core.recursion`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay_compat.ir.adt import Clause, Constructor, Match
from relay_compat.ir.expr import (
    Call,
    Constant,
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
)  # fmt: skip
from relay_compat.ir.with_fields import FunctionWithFields
from relay_compat.visit_methods import each, not_there
from tensor_core.recursion import CALLS_PER_STACK, on_new_stack

__all__ = ["ExprFunctor", "ExprMutator", "ExprVisitor"]

_METHODS: tuple[tuple[type, str], ...] = (
    (Function, "visit_function"),
    (Call, "visit_call"),
    (Let, "visit_let"),
    (Var, "visit_var"),
    (GlobalVar, "visit_global_var"),
    (If, "visit_if"),
    (Tuple, "visit_tuple"),
    (TupleGetItem, "visit_tuple_getitem"),
    (Constant, "visit_constant"),
    (Op, "visit_op"),
    (RefCreate, "visit_ref_create"),
    (RefRead, "visit_ref_read"),
    (RefWrite, "visit_ref_write"),
    (Constructor, "visit_constructor"),
    (Match, "visit_match"),
)


class ExprFunctor:
    """A function over expressions with one method per kind of node; NotImplementedError where a subclass has none."""

    _depth = 0

    def __init__(self) -> None:
        self.memo_map: dict[Any, Any] = {}

    def visit(self, expr: Any) -> Any:
        """The result for an expression, computed once for each node. An Exception for what is no expression."""
        if expr in self.memo_map:
            return self.memo_map[expr]
        method = next((name for kind, name in _METHODS if isinstance(expr, kind)), None)
        if method is None:
            raise Exception(f"warning unhandled case: {type(expr)}")
        visit = getattr(self, method)
        self._depth += 1
        try:
            result = visit(expr) if self._depth % CALLS_PER_STACK else on_new_stack(lambda: visit(expr))
        finally:
            self._depth -= 1
        self.memo_map[expr] = result
        return result

    def visit_type(self, typ: Any) -> Any:
        """The result for a type: the type."""
        return typ

    visit_function = not_there("visit_function")
    visit_let = not_there("visit_let")
    visit_call = not_there("visit_call")
    visit_var = not_there("visit_var")
    visit_if = not_there("visit_if")
    visit_tuple = not_there("visit_tuple")
    visit_tuple_getitem = not_there("visit_tuple_getitem")
    visit_global_var = not_there("visit_global_var")
    visit_op = not_there("visit_op")
    visit_constant = not_there("visit_constant")
    visit_ref_create = not_there("visit_ref_create")
    visit_ref_write = not_there("visit_ref_write")
    visit_ref_read = not_there("visit_ref_read")
    visit_constructor = not_there("visit_constructor")
    visit_match = not_there("visit_match")


class ExprVisitor(ExprFunctor):
    """Visits every node that an expression reaches, operands in order."""

    visit_function = each("params", "body")
    visit_let = each("var", "value", "body")
    visit_call = each("op", "args")
    visit_var = each()
    visit_if = each("cond", "true_branch", "false_branch")
    visit_tuple = each("fields")
    visit_tuple_getitem = each("tuple_value")
    visit_global_var = each()
    visit_op = each()
    visit_constant = each()
    visit_ref_create = each("value")
    visit_ref_read = each("ref")
    visit_ref_write = each("ref", "value")
    visit_constructor = each()

    def visit_match(self, match: Match) -> None:
        """Visit the data and the result of each arm, but not the patterns."""
        self.visit(match.data)
        for clause in match.clauses:
            self.visit(clause.rhs)


def _rebuilt(*fields: str, keeps_span: bool = False) -> Callable[[Any, Any], Any]:
    """A method that gives the node itself, or where a field changed a new one without an inferred type."""

    def visit(self: ExprFunctor, node: Any) -> Any:
        changes: dict[str, Any] = {}
        for field in fields:
            old = getattr(node, field)
            if isinstance(old, tuple):
                new: Any = tuple([self.visit(item) for item in old])  # type: ignore[reportUnknownVariableType]
                if any(a is not b for a, b in zip(new, old, strict=True)):  # type: ignore[reportUnknownArgumentType]
                    changes[field] = new
            elif (new := self.visit(old)) is not old:
                changes[field] = new
        if not changes:
            return node
        return node.replace(**changes) if keeps_span else node.replace(**changes, span=None, virtual_device=None)

    visit.__doc__ = f"The node over its new {', '.join(fields) or 'self'}."
    return visit


def _same(self: Any, node: Any) -> Any:
    """The node as it is."""
    del self
    return node


class ExprMutator(ExprFunctor):
    """Rebuilds an expression from its leaves; a node none of whose parts changes stays the same object."""

    visit_let = _rebuilt("var", "value", "body")
    visit_call = _rebuilt("op", "args", keeps_span=True)
    visit_if = _rebuilt("cond", "true_branch", "false_branch")
    visit_tuple = _rebuilt("fields", keeps_span=True)
    visit_tuple_getitem = _rebuilt("tuple_value", keeps_span=True)
    visit_ref_create = _rebuilt("value")
    visit_ref_read = _rebuilt("ref")
    visit_ref_write = _rebuilt("ref", "value")
    visit_var = _same
    visit_global_var = _same
    visit_global_id = _same
    visit_op = _same
    visit_constant = _same
    visit_constructor = _same

    def visit_function(self, function: Function) -> Any:
        """The function over its new parameters and body, with the inferred type it had."""
        params = [self.visit(param) for param in function.params]
        return FunctionWithFields(function, params, self.visit(function.body))

    def visit_match(self, match: Match) -> Match:
        """The match over new data and results; its patterns stay."""
        data = self.visit(match.data)
        results = [self.visit(clause.rhs) for clause in match.clauses]
        if data is match.data and all(
            result is clause.rhs for result, clause in zip(results, match.clauses, strict=True)
        ):
            return match
        clauses = tuple(Clause(clause.lhs, result) for clause, result in zip(match.clauses, results, strict=True))
        return Match(data, clauses, match.complete)
