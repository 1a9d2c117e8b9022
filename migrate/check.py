"""Whether a file holds a module that reads, types and is well formed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migrate.reading import is_relax, load
from relax_core.well_formed import check as check_relax
from relay_compat.types.infer import infer_types
from tensor_core.diagnostics import Diagnostic, DiagnosticError
from tensor_core.module import IRModule
from tensor_core.spans import Source


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What was found in one file: ``language`` and ``release`` of a module that could be read, and all faults."""

    path: Path
    language: str = ""
    release: str | None = None
    functions: tuple[str, ...] = ()
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    source: Source | None = None

    @property
    def good(self) -> bool:
        """Whether the file has no fault."""
        return not self.diagnostics

    @property
    def summary(self) -> str:
        """One line for people."""
        count = f"{len(self.functions)} function{'s' if len(self.functions) != 1 else ''}"
        of = f" of TVM {self.release}" if self.release else ""
        return f"{self.language}{of}, {count}, well formed"

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "path": str(self.path),
            "language": self.language,
            "release": self.release,
            "functions": list(self.functions),
            "good": self.good,
            "diagnostics": [item.to_json() for item in self.diagnostics],
        }


def check_file(path: Path, release: str | None = None) -> CheckedFile:
    """Check one file; ``release`` is the TVM release it was written for where the file does not say so itself."""
    try:
        module = load(path, release=release)
        faults = check_module(module)
    except DiagnosticError as error:
        return CheckedFile(path, diagnostics=list(error.diagnostics), source=error.source)
    language = "Relax" if is_relax(module) else "Relay"
    return CheckedFile(path, language, module.release, tuple(var.name for var in module.functions), faults)


def check_module(module: IRModule) -> list[Diagnostic]:
    """Every fault of a module: breaches of Relax's structural rules; of Relay, what type inference finds."""
    if is_relax(module):
        return check_relax(module)
    try:
        infer_types(module)
    except DiagnosticError as error:
        return list(error.diagnostics)
    return []
