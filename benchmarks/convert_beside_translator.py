"""Conversion beside tvm.relax.testing.relay_translator, the only peer there ever was, both judged by Relay's answers.

    python -m benchmarks.convert_beside_translator [--every N] [--out FILE.json]

Cases are recorded Relay programs (tests/support/recorded.py) whose arguments are arrays. Right is what real TVM 0.19
computed for them, undefined elements apart, to the bit or within the error models of the operators; where Relay there
gave no answer, or not the ONNX suite's, what our interpreter of Relay gives. Both results are built and run by TVM
0.19, in a process of its own that is started again after a crash; ours also runs here. Each failure is listed with its
cause (translator_causes.py). The translator starts from a built module, we from a typed one; ours includes printing.
Times are CPU times of one thread.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

# ruff: noqa: E402
import recorded
import recorded_programs
from live_conversions_support import told, verdict

import migrate
from benchmarks.peers import environment, python
from benchmarks.translator_causes import explained
from migrate.verify.oracles.worker import wire
from relay_compat.ir.expr import Call, Op
from relay_compat.visit import reachable
from tensor_core import shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.types import TensorType, leaves

TARGET = "0.19"
SIDES = ("translator", "ours")
KINDS = ("static", "structural", "dynamic")
PEER = Path(__file__).resolve().with_name("translator_peer.py")


def kind(module: Any) -> str:
    """What makes a program hard: open dimensions, more than operators over tensors, or neither."""
    nodes = reachable(*module.functions.values())
    types = [leaf for node in nodes if getattr(node, "checked", None) is not None for leaf in leaves(node.checked)]
    if any(isinstance(leaf, TensorType) and not shapes.is_static(leaf.shape) for leaf in types):
        return "dynamic"
    calls = all(isinstance(node.op, Op) for node in nodes if isinstance(node, Call))
    return "static" if calls and len(module.functions) == 1 and _is_flat(nodes) else "structural"


def _is_flat(nodes: list[Any]) -> bool:
    return {type(node).__name__ for node in nodes}.isdisjoint({"If", "Let", "Match", "RefCreate", "Constructor"})


def prepare(every: int, folder: Path) -> tuple[list[dict[str, Any]], list[Judged]]:
    """Write every N-th program for the peer, converted where it can be; what was measured here, and how answers are
    judged.
    """
    rows: list[dict[str, Any]] = []
    programs: list[Judged] = []
    for name, reader in (("evaluated", recorded_programs.evaluated), ("onnx", recorded_programs.onnx)):
        corpus = recorded.Corpus(recorded.path(name))
        for row in corpus.rows[::every]:
            try:
                program = reader(corpus, row)
            except (DiagnosticError, ValueError):
                continue
            arrays = [*program.args, *program.answers]
            if not all(isinstance(array, np.ndarray) and array.dtype.isbuiltin == 1 for array in arrays):
                continue
            programs.append(Judged(program, row))
            rows.append(_case(f"{len(rows):04}", programs[-1], corpus.text(row["name"], "module.json"), folder))
    return rows, programs


@dataclass(frozen=True, slots=True)
class Judged:
    """A recorded program and its row, by which answers are judged."""

    program: recorded_programs.Program
    row: dict[str, Any]

    def of(self, outputs: list[Any]) -> str:
        """What answers are: right, or the outcome and why."""
        found = verdict(self.program, self.row, outputs)
        return "right" if found.right else f"{found.outcome}: {told(found.reason)}"


def _case(number: str, judged: Judged, text: str, folder: Path) -> dict[str, Any]:
    program = judged.program
    (folder / f"{number}.json").write_text(text)
    named = {f"arg{place:03}": array for place, array in enumerate(program.args)}
    np.savez(folder / f"{number}.npz", **named)
    row: dict[str, Any] = {"case": number, "name": program.name, "kind": kind(program.module)}
    try:
        start = time.process_time()
        result = migrate.convert(program.module, target=TARGET)
        script = result.script()
        row["convert"] = time.process_time() - start
    except DiagnosticError as error:
        return {**row, "here": f"not converted: {error.diagnostics[0].message}"}
    row["outcomes"] = {outcome.value: count for outcome, count in result.report.counts.items() if count}
    if not result.report.complete:
        return {**row, "here": f"refused: {result.report.diagnostics[0].message}"}
    (folder / f"{number}.py").write_text(script)
    (folder / f"{number}.runtime.py").write_text(result.runtime_script() or "")
    params = [param.name for param in result.module["main"].params]
    arrays: dict[str, Any] = {name: result.module.params[name] for name in params[len(program.args) :]}
    np.savez(folder / f"{number}.params.npz", **arrays)
    try:
        row["here"] = judged.of(migrate.run(result.module, program.args))
    except (DiagnosticError, ArithmeticError, ValueError) as error:
        row["here"] = f"not run: {str(error)[:200]}"
    return row


def ask(folder: Path, programs: list[Judged]) -> dict[tuple[str, str], dict[str, Any]]:
    """What TVM makes of all cases; a case in which it crashes is one of the answers."""
    log, started = folder / "answers.jsonl", folder / "started"
    while True:
        before = started.stat().st_size if started.exists() else 0
        told = subprocess.run(
            [python(TARGET), str(PEER), str(folder)], env=environment(), capture_output=True, check=False
        )
        if told.returncode == 0:
            break
        if not started.exists() or started.stat().st_size == before:
            raise RuntimeError(f"the peer ends before its next case: {told.stderr.decode()[-2000:]}")
    found = [json.loads(line) for line in log.read_text().splitlines()]
    for item in found:
        if item["result"] == "ran":
            outputs = wire.leaves(wire.load(item.pop("spec"), folder / f"{item['case']}.{item['side']}.npz"))
            item["result"], _, item["why"] = programs[int(item["case"])].of(outputs).partition(": ")
    return {(item["case"], item["side"]): item for item in found}


def table(rows: list[dict[str, Any]], answers: dict[tuple[str, str], dict[str, Any]]) -> Table:
    """Coverage and correctness by kind of program."""
    head = ("programs", "cases", "translator: converted", "right", "ours: converted", "right in TVM", "right here")
    shown = Table(*head, title=f"Relay to Relax, TVM {TARGET}", title_justify="left")
    for name in (*KINDS, "all"):
        of = [row for row in rows if name in (row["kind"], "all")]
        counts = [Counter(answers.get((row["case"], side), {}).get("result", "") for row in of) for side in SIDES]
        translated = len(of) - counts[0]["not converted"] - counts[0]["crash"]
        ours = sum("outcomes" in row and not row["here"].startswith("refused") for row in of)
        here = sum(row["here"] == "right" for row in of)
        numbers = (len(of), translated, counts[0]["right"], ours, counts[1]["right"], here)
        shown.add_row(name, *map(str, numbers))
    return shown


def failures(rows: list[dict[str, Any]], answers: dict[tuple[str, str], dict[str, Any]]) -> Counter[str]:
    """What went wrong, by side, outcome and cause; ours by case."""
    found: Counter[str] = Counter()
    for row in rows:
        told_of = {side: answers.get((row["case"], side), {"result": "right"}) for side in SIDES}
        for side, item in told_of.items():
            if item["result"] != "right":
                cause = explained(side, row["name"], f"{item['result']}: {item.get('why', '')}")
                of = f"ours ({row['name']})" if side == "ours" else side
                found[f"{of}: {item['result']}: {cause}"] += 1
        if row["here"] != "right":
            found[f"here ({row['name']}): {row['here'][:110]}: {explained('here', row['name'], row['here'])}"] += 1
    return found


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--every", type=int, default=4, help="take every N-th recorded program")
    options.add_argument("--out", type=Path, help="write every case's answers here, as JSON")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows, programs = prepare(chosen.every, folder)
        answers = ask(folder, programs)
    console = Console()
    console.print(table(rows, answers))
    outcomes = sum((Counter(row.get("outcomes", {})) for row in rows), Counter[str]())
    total = max(1, sum(outcomes.values()))
    told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    console.print(f"{total} op calls: {told}; 1:1 {outcomes['1:1'] / total:.0%} (translator: 0 %, all call_tir)")
    both = [
        (row, answers[row["case"], "translator"], answers[row["case"], "ours"])
        for row in rows
        if all(answers.get((row["case"], side), {}).get("result") == "right" for side in SIDES)
    ]
    if both:
        faster = [theirs["convert"] / max(row["convert"], 1e-4) for row, theirs, _ in both]
        runs = [theirs["run"] / max(ours["run"], 1e-9) for _, theirs, ours in both]
        mean = math.exp(statistics.fmean(map(math.log, runs)))
        console.print(f"on the {len(both)} cases that both get right:")
        console.print(
            f"  conversion: ours takes 1/{statistics.median(faster):.0f} of the translator's CPU time (median)"
        )
        console.print(f"  run time of the translator's program over that of ours, in TVM: {mean:.2f} (geometric mean)")
    for failure, count in failures(rows, answers).most_common():
        console.print(f"{count:4} {failure}", markup=False, soft_wrap=True)
    if chosen.out:
        listed = [{**row, **{side: answers.get((row["case"], side)) for side in SIDES}} for row in rows]
        chosen.out.write_text(json.dumps(listed, indent=1) + "\n")


if __name__ == "__main__":
    main()
