"""A user's file that changes modules, run by another interpreter: under the alias of a release, or in a real TVM."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import migrate.alias
from migrate.alias.current import VARIABLE
from migrate.alias.profile import profile
from migrate.verify.oracles.errors import OracleCrashed, OracleError, OracleMissing, OracleTimeout
from migrate.verify.oracles.process import Interpreter, Worker
from migrate.verify.ported.recipes import Told
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relay_compat.json.reader import load_json
from relay_compat.json.writer import save_json
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule

_SITE = Path(migrate.alias.__file__).parent / "site"
_RAISED = (OracleError, OracleCrashed, OracleTimeout, OracleMissing)
_TOP = "tvm"
"""The package of which a fork's files are part."""
MEMORY = 8192
"""MB of address space that a user's code may have by default."""


def under_alias(release: str, path: Sequence[Path] = (), memory: int = MEMORY) -> Interpreter:
    """The Python that runs this, where ``import tvm`` gives the alias of a release. R2R0405 for one without alias."""
    profile(release)
    seen = os.pathsep.join([str(_SITE), *filter(None, sys.path)])
    environment = (("PYTHONPATH", seen), (VARIABLE, release))
    return Interpreter(Path(sys.executable), tuple(path), (), memory, environment)


def module_name(file: Path) -> str:
    """The dotted name of a file: in TVM's package where it lies in a folder ``tvm``, else in the packages around it."""
    places = file.resolve().with_suffix("").parts
    if _TOP in places[:-1]:
        return ".".join(places[len(places) - 1 - places[::-1].index(_TOP) :])
    folder, parts = file.resolve().parent, [file.stem]
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts)


class UserFile:
    """What one expression in a file's names does to modules. Use as a context manager, or call :meth:`close`.

    ``release``: how Relax text is spelled for the interpreter. All methods raise DiagnosticError R2R0511 for what the
    user's code raises, for its death and when it takes too long.
    """

    def __init__(self, interpreter: Interpreter, file: Path, release: str, timeout: float = 60.0) -> None:
        """``timeout``: seconds for one answer."""
        self.file = file
        self._release = release
        self._name = f"{file.name} in TVM {release}"
        self._options = {"file": str(file.resolve()), "name": module_name(file)}
        self._worker = Worker(interpreter, "run_pass.py", self._name, timeout)

    def names(self) -> dict[str, str]:
        """What can be applied, by name: its kind."""
        return self._ask("user_names")

    def patterns(self, expression: str) -> tuple[str, Sequence[Told]]:
        """The patterns that it looks for, after "rewrite" or "table" where they are its own; else the whole file's."""
        kind, told = self._ask("user_patterns", expression=expression)
        return kind, [(name, nodes) for name, nodes in told]

    def relay(self, expression: str, module: IRModule) -> IRModule:
        """A Relay module after it."""
        return load_json(self._ask("user_relay", expression=expression, module=save_json(module)), self._name)

    def relax(self, expression: str, module: IRModule) -> IRModule:
        """A Relax module after it; arrays beside the module stay beside it."""
        text = print_module(module, self._release, module.release)
        changed = read(self._ask("user_relax", expression=expression, module=text), self._name, self._release)
        changed.params.update(module.params)
        return changed

    def checked(self) -> dict[str, tuple[int, int]]:
        """How often the check of each row of a pattern table refused a match and took one in this process."""
        try:
            told: dict[str, list[int]] = self._worker.ask("user_checked", {})[0]
        except _RAISED as error:
            raise self._failed(error) from error
        return {name: (refused, took) for name, (refused, took) in told.items()}

    def close(self) -> None:
        """End the process."""
        self._worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, operation: str, **options: Any) -> Any:
        try:
            return self._worker.ask(operation, {**self._options, **options})[0]
        except _RAISED as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> DiagnosticError:
        told = f"{error.kind}: {error}" if isinstance(error, OracleError) and not str(error) else str(error)
        return fail(codes.NO_ANSWER, f"{self._name}: {told}", hint="run the file by itself under relay2relax as-tvm")
