"""Runs batches in a child process and turns its death into a finding."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import IO, Any

from migrate.verify.campaign.plan import Batch, Plan
from migrate.verify.campaign.tally import CRASHED, Finding, Tally
from tensor_core import codes
from tensor_core.diagnostics import fail

_PATIENCE = 30.0
"""Seconds beyond a step's own after which a child that did not end itself is ended."""
_STARTS = 3
"""How often a child may end before it begins with a batch, as when the system runs out of memory."""
_SHOWN = 4000
"""Characters of a dead child's last words that a finding keeps."""


class _Dead(Exception):
    """The child ended; ``key`` says how, without values."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(key)
        self.key = key
        self.words = words


class Ended(Exception):
    """The warden was told to end."""


class Warden:
    """One child process at a time, for the batches of one plan. Not for use from two threads at once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._child: subprocess.Popen[bytes] | None = None
        self._words: IO[bytes] | None = None
        self._pending = b""
        self._ended = False

    def run(self, batch: Batch) -> Tally:
        """As :func:`~migrate.verify.campaign.batch.run_batch`; a program that ends the process is a finding, too.

        The batch is then run once more without what did it, so that the answer follows from plan and batch alone.
        DiagnosticError R2R0703 when the plan names properties that are not there, Ended after :meth:`end`.
        """
        starts = 0
        deaths: dict[tuple[int, str], Finding] = {}
        while True:
            at: tuple[int, str] = batch.first, ""
            try:
                self._ask({"batch": [batch.first, batch.count], "skip": [list(place) for place in deaths]})
                while "tally" not in (answer := self._answer()):
                    at = answer["at"][0], answer["at"][1]
                break
            except _Dead as death:
                if self._ended:
                    raise Ended from death
                if at[1]:
                    deaths[at] = self._finding(*at, death)
                    continue
                starts += 1
                if starts == _STARTS:
                    raise RuntimeError(f"the process of a campaign does not start:\n{death.words}") from death
        tally = Tally.from_json(answer["tally"])
        for (_, name), finding in deaths.items():
            tally.outcomes[(name, CRASHED)] += 1
            tally.note(finding)
        # What old programs left behind must not count against new ones.
        if answer["megabytes"] > self._plan.megabytes // 2:
            self.close()
        return tally

    def end(self) -> None:
        """Stop what another thread runs, which raises Ended there; nothing can be run afterwards."""
        self._ended = True
        if self._child is not None:
            self._child.kill()

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None
        if self._words is not None:
            self._words.close()
            self._words = None

    def _ask(self, request: Mapping[str, Any]) -> None:
        if self._ended:
            raise Ended
        if self._child is None:
            self._words = tempfile.TemporaryFile()  # noqa: SIM115
            command = [sys.executable, "-P", "-m", "migrate.verify.campaign.child"]
            pipe = subprocess.PIPE
            self._pending = b""
            # Away from the terminal: what interrupts the campaign must not look like a program's failure.
            self._child = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=self._words, env=_environment(), start_new_session=True
            )
            self._write(self._plan.to_json())
        self._write(request)

    def _write(self, document: Mapping[str, Any]) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(document).encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            # What it died of is told where an answer is expected.
            pass

    def _answer(self) -> dict[str, Any]:
        line = self._line()
        if not line:
            raise self._death()
        answer = json.loads(line)
        if "error" in answer:
            self.close()
            raise fail(codes.BAD_OPTION, answer["error"])
        return answer

    def _line(self) -> bytes:
        """The child's next line; empty when it is dead."""
        assert self._child is not None
        assert self._child.stdout is not None
        pipe = self._child.stdout.fileno()
        while b"\n" not in self._pending:
            ready, _, _ = select.select([pipe], [], [], self._plan.seconds + _PATIENCE)
            if not ready:
                self._child.kill()
            data = os.read(pipe, 1 << 16)
            if not data:
                return b""
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _death(self) -> _Dead:
        assert self._child is not None
        assert self._words is not None
        code = self._child.wait()
        self._words.seek(0)
        words = self._words.read().decode(errors="replace")[-_SHOWN:]
        self.close()
        if "Timeout (" in words:
            return _Dead(f"takes more than {self._plan.seconds:g} s", words)
        how = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return _Dead(f"{how}{_place(words)}", words)

    def _finding(self, number: int, name: str, death: _Dead) -> Finding:
        program, inputs = "", ""
        try:
            self._ask({"describe": [number, name]})
            program, inputs = self._answer()["described"]
        except _Dead:
            # It is the generator, or the printer, that does not survive this program.
            pass
        key = f"{name}: {death.key}"
        return Finding(name, key, CRASHED, death.words or key, number, self._plan.source(number), program, inputs)


def _place(words: str) -> str:
    """The innermost Python function that a fault handler's trace names."""
    found = re.search(r'File ".*?([^/"]+)\.py", line \d+ in (\S+)', words)
    return f" in {found[1]}.{found[2]}" if found else ""


def _environment() -> dict[str, str]:
    """That of this process; what can be imported here can be there, and jobs do not take each other's processors."""
    path = os.pathsep.join(item for item in sys.path if item)
    return {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **os.environ, "PYTHONPATH": path}
