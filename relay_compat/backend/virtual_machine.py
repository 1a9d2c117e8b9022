"""Running executables (tvm.runtime.vm in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from relay_compat.backend.container import ADT
from relay_compat.backend.executable import Executable, ExecutableModule
from relay_compat.backend.interpreter import arguments
from relay_compat.backend.values import to_inside, to_outside
from tensor_core import codes
from tensor_core.device import CPU, Device
from tensor_core.diagnostics import fail
from tensor_core.measure import BenchmarkResult
from tensor_core.ndarray import NDArray
from tensor_core.runtime_module import Module
from tensor_core.types import TensorType

__all__ = ["Executable", "VirtualMachine"]


class VirtualMachine:
    """Runs the functions of an executable. TypeError for anything but an executable and devices."""

    NAIVE_ALLOCATOR = 1
    POOLED_ALLOCATOR = 2

    def __init__(self, exe: Any, device: Any, memory_cfg: Any = None) -> None:
        if not isinstance(exe, (Executable, ExecutableModule)):
            raise TypeError(f"exe is expected to be the type of Executable, but received {type(exe)}")
        several = cast("Sequence[Any]", device if isinstance(device, (list, tuple)) else [device])
        for one in several:
            if not isinstance(one, Device):
                raise TypeError("dev is expected to be Device or List[Device]")
            if one.device_type != CPU:
                raise fail(codes.NO_SUCH_DEVICE, f"there is no device {one}", hint="use cpu()")
        del memory_cfg
        self._exec = exe if isinstance(exe, Executable) else Executable(exe)
        self.module = _Functions(self)
        self._inputs: dict[str, list[Any]] = {}
        self._result: Any = None

    def set_input(self, func_name: str, *args: Any, **kwargs: Any) -> None:
        """All inputs of a function: by name, the others in order. ValueError when their number is another."""
        names = self._exec.get_function_params(func_name)
        named = {name: value for name, value in kwargs.items() if name in names}
        if len(args) + len(named) != len(names):
            raise ValueError(f"{func_name} takes {len(names)} inputs, {len(args) + len(named)} are given")
        rest = iter(args)
        self._inputs[func_name] = [named[name] if name in named else next(rest) for name in names]

    def set_one_input(self, func_name: str, *args: Any, **kwargs: Any) -> None:
        """One input of a function by name, or by number and value."""
        names = self._exec.get_function_params(func_name)
        key, value = next(iter(kwargs.items())) if kwargs else args
        place = names.index(key) if isinstance(key, str) else int(key)
        self._inputs.setdefault(func_name, [None] * len(names))[place] = value

    def invoke(self, func_name: str, *args: Any, **kwargs: Any) -> Any:
        """The value of a function: an NDArray, an ADT (also for values of algebraic types), or a function."""
        if args or kwargs:
            self.set_input(func_name, *args, **kwargs)
        program = self._exec.program
        function = program.function(func_name)
        inputs = self._inputs.get(func_name, [])
        if len(inputs) != len(function.params):
            raise ValueError(f"{func_name} takes {len(function.params)} inputs, {len(inputs)} are given")
        given = [_given(value, param.checked) for value, param in zip(inputs, function.params, strict=True)]
        self._result = program.run(func_name, arguments(function, given, program.module))
        return to_outside(self._result, self._apply, tagged=True)

    def _apply(self, closure: Any, args: Sequence[Any]) -> Any:
        program = self._exec.program
        value = program.evaluation.apply(closure, [to_inside(arg, program.module) for arg in args])
        return to_outside(value, self._apply, tagged=True)

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """The value of the entry."""
        return self.invoke("main", *args, **kwargs)

    def invoke_stateful(self, func_name: str, *args: Any, **kwargs: Any) -> None:
        """Run a function; :meth:`get_outputs` has what it answers."""
        self.invoke(func_name, *args, **kwargs)

    def invoke_with_outputs(
        self, func_name: str, input_args: Mapping[str, Any], output_args: Sequence[NDArray]
    ) -> None:  # fmt: skip
        """Run a function and copy what it answers into arrays."""
        self.invoke(func_name, **input_args)
        for source, target in zip(self.get_outputs(), output_args, strict=True):
            source.copyto(target)

    def get_outputs(self) -> list[NDArray]:
        """What the last run answered, as a list."""
        found: Any = to_outside(self._result, self._apply, tagged=True)
        return list(found) if isinstance(found, ADT) else [found]

    def get_input_index(self, input_name: str, func_name: str = "main") -> int:
        """The number of an input; -1 for an unknown name."""
        names = self._exec.get_function_params(func_name)
        return names.index(input_name) if input_name in names else -1

    def benchmark(
        self,
        device: Any,
        *args: Any,
        func_name: str = "main",
        repeat: int = 5,
        number: int = 5,
        min_repeat_ms: int | None = None,
        limit_zero_time_iterations: int = 100,
        end_to_end: bool = False,
        cooldown_interval_ms: int = 0,
        repeats_to_cooldown: int = 1,
        **kwargs: Any,
    ) -> BenchmarkResult:
        """Measured run times of a function."""
        del end_to_end
        if args or kwargs:
            self.set_input(func_name, *args, **kwargs)
        return self.module.time_evaluator(
            "invoke",
            device,
            repeat=repeat,
            number=number,
            min_repeat_ms=min_repeat_ms or 0,
            limit_zero_time_iterations=limit_zero_time_iterations,
            cooldown_interval_ms=cooldown_interval_ms,
            repeats_to_cooldown=repeats_to_cooldown,
        )(func_name)


class _Functions(Module):
    """The machine's functions by name."""

    type_key = "VirtualMachine"

    def __init__(self, machine: VirtualMachine) -> None:
        self._machine = machine

    def __getitem__(self, name: str) -> Callable[..., Any]:
        found = None if name.startswith("_") else getattr(self._machine, name, None)
        if not callable(found):
            raise AttributeError(f"Module has no function '{name}'")
        return found


def _given(value: Any, type_: Any) -> Any:
    """For TVM's machine None is an empty tensor, and a tuple of one tensor stands for it."""
    if value is None:
        return np.zeros(0, "float32")
    given: Any = value
    single = isinstance(type_, TensorType) and isinstance(value, (tuple, list, ADT)) and len(given) == 1
    return given[0] if single else given
