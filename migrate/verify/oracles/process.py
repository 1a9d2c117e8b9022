"""An oracle's process: another interpreter with a TVM or an ONNX Runtime of its own, asked over a pipe.

Questions go as JSON lines, arrays as ``.npz`` files in a temporary folder. What dies or hangs there ends that process,
not the caller; the next question starts a new one.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from migrate.verify.oracles.errors import OracleCrashed, OracleError, OracleMissing, OracleTimeout
from migrate.verify.oracles.worker import wire

SCRIPTS = Path(wire.__file__).parent
# One thread, as TVM's pool spins while it waits; and no look for tuned schedules on the network.
_ENVIRONMENT = {"TVM_NUM_THREADS": "1", "TOPHUB_LOCATION": "NONE"}


def child_environment() -> dict[str, str]:
    """The environment variables for another interpreter: those that speak of this one are left out."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_", "TOX_", "VIRTUAL_ENV"))}
    return kept | _ENVIRONMENT


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Another Python: its program, folders for its ``sys.path``, modules to import before anything is asked.

    ``memory``: its address space in MB at most. ``environment``: variables beside those of :func:`child_environment`.
    ``absent``: what to tell when ``python`` is not there.
    """

    python: Path
    path: tuple[Path, ...] = ()
    imports: tuple[str, ...] = ()
    memory: int | None = None
    environment: tuple[tuple[str, str], ...] = ()
    absent: str = field(default="", compare=False)

    def command(self, script: Path) -> list[str]:
        """The command line that runs a script of :data:`SCRIPTS`. OracleMissing when there is no such Python."""
        if not self.python.exists():
            raise OracleMissing(self.absent or f"there is no Python {self.python}")
        options = [item for folder in self.path for item in ("--path", str(folder.resolve()))]
        options += [item for name in self.imports for item in ("--import", name)]
        options += [] if self.memory is None else ["--memory", str(self.memory)]
        # No resolve(): the links in a virtual environment are what makes it one.
        return [str(self.python.absolute()), "-u", str(script), *options]


class Worker:
    """A process that answers. It starts with the first question; use it as a context manager, or call :meth:`close`."""

    def __init__(self, interpreter: Interpreter, script: str, name: str, timeout: float = 600.0) -> None:
        """``script``: a file of :data:`SCRIPTS`; ``name``: what messages call it; ``timeout``: seconds per answer."""
        self.interpreter = interpreter
        self.name = name
        self.timeout = timeout
        self.folder_object = tempfile.TemporaryDirectory(prefix="oracle-")
        self.folder = Path(self.folder_object.name)
        self._script = SCRIPTS / script
        self._log_path = self.folder / "stderr"
        self._log_path.touch()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, operation: str, options: Mapping[str, Any], values: Any = None) -> tuple[Any, Any]:
        """The result of one operation and the values that came with it.

        OracleError for what was raised there, OracleCrashed when the process ended, OracleTimeout when it was ended,
        OracleMissing when it cannot start.
        """
        process = self._start()
        assert process.stdin is not None
        start = self.log_size()
        spec = wire.save(values, self.folder / "request.npz")
        line = json.dumps({"operation": operation, "options": options, "values": spec, "folder": str(self.folder)})
        try:
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
            answer = self._read_line(process)
        except BrokenPipeError:
            answer = b""
        if not answer:
            returncode = process.wait()
            self._stop()
            raise OracleCrashed(self.name, returncode, self.log(start))
        told = cast("dict[str, Any]", json.loads(answer))
        if "error" in told:
            raise OracleError(told["error"]["kind"], told["error"]["message"], self.log(start))
        return told["result"], wire.load(told["values"], self.folder / "reply.npz")

    def log_size(self) -> int:
        """How much was written to stderr so far."""
        return self._log_path.stat().st_size

    def log(self, start: int) -> str:
        """What was written to stderr from there on."""
        with self._log_path.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace").strip()

    def close(self) -> None:
        """Ends the process and removes the temporary folder."""
        self._stop()
        self.folder_object.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            command: Sequence[str] = self.interpreter.command(self._script)
            with self._log_path.open("ab") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=self.folder,
                    env=child_environment() | dict(self.interpreter.environment),
                )
        return self._process

    def _read_line(self, process: subprocess.Popen[bytes]) -> bytes:
        # The worker writes one whole line per question, so nothing is left in the buffer when `select` is asked.
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], self.timeout)
        if not ready:
            self._stop()
            raise OracleTimeout(f"{self.name} did not answer within {self.timeout:g} s")
        return process.stdout.readline()

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
