"""Passes over single functions (tvm.relay.transform.FunctionPass and function_pass in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeGuard, cast

from relay_compat.ir.expr import Function
from relay_compat.passes.infer_type import InferType
from relay_compat.types.infer import is_inferred
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import BaseFunc, IRModule
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.passes.decorate import decorated


class FunctionPass(Pass):
    """A pass made of a function of a Relay function, the module and the context, which returns a Relay function.

    It is applied to every function that may be optimised, seeing the module as it was; then the types of the new
    module are inferred.
    """

    _kind = "Function"

    def __init__(self, info: PassInfo, function: Callable[[Function, Any, PassContext], Function]) -> None:
        super().__init__(info)
        self._function = function

    def run(self, module: IRModule, context: PassContext) -> IRModule:
        """The new module; DiagnosticError R2R0602 when the function returns something else than a function."""
        result = module.copy()
        changed = {
            name: self._function(function, result, context)
            for name, function in module.functions.items()
            if optimizable(function)
        }
        for name, function in changed.items():
            if not isinstance(cast(Any, function), Function):
                raise fail(codes.EXECUTION_FAILED, f"pass {self.info.name} must return a function")
            result[name] = function
        unchanged = all(function is module.functions[name] for name, function in changed.items())
        return result if unchanged and is_inferred(result) else InferType()(result)


def optimizable(function: BaseFunc) -> TypeGuard[Function]:
    """Whether passes over functions look at it: a Relay function that is not for another compiler, not defined
    elsewhere, and not marked to be skipped.
    """
    if not isinstance(function, Function):
        return False
    attrs = function.attrs
    return attrs.get("Compiler") is None and not attrs.get("Extern") and not attrs.get("SkipOptimization")


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
