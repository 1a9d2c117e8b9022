"""A real TVM, asked in a process of its own: every question that the tests and the product have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from migrate.values import Array
from migrate.verify.oracles.process import Interpreter, Worker
from migrate.verify.oracles.worker import wire

Value = Any
"""An array, a tuple of values, a :class:`~migrate.verify.oracles.worker.wire.Shape`, or an int."""
Inputs = Sequence[Value] | Mapping[str, Value]
"""Arguments in the order of the parameters, or by name."""

Engine = Literal["graph", "vm", "debug"]


@dataclass(frozen=True, slots=True)
class RelaxCheck:
    """What TVM says of a Relax text."""

    parses: bool
    well_formed: bool
    #: The module printed back; empty if it does not parse.
    printed: str
    #: TVM's message if it does not parse or is not well formed.
    message: str


@dataclass(frozen=True, slots=True)
class RelaxTrial:
    """How far TVM gets with a Relax text."""

    #: "parse", "build" or "run"; empty if nothing failed.
    failed: str
    message: str
    #: What it was built for: "llvm" or "c"; empty if it was not.
    target: str
    #: The leaves of the result if nothing failed.
    outputs: list[Array]


class Tvm:
    """One TVM. Starts on the first question; use it as a context manager, or call :meth:`close`.

    Everything raises what :class:`~migrate.verify.oracles.process.Worker` raises.
    """

    def __init__(self, interpreter: Interpreter, name: str = "TVM", timeout: float = 600.0) -> None:
        """``name``: what messages call it; ``timeout``: seconds for one answer."""
        self._worker = Worker(interpreter, "ask_tvm.py", name, timeout)
        self._trials = 0

    @property
    def timeout(self) -> float:
        """Seconds for one answer."""
        return self._worker.timeout

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        self._worker.timeout = seconds

    # ---- Relay (up to 0.19)

    def relay_run(
        self,
        module: str,
        inputs: Inputs,
        params: Mapping[str, Value] | Path | None = None,
        *,
        opt_level: int = 1,
        executor: Engine = "graph",
    ) -> list[Array]:
        """Runs @main of a Relay module (text or JSON). Gives the leaves of the result.

        `params` are bound as constants first: by name, or a file of `relay.save_param_dict`. `graph` knows static
        shapes and tensors only; `vm` also tuple arguments, dynamic shapes, control flow and data types, and needs an
        `opt_level` of at least 1 (at 0, TVM crashes); `debug` is TVM's interpreter, slow, and knows all of Relay.
        A program with dynamic shapes and rank-0 parameters fails in `vm` (a defect of TVM 0.19) and runs in `debug`.
        """
        options: dict[str, Any] = {"module": module, "opt_level": opt_level, "executor": executor}
        if isinstance(params, Path):
            options["params_file"] = str(params.resolve())
            params = None
        _, outputs = self._worker.ask("relay_run", options, {"inputs": inputs, "params": params})
        return wire.leaves(outputs)

    def relay_text(self, module: str, *, infer_types: bool = True) -> str:
        """A Relay module (text or JSON) as TVM prints it, metadata included."""
        return self._worker.ask("relay_text", {"module": module, "infer_types": infer_types})[0]

    def relay_json(self, module: str, *, infer_types: bool = True) -> str:
        """A Relay module (text or JSON) as `tvm.ir.save_json` writes it."""
        return self._worker.ask("relay_json", {"module": module, "infer_types": infer_types})[0]

    def relay_types(self, module: str) -> dict[str, str]:
        """The inferred type of each global function, as Relay text, by name."""
        return self._worker.ask("relay_types", {"module": module})[0]

    def relay_equal(self, first: str, second: str) -> bool | None:
        """Whether two JSON modules are structurally equal; None when the first is not even equal to itself read twice.

        TVM's comparison says so of modules with free type variables.
        """
        return self._worker.ask("relay_equal", {"first": first, "second": second})[0]

    # ---- Relax

    def relax_check(self, text: str) -> RelaxCheck:
        """Parses a Relax text, checks that it is well formed and prints it back. Never raises `OracleError`."""
        start = self._worker.log_size()
        told = self._worker.ask("relax_check", {"text": text})[0]
        if not told["parses"]:  # 0.19 writes its diagnostics to stderr
            told["message"] = f"{told['message']}\n{self._worker.log(start)}".strip()
        return RelaxCheck(**told)

    def relax_print(self, text: str, *, check: bool = True, **options: Any) -> str:
        """Parses a Relax text and prints it back with the options of TVM's `script`. Raises `OracleError` if it cannot.

        `check`: whether TVM's parser also asks whether the module is well formed, as it does by default.
        """
        return self._worker.ask("relax_print", {"text": text, "check": check, "options": options})[0]

    def relax_names(self) -> dict[str, str]:
        """The names that Relax scripts may use after `R.`, and the Python signatures of those that have one."""
        return self._worker.ask("relax_names", {})[0]

    def relax_build(self, text: str, *, opt_level: int = 2) -> None:
        """Builds a Relax text for the CPU with the release's default pipeline. Raises `OracleError` if it cannot."""
        self._worker.ask("relax_run", {"text": text, "opt_level": opt_level, "entry": None})

    def relax_run(
        self, text: str, inputs: Inputs, *, entry: str = "main", opt_level: int = 2, runtime: str | None = None
    ) -> list[Array]:
        """Builds a Relax text and runs one function on the virtual machine. Gives the leaves of the result.

        A shape or scalar that comes back is an int64 array or a rank-0 array. `runtime`: the text of a Python module
        that registers functions which the program calls.
        """
        options: dict[str, Any] = {"text": text, "opt_level": opt_level, "entry": entry}
        options["runtime"] = self._module_file(runtime)
        _, outputs = self._worker.ask("relax_run", options, {"inputs": inputs})
        return wire.leaves(outputs)

    def relax_trial(
        self, text: str, inputs: Sequence[Value], *, entry: str = "main", opt_level: int = 2, runtime: str | None = None
    ) -> RelaxTrial:
        """As `relax_run`, and says how far TVM got. Raises `OracleCrashed` where the process ends, never `OracleError`.

        Where LLVM refuses the code that the wheel generates (debug information of let-bound values in 0.19), TVM
        generates C and the machine's C compiler compiles it.
        """
        self._trials += 1
        library = str(self._worker.folder / f"trial{self._trials}.so")
        options: dict[str, Any] = {"text": text, "opt_level": opt_level, "entry": entry, "library": library}
        options["runtime"] = self._module_file(runtime)
        start = self._worker.log_size()
        told, outputs = self._worker.ask("relax_trial", options, {"inputs": list(inputs)})
        message = told["message"]
        if told["failed"] == "parse":  # 0.19 writes its diagnostics to stderr
            message = f"{message}\n{self._worker.log(start)}".strip()
        return RelaxTrial(told["failed"], message, told["target"], wire.leaves(outputs))

    def _module_file(self, text: str | None) -> str | None:
        if text is None:
            return None
        path = self._worker.folder / "runtime.py"
        path.write_text(text)
        return str(path)

    # ---- the process

    def versions(self) -> dict[str, str]:
        """The versions of TVM, numpy and Python on the other side."""
        return self._worker.ask("versions", {})[0]

    def languages(self) -> list[str]:
        """Which of "relay" and "relax" this TVM has."""
        return self._worker.ask("languages", {})[0]

    def close(self) -> None:
        """Ends the process and removes the temporary folder."""
        self._worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
