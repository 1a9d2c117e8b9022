"""ToCPS and UnCPS: functions that call a continuation with their result, and back (TVM 0.19).

The transformation carries on a continuation that is known while it runs, so that no needless functions arise: what an
expression becomes is written by whoever uses it. Where two places would write the same, as the branches of an ``if``,
the continuation is made a function and bound. Data types are taken to hold no closures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from relay_compat.analysis import Feature, detect_feature
from relay_compat.ir.adt import Clause, Constructor, Match, Pattern, PatternConstructor, PatternTuple, PatternVar
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
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import FuncType, Type, TypeVar
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.types.substitute import map_parts
from relay_compat.visit import reachable
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.trampoline import Steps, run

Then = Callable[[Expr], Steps[Expr]]
"""What is to be made of the value of an expression. It is asked once."""


def ToCPS() -> Pass:
    """The pass over every function; the functions that they call are added in this form under names with ``_cps``."""

    def convert(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return to_cps(function, module)

    return FunctionPass(PassInfo(1, "ToCPS"), convert)


def UnCPS() -> Pass:
    """The pass over every function."""

    def convert(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return un_cps(function)

    return FunctionPass(PassInfo(1, "UnCPS"), convert)


def to_cps(func: Function, mod: IRModule | None = None) -> Function:
    """A typed function with one more parameter, which is called with the result.

    What it calls is added to ``mod``. R2R0205 for a function in which several users share a value: bind it first.
    """
    module = IRModule() if mod is None else mod
    _no_sharing(detect_feature(func, module))
    return run(_Conversion(module).function(func))


def un_cps(func: Function) -> Function:
    """A function that calls one in this form with a continuation that gives back what it is given. R2R0205 where the
    last parameter is no continuation.
    """
    _no_sharing(detect_feature(func))
    if not func.params:
        raise fail(codes.ILL_FORMED, "a function without parameters has no continuation", func.span)
    params = tuple([Var(param.name, param.checked_type) for param in func.params])
    continuation = params[-1].type_annotation
    if not isinstance(continuation, FuncType) or len(continuation.arg_types) != 1:
        raise fail(codes.ILL_FORMED, "the last parameter is no continuation", func.span)
    result = continuation.arg_types[0]
    type_params = tuple([TypeVar(param.name, param.kind) for param in func.type_params[:-1]])
    value = Var("x", result)
    args = (*params[:-1], Function((value,), value, result))
    body = Call(func, args, None, (*type_params, result))
    return func.replace(params=params[:-1], body=body, ret_type=result, type_params=type_params)


def _no_sharing(found: set[Feature]) -> None:
    if Feature.fGraph in found:
        raise fail(codes.ILL_FORMED, "a value is shared and not bound", hint="run ToANormalForm first")


def _arrow(argument: Type, result: Type) -> FuncType:
    return FuncType((argument,), result)


def _cps_type(type_: Type, answer: TypeVar) -> Type:
    """The type with continuations in the function types inside."""
    if not isinstance(type_, FuncType):
        return map_parts(type_, lambda part: _cps_type(part, answer))
    args = [_cps_type(arg, answer) for arg in type_.arg_types]
    args.append(_arrow(_cps_type(type_.ret_type, answer), answer))
    return FuncType(tuple(args), answer, type_.type_params, type_.type_constraints)


class _Conversion:
    """The conversion of a function and of the global functions that it calls."""

    def __init__(self, module: IRModule) -> None:
        self.module = module
        self.names: dict[GlobalVar, GlobalVar] = {}

    def function(self, function: Function) -> Steps[Function]:
        """One global function."""
        answer = TypeVar("answer")
        variables = {
            node: Var(node.name, _cps_type(node.checked_type, answer))
            for node in reachable(function)
            if isinstance(node, Var)
        }
        result = yield _Body(self, answer, variables).function(function)
        return result.replace(type_params=(*result.type_params, answer))

    def global_function(self, var: GlobalVar) -> Steps[GlobalVar]:
        """The converted twin of a function of the module, made when it is first asked for."""
        function = self.module[var]
        if not isinstance(function, Function):
            return var
        if var not in self.names:
            name = self.names[var] = GlobalVar(f"{var.name}_cps")
            self.module[name] = yield self.function(function)
        return self.names[var]


class _Body:
    """The conversion of the body of one global function."""

    def __init__(self, conversion: _Conversion, answer: TypeVar, variables: dict[Var, Var]) -> None:
        self._conversion = conversion
        self._answer = answer
        self._variables = variables

    def function(self, function: Function) -> Steps[Function]:
        if function.attrs.get("Primitive"):
            raise fail(codes.ILL_FORMED, "a primitive function has no form with continuations", function.span)
        type_ = cast(FuncType, function.checked_type)
        k = Var("k", _arrow(_cps_type(type_.ret_type, self._answer), self._answer))

        def give(value: Expr) -> Steps[Expr]:
            return Call(k, (value,))
            yield

        body = yield self._visit(function.body, give)
        params = (*(self._variables.get(param, param) for param in function.params), k)
        return function.replace(params=params, body=body, ret_type=self._answer)

    def _visit(self, expr: Expr, then: Then) -> Steps[Expr]:
        match expr:
            case Constant() | Op() | Constructor():
                return (yield then(expr))
            case Var():
                return (yield then(self._variables.get(expr, expr)))
            case GlobalVar():
                return (yield then((yield self._conversion.global_function(expr))))
            case Function():
                return (yield then((yield self.function(expr))))
            case Let():
                return (yield self._let(expr, then))
            case If() | Match():
                return (yield self._branches(expr, then))
            case Call():
                return (yield self._call(expr, then))
            case _:
                return (yield self._plain(expr, then))

    def _let(self, let: Let, then: Then) -> Steps[Expr]:
        def bind(value: Expr) -> Steps[Expr]:
            body = yield self._visit(let.body, then)
            return Let(self._variables.get(let.var, let.var), value, body)

        return (yield self._visit(let.value, bind))

    def _all(self, parts: Sequence[Expr], then: Callable[[tuple[Expr, ...]], Steps[Expr]]) -> Steps[Expr]:
        """The values of several expressions, one after the other."""
        done: list[Expr] = []

        def more(value: Expr) -> Steps[Expr]:
            done.append(value)
            return (yield self._next(parts, done, more, then))

        return (yield self._next(parts, done, more, then))

    def _next(self, parts: Sequence[Expr], done: list[Expr], more: Then, then: Any) -> Steps[Expr]:
        if len(done) < len(parts):
            return (yield self._visit(parts[len(done)], more))
        return (yield then(tuple(done)))

    def _reify(self, then: Then) -> Steps[Function]:
        arg = Var("arg")
        body = yield then(arg)
        return Function((arg,), body)

    def _bound(self, value: Expr, then: Then) -> Steps[Expr]:
        name = Var("x")
        body = yield then(name)
        return Let(name, value, body)

    def _call(self, call: Call, then: Then) -> Steps[Expr]:
        if isinstance(call.op, (Op, Constructor)):

            def apply(args: tuple[Expr, ...]) -> Steps[Expr]:
                return (yield self._bound(Call(call.op, args, call.attrs, call.type_args), then))

            return (yield self._all(call.args, apply))

        def apply_function(parts: tuple[Expr, ...]) -> Steps[Expr]:
            rest = yield self._reify(then)
            return Call(parts[0], (*parts[1:], rest), call.attrs, call.type_args)

        return (yield self._all((call.op, *call.args), apply_function))

    def _plain(self, expr: Expr, then: Then) -> Steps[Expr]:
        """Tuples and references; what reads or writes is bound, so that it happens once and in its place."""

        def make(parts: tuple[Expr, ...]) -> Steps[Expr]:
            match expr:
                case Tuple():
                    return (yield then(expr.replace(fields=parts)))
                case TupleGetItem():
                    return (yield then(TupleGetItem(parts[0], expr.index)))
                case RefCreate():
                    return (yield then(RefCreate(parts[0])))
                case RefRead():
                    return (yield self._bound(RefRead(parts[0]), then))
                case _:
                    assert isinstance(expr, RefWrite)
                    return (yield self._bound(RefWrite(parts[0], parts[1]), then))

        return (yield self._all(cast("list[Expr]", list(expr.iter_children())), make))

    def _branches(self, expr: If | Match, then: Then) -> Steps[Expr]:
        rest = yield self._reify(then)
        name = Var("x")

        def give(value: Expr) -> Steps[Expr]:
            return Call(name, (value,))
            yield

        def choose(value: Expr) -> Steps[Expr]:
            if isinstance(expr, If):
                true = yield self._visit(expr.true_branch, give)
                false = yield self._visit(expr.false_branch, give)
                return If(value, true, false)
            clauses: list[Clause] = []
            for clause in expr.clauses:
                result = yield self._visit(clause.rhs, give)
                clauses.append(Clause(self._pattern(clause.lhs), result))
            return Match(value, tuple(clauses), expr.complete)

        body = yield self._visit(expr.cond if isinstance(expr, If) else expr.data, choose)
        return Let(name, rest, body)

    def _pattern(self, pattern: Pattern) -> Pattern:
        match pattern:
            case PatternVar():
                return PatternVar(self._variables.get(pattern.var, pattern.var))
            case PatternConstructor():
                return PatternConstructor(pattern.constructor, tuple(map(self._pattern, pattern.patterns)))
            case PatternTuple():
                return PatternTuple(tuple(map(self._pattern, pattern.patterns)))
            case _:
                return pattern
