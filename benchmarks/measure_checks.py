"""Checks of small programs: how many a second one core makes that a Relay program and its conversion compute the same.

A check infers types, converts, lowers both sides, compiles, runs and compares; all of it is timed, as CPU time of one
thread. The programs are generated, of about ten calls of operators (benchmarks/check_programs.py). Cold: nothing is
known of any kernel. Warm: every program is a new graph, never seen before, of calls that were. In the same run TVM 0.19
checks the same programs: `relay.build`, its translator, `relax.build`, both run and compared.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.check_programs import programs, rewired, untyped, write
from benchmarks.peers import ROOT, environment, python
from cpu_backend import disk
from cpu_backend.cache import KernelCache
from cpu_backend.jit import Options
from cpu_backend.machine import Machine
from migrate.execution import bind_args
from migrate.values import leaves
from migrate.verify.agree import Judge
from migrate.verify.generate import Program
from migrate.verify.properties.equivalence import forget, to_relax
from relax_core.lower import lower as lower_relax
from relay_compat.lower import lower as lower_relay
from relay_compat.types.infer import infer_types
from tensor_core.collection import collection_paused
from tensor_core.diagnostics import DiagnosticError

PROGRAMS, OF_TVM = 300, 40
GOALS = {"cold": 40, "warm": 100}
"""How many times TVM's rate."""
SEED = "checks"
PEER = Path(__file__).resolve().with_name("checks_peer.py")


class Checker:
    """Checks programs with one cache of kernels, or with a new one for each; holds what was seen."""

    def __init__(self, cache: KernelCache | None) -> None:
        self._cache = cache
        self.seconds = 0.0
        self.steps: defaultdict[str, float] = defaultdict(float)
        self.outcomes: Counter[str] = Counter()
        self.compiled = 0

    def check(self, program: Program) -> None:
        """Check one program, whose types are not inferred."""
        if self._cache is None:
            forget()
        start = time.process_time()
        try:
            outcome = self._outcome(program)
        except DiagnosticError as error:
            outcome = f"refused, {error.diagnostics[0].code.id}"
        self.seconds += time.process_time() - start
        self.outcomes[outcome] += 1

    # As in a campaign: what a check leaves behind is collected between checks.
    @collection_paused()
    def _outcome(self, program: Program) -> str:
        cache = KernelCache() if self._cache is None else self._cache
        known = len(cache)
        module = self._timed("infer", lambda: infer_types(program.module))
        relax = self._timed("convert", lambda: to_relax(module))
        given = self._timed("run", lambda: bind_args(relax, program.args))
        pair: list[Any] = []
        for lower, side, args in ((lower_relay, module, program.args), (lower_relax, relax, given)):
            lowered = self._timed("lower", lambda f=lower, m=side: f(m, "main"))
            machine = self._timed("compile", lambda low=lowered: Machine(low, options=Options(once=True), cache=cache))
            pair.append(self._timed("run", lambda m=machine, a=args: leaves(m.run(a))))
        self.compiled += len(cache) - known
        outcome, _ = self._timed("compare", lambda: Judge(module, program.args).of_two(*pair))
        return outcome.value

    def _timed(self, step: str, work: Callable[[], Any]) -> Any:
        # Asking for the CPU time of a step costs more than some steps.
        start = time.perf_counter()
        try:
            return work()
        finally:
            self.steps[step] += time.perf_counter() - start

    def row(self) -> dict[str, Any]:
        """What was seen, as data."""
        count, total = self.outcomes.total(), sum(self.steps.values())
        share = {step: seconds / total for step, seconds in self.steps.items()}
        milliseconds = 1000 * self.seconds / count
        return {
            "programs": count, "milliseconds": milliseconds, "per_second": 1000 / milliseconds, "share": share,
            "outcomes": self.outcomes, "kernels_compiled": self.compiled / count,
        }  # fmt: skip


def checked(programs: Iterable[Program], cache: KernelCache | None) -> dict[str, Any]:
    """Check programs and answer what was seen."""
    checker = Checker(cache)
    for program in programs:
        checker.check(program)
    return checker.row()


def ours(count: int) -> dict[str, Any]:
    """Cold and warm, of so many programs."""
    drawn = list(islice(programs(SEED), count))
    checked(map(untyped, drawn[:3]), None)  # Loads what all need.
    gc.freeze()
    cold = checked(map(untyped, drawn), None)
    cache = KernelCache()
    checked(map(untyped, drawn), cache)
    others = [made for number, program in enumerate(drawn) if (made := rewired(program, f"{SEED}:{number}"))]
    return {"cold": cold, "warm": checked(others, cache)}


def theirs(count: int) -> dict[str, Any]:
    """TVM's, of the first programs."""
    with tempfile.TemporaryDirectory() as folder:
        for number, program in enumerate(islice(programs(SEED), count)):
            write(Path(folder), number, program)
        answer = subprocess.run(
            [python("0.19"), str(PEER), folder], env=environment(), capture_output=True, text=True, check=False
        )
    if answer.returncode:
        raise RuntimeError(answer.stderr)
    told = json.loads(answer.stdout.splitlines()[-1])
    milliseconds = 1000 * sum(told.pop("seconds")) / told["programs"]
    return {**told, "milliseconds": milliseconds, "per_second": 1000 / milliseconds}


def main() -> None:
    """Print the table; with ``RELAY2RELAX_WRITE`` also write the file that a page shows."""
    parser = argparse.ArgumentParser("python -m benchmarks checks", description="Checks of small programs a second.")
    parser.add_argument("--programs", type=int, default=PROGRAMS, help="how many to check here")
    parser.add_argument("--alone", action="store_true", help="without TVM")
    options, _ = parser.parse_known_args()
    # Code kept by another run would be known.
    os.environ[disk.VARIABLE] = "off"
    rows = ours(options.programs)
    if not options.alone:
        rows["TVM 0.19"] = theirs(OF_TVM)
    table = Table("checks", "ms of CPU", "per second", "times TVM's rate", "goal", "programs", "outcomes")
    base = rows.get("TVM 0.19", {}).get("milliseconds")
    for name, row in rows.items():
        outcomes = ", ".join(f"{count} {what}" for what, count in row["outcomes"].items())
        times = f"{base / row['milliseconds']:.1f}" if base else ""
        goal = str(GOALS.get(name, ""))
        told = (f"{row['milliseconds']:.2f}", f"{row['per_second']:.1f}", times, goal, str(row["programs"]), outcomes)
        table.add_row(name, *told)
    console = Console(width=140)
    console.print(table)
    for name in GOALS:
        row = rows[name]
        steps = ", ".join(f"{step} {share * row['milliseconds']:.2f}" for step, share in row["share"].items())
        console.print(f"{name}: {steps} ms; {row['kernels_compiled']:.1f} kernels compiled a program")
    if os.environ.get("RELAY2RELAX_WRITE"):
        path = ROOT / "tests" / "corpus" / "trust" / "checks.json"
        path.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
