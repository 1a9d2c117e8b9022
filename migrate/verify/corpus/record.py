"""A corpus of a vendor's own: what goes through its TVM while its tests or scripts run.

This runs the vendor's code, in its own interpreter, as a child process; it is the purpose of the command.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate.verify.corpus.archive import COLLECTIONS, pack
from migrate.verify.oracles.errors import OracleMissing
from migrate.verify.oracles.process import SCRIPTS, Interpreter, child_environment
from tensor_core import codes
from tensor_core.diagnostics import fail


@dataclass(frozen=True, slots=True)
class Recording:
    """``cases``: how many of each collection. ``skipped``: what was not recorded, and why. ``exit_code``: that of the
    command; None if it was stopped.
    """

    cases: dict[str, int]
    skipped: tuple[dict[str, str], ...]
    exit_code: int | None


def record(
    interpreter: Interpreter,
    command: Sequence[str],
    out: Path,
    *,
    inner: bool = False,
    limit_mb: int = 64,
    timeout: float | None = None,
    stdout: int | None = None,
) -> Recording:
    """Run ``command``, a script with arguments or ``pytest ...``, and write its cases below ``out``.

    What was recorded before the command fails, ends or is stopped after ``timeout`` seconds is kept. ``inner``: also
    the passes inside of builds. ``limit_mb``: the largest case. ``stdout``: the file descriptor that the command prints
    to, by default that of this process. R2R0510 when the interpreter is not there.
    """
    with tempfile.TemporaryDirectory(prefix="record-") as name:
        folder = Path(name)
        try:
            line = interpreter.command(SCRIPTS / "record_tvm.py")
        except OracleMissing as error:
            raise fail(codes.NO_ORACLE, str(error), hint="give the Python that has TVM to --oracle-python") from None
        line += ["--out", str(folder), "--limit-mb", str(limit_mb), *(["--inner"] if inner else []), "--", *command]
        try:
            done = subprocess.run(line, env=child_environment(), timeout=timeout, stdout=stdout, check=False)
            exit_code: int | None = done.returncode
        except subprocess.TimeoutExpired:
            exit_code = None
        out.mkdir(parents=True, exist_ok=True)
        cases = {collection: pack(folder, collection, out) for collection in COLLECTIONS}
        skipped = folder / "skipped.jsonl"
        lines = skipped.read_text("utf-8").splitlines() if skipped.exists() else []
    return Recording({key: n for key, n in cases.items() if n}, tuple(map(json.loads, lines)), exit_code)
