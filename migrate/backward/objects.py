"""What values of any type are: Relax has one type for references and function values, Relay wants to know it.

A reference is of the type of what it was made with, a closure of its function's; both are followed through variables,
branches, arguments and results, from function to function, until nothing more is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import relax_core.ir.expr as relax
import relax_core.ir.types as relax_types
from migrate.backward.types import revert_type
from relax_core.data_functions import REF_NEW, REF_READ
from relax_core.types.leaves import type_of
from relay_compat.ir.types import FuncType, RefType
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import Expr, GlobalVar, IRModule
from tensor_core.node import Node, post_order
from tensor_core.types import TupleType, Type


def object_types(module: IRModule) -> Mapping[relax.Var, Type]:
    """The Relay types of variables that are any object in Relax, as far as they are found."""
    functions = {var: item for var, item in module.functions.items() if isinstance(item, relax.Function)}
    if not any(_has_objects(function) for function in functions.values()):
        return {}
    return _Search(functions).run()


def _has_objects(function: relax.Function) -> bool:
    return any(is_open(param.ty) for param in function.params)


def is_open(type_: Type | None) -> bool:
    """Whether a type is any object, or a tuple with such."""
    stack = [type_]
    while stack:
        item = stack.pop()
        if isinstance(item, relax_types.ObjectType):
            return True
        if isinstance(item, TupleType):
            stack += item.fields
    return False


class _Search:
    def __init__(self, functions: Mapping[GlobalVar, relax.Function]) -> None:
        self._functions = functions
        self._types: dict[relax.Var, Type] = {}
        self._results: dict[GlobalVar, Type] = {}
        self._bindings = {var: tuple(_bindings(function)) for var, function in functions.items()}
        self._users: dict[GlobalVar, list[GlobalVar]] = {}
        for user, bindings in self._bindings.items():
            for binding in bindings:
                for name in _named(binding.value):
                    self._users.setdefault(name, []).append(user)

    def run(self) -> dict[relax.Var, Type]:
        """Visit functions until nothing new is found; a type once found stays, so each is visited a few times."""
        self._pending = dict.fromkeys(self._functions)
        while self._pending:
            var = next(iter(self._pending))
            del self._pending[var]
            self._visit(var)
        return self._types

    def _visit(self, name: GlobalVar) -> None:
        for binding in self._bindings[name]:
            found = self._value(binding.value)
            if found is not None and is_open(binding.var.ty):
                self._types.setdefault(binding.var, found)
        result = self._kind(self._functions[name].body)
        if result is not None and name not in self._results:
            self._results[name] = result
            self._pending.update(dict.fromkeys(self._users.get(name, ())))

    def _value(self, value: Expr) -> Type | None:
        match value:
            case relax.If():
                return self._kind(value.true_branch) or self._kind(value.false_branch)
            case relax.Call(op=relax.ExternFunc()):
                return self._reference(value.op.name, value.args) if isinstance(value.op, relax.ExternFunc) else None
            case relax.Call(op=GlobalVar()):
                assert isinstance(value.op, GlobalVar)
                self._given(value.op, value.args, 0)
                return self._results.get(value.op)
            case relax.Call(op=relax.Op(name="relax.make_closure")):
                return self._closure(*value.args)
            case relax.Call(op=relax.Op(name="relax.invoke_closure" | "relax.invoke_pure_closure")):
                called = self._kind(value.args[0])
                return called.ret_type if isinstance(called, FuncType) else None
            case _:
                return self._kind(value)

    def _reference(self, function: str, args: Sequence[Expr]) -> Type | None:
        held = self._kind(args[0]) if args else None
        if function == REF_NEW:
            return None if held is None else RefType(held)
        return held.value if function == REF_READ and isinstance(held, RefType) else None

    def _closure(self, name: Expr, captured: Expr) -> Type | None:
        function = self._functions.get(name) if isinstance(name, GlobalVar) else None
        if function is None or not isinstance(name, GlobalVar) or not isinstance(captured, relax.Tuple):
            return None
        count = len(function.params) - len(captured.fields)
        self._given(name, captured.fields, count)
        taken = [self._kind(param) for param in function.params[:count]]
        result = self._results.get(name) or _stated(function.ret_ty)
        known = [item for item in taken if item is not None]
        return FuncType(tuple(known), result) if result is not None and len(known) == count else None

    def _given(self, name: GlobalVar, args: Sequence[Expr], first: int) -> None:
        """Take note of what a function is given for its parameters from ``first`` on."""
        function = self._functions.get(name)
        for param, arg in zip(function.params[first:] if function else (), args, strict=False):
            if param not in self._types and is_open(param.ty):
                found = self._kind(arg)
                if found is not None:
                    self._types[param] = found
                    self._pending[name] = None

    def _kind(self, expr: Expr) -> Type | None:
        while isinstance(expr, relax.SeqExpr):
            expr = expr.body
        if isinstance(expr, relax.Var) and expr in self._types:
            return self._types[expr]
        if isinstance(expr, relax.Tuple):
            fields = [self._kind(field) for field in expr.fields]
            known = [item for item in fields if item is not None]
            return TupleType(tuple(known)) if len(known) == len(fields) else None
        if isinstance(expr, relax.TupleGetItem):
            source = self._kind(expr.tuple_value)
            return source.fields[expr.index] if isinstance(source, TupleType) else _stated(type_of(expr))
        return _stated(type_of(expr))


def _bindings(function: relax.Function) -> Iterator[relax.VarBinding | relax.MatchCast]:
    for node in post_order((function,), Node.iter_children):
        if isinstance(node, relax.VarBinding | relax.MatchCast):
            yield node


def _named(value: Expr) -> Iterator[GlobalVar]:
    if isinstance(value, relax.Call):
        yield from (item for item in (value.op, *value.args) if isinstance(item, GlobalVar))


def _stated(type_: Type | None) -> Type | None:
    try:
        return None if type_ is None else revert_type(type_)
    except DiagnosticError:
        return None
