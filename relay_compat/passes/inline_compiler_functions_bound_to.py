"""InlineCompilerFunctionsBoundTo: functions for outside compilers go where they are called (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence

from relay_compat.ir.expr import Call, Expr, Function
from relay_compat.ir.make import bind
from relay_compat.transform.function_pass import optimizable
from relay_compat.visit import Rewriter
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import GlobalVar, IRModule
from tensor_core.node import Node
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo


def InlineCompilerFunctionsBoundTo(global_vars: Sequence[GlobalVar]) -> Pass:
    """The pass: the functions leave the module, and so do the calls of composite functions within them.

    DiagnosticError R2R0602 for a function without the attribute ``Compiler``, and for one that calls a function literal
    without the attribute ``Composite``.
    """
    wanted = frozenset(global_vars)

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        if not wanted:
            return module
        result = module.copy()
        outer = _Outer({name: _inlinable(module, name) for name in wanted})
        for name, function in module.functions.items():
            if name in wanted:
                del result[name]
            elif optimizable(function):
                body = outer.rewrite(function.body)
                result[name] = function if body is function.body else function.replace(body=body)
        return result

    return ModulePass(PassInfo(0, "InlineCompilerFunctionsBoundTo"), run)


def _inlinable(module: IRModule, name: GlobalVar) -> Function:
    function = module.functions.get(name)
    if not isinstance(function, Function) or function.attrs.get("Compiler") is None:
        raise fail(codes.EXECUTION_FAILED, f"@{name.name} is no function for an outside compiler", name.span)
    return function.replace(body=_Inner().rewrite(function.body))


class _Outer(Rewriter):
    def __init__(self, functions: dict[GlobalVar, Function]) -> None:
        super().__init__()
        self._functions = functions

    def leave(self, old: Node, new: Node) -> Node:
        del old
        if isinstance(new, Call) and isinstance(new.op, GlobalVar) and new.op in self._functions:
            return _body(self._functions[new.op], new)
        return new


class _Inner(Rewriter):
    def leave(self, old: Node, new: Node) -> Node:
        del old
        if not isinstance(new, Call) or not isinstance(new.op, Function):
            return new
        if new.op.attrs.get("Composite") is None:
            raise fail(codes.EXECUTION_FAILED, "a function for an outside compiler calls one that is not composite")
        return _body(new.op, new)


def _body(function: Function, call: Call) -> Expr:
    return bind(function.body, dict(zip(function.params, call.args, strict=True)))
