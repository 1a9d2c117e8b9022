"""Passes and sequences of them (tvm.transform.Pass, ModulePass and Sequential in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes.context import PassContext
from tensor_core.passes.info import PassInfo

M = TypeVar("M", bound=IRModule)


class Pass:
    """A map from module to module; the argument is left as it is.

    A pass that is called runs, whatever the optimisation level: levels and disabled passes are the business of
    :class:`Sequential`, as in TVM. The instruments of the current context are told of every pass, nested ones included.
    """

    def __init__(self, info: PassInfo) -> None:
        self._info = info

    @property
    def info(self) -> PassInfo:
        """The description of the pass."""
        return self._info

    def run(self, module: Any, context: PassContext) -> Any:
        """What the pass does."""
        raise NotImplementedError(f"pass {self.info.name} says not what it does")

    def __call__(self, module: M) -> M:
        context = PassContext.current()
        if not context.before_pass(module, self.info):
            return module
        guarded = bool(context.config.get(IMMUTABLE_MODULE))
        held = _contents(module) if guarded else ()
        result = self.run(module, context)
        if guarded and held != _contents(module):
            raise fail(codes.ILL_FORMED, f"Immutable module has been modified in pass: {self.info.name}")
        context.after_pass(result, self.info)
        return result

    _kind = ""

    def __str__(self) -> str:
        return f"Run {self._kind} pass: {self.info.name} at the optimization level {self.info.opt_level}"

    def __repr__(self) -> str:
        return str(self)


IMMUTABLE_MODULE = "testing.immutable_module"
"""The option under which passes are watched for changes of their argument."""


def _contents(module: IRModule) -> tuple[object, ...]:
    return list(module.functions.items()), list(module.type_definitions.items()), dict(module.attrs)


class ModulePass(Pass):
    """A pass made of a function of the module and the context."""

    _kind = "Module"

    def __init__(self, info: PassInfo, function: Callable[[Any, PassContext], Any]) -> None:
        super().__init__(info)
        self._function = function

    def run(self, module: Any, context: PassContext) -> Any:
        """Apply the function; DiagnosticError R2R0602 when it returns no module."""
        result = self._function(module, context)
        if not isinstance(result, IRModule):
            raise fail(codes.EXECUTION_FAILED, f"pass {self.info.name} must return a module")
        return result


class Sequential(Pass):
    """Passes one after the other; those that the context does not allow are left out, those that an item requires are
    run before it.
    """

    def __init__(
        self,
        passes: Sequence[Pass] | None = None,
        opt_level: int = 0,
        name: str = "sequential",
        required: Sequence[str] | None = None,
        traceable: bool = False,
    ) -> None:
        if not isinstance(passes or (), (list, tuple)):
            raise TypeError("passes must be a list of Pass objects.")
        super().__init__(PassInfo(opt_level, name, checked_names(required), traceable))
        self.passes = tuple(passes or ())

    def run(self, module: Any, context: PassContext) -> Any:
        """Run what the context allows."""
        current: IRModule = module
        for item in self.passes:
            if context.allows(item.info):
                for name in item.info.required:
                    current = current.named_pass(name)(current)
                current = item(current)
        return current

    def __str__(self) -> str:
        listed = "".join(f"{item.info.name} " for item in self.passes)
        return (
            f"Run Sequential pass: {self.info.name} at the optimization level {self.info.opt_level}."
            f" The passes will be executed are: [{listed}]"
        )


def checked_names(required: Sequence[str] | None) -> Sequence[str]:
    """The names of required passes; TypeError unless they are a list or tuple."""
    if not isinstance(required or (), (list, tuple)):
        raise TypeError("Required is expected to be the type of list/tuple.")
    return required or ()
