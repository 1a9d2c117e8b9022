"""InlinePrivateFunctions: private functions go where they are called (relax.transform of TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Mapping

from relax_core.analysis.recursion import detect_recursion
from relax_core.binding import bind
from relax_core.ir.expr import (
    Binding,
    Call,
    DataflowBlock,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    SeqExpr,
    Var,
    VarBinding,
)
from relax_core.normalize import normalize_function
from relax_core.passes.canonicalize_bindings import canonicalize_bindings
from relax_core.passes.function_pass import relax_release, updated
from relax_core.passes.remove_unused import remove_unused
from relax_core.reachable import is_exposed
from relax_core.symbol_mutator import with_new_variables
from relax_core.types.leaves import type_of
from relax_core.visit import Mutator
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.passes import ModulePass, Pass, PassInfo
from tensor_core.trampoline import Steps

Inlined = Mapping[GlobalVar | str, Function]
"""What to put in the place of calls of a global variable, or of any of this name."""


def InlinePrivateFunctions() -> Pass:
    """Inline private functions that are not recursive, and remove them."""
    return ModulePass(PassInfo(0, "InlinePrivateFunctions"), lambda module, _: inline_private_functions(module))


def inline_private_functions(module: IRModule) -> IRModule:
    """The module without private functions other than recursive ones."""
    recursive = {var for group in detect_recursion(module) for var in group}
    inlined: dict[GlobalVar | str, Function] = {
        var: function
        for var, function in module.functions.items()
        if isinstance(function, Function) and not is_exposed(function) and var not in recursive
    }
    if not inlined:
        return module
    release = relax_release(module)
    changed = {
        var: inline_functions(function, inlined, release)
        for var, function in module.functions.items()
        if isinstance(function, Function) and var not in inlined
    }
    result = updated(module, {**changed})
    result = result.copy() if result is module else result
    for var in inlined:
        del result[var]
    return result


def inline_functions(function: Function, inlined: Inlined, release: str = "0.27") -> Function:
    """The function, in normal form, with these functions in the place of their calls (Function.inline_functions).

    R2R0205 for one that calls itself. ValueError when a function is given by variable and by name.
    """
    for key in inlined:
        if isinstance(key, GlobalVar) and key.name in inlined:
            raise ValueError(f"Map of functions to inline must be unambiguous: {key.name} is given twice")
    new = _Inliner(inlined, release).run(function)
    if new is function:
        return function
    return remove_unused(canonicalize_bindings(normalize_function(new, release), release))


class _Inliner(Mutator):
    def __init__(self, inlined: Inlined, release: str) -> None:
        super().__init__()
        self._inlined = inlined
        self._release = release
        self._inside: list[GlobalVar] = []

    def value(self, value: Expr) -> Steps[Expr]:
        """A call becomes the body of the function, whose own calls are inlined in turn."""
        new = yield super().value(value)
        callee = new.op if isinstance(new, Call) else None
        if not isinstance(new, Call) or not isinstance(callee, GlobalVar):
            return new
        function = self._inlined.get(callee) or self._inlined.get(callee.name)
        if function is None:
            return new
        if callee in self._inside:
            raise fail(codes.ILL_FORMED, f"{callee.name} calls itself, so it cannot be inlined", callee.span)
        self._inside.append(callee)
        result = yield self.scope(self._body(function, new))
        self._inside.pop()
        return result

    def _body(self, function: Function, call: Call) -> SeqExpr:
        if len(function.params) != len(call.args):
            message = f"a function of {len(function.params)} parameters is called with {len(call.args)} arguments"
            raise fail(codes.ARITY, message, call.span)
        copy = with_new_variables(function)
        held: dict[Var, Expr] = {
            param: Var(param.name, type_of(arg)) for param, arg in zip(copy.params, call.args, strict=True)
        }
        given: list[Binding] = [
            VarBinding(var, arg) for var, arg in zip(held.values(), call.args, strict=True) if isinstance(var, Var)
        ]
        body = bind(copy, held, release=self._release).body
        assert isinstance(body, SeqExpr)
        return SeqExpr((DataflowBlock(tuple(given)), *body.blocks), body.body)
