"""Passes over single Relax functions and dataflow blocks (relax.transform.FunctionPass and DataflowBlockPass, 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relax_core.assumed import assumed
from relax_core.ir.expr import BindingBlock, DataflowBlock, DataflowVar, Function, GlobalVar, IRModule, MatchCast, Var
from relax_core.types.leaves import type_of
from relax_core.types.relations import definable_symbols
from relax_core.visit import Mutator
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.passes.decorate import decorated
from tensor_core.prim import Var as SymbolicVar
from tensor_core.trampoline import Steps

__all__ = ["DataflowBlockPass", "FunctionPass", "dataflowblock_pass", "function_pass", "relax_release", "updated"]


def relax_release(module: IRModule) -> str:
    """The TVM release whose meaning the operators of a module have."""
    return assumed(module.release)


def updated(module: IRModule, functions: dict[GlobalVar, Any]) -> IRModule:
    """A copy of the module with these functions in the place of its own, or the module itself when none differs."""
    changed = {var: function for var, function in functions.items() if module.functions.get(var) is not function}
    if not changed:
        return module
    result = module.copy()
    for var, function in changed.items():
        result.functions[var] = function
        found = type_of(function)
        if found is not None:
            var.memo("checked", found)
    return result


class FunctionPass(Pass):
    """A pass made of a function of a Relax function, the module and the context, which returns a Relax function.

    It is applied to every Relax function of the module; other functions stay.
    """

    _kind = "Function"

    def __init__(self, info: PassInfo, function: Callable[[Function, Any, PassContext], Function]) -> None:
        super().__init__(info)
        self._function = function

    def run(self, module: IRModule, context: PassContext) -> IRModule:
        """The new module; DiagnosticError R2R0602 when the function returns something else than a function."""
        changed: dict[GlobalVar, Any] = {}
        for var, function in module.functions.items():
            if isinstance(function, Function):
                changed[var] = self._function(function, module, context)
                if not isinstance(changed[var], Function):
                    raise fail(codes.EXECUTION_FAILED, f"pass {self.info.name} must return a function")
        return updated(module, changed)


class DataflowBlockPass(Pass):
    """A pass made of a function of a dataflow block, the module and the context, which returns a dataflow block.

    It must keep the variables that are visible outside of the block and the symbolic variables defined in it.
    """

    _kind = "DataflowBlock"

    def __init__(self, info: PassInfo, function: Callable[[DataflowBlock, Any, PassContext], DataflowBlock]) -> None:
        super().__init__(info)
        self._function = function

    def run(self, module: IRModule, context: PassContext) -> IRModule:
        """The new module; DiagnosticError R2R0602 when the function takes away what is visible outside."""
        mutator = _Blocks(lambda block: self._checked(block, self._function(block, module, context)))
        changed = {
            var: mutator.run(function) for var, function in module.functions.items() if isinstance(function, Function)
        }
        return updated(module, changed)

    def _checked(self, before: DataflowBlock, after: Any) -> DataflowBlock:
        name = self.info.name
        if not isinstance(after, DataflowBlock):
            raise fail(codes.EXECUTION_FAILED, f"pass {name} must return a dataflow block")
        kept = _visible(after)
        for var in _visible(before):
            if var not in kept:
                message = f"pass {name} took away the variable {var.name}, which is visible outside of its block"
                raise fail(codes.EXECUTION_FAILED, message, hint="change only variables of the block itself")
        return after


def _visible(block: BindingBlock) -> dict[Var | SymbolicVar, None]:
    """The variables of a block that others may use: its outputs, and the symbolic variables that it defines."""
    found: dict[Var | SymbolicVar, None] = {}
    for binding in block.bindings:
        if not isinstance(binding.var, DataflowVar):
            found[binding.var] = None
        if isinstance(binding, MatchCast):
            found.update(dict.fromkeys(definable_symbols(binding.ty)))
    return found


class _Blocks(Mutator):
    def __init__(self, change: Callable[[DataflowBlock], DataflowBlock]) -> None:
        super().__init__()
        self._change = change

    def block(self, block: BindingBlock) -> Steps[BindingBlock]:
        """Change a dataflow block, after what is nested in it."""
        new = yield super().block(block)
        return self._change(new) if isinstance(new, DataflowBlock) else new


def function_pass(
    pass_func: Any = None,
    opt_level: int | None = None,
    name: str | None = None,
    required: Sequence[str] | None = None,
    traceable: bool = False,
) -> Any:
    """A pass made of a function of (function, module, context), or a class of passes made of one with
    ``transform_function``. Without ``pass_func``, the decorator that does so. ValueError without ``opt_level``.
    """
    return decorated("function", FunctionPass, pass_func, opt_level, name, required, traceable)


def dataflowblock_pass(
    pass_func: Any = None,
    opt_level: int | None = None,
    name: str | None = None,
    required: Sequence[str] | None = None,
    traceable: bool = False,
) -> Any:
    """As :func:`function_pass`, for functions of (block, module, context) and ``transform_dataflowblock``."""
    return decorated("dataflowblock", DataflowBlockPass, pass_func, opt_level, name, required, traceable)
