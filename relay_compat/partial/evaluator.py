"""The partial evaluator: an interpreter that writes code for what it does not know.

Variables of the code are new ones, so a function can be inlined and written many times. Known calls are inlined as long
as some argument is older, or a count smaller, than in the call around it; then a call is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

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
from relay_compat.ir.types import IncompleteType, Type, TypeVar
from relay_compat.op_attributes import get_op_attr
from relay_compat.operators import OperatorRunner
from relay_compat.partial.scope import MATCH, UNKNOWN, Scope
from relay_compat.partial.store import Store
from relay_compat.partial.values import (
    Callee,
    Code,
    Fields,
    Fuel,
    Partial,
    Reference,
    Tensor,
    burn,
    reflect,
    reify,
    unknown,
)
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule
from tensor_core.trampoline import Steps


class Evaluator:
    """Evaluates the functions of a module, each once, and puts the code into ``result``."""

    def __init__(self, module: IRModule) -> None:
        self._module = module
        self.result = module.copy()
        self._store = Store()
        self._globals: dict[GlobalVar, Partial] = {}
        self._fuel: dict[Function, Fuel] = {}
        self._operators = OperatorRunner()

    def global_function(self, var: GlobalVar) -> Steps[Partial]:
        """The value of a global function, whose code is written when it is first asked for."""
        if var in self._globals:
            return self._globals[var]
        function = self._module[var]
        if not isinstance(function, Function):
            return unknown(var)
        callee = self._callee(function, var, Scope())
        value = self._globals[var] = Partial(callee, var)
        self.result.functions[var] = yield self._written(function, callee, var, Scope())
        return value

    # ------------------------------------------------------------ expressions

    def visit(self, expr: Expr, code: Code, scope: Scope) -> Steps[Partial]:
        """The value of an expression; its code is an atom."""
        match expr:
            case Constant():
                return Partial(Tensor(expr.data), code.push(expr))
            case Var():
                return scope[expr]
            case GlobalVar():
                return (yield self.global_function(expr))
            case Op():
                return Partial(Callee(self._operator(expr)), expr)
            case Constructor():
                return Partial(Callee(_construct(expr)), expr)
            case Function():
                return (yield self._function(expr, Var("x"), code, scope))
            case Let():
                return (yield self._let(expr, code, scope))
            case Call():
                return (yield self._call(expr, code, scope))
            case If():
                return (yield self._if(expr, code, scope))
            case Match():
                return (yield self._match(expr, code, scope))
            case _:
                return (yield self._data(expr, code, scope))

    def _let(self, let: Let, code: Code, scope: Scope) -> Steps[Partial]:
        scope = Scope(scope)
        body: Expr = let
        while isinstance(body, Let):
            if isinstance(body.value, Function):
                name = Var(body.var.name, scope.type(body.var.type_annotation))
                value = yield self._function(body.value, name, code, scope, body.var)
            else:
                value = yield self.visit(body.value, code, scope)
            scope.bind(body.var, value)
            body = body.body
        return (yield self.visit(body, code, scope))

    def _data(self, expr: Expr, code: Code, scope: Scope) -> Steps[Partial]:
        """Tuples and references."""
        parts: list[Partial] = []
        for part in expr.iter_children():
            parts.append((yield self.visit(cast(Expr, part), code, scope)))
        match expr:
            case Tuple():
                return Partial(Fields(tuple(parts)), code.push(Tuple(tuple(part.code for part in parts))))
            case TupleGetItem():
                if isinstance(parts[0].known, Fields):
                    return parts[0].known.items[expr.index]
                return unknown(code.push(TupleGetItem(parts[0].code, expr.index)))
            case RefCreate():
                reference = Reference()
                self._store.put(reference, parts[0])
                return Partial(reference, code.push(RefCreate(parts[0].code)))
            case RefRead():
                known = parts[0].known
                held = self._store.get(known) if isinstance(known, Reference) else None
                return held or unknown(code.push(RefRead(parts[0].code)))
            case RefWrite():
                if isinstance(parts[0].known, Reference):
                    self._store.put(parts[0].known, parts[1])
                else:
                    self._store.forget()
                return Partial(Fields(()), code.push(RefWrite(parts[0].code, parts[1].code)))
            case _:
                message = f"{type(expr).__name__} is not an expression of Relay"
                raise fail(codes.ILL_FORMED, message, getattr(expr, "span", None))

    def _branch(self, expr: Expr, scope: Scope) -> Steps[Expr]:
        """The code of what may not happen."""
        code = Code()
        self._store.enter()
        value = yield self.visit(expr, code, scope)
        self._store.leave()
        return code.around(value.code)

    def _if(self, expr: If, code: Code, scope: Scope) -> Steps[Partial]:
        condition = yield self.visit(expr.cond, code, scope)
        if isinstance(condition.known, Tensor):
            taken = expr.true_branch if bool(condition.known.data) else expr.false_branch
            return (yield self.visit(taken, code, Scope(scope)))
        true = yield self._branch(expr.true_branch, Scope(scope))
        false = yield self._branch(expr.false_branch, Scope(scope))
        self._store.forget()
        return unknown(code.push(If(condition.code, true, false)))

    def _match(self, expr: Match, code: Code, scope: Scope) -> Steps[Partial]:
        value = yield self.visit(expr.data, code, scope)
        for clause in expr.clauses:
            inner = Scope(scope)
            found = inner.match(clause.lhs, value)
            if found == MATCH:
                return (yield self.visit(clause.rhs, code, inner))
            if found == UNKNOWN:
                break
        else:
            raise fail(codes.EXECUTION_FAILED, "no arm of the match handles the value", expr.span)
        clauses: list[Clause] = []
        for clause in expr.clauses:
            inner = Scope(scope)
            pattern = inner.copied(clause.lhs)
            clauses.append(Clause(pattern, (yield self._branch(clause.rhs, inner))))
        self._store.forget()
        return unknown(code.push(Match(value.code, tuple(clauses), expr.complete)))

    # ------------------------------------------------------------ functions

    def _call(self, call: Call, code: Code, scope: Scope) -> Steps[Partial]:
        function = yield self.visit(call.op, code, scope)
        args: list[Partial] = []
        for arg in call.args:
            args.append((yield self.visit(arg, code, scope)))
        type_args = scope.types(call.type_args)
        if isinstance(function.known, Callee):
            return (yield function.known.call(function, args, call.attrs, type_args, code))
        self._store.forget()
        return _written_call(function.code, args, call.attrs, type_args, code)

    def _function(
        self, function: Function, name: Var, code: Code, scope: Scope, own: Var | None = None
    ) -> Steps[Partial]:
        callee = self._callee(function, name, scope, own)
        written = yield self._written(function, callee, name, scope)
        return Partial(callee, code.push(written, name))

    def _callee(self, function: Function, name: Expr, scope: Scope, own: Var | None = None) -> Callee:
        """How a function is called; ``own`` is the variable by which it knows itself, ``name`` what is written."""
        if function.attrs.get("Primitive"):
            return Callee(_write_call(function))

        def call(
            this: Partial, args: Sequence[Partial], attrs: Any, type_args: Sequence[Type], code: Code
        ) -> Steps[Partial]:
            before = self._fuel.get(function)
            fuel = burn(before, args)
            if fuel is None:
                return _written_call(name, args, attrs, type_args, code)
            given = (*type_args, *(IncompleteType() for _ in function.type_params[len(type_args) :]))
            inner = Scope(scope, dict(zip(function.type_params, given, strict=True)))
            if own is not None:
                inner.bind(own, this)
            inner.bind_all(function.params, args)
            self._fuel[function] = fuel
            result = yield self.visit(function.body, code, inner)
            if before is None:
                del self._fuel[function]
            else:
                self._fuel[function] = before
            return result

        return Callee(call)

    def _written(self, function: Function, callee: Callee, name: Expr, scope: Scope) -> Steps[Function]:
        """The function as code: evaluated for arguments of which nothing is known."""
        type_params = tuple([TypeVar(param.name, param.kind) for param in function.type_params])
        inner = Scope(scope, dict(zip(function.type_params, type_params, strict=True)))
        params = tuple(map(inner.renamed, function.params))
        code = Code()
        self._store.enter()
        self._store.forget()
        values = [unknown(param) for param in params]
        result = yield callee.call(Partial(callee, name), values, None, type_params, code)
        self._store.leave()
        body, ret_type = code.around(result.code), inner.type(function.ret_type)
        return function.replace(params=params, body=body, ret_type=ret_type, type_params=type_params)

    def _operator(self, op: Op) -> Any:
        def call(
            this: Partial, args: Sequence[Partial], attrs: Any, type_args: Sequence[Type], code: Code
        ) -> Steps[Partial]:
            del this
            constants = None if get_op_attr(op.name, "TOpIsStateful") else [reflect(arg) for arg in args]
            if constants is not None and None not in constants:
                operands = tuple(item for item in constants if item is not None)
                try:
                    found = self._operators.run(Call(op, operands, attrs), tuple(map(_value, operands)))
                except DiagnosticError:
                    # No reference: the operator is left to whoever runs the code.
                    return _written_call(op, args, attrs, type_args, code)
                return reify(found, code)
            return _written_call(op, args, attrs, type_args, code)
            yield

        return call


def _value(expr: Expr) -> Any:
    if isinstance(expr, Constant):
        return expr.data
    assert isinstance(expr, Tuple)
    return tuple(map(_value, expr.fields))


def _written_call(callee: Expr, args: Sequence[Partial], attrs: Any, type_args: Sequence[Type], code: Code) -> Partial:
    return unknown(code.push(Call(callee, tuple(arg.code for arg in args), attrs, tuple(type_args))))


def _write_call(callee: Expr) -> Any:
    def call(
        this: Partial, args: Sequence[Partial], attrs: Any, type_args: Sequence[Type], code: Code
    ) -> Steps[Partial]:
        del this
        return _written_call(callee, args, attrs, type_args, code)
        yield

    return call


def _construct(constructor: Constructor) -> Any:
    def call(
        this: Partial, args: Sequence[Partial], attrs: Any, type_args: Sequence[Type], code: Code
    ) -> Steps[Partial]:
        del this, attrs, type_args
        made = code.push(Call(constructor, tuple(arg.code for arg in args)))
        return Partial(Fields(tuple(args), constructor), made)
        yield

    return call
