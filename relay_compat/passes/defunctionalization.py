"""Defunctionalization: functions as arguments become data, and calls of them calls of an ``apply`` (TVM 0.19).

Where a global function is called with functions, a copy of it is made for the types of the call. Each function that is
passed becomes a constructor that holds what the function uses, and an arm of the function that applies such data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from relay_compat.analysis import free_vars
from relay_compat.ir.adt import Clause, Constructor, Match, PatternConstructor, PatternVar
from relay_compat.ir.expr import Call, Expr, Function, GlobalVar, Var
from relay_compat.ir.make import bind
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import FuncType, GlobalTypeVar, Type, TypeCall, TypeData, TypeVar
from relay_compat.step_mutator import StepMutator
from relay_compat.types.substitute import map_parts, substitute
from relay_compat.visit import Rewriter
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.node import Node
from tensor_core.trampoline import Steps, run

_KEY = "FuncType"


def Defunctionalization(func: Function, mod: IRModule) -> Function:
    """A first-order function that computes what ``func`` does; ``mod``, typed, gets the types and functions it needs.

    DiagnosticError R2R0205 for a polymorphic function, one that takes or gives functions, and for functions that give
    functions.
    """
    if func.type_params:
        raise _unable("the function is polymorphic", func)
    if any(_holds_function(param.checked_type) for param in func.params):
        raise _unable("the function takes functions", func)
    if func.ret_type is not None and _holds_function(func.ret_type):
        raise _unable("the function gives functions", func)
    return run(_Defunctionalizer(mod).visit(func))


def _unable(why: str, at: Expr) -> DiagnosticError:
    return fail(codes.ILL_FORMED, f"{why}, which cannot be made first-order", getattr(at, "span", None))


def _holds_function(type_: Type) -> bool:
    found = False

    def look(part: Type) -> Type:
        nonlocal found
        found = found or isinstance(part, FuncType)
        return part if found else map_parts(part, look)

    look(type_)
    return found


class _Defunctionalizer(StepMutator):
    def __init__(self, module: IRModule) -> None:
        super().__init__()
        self._module = module
        self._copies: dict[tuple[GlobalVar, FuncType], GlobalVar] = {}
        self._keys: dict[FuncType, str] = {}
        self._types: dict[FuncType, GlobalTypeVar] = {}
        self._original: dict[GlobalTypeVar, FuncType] = {}
        self._apply: dict[FuncType, GlobalVar] = {}
        self._encoded: dict[tuple[GlobalVar, FuncType], Constructor] = {}
        self._constructors = 0

    def step(self, node: Node) -> Steps[Any]:
        if not isinstance(node, Call):
            return (yield self.rebuild(node))
        match node.op:
            case GlobalVar():
                return (yield self._global_call(node, node.op))
            case Function():
                return (yield self.visit(bind(node.op.body, dict(zip(node.op.params, node.args, strict=True)))))
            case Var() if isinstance(annotation := node.op.type_annotation, TypeCall):
                type_ = _instance(self._original[cast(GlobalTypeVar, annotation.func)], node)
                args: list[Expr] = [node.op]
                for arg in node.args:
                    args.append((yield self.visit(arg)))
                return Call(self._apply_function(type_), tuple(args))
            case _:
                return (yield self.rebuild(node))

    def _global_call(self, call: Call, callee: GlobalVar) -> Steps[Expr]:
        type_ = _instance(cast(FuncType, callee.checked), call)
        if _holds_function(type_.ret_type):
            raise _unable(f"@{callee.name} gives functions", call)
        if not any(map(_holds_function, type_.arg_types)):
            return (yield self.rebuild(call))
        args: list[Expr] = []
        for arg, expected in zip(call.args, type_.arg_types, strict=True):
            args.append((yield self._encode(arg, expected) if _holds_function(expected) else self.visit(arg)))
        name = self._copies.get((callee, type_))
        if name is None:
            name = GlobalVar(self._module.fresh_name(f"{callee.name}{_KEY}"))
            self._copies[callee, type_] = name
            function = cast(Function, self._module[callee])
            values = dict(zip(function.type_params, call.type_args, strict=True))
            self._module[name] = yield self._first_order(_Copy(values).rewrite(function))
        return Call(name, tuple(args))

    def _first_order(self, function: Function) -> Steps[Function]:
        """The function with data in place of the functions it takes."""
        params: list[Var] = []
        for param in function.params:
            if isinstance(param.type_annotation, FuncType):
                params.append(Var(param.name, TypeCall(self._data_type(param.type_annotation))))
            else:
                params.append(param)
        body = bind(function.body, dict(zip(function.params, params, strict=True)))
        return function.replace(params=tuple(params), body=(yield self.visit(body)), type_params=())

    def _encode(self, arg: Expr, type_: Type) -> Steps[Expr]:
        if not isinstance(type_, FuncType):
            raise _unable("a function is passed inside another value", arg)
        match arg:
            case Var():
                return arg
            case GlobalVar():
                constructor = self._encoded.get((arg, type_))
                if constructor is None:
                    constructor = self._encoded[arg, type_] = self._constructor(type_, ())
                    self._add_case(type_, constructor, arg, ())
                return Call(constructor, ())
            case Function():
                used = free_vars(arg)
                held = tuple([var.type_annotation or var.checked_type for var in used])
                inner = tuple([Var(var.name, var.type_annotation) for var in used])
                constructor = self._constructor(type_, held)
                body = yield self.visit(bind(arg.body, dict(zip(used, inner, strict=True))))
                self._add_case(type_, constructor, arg.replace(body=body), inner)
                return Call(constructor, tuple(used))
            case _:
                raise _unable("a function that is passed is neither named nor written out", arg)

    # ------------------------------------------------------------ data types and how they are applied

    def _key(self, type_: FuncType) -> str:
        return self._keys.setdefault(type_, f"{_KEY}{len(self._keys) or ''}")

    def _data_type(self, type_: FuncType) -> GlobalTypeVar:
        header = self._types.get(type_)
        if header is None:
            header = self._types[type_] = GlobalTypeVar(f"Defunc{self._key(type_)}")
            self._original[header] = type_
        return header

    def _apply_function(self, type_: FuncType) -> GlobalVar:
        return self._apply.setdefault(type_, GlobalVar(f"apply{self._key(type_)}"))

    def _constructor(self, type_: FuncType, held: tuple[Type, ...]) -> Constructor:
        header = self._data_type(type_)
        self._constructors += 1
        result = Constructor(str(self._constructors), held, header)
        known: TypeData | None = self._module.type_definitions.get(header)
        constructors = (*known.constructors, result) if known else (result,)
        self._module[header] = TypeData(header, (), constructors)
        return result

    def _add_case(self, type_: FuncType, constructor: Constructor, function: Expr, held: Sequence[Var]) -> None:
        name = self._apply_function(type_)
        if name in self._module:
            known = cast(Function, self._module[name])
            params, clauses = known.params, cast(Match, known.body).clauses
        else:
            data = Var("x", TypeCall(self._data_type(type_)))
            params, clauses = (data, *(Var("y", item) for item in type_.arg_types)), ()
        pattern = PatternConstructor(constructor, tuple(map(PatternVar, held)))
        clauses = (*clauses, Clause(pattern, Call(function, params[1:])))
        self._module[name] = Function(params, Match(params[0], clauses), type_.ret_type)


def _instance(type_: FuncType, call: Call) -> FuncType:
    """The type of a callee for the type arguments of a call."""
    if len(type_.type_params) != len(call.type_args):
        raise _unable("the type arguments of a call are not known", call)
    values = dict(zip(type_.type_params, call.type_args, strict=True))
    return cast(FuncType, substitute(FuncType(type_.arg_types, type_.ret_type), values))


class _Copy(Rewriter):
    """A function with variables of its own, for given type arguments."""

    def __init__(self, values: dict[TypeVar, Type]) -> None:
        super().__init__()
        self._values = values

    def leave(self, old: Node, new: Node) -> Node:
        del old
        match new:
            case Var():
                return Var(new.name, self._of(new.type_annotation), new.span)
            case Function():
                kept = tuple([param for param in new.type_params if param not in self._values])
                return new.replace(ret_type=self._of(new.ret_type), type_params=kept)
            case Call():
                return new.replace(type_args=tuple([substitute(arg, self._values) for arg in new.type_args]))
            case _:
                return new

    def _of(self, type_: Type | None) -> Type | None:
        return None if type_ is None else substitute(type_, self._values)
