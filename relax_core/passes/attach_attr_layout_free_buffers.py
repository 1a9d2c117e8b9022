"""AttachAttrLayoutFreeBuffers: tensor programs learn which of their arrays may be laid out anew (relax.transform of
TVM 0.19 to 0.27).

These are constants and the parameters behind ``num_input``: what a schedule does to them can be done once, before.
"""

from __future__ import annotations

from typing import Any

from relax_core.expr_functor import PyExprMutator
from relax_core.ir.expr import Call, Constant, Expr, Function, GlobalVar, IRModule, Op, PrimFunc, Tuple, Var
from relax_core.passes.dead_code_elimination import DeadCodeElimination
from tensor_core.passes import ModulePass, Pass, PassInfo, Sequential
from tensor_core.tir.renew import renewed_function

ATTRIBUTE = "layout_free_buffers"
"""The attribute of a tensor program: the numbers of these arrays among its arguments."""


def AttachAttrLayoutFreeBuffers() -> Pass:
    """The pass; calls that differ in what may be laid out anew call programs of their own."""
    info = PassInfo(0, "_AttachAttrLayoutFreeBuffers")
    inner = ModulePass(info, lambda module, _: _Attacher(module).attached())
    return Sequential([inner, DeadCodeElimination()], name="AttachAttrLayoutFreeBuffers")


class _Attacher(PyExprMutator):
    def __init__(self, module: IRModule) -> None:
        super().__init__(module)
        self._module = module
        self._free: frozenset[Expr] = frozenset()

    def attached(self) -> IRModule:
        """The module with its Relax functions changed and the programs added."""
        for var, function in self._module.functions.items():
            if isinstance(function, Function):
                self._free = _weights(function)
                self.builder_.update_func(var, self.visit_expr(function))
        return self.builder_.get()

    def visit_call_(self, op: Call) -> Any:
        """The call of a program that says what is free."""
        call = self.visit_expr_post_order(op)
        found = called_program(self._module, call)
        if found is None:
            return call
        var, program, given = found
        free = [n for n, arg in enumerate(given) if isinstance(arg, Constant) or arg in self._free]
        made = self.builder_.add_func(renewed_function(program.with_attr(ATTRIBUTE, free)), var.name)
        return call.replace(args=(made, *call.args[1:]))


def _weights(function: Function) -> frozenset[Var]:
    count = (function.attrs or {}).get("num_input")
    return frozenset() if count is None else frozenset(function.params[int(count) :])


def called_program(module: IRModule, call: Expr) -> tuple[GlobalVar, PrimFunc, tuple[Expr, ...]] | None:
    """The tensor program of the module that a call_tir calls, and its arguments; None for any other expression."""
    if not isinstance(call, Call) or not isinstance(call.op, Op) or call.op.name != "relax.call_tir":
        return None
    target, given = call.args[:2]
    program = module.functions.get(target) if isinstance(target, GlobalVar) else None
    if not isinstance(target, GlobalVar) or not isinstance(program, PrimFunc) or not isinstance(given, Tuple):
        return None
    return target, program, given.fields
