"""A client for a real TVM release that runs in a process of its own (see `oracle.worker`).

Questions go as JSON lines, arrays as .npz files in a temporary folder. A TVM that dies or hangs ends the process, not
the caller; the next question starts a new one.
"""

import json
import select
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from oracle import environments, wire

Array = np.ndarray[Any, Any]
#: An array, a tuple of values, a `Shape`, or an int.
Value = Any
#: Arguments in the order of the parameters, or by name.
Inputs = Sequence[Value] | Mapping[str, Value]


class OracleMissing(Exception):
    """There is no environment for this release."""


class OracleError(Exception):
    """TVM raised an exception. `kind`: its class; `message`: its text; `log`: what TVM wrote to stderr meanwhile."""

    def __init__(self, kind: str, message: str, log: str) -> None:
        super().__init__(f"{kind}: {message}" + (f"\n{log}" if log else ""))
        self.kind, self.message, self.log = kind, message, log


class OracleCrashed(Exception):
    """The process ended, as by a failed check in native code. `returncode`: as in `subprocess`; `log`: its stderr."""

    def __init__(self, returncode: int, log: str) -> None:
        super().__init__(f"the TVM process ended with {returncode}\n{log}")
        self.returncode, self.log = returncode, log


class OracleTimeout(Exception):
    """No answer in time; the process was ended."""


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


class Oracle:
    """One TVM release. Starts on the first question; use it as a context manager, or call `close`."""

    def __init__(self, release: str, timeout: float = 600.0) -> None:
        """`release`: a key of `environments.RELEASES`; `timeout`: seconds for one answer."""
        self.release = release
        self.timeout = timeout
        self._python = environments.interpreter(release)
        self._folder = tempfile.TemporaryDirectory(prefix="oracle-")
        self._log_path = Path(self._folder.name) / "stderr"
        self._process: subprocess.Popen[bytes] | None = None
        self._trials = 0

    # ---- Relay (0.19)

    def relay_run(
        self,
        module: str,
        inputs: Inputs,
        params: Mapping[str, Value] | Path | None = None,
        *,
        opt_level: int = 1,
        executor: Literal["graph", "vm", "debug"] = "graph",
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
        _, outputs = self._ask("relay_run", options, {"inputs": inputs, "params": params})
        return wire.leaves(outputs)

    def relay_text(self, module: str, *, infer_types: bool = True) -> str:
        """A Relay module (text or JSON) as TVM prints it, metadata included."""
        return self._ask("relay_text", {"module": module, "infer_types": infer_types})[0]

    def relay_json(self, module: str, *, infer_types: bool = True) -> str:
        """A Relay module (text or JSON) as `tvm.ir.save_json` writes it."""
        return self._ask("relay_json", {"module": module, "infer_types": infer_types})[0]

    def relay_types(self, module: str) -> dict[str, str]:
        """The inferred type of each global function, as Relay text, by name."""
        return self._ask("relay_types", {"module": module})[0]

    def relay_equal(self, first: str, second: str) -> bool | None:
        """Whether two JSON modules are structurally equal; None when the first is not even equal to itself read twice.

        TVM's comparison says so of modules with free type variables.
        """
        return self._ask("relay_equal", {"first": first, "second": second})[0]

    # ---- Relax

    def relax_check(self, text: str) -> RelaxCheck:
        """Parses a Relax text, checks that it is well formed and prints it back. Never raises `OracleError`."""
        start = self._log_path.stat().st_size if self._log_path.exists() else 0
        told = self._ask("relax_check", {"text": text})[0]
        if not told["parses"]:  # 0.19 writes its diagnostics to stderr
            told["message"] = f"{told['message']}\n{self._log(start)}".strip()
        return RelaxCheck(**told)

    def relax_print(self, text: str, *, check: bool = True, **options: Any) -> str:
        """Parses a Relax text and prints it back with the options of TVM's `script`. Raises `OracleError` if it cannot.

        `check`: whether TVM's parser also asks whether the module is well formed, as it does by default.
        """
        return self._ask("relax_print", {"text": text, "check": check, "options": options})[0]

    def relax_names(self) -> dict[str, str]:
        """The names that Relax scripts may use after `R.`, and the Python signatures of those that have one."""
        return self._ask("relax_names", {})[0]

    def relax_build(self, text: str, *, opt_level: int = 2) -> None:
        """Builds a Relax text for the CPU with the release's default pipeline. Raises `OracleError` if it cannot."""
        self._ask("relax_run", {"text": text, "opt_level": opt_level, "entry": None})

    def relax_run(
        self, text: str, inputs: Inputs, *, entry: str = "main", opt_level: int = 2, runtime: str | None = None
    ) -> list[Array]:
        """Builds a Relax text and runs one function on the virtual machine. Gives the leaves of the result.

        A shape or scalar that comes back is an int64 array or a rank-0 array. `runtime`: the text of a Python module
        that registers functions which the program calls.
        """
        options: dict[str, Any] = {"text": text, "opt_level": opt_level, "entry": entry}
        options["runtime"] = self._module_file(runtime)
        _, outputs = self._ask("relax_run", options, {"inputs": inputs})
        return wire.leaves(outputs)

    def relax_trial(
        self, text: str, inputs: Sequence[Value], *, entry: str = "main", opt_level: int = 2, runtime: str | None = None
    ) -> RelaxTrial:
        """As `relax_run`, and says how far TVM got. Raises `OracleCrashed` where the process ends, never `OracleError`.

        Where LLVM refuses the code that the wheel generates (debug information of let-bound values in 0.19), TVM
        generates C and the machine's C compiler compiles it.
        """
        self._trials += 1
        library = str(Path(self._folder.name) / f"trial{self._trials}.so")
        options: dict[str, Any] = {"text": text, "opt_level": opt_level, "entry": entry, "library": library}
        options["runtime"] = self._module_file(runtime)
        start = self._log_path.stat().st_size if self._log_path.exists() else 0
        told, outputs = self._ask("relax_trial", options, {"inputs": list(inputs)})
        message = told["message"]
        if told["failed"] == "parse":  # 0.19 writes its diagnostics to stderr
            message = f"{message}\n{self._log(start)}".strip()
        return RelaxTrial(told["failed"], message, told["target"], wire.leaves(outputs))

    def _module_file(self, text: str | None) -> str | None:
        if text is None:
            return None
        path = Path(self._folder.name) / "runtime.py"
        path.write_text(text)
        return str(path)

    # ---- the process

    def versions(self) -> dict[str, str]:
        """The versions of TVM, numpy and Python on the other side."""
        return self._ask("versions", {})[0]

    def close(self) -> None:
        """Ends the process and removes the temporary folder."""
        self._stop()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, operation: str, options: Mapping[str, Any], values: Value = None) -> tuple[Any, Value]:
        process = self._start()
        assert process.stdin is not None
        log_start = self._log_path.stat().st_size
        folder = Path(self._folder.name)
        request, reply = folder / "request.npz", folder / "reply.npz"
        spec = wire.save(values, request)
        line = json.dumps({"operation": operation, "options": options, "values": spec, "folder": str(folder)})
        try:
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
            answer = self._read_line(process)
        except BrokenPipeError:
            answer = b""
        if not answer:
            returncode = process.wait()
            self._stop()
            raise OracleCrashed(returncode, self._log(log_start))
        told = json.loads(answer)
        if "error" in told:
            raise OracleError(told["error"]["kind"], told["error"]["message"], self._log(log_start))
        return told["result"], wire.load(told["values"], reply)

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            if not self._python.exists():
                raise OracleMissing(f"no TVM {self.release}: run python -m oracle.environments {self.release}")
            with self._log_path.open("ab") as log:
                self._process = subprocess.Popen(
                    [self._python, "-u", "-m", "oracle.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=environments.ROOT,
                    env=environments.child_environment(),
                )
        return self._process

    def _read_line(self, process: subprocess.Popen[bytes]) -> bytes:
        # The worker writes one whole line per question, so nothing is left in the buffer when `select` is asked.
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], self.timeout)
        if not ready:
            self._stop()
            raise OracleTimeout(f"TVM {self.release} did not answer within {self.timeout:g} s")
        return process.stdout.readline()

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _log(self, start: int) -> str:
        with self._log_path.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace").strip()
