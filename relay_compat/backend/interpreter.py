"""The debug executor: programs on numpy (tvm.relay.backend.interpreter in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from relay_compat.analysis import free_vars
from relay_compat.backend.container import ADT
from relay_compat.backend.values import ConstructorValue, InterpreterClosure, RefValue, argument, to_inside, to_outside
from relay_compat.interpret import Evaluation
from relay_compat.ir.expr import Call, Constant, Expr, Function, GlobalVar, Let, RefCreate, Tuple, Var
from relay_compat.ir.make import const
from relay_compat.ir.module import IRModule
from relay_compat.types.infer import infer_types

__all__ = ["ConstructorValue", "Executor", "Interpreter", "InterpreterClosure", "RefValue"]

Callee = Callable[..., Any]


class Executor:
    """What evaluates expressions in the context of a module."""

    mod: IRModule

    def evaluate(self, expr: Expr | None = None, binds: Mapping[Var, Any] | None = None) -> Any:
        """A Python function for a function, a global name or, without an expression, the module's entry; else the
        value of the expression. ``binds`` gives values to free variables.

        ValueError for a function with free variables.
        """
        if binds:
            assert expr is not None
            for var, value in reversed(list(binds.items())):
                expr = Let(var, _as_expr(self.mod, value), expr)
        if isinstance(expr, Function) and (free := free_vars(expr)):
            raise ValueError(f"the function has free variables: {', '.join(var.name for var in free)}")
        if expr is None or isinstance(expr, (Function, GlobalVar)):
            return self._make_executor(expr)
        return self._make_executor(Function((), expr))()

    def _make_executor(self, expr: Expr | None = None) -> Callee:
        raise NotImplementedError

    def _convert_args(self, function: Function, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        """Arguments in parameter order. ValueError for too few or for one given twice."""
        values = list(args)
        for place, param in enumerate(function.params if kwargs else ()):
            if place >= len(args) and param.name in kwargs:
                values.append(kwargs[param.name])
            elif place < len(args) and param.name in kwargs:
                raise ValueError(f"the argument {param.name} is given by position and by name")
        if len(values) != len(function.params):
            raise ValueError(f"insufficient arguments, expected {len(function.params)}, provided {len(values)}")
        return tuple(values)


class Interpreter(Executor):
    """Evaluates on numpy (:mod:`relay_compat.interpret`)."""

    def __init__(self, mod: IRModule | None, device: Any = None, target: Any = None) -> None:
        self.mod = IRModule() if mod is None else mod
        self.device = device
        self.target = target

    def _make_executor(self, expr: Expr | None = None) -> Callee:
        module, var = self._program(expr)
        evaluation = Evaluation(module)

        def apply(closure: Any, args: Sequence[Any]) -> Any:
            return to_outside(evaluation.apply(closure, [to_inside(arg, module) for arg in args]), apply)

        def run(*args: Any, **kwargs: Any) -> Any:
            function = cast(Function, evaluation.module[var])
            values = arguments(function, self._convert_args(function, args, kwargs), module)
            evaluation.check(var, values)
            return to_outside(evaluation.call(var, values), apply)

        return run

    def _program(self, expr: Expr | None) -> tuple[IRModule, GlobalVar]:
        if expr is None:
            return self.mod, self.mod.get_global_var("main")
        if isinstance(expr, GlobalVar):
            return self.mod, expr
        module = infer_types(self.mod).copy()
        var = GlobalVar(module.fresh_name("main"))
        module[var] = expr
        return module, var


def arguments(function: Function, given: Sequence[Any], module: IRModule) -> list[Any]:
    """A caller's arguments as a program takes them."""
    types = [param.checked or param.type_annotation for param in function.params]
    return [argument(value, type_, module) for value, type_ in zip(given, types, strict=True)]


def _as_expr(module: IRModule, value: Any) -> Expr:
    """The expression that makes a value."""
    if isinstance(value, ConstructorValue):
        return Call(value.constructor, tuple([_as_expr(module, field) for field in value.fields]))
    if isinstance(value, (tuple, list, ADT)):
        return Tuple(tuple([_as_expr(module, part) for part in cast("Sequence[Any]", value)]))
    if isinstance(value, RefValue):
        return RefCreate(_as_expr(module, value.value))
    return value if isinstance(value, Constant) else const(value)
