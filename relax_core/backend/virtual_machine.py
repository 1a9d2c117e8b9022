"""Running executables (tvm.relax.VirtualMachine, tvm.runtime.vm.VirtualMachine since 0.20)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Any, cast

from relax_core.backend.executable import Executable, ExecutableModule
from relax_core.backend.values import OutsideFunction, argument, converted, result
from relax_core.run_time import Value
from tensor_core import codes
from tensor_core.device import CPU, Device
from tensor_core.diagnostics import Diagnostic, DiagnosticError, fail
from tensor_core.measure import BenchmarkResult
from tensor_core.program import FunctionValue, Host
from tensor_core.runtime_module import Module


class VMInstrumentReturnKind(IntEnum):
    """What an instrument asks for: to go on, or to leave the call out."""

    NO_OP = 0
    SKIP_RUN = 1


class NoState(DiagnosticError, ValueError):
    """Inputs or outputs were asked for that are not there."""


class VirtualMachine:
    """Runs the functions of an executable: ``vm["main"](x)``, or with inputs that are set before.

    ValueError for anything but an executable, TypeError for anything but devices, R2R0607 for one that is no CPU.
    """

    NAIVE_ALLOCATOR = 1
    POOLED_ALLOCATOR = 2

    def __init__(self, rt_mod: Any, device: Any, memory_cfg: Any = None, profile: bool = False) -> None:
        if isinstance(rt_mod, Executable):
            rt_mod = rt_mod.mod
        if not isinstance(rt_mod, ExecutableModule):
            raise ValueError("Expect the rt_mod to be an runtime.Module")
        for one in cast("Sequence[Any]", device if isinstance(device, list | tuple) else [device]):
            if not isinstance(one, Device):
                raise TypeError("dev is expected to be Device or List[Device]")
            if one.device_type != CPU:
                raise fail(codes.NO_SUCH_DEVICE, f"there is no device {one}", hint="use cpu()")
        if memory_cfg is not None and not isinstance(memory_cfg, str | Mapping):
            raise TypeError(f"memory_cfg is expected be string or dictionary, but received {type(memory_cfg)}")
        del profile
        self._executable = rt_mod
        self._saved: dict[str, Callable[[], Any]] = {}
        self._inputs: dict[str, tuple[Value, ...]] = {}
        self._outputs: dict[str, Any] = {}
        self.module = _Functions(self)

    def __getitem__(self, key: str) -> Callable[..., Any]:
        return self.module[key]

    def function(self, name: str) -> Callable[..., Any]:
        """A function of the executable, or one that was saved. AttributeError when there is none."""
        if name in self._saved:
            return self._saved[name]
        if name not in self._executable.function_names:
            raise AttributeError(f"Module has no function '{name}'")
        return lambda *args: self._call(name, args)

    def _call(self, name: str, args: Sequence[Any]) -> Any:
        if name in self._inputs and not args:
            raise fail(
                codes.EXECUTION_FAILED,
                f"inputs of {name} were set, so that it cannot be called without state",
                hint="use invoke_stateful",
            )
        return self._run(name, [argument(arg) for arg in args])

    def _run(self, function: str | FunctionValue, args: Sequence[Value]) -> Any:
        host = Host({}, self._apply)
        return result(self._apply(function, args), host)

    def _apply(self, function: Any, args: Sequence[Value]) -> Value:
        return self._executable.runner.apply(function, args)

    def invoke_closure(self, closure: Any, *args: Any) -> Any:
        """The result of a function that a program answered."""
        function = closure.closure if isinstance(closure, OutsideFunction) else closure
        return self._run(function, [argument(arg) for arg in args])

    def save_function(
        self, func_name: str, saved_name: str, *args: Any, include_return: bool = True, **kwargs: Any
    ) -> None:
        """Keep a function with its arguments under another name; as ``vm[saved_name]()`` it runs.

        ValueError for a name that a function of the executable has.
        """
        if saved_name in self._executable.function_names:
            raise ValueError(f"{saved_name} is a function of the module already")
        given = self._arguments(func_name, args, kwargs)

        def saved() -> Any:
            value = self._run(func_name, given)
            return value if include_return else None

        self._saved[saved_name] = saved

    def set_input(self, func_name: str, *args: Any, **kwargs: Any) -> None:
        """Set the arguments of a function, by name or in order. ValueError when their number is another."""
        self._inputs[func_name] = tuple(self._arguments(func_name, args, kwargs))
        self._outputs.pop(func_name, None)

    def invoke_stateful(self, func_name: str) -> None:
        """Run a function on the arguments that were set; ValueError when none were."""
        if func_name not in self._inputs:
            message = f"no inputs of {func_name} were set"
            raise NoState(Diagnostic(codes.EXECUTION_FAILED, message, hint="use set_input"))
        self._outputs[func_name] = self._run(func_name, self._inputs[func_name])

    def get_outputs(self, func_name: str) -> Any:
        """What :meth:`invoke_stateful` computed, tuples nested; ValueError before it."""
        if func_name not in self._outputs:
            message = f"{func_name} was not run with invoke_stateful"
            raise NoState(Diagnostic(codes.EXECUTION_FAILED, message, hint="use invoke_stateful"))
        return self._outputs[func_name]

    def _arguments(self, func_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Value]:
        names = [param.name for param in self._executable.function(func_name).params]
        named = {name: value for name, value in kwargs.items() if name in names}
        if len(args) + len(named) != len(names):
            raise ValueError(f"{func_name} takes {len(names)} inputs, {len(args) + len(named)} are given")
        rest = iter(args)
        return [argument(converted(named[name] if name in named else next(rest))) for name in names]

    def time_evaluator(
        self,
        func_name: str,
        dev: Any,
        number: int = 10,
        repeat: int = 1,
        min_repeat_ms: int = 0,
        cooldown_interval_ms: int = 0,
        repeats_to_cooldown: int = 1,
        f_preproc: str = "",
    ) -> Callable[..., BenchmarkResult]:
        """A function that measures another one; the stateful interface's functions can be measured, too."""
        return self.module.time_evaluator(
            func_name,
            dev,
            number=number,
            repeat=repeat,
            min_repeat_ms=min_repeat_ms,
            cooldown_interval_ms=cooldown_interval_ms,
            repeats_to_cooldown=repeats_to_cooldown,
            f_preproc=f_preproc,
        )


class _Functions(Module):
    """The functions of a machine by name: those of the program, and the machine's own."""

    type_key = "relax.VirtualMachine"
    _OWN = ("invoke_closure", "save_function", "set_input", "invoke_stateful", "get_outputs")

    def __init__(self, machine: VirtualMachine) -> None:
        self._machine = machine

    def __getitem__(self, name: str) -> Callable[..., Any]:
        if name in self._OWN:
            return getattr(self._machine, name)
        return self._machine.function(name)
