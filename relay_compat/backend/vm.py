"""The virtual machine's compiler (tvm.relay.backend.vm in TVM 0.19).

Functions that the executable form holds run compiled; those with closures as values, references, matches or dimensions
that are not fixed run on numpy (``Executable.is_compiled`` tells).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relay_compat.backend.executable import Executable, ExecutableModule
from relay_compat.backend.interpreter import Callee, Executor
from relay_compat.backend.program import Prepared
from relay_compat.backend.virtual_machine import VirtualMachine
from relay_compat.bind_params import bind_params_by_name
from relay_compat.ir.expr import Expr, Function
from relay_compat.ir.module import IRModule
from relay_compat.target import for_cpu
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ndarray import NDArray, ndarray


def compile(mod: Any, target: Any = None, target_host: Any = None, params: Mapping[str, Any] | None = None) -> Any:
    """The module, or a module with the function as its entry, ready to run; parameters are bound in the entry."""
    compiler = VMCompiler()
    if params:
        compiler.set_params(params)
    compiler.lower(mod, target, target_host)
    compiler.codegen()
    return compiler.get_exec()


class VMCompiler:
    """Compiles step by step."""

    def __init__(self) -> None:
        self._params: dict[str, NDArray] = {}
        self._module: ExecutableModule | None = None

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Values for parameters of the entry."""
        self._params = {name: ndarray(value) for name, value in params.items()}

    def get_params(self) -> dict[str, NDArray]:
        """The values set."""
        return self._params

    def lower(self, mod: Any, target: Any = None, target_host: Any = None) -> None:
        """Take a module, or a function as the entry of one. R2R0607 for a target that is not the CPU."""
        del target_host
        for_cpu("llvm" if target is None else target)
        module = IRModule.from_expr(mod) if isinstance(mod, Function) else mod.copy()
        if self._params:
            module["main"] = bind_params_by_name(module["main"], self._params)
        self._module = ExecutableModule(module, Prepared(module, interprets=True))

    def codegen(self) -> None:
        """Compile the entry."""
        if self._module is not None and "main" in self._module.program.module:
            self._module.program.prepare("main")

    def optimize(self, mod: Any, target: Any = None, target_host: Any = None, params: Any = None) -> Any:
        """R2R0901: the passes of TVM's virtual machine are not covered."""
        del mod, target, target_host, params
        raise fail(codes.NOT_COVERED, "the passes of TVM's virtual machine are not covered", hint="compile the module")

    def get_exec(self) -> Executable:
        """The result. ValueError before anything was lowered."""
        if self._module is None:
            raise ValueError("nothing was lowered")
        return Executable(self._module)


class VMExecutor(Executor):
    """Evaluates through the virtual machine."""

    def __init__(self, mod: IRModule | None, device: Any = None, target: Any = None) -> None:
        if mod is None:
            raise RuntimeError("Must provide module to get VM executor.")
        self.mod = mod
        self.device = device
        self.target = target
        self.executable: Executable | None = None
        self.vm: VirtualMachine | None = None

    def _make_executor(self, expr: Expr | None = None) -> Callee:
        if expr is not None:
            self.mod["main"] = expr  # type: ignore[assignment]
        executable: Executable = compile(self.mod, self.target)
        self.executable, self.vm = executable, VirtualMachine(executable, self.device)
        function, machine = executable.program.function("main"), self.vm

        def run(*args: Any, **kwargs: Any) -> Any:
            return machine.run(*self._convert_args(function, args, kwargs))

        return run
