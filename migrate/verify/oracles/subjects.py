"""Properties that ask a real TVM, by name: a campaign's processes make them from the name alone."""

from __future__ import annotations

import shlex
from functools import cache
from pathlib import Path

from migrate.verify.generate.program import Program
from migrate.verify.oracles.answer import Answer, Oracle
from migrate.verify.oracles.errors import OracleCrashed, OracleError, OracleMissing, OracleTimeout
from migrate.verify.oracles.live_tvm import Tvm
from migrate.verify.oracles.onnx_oracle import OnnxOracle
from migrate.verify.oracles.process import Interpreter
from migrate.verify.oracles.relay_oracle import RelaxOracle, RelayOracle
from migrate.verify.oracles.standing import versions_of
from migrate.verify.properties.oracles import agrees_with
from migrate.verify.properties.property import Property
from tensor_core.diagnostics import DiagnosticError

_LANGUAGES = {"relay": "Relay", "relax": "Relax", "onnx": "ONNX"}
TIMEOUT = 50.0
"""Seconds for one answer: less than what a campaign gives a check."""


def live_names(interpreter: Interpreter) -> tuple[str, ...]:
    """The properties that it can judge: by Relay, Relax or both of its TVM; without one, by its ONNX Runtime.

    DiagnosticError R2R0510 if it has neither.
    """
    languages = _languages(interpreter)
    options = [item for folder in interpreter.path for item in ("--path", str(folder))]
    options += [item for name in interpreter.imports for item in ("--import", name)]
    where = shlex.join([str(interpreter.python), *options])
    return tuple(f"{_LANGUAGES[name]} of {where}" for name in languages)


def _languages(interpreter: Interpreter) -> list[str]:
    with Tvm(interpreter, f"TVM of {interpreter.python}", TIMEOUT) as tvm:
        try:
            versions_of(tvm)
            return tvm.languages()
        except DiagnosticError:
            if not _has_onnx(interpreter):
                raise
    return ["onnx"]


def _has_onnx(interpreter: Interpreter) -> bool:
    oracle = OnnxOracle(interpreter, TIMEOUT)
    try:
        return "onnxruntime" in oracle.versions()
    except (OracleMissing, OracleCrashed, OracleError, OracleTimeout):
        return False
    finally:
        oracle.close()


def is_live(name: str) -> bool:
    """Whether a name is one of :func:`live_names`."""
    return name.startswith(tuple(f"{language} of " for language in _LANGUAGES.values()))


def live(name: str) -> Property:
    """The property of such a name."""
    return Property(name, agrees_with(_Lazy(name)).check)


class _Lazy:
    """An oracle that is made when it is first asked."""

    def __init__(self, name: str) -> None:
        self.name = name

    def answer(self, program: Program) -> Answer:
        return _oracle(self.name).answer(program)

    def close(self) -> None:
        _oracle(self.name).close()


@cache
def _oracle(name: str) -> Oracle:
    language, _, where = name.partition(" of ")
    python, *options = shlex.split(where)
    pairs = list(zip(options[::2], options[1::2], strict=True))
    path = tuple(Path(value) for option, value in pairs if option == "--path")
    imports = tuple(value for option, value in pairs if option == "--import")
    interpreter = Interpreter(Path(python), path, imports)
    if language == "ONNX":
        return OnnxOracle(interpreter, TIMEOUT)
    tvm = Tvm(interpreter, f"TVM of {python}", TIMEOUT)
    release = ".".join(tvm.versions()["tvm"].split(".")[:2])
    return RelayOracle(tvm, release) if language == "Relay" else RelaxOracle(tvm, release)
