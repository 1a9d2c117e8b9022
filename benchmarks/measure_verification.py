"""Verification of generated programs: how many a second one core checks, everything timed: draw, infer, convert, lower
both sides, run, compare.

Once through both interpreters and once with both sides compiled, either with the kernels that earlier programs left
in memory, as in a campaign, or with none. Every program is another one. In the same run, each in a process of its
own: some of the same programs checked by real TVM 0.19 (read as text, built by `relay.vm` at the lowest and the
highest level, both run and compared), and the generator of NNSmith alone (z3; `RELAY2RELAX_NNSMITH` names a Python that
has it; without it that row is left out). CPU time.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.peers import ROOT, environment, python

PROGRAMS, OF_TVM, OF_NNSMITH = 400, 40, 60
SIZE = 12
"""Calls of operators that a program is to hold, for the generator and for NNSmith's."""
REPORT = "from benchmarks.measure_verification import report; import sys; report(*sys.argv[1:])"
TVM = Path(__file__).resolve().with_name("vm_peer.py")
NNSMITH = Path(__file__).resolve().with_name("nnsmith_peer.py")
MODES = {
    "interpreted": "both sides by their interpreters",
    "compiled": "both sides compiled as well, kernels of earlier programs known",
    "compiled afresh": "both sides compiled as well, no kernel known",
}
SEED = "verification"


@dataclass(slots=True)
class Checked:
    """What was seen of the programs of one mode."""

    seconds: dict[str, float]
    outcomes: Counter[str]
    calls: list[int]
    with_flow: int = 0


def report(mode: str, count: str) -> None:
    """Print what checking so many programs took and what they were, as JSON."""
    found = check(mode, int(count))
    total = sum(found.seconds.values())
    print(json.dumps({
        "programs": int(count),
        "per_second": int(count) / total,
        "share": {step: seconds / total for step, seconds in found.seconds.items()},
        "outcomes": found.outcomes,
        "median_calls": statistics.median(found.calls),
        "with_control_flow_or_effects": found.with_flow / int(count),
    }))  # fmt: skip


def check(mode: str, count: int) -> Checked:
    """Draw programs and check each; the first two load what all need and are not counted."""
    from cpu_backend.cache import KERNELS, KernelCache
    from cpu_backend.machine import Machine
    from migrate.execution import bind_args, interpret
    from migrate.values import leaves
    from migrate.verify.agree import Judge
    from migrate.verify.generate import draw_program
    from migrate.verify.generate.choices import of_seed
    from migrate.verify.properties.equivalence import to_relax
    from relax_core.lower import lower as lower_relax
    from relay_compat.lower import lower as lower_relay
    from tensor_core.diagnostics import DiagnosticError

    found = Checked({}, Counter(), [])
    spent = found.seconds

    def timed(step: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        try:
            return work()
        finally:
            spent[step] = spent.get(step, 0.0) + time.process_time() - start

    def results(lowered: Any, args: Sequence[Any], cache: KernelCache) -> list[Any]:
        machine = timed("compile", lambda: Machine(lowered, cache=cache))
        return timed("run", lambda: leaves(machine.run(args)))

    def judged(program: Any) -> str:
        module, args = program.module, program.args
        relax = timed("convert", lambda: to_relax(module))
        given = bind_args(relax, args)
        expected = timed("interpret", lambda: leaves(interpret(module, args)))
        if mode == "interpreted":
            pair = [expected, timed("interpret", lambda: leaves(interpret(relax, given)))]
        else:
            cache = KERNELS if mode == "compiled" else KernelCache()
            sides = [(lower_relay, module, args), (lower_relax, relax, given)]
            pair = [results(timed("lower", lambda f=f, m=m: f(m, "main")), a, cache) for f, m, a in sides]
        outcome, _ = timed("compare", lambda: Judge(module, args, expected).of_two(*pair))
        return outcome.value

    for number in range(-2, count):
        if number == 0:
            spent.clear()
        program = timed("draw, infer", lambda n=number: draw_program(of_seed(f"{SEED}:{n}"), SIZE))
        try:
            outcome = judged(program)
        except DiagnosticError as error:
            outcome = f"refused, {error.diagnostics[0].code.id}"
        if number >= 0:
            found.outcomes[outcome] += 1
            _describe(program.module, found)
    return found


def _describe(module: Any, found: Checked) -> None:
    """How many operators a program calls, and whether it branches, matches, calls itself or has references."""
    import relay_compat.ir.expr as relay
    from relay_compat.ir.adt import Match
    from relay_compat.visit import reachable

    nodes = [node for function in module.functions.values() for node in reachable(function)]
    calls = [node for node in nodes if isinstance(node, relay.Call)]
    found.calls.append(sum(isinstance(call.op, relay.Op) for call in calls))
    kinds = (relay.If, Match, relay.RefCreate)
    found.with_flow += any(isinstance(node, kinds) for node in nodes)


def write_programs(folder: str, count: str) -> None:
    """Texts and arguments of the first programs that hold tensors alone outside, for a peer."""
    from migrate.verify.generate import draw_program
    from migrate.verify.generate.choices import of_seed
    from relay_compat.text.printer import print_module

    for number in range(int(count)):
        program = draw_program(of_seed(f"{SEED}:{number}"), SIZE)
        base = Path(folder, f"{number:04}")
        base.with_suffix(".relay").write_text(print_module(program.module))
        arrays = {f"a{n:03}": value for n, value in enumerate(program.args) if isinstance(value, np.ndarray)}
        if len(arrays) == len(program.args):
            np.savez(base.with_suffix(".npz"), **arrays)  # pyright: ignore[reportArgumentType]


def ask(*command: str) -> Any:
    """The JSON document that a process of its own prints last."""
    surroundings = {**environment(), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    answer = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False, cwd=ROOT)
    if answer.returncode:
        raise RuntimeError(answer.stderr)
    return json.loads(answer.stdout.splitlines()[-1])


def measure() -> dict[str, Any]:
    """All rows, as data."""
    rows: dict[str, Any] = {name: ask(sys.executable, "-c", REPORT, name, str(PROGRAMS)) for name in MODES}
    with tempfile.TemporaryDirectory() as folder:
        write_programs(folder, str(OF_TVM))
        rows["TVM 0.19"] = ask(python("0.19"), str(TVM), folder)
    other = os.environ.get("RELAY2RELAX_NNSMITH")
    if other:
        rows["NNSmith"] = ask(other, str(NNSMITH), str(OF_NNSMITH), str(SIZE))
    return rows


def main() -> None:
    """Print the table; with ``RELAY2RELAX_WRITE`` also write the file that holds it for the trust page."""
    rows = measure()
    table = Table("checked by", "programs/s", "programs", "median calls", "flow or effects", "outcomes")
    for name, row in rows.items():
        outcomes = ", ".join(f"{count} {what}" for what, count in row.get("outcomes", {}).items())
        share = row.get("with_control_flow_or_effects")
        of_flow = "" if share is None else f"{share:.0%}"
        told = (f"{row['per_second']:.2f}", str(row["programs"]), f"{row['median_calls']:g}", of_flow, outcomes)
        table.add_row(MODES.get(name, name), *told)
    console = Console()
    console.print(table)
    for name in MODES:
        console.print(f"{name}: " + ", ".join(f"{step} {share:.0%}" for step, share in rows[name]["share"].items()))
    if os.environ.get("RELAY2RELAX_WRITE"):
        path = ROOT / "tests" / "corpus" / "trust" / "throughput.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(rows, indent=2) + "\n")
