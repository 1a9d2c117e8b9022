"""Built Relax modules (tvm.relax.VMExecutable; tvm.relax.Executable before TVM 0.20)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from relax_core.assumed import assumed
from relax_core.backend.saved import write
from relax_core.ir.expr import Function, IRModule
from relax_core.lower import lower
from tensor_core.execution import Runner, compiled
from tensor_core.program import Program
from tensor_core.runtime_module import Module


class ExecutableModule(Module):
    """A Relax module that is lowered and compiled when it is first needed."""

    type_key = "relax.Executable"

    def __init__(self, source: IRModule, release: str | None = None) -> None:
        self.source = source
        self.release = assumed(release or source.release)
        self._program: Program | None = None
        self._runner: Runner | None = None

    @property
    def program(self) -> Program:
        """The executable form of all Relax functions. Errors as :func:`relax_core.lower.lower`."""
        if self._program is None:
            self._program = lower(self.source, self.function_names, self.release)
        return self._program

    @property
    def runner(self) -> Runner:
        """The compiled program; R2R0606 when nothing that compiles was chosen."""
        if self._runner is None:
            self._runner = compiled(self.program)
        return self._runner

    @property
    def function_names(self) -> list[str]:
        """The names of the Relax functions."""
        return [var.name for var, function in self.source.functions.items() if isinstance(function, Function)]

    def function(self, name: str) -> Function:
        """One Relax function; R2R0603 when there is none of this name."""
        found = self.source[name]
        assert isinstance(found, Function)
        return found

    def __getitem__(self, name: str) -> Callable[..., Any]:
        from relax_core.backend.virtual_machine import VirtualMachine
        from tensor_core.device import CPU, Device

        if name == "vm_load_executable":
            return lambda: self
        return VirtualMachine(self, Device(CPU))[name]

    def export_library(self, file_name: Any, fcompile: Any = None, addons: Any = None, **kwargs: Any) -> None:
        """Write the module to a file (:mod:`relax_core.backend.saved`); it is compiled again where it is loaded."""
        del fcompile, addons, kwargs
        Path(str(file_name)).write_text(write(self.source, self.release), "utf-8")


class Executable:
    """What ``relax.build`` answers."""

    def __init__(self, mod: ExecutableModule) -> None:
        self.mod = mod

    def __getitem__(self, name: str) -> Callable[..., Any]:
        return self.mod[name]

    def __call__(self, *args: Any) -> Any:
        """Call the function ``main``."""
        return self.mod["main"](*args)

    def jit(self, *, fcompile: Any = None, addons: Any = None, force_recompile: bool = False) -> ExecutableModule:
        """The module, compiled."""
        del fcompile, addons, force_recompile
        _ = self.mod.runner
        return self.mod

    def export_library(self, file_name: Any, **kwargs: Any) -> None:
        """As :meth:`ExecutableModule.export_library`."""
        self.mod.export_library(file_name, **kwargs)

    def stats(self) -> str:
        """What the executable holds, in numbers."""
        functions = self.mod.program.functions.values()
        lines = [f"  {item.name}: {len(item.body.code)} instructions, {item.registers} registers" for item in functions]
        return "\n".join([f"Relax executable: {len(lines)} functions", *lines])

    def as_text(self) -> str:
        """The instructions of every function, one a line."""
        return "\n".join(map(_listing, self.mod.program.functions.values()))


def _listing(function: Any) -> str:
    lines = [f"@{function.name}({', '.join(function.params)}):"]
    stack: list[tuple[Any, int]] = [(function.body, 1)]
    while stack:
        item, depth = stack.pop()
        margin = "  " * depth
        if hasattr(item, "code"):
            stack.append((f"ret %{item.result}", depth))
            stack.extend((entry, depth) for entry in reversed(item.code))
        elif isinstance(item, str):
            lines.append(margin + item)
        else:
            lines.append(margin + _line(item))
            if hasattr(item, "then"):
                stack += [(item.otherwise, depth + 1), ("else", depth), (item.then, depth + 1)]
    return "\n".join(lines)


def _line(item: Any) -> str:
    kernel = getattr(item, "kernel", None) or getattr(item, "card", None)
    name = getattr(item, "name", "") or getattr(item, "function", "") or getattr(kernel, "name", "")
    reads = [getattr(item, key) for key in ("condition", "source", "callee") if hasattr(item, key)]
    reads += getattr(item, "args", ()) or getattr(item, "items", ()) or getattr(item, "captured", ())
    writes = getattr(item, "outs", None) or ([item.out] if hasattr(item, "out") else [])
    target = f"{', '.join(f'%{n}' for n in writes)} = " if writes else ""
    return f"{target}{type(item).__name__}({', '.join([*([str(name)] if name else []), *(f'%{n}' for n in reads)])})"
