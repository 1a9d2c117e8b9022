"""UpdateParamType: functions take parameters of other types (relax.transform.UpdateParamType in TVM 0.26 and 0.27)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relax_core.ir.expr import Function, IRModule, Var
from relax_core.ir.types import Type
from relax_core.passes.function_pass import relax_release, updated
from relax_core.retype import RetypingMutator
from tensor_core.passes import ModulePass, Pass, PassInfo
from tensor_core.trampoline import Steps


def UpdateParamType(ty_func: Callable[[Var], Type | None]) -> Pass:
    """Give each parameter the type that ``ty_func`` says, where it says one; what is computed of it is typed anew."""
    return ModulePass(PassInfo(1, "UpdateParamType"), lambda module, _: update_param_types(module, ty_func))


def UpdateParamStructInfo(sinfo_func: Callable[[Var], Type | None]) -> Pass:
    """:func:`UpdateParamType` by the name of TVM 0.19 to 0.25."""
    return UpdateParamType(sinfo_func)


def update_param_types(module: IRModule, ty_func: Callable[[Var], Type | None]) -> IRModule:
    """The module with other types of parameters. Calls of a function that changes keep the type that they had."""
    release = relax_release(module)
    functions = module.functions.items()
    return updated(module, {v: _Retyper(ty_func, release).run(f) for v, f in functions if isinstance(f, Function)})


class _Retyper(RetypingMutator):
    def __init__(self, ty_func: Callable[[Var], Type | None], release: str) -> None:
        super().__init__(release)
        self._ty_func = ty_func

    def function(self, function: Function) -> Steps[Function]:
        """Parameters first, those of local functions, too."""
        params = tuple([self._param(param) for param in function.params])
        if any(a is not b for a, b in zip(params, function.params, strict=True)):
            function = function.replace(params=params)
        made: Any = yield super().function(function)
        return made

    def _param(self, param: Var) -> Var:
        type_ = self._ty_func(param)
        return param if type_ is None else self.renew(param, type_)
