"""Running executables (tvm.runtime.vm in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from relay_compat.backend.container import ADT
from relay_compat.backend.interpreter import arguments
from relay_compat.backend.measure import BenchmarkResult, measure
from relay_compat.backend.program import Prepared
from relay_compat.backend.values import to_inside, to_outside
from relay_compat.ir.expr import Function
from tensor_core import codes
from tensor_core.device import CPU, Device
from tensor_core.diagnostics import fail
from tensor_core.ndarray import NDArray


class Executable:
    """A module ready to run."""

    def __init__(self, program: Prepared) -> None:
        self.program = program

    @property
    def globals(self) -> list[str]:
        """The names of its functions."""
        return [var.name for var, func in self.program.module.functions.items() if isinstance(func, Function)]

    def is_compiled(self, func_name: str = "main") -> bool:
        """Whether a function runs as machine code; else it runs on numpy."""
        return self.program.is_compiled(func_name)

    def get_function_params(self, func_name: str) -> list[str]:
        """The names of a function's parameters."""
        return [param.name for param in self.program.function(func_name).params]

    def save(self) -> tuple[bytearray, Any]:
        """R2R0901: there is no byte code of TVM's machine."""
        raise _no_bytecode()

    @property
    def bytecode(self) -> str:
        """R2R0901: there is no byte code of TVM's machine."""
        raise _no_bytecode()


def _no_bytecode() -> Exception:
    hint = "save the module (relay_compat.json) and compile it again"
    return fail(codes.NOT_COVERED, "programs are not compiled to the byte code of TVM's machine", hint=hint)


class VirtualMachine:
    """Runs the functions of an executable. TypeError for anything but an executable and devices."""

    NAIVE_ALLOCATOR = 1
    POOLED_ALLOCATOR = 2

    def __init__(self, exe: Any, device: Any, memory_cfg: Any = None) -> None:
        if not isinstance(exe, Executable):
            raise TypeError(f"exe is expected to be the type of Executable, but received {type(exe)}")
        several = cast("Sequence[Any]", device if isinstance(device, (list, tuple)) else [device])
        for one in several:
            if not isinstance(one, Device):
                raise TypeError("dev is expected to be Device or List[Device]")
            if one.device_type != CPU:
                raise fail(codes.NO_SUCH_DEVICE, f"there is no device {one}", hint="use cpu()")
        del memory_cfg
        self._exec = exe
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
        given = [_tensor(value) for value in self._inputs.get(func_name, [])]
        if len(given) != len(function.params):
            raise ValueError(f"{func_name} takes {len(function.params)} inputs, {len(given)} are given")
        self._result = program.run(func_name, arguments(function, given, program.module))
        return to_outside(self._result, self._apply, tagged=True)

    def _apply(self, closure: Any, args: Sequence[Any]) -> Any:
        program = self._exec.program
        value = program.session.apply(closure, [to_inside(arg, program.module) for arg in args])
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
        del device, limit_zero_time_iterations, end_to_end, cooldown_interval_ms, repeats_to_cooldown
        if args or kwargs:
            self.set_input(func_name, *args, **kwargs)
        return measure(lambda: self.invoke(func_name), repeat, number, min_repeat_ms or 0)


def _tensor(value: Any) -> Any:
    """None is an empty tensor, as for TVM's machine."""
    return [] if value is None else value
