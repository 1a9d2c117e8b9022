"""Modules compiled for the virtual machine (tvm.runtime.vm.Executable in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relay_compat.backend import late_constants
from relay_compat.backend.program import Prepared
from relay_compat.backend.saved import VM, Saved, write
from relay_compat.ir.expr import Function
from relay_compat.ir.module import IRModule
from relay_compat.params import load_params, save_params
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ndarray import NDArray, ndarray
from tensor_core.runtime_module import Module


class ExecutableModule(Module):
    """A module that is made ready to run when it is first needed. Large constants may be moved out of it."""

    type_key = "VMExecutable"

    def __init__(self, module: IRModule, program: Prepared | None = None) -> None:
        self._module = module
        self._program = program

    @property
    def program(self) -> Prepared:
        """The module ready to run. R2R0603 while constants that were moved out of it are missing."""
        if self._program is None:
            lost = late_constants.missing(self._module)
            if lost:
                hint = "load them with load_late_bound_consts"
                raise fail(
                    codes.NO_SUCH_FUNCTION, f"constants were moved out of the program: {', '.join(lost)}", hint=hint
                )
            self._program = Prepared(self._module, interprets=True)
        return self._program

    def get_late_bound_consts(self, byte_limit: int) -> dict[str, NDArray]:
        """Constants of at least ``byte_limit`` bytes, which are no longer part of the program from now on."""
        self._module, arrays = late_constants.taken_out(self._module, byte_limit)
        self._program = None
        return arrays

    def move_late_bound_consts(self, path: Any, byte_limit: int) -> None:
        """As :meth:`get_late_bound_consts`, writing the constants to a file in the form of parameters."""
        Path(str(path)).write_bytes(save_params(self.get_late_bound_consts(byte_limit)))

    def load_late_bound_consts(self, path: Any) -> None:
        """Put constants of a file back."""
        found = load_params(Path(str(path)).read_bytes())
        self.load_late_bound_consts_from_map({name: ndarray(value) for name, value in found.items()})

    def load_late_bound_consts_from_map(self, arrays: Mapping[str, NDArray]) -> None:
        """Put constants back."""
        self._module = late_constants.put_back(self._module, arrays)
        self._program = None

    def export_library(self, file_name: Any, fcompile: Any = None, addons: Any = None, **kwargs: Any) -> None:
        """Write the module to a file (:mod:`relay_compat.backend.saved`); it is compiled again where it is loaded."""
        del fcompile, addons, kwargs
        Path(str(file_name)).write_text(self.save(), "utf-8")

    def save(self) -> str:
        """The text that :meth:`export_library` writes."""
        return write(Saved(VM, self._module))


class Executable:
    """A module compiled for the virtual machine."""

    def __init__(self, mod: ExecutableModule) -> None:
        self.mod = mod

    @property
    def module(self) -> ExecutableModule:
        """The program."""
        return self.mod

    @property
    def lib(self) -> ExecutableModule:
        """The compiled code: the program."""
        return self.mod

    @property
    def program(self) -> Prepared:
        """The program ready to run."""
        return self.mod.program

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

    def save(self) -> tuple[bytearray, ExecutableModule]:
        """What :meth:`load_exec` makes an executable of."""
        return bytearray(self.mod.save().encode()), self.mod

    @staticmethod
    def load_exec(bytecode: Any, lib: Any = None) -> Executable:
        """An executable from the first result of :meth:`save`. TypeError for anything but bytes or text."""
        from relay_compat.backend.saved import read

        del lib
        if not isinstance(bytecode, (bytes, bytearray, str)):
            raise TypeError(f"bytecode is expected to be the type of bytearray, but received {type(bytecode)}")
        text = bytecode if isinstance(bytecode, str) else bytes(bytecode).decode()
        return Executable(ExecutableModule(read(text).module))

    @property
    def bytecode(self) -> str:
        """R2R0901: there is no byte code of TVM's machine."""
        raise fail(
            codes.NOT_COVERED,
            "programs are not compiled to the byte code of TVM's machine",
            hint="`program.module` is what runs",
        )

    def get_late_bound_consts(self, byte_limit: int) -> dict[str, NDArray]:
        """As :meth:`ExecutableModule.get_late_bound_consts`."""
        return self.mod.get_late_bound_consts(byte_limit)

    def move_late_bound_consts(self, path: Any, byte_limit: int) -> None:
        """As :meth:`ExecutableModule.move_late_bound_consts`."""
        self.mod.move_late_bound_consts(path, byte_limit)

    def load_late_bound_consts(self, path: Any) -> None:
        """As :meth:`ExecutableModule.load_late_bound_consts`."""
        self.mod.load_late_bound_consts(path)

    def load_late_bound_consts_from_map(self, map: Mapping[str, NDArray]) -> None:
        """As :meth:`ExecutableModule.load_late_bound_consts_from_map`."""
        self.mod.load_late_bound_consts_from_map(map)
