"""What a conversion gives, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass

import relax_core.ir.expr as relax
from migrate.forward.runtime_module import RUNTIME_MODULE, RUNTIME_NOTE, needs_runtime
from migrate.params.files import how_to_load
from migrate.params.npz import npz_bytes
from migrate.report.model import Report
from migrate.report.shown import Shown
from relax_core.text.printer import print_module
from relax_core.text.release import header
from tensor_core.module import IRModule


@dataclass(frozen=True, slots=True)
class ConversionResult(Shown):
    """What a conversion gives: the Relax module and the report of what became of every op call."""

    module: IRModule
    report: Report

    def script(self, params_file: str = "") -> str:
        """The module as TVMScript of the report's target release, which its first line names.

        ``params_file``: where the module's arrays will lie; a comment then says how to bind them in TVM.
        """
        head = header(self.report.target)
        if needs_runtime(self.module.functions.values()):
            head += RUNTIME_NOTE
        if params_file and self.module.params:
            head += "".join(f"# {line}\n" for line in _loading(self.module, params_file))
        return head + print_module(self.module, self.report.target)

    def runtime_script(self) -> str | None:
        """The Python module that real TVM needs to run the script: for algebraic data types and references; None where
        it needs none.
        """
        return RUNTIME_MODULE if needs_runtime(self.module.functions.values()) else None

    def params_bytes(self) -> bytes:
        """The arrays that belong to the module (given parameters and lifted constants) as an ``.npz``."""
        return npz_bytes(self.module.params)


def _loading(module: IRModule, path: str) -> list[str]:
    """Python that binds the arrays of a file to the module."""
    entries = {
        var.name: [param.name for param in function.params if param.name in module.params]
        for var, function in module.functions.items()
        if isinstance(function, relax.Function)
    }
    lines = how_to_load(path, module.params, {name: params for name, params in entries.items() if params})
    return [f"The arrays of its parameters are in {path}. In Python with TVM, module being this:", *lines]
