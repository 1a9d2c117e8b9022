"""LambdaLift: functions inside functions become global ones (TVM 0.19).

A function that uses nothing around it is a global function. One that does becomes a global function of what it uses
that gives the closure, marked ``Closure``; where it stood, that function is called.
"""

from __future__ import annotations

from typing import Any, cast

from relay_compat.analysis import free_type_vars, free_vars
from relay_compat.ir.expr import Call, Expr, Function, GlobalVar, Let, Var
from relay_compat.ir.make import bind
from relay_compat.step_mutator import StepMutator
from relay_compat.structural import structural_equal, structural_hash
from relay_compat.types.context import annotated_type
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo
from tensor_core.trampoline import Steps, run


def LambdaLift() -> Pass:
    """The pass. What functions use must be typed; functions of external compilers and primitive ones stay."""

    def lift(module: IRModule, context: PassContext) -> IRModule:
        del context
        lifter = _Lifter(module.copy())
        for name, function in module.functions.items():
            if isinstance(function, Function) and function.attrs.get("Compiler") is None:
                body = run(lifter.visit(function.body))
                if body is not function.body:
                    lifter.module.functions[name] = function.replace(body=body)
        return lifter.module

    return ModulePass(PassInfo(1, "LambdaLift"), lift)


class _Lifter(StepMutator):
    def __init__(self, module: IRModule) -> None:
        super().__init__()
        self.module = module
        self._recursive: list[Var] = []
        self._closure_of: dict[Var, Expr] = {}

    def step(self, node: Node) -> Steps[Any]:
        if isinstance(node, Function):
            return (yield self._lift(node))
        if isinstance(node, Let):
            return (yield self._let(node))
        new = yield self.rebuild(node)
        if isinstance(node, Call) and self._recursive and node.op is self._recursive[-1]:
            # The function's own name stands for the closure that is being made.
            return Call(self._closure_of[self._recursive[-1]], new.args, node.attrs, node.type_args)
        return new

    def _let(self, let: Let) -> Steps[Expr]:
        named = isinstance(let.value, Function) and not let.value.attrs.get("Primitive")
        if named:
            self._recursive.append(let.var)
        value = yield self.visit(let.value)
        if named:
            self._recursive.pop()
        body = yield self.visit(let.body)
        return let if value is let.value and body is let.body else let.replace(value=value, body=body)

    def _lift(self, function: Function) -> Steps[Expr]:
        if function.attrs.get("Primitive"):
            return function
        name = GlobalVar(f"lifted_name{structural_hash(function)}")
        own = self._recursive[-1] if self._recursive else None
        used = free_vars(function)
        captured = tuple([var for var in used if var is not own])
        closure: Expr = Call(name, captured) if captured else name
        if own in used:
            assert own is not None
            self._closure_of[own] = closure
        type_vars = tuple(free_type_vars(function, cast(Any, self.module)))
        body = yield self.visit(function.body)
        inside = function if body is function.body else function.replace(body=body)
        name = self._add(name, _global(function, inside, captured, type_vars))
        return Call(name, captured) if captured else name

    def _add(self, name: GlobalVar, function: Function) -> GlobalVar:
        if name.name not in self.module:
            self.module[name] = function
            return name
        if not structural_equal(function, self.module[name.name]):
            raise fail(codes.DUPLICATE_NAME, f"two functions would be lifted as @{name.name}", function.span)
        return cast(GlobalVar, self.module.get_global_var(name.name))


def _global(function: Function, inside: Function, captured: tuple[Var, ...], type_vars: tuple[Any, ...]) -> Function:
    if not captured and not type_vars:
        return inside
    params = tuple([Var(var.name, var.checked_type, virtual_device=var.virtual_device) for var in captured])
    body = bind(inside.body, dict(zip(captured, params, strict=True)))
    closure = function if body is function.body else function.replace(body=body)
    return Function(params, closure, annotated_type(function), type_vars, {"Closure": 1}, function.span)
