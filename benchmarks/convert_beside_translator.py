"""Conversion beside tvm.relax.testing.relay_translator, the only peer there ever was, both judged by Relay's answers.

    python -m benchmarks.convert_beside_translator [--every N] [--out FILE.json]

Cases are recorded Relay programs (tests/support/recorded.py) whose arguments and answers are arrays: what real TVM 0.19
computed for them is the right answer. Both results are built and run by TVM 0.19, in a process of its own that is
started again after a crash; ours also runs here. The translator starts from a built module, we from a typed one; ours
includes printing. Times are CPU times of one thread.
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

import migrate
from benchmarks.peers import environment, python
from relay_compat.ir.expr import Call, Op
from relay_compat.visit import reachable
from tensor_core import shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.types import TensorType, leaves

TARGET = "0.19"
SIDES = ("translator", "ours")
KINDS = ("static", "structural", "dynamic")
TOLERANCE = {"rtol": 1e-3, "atol": 1e-5, "equal_nan": True}
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


def prepare(every: int, folder: Path) -> list[dict[str, Any]]:
    """Write every N-th program for the peer, converted where it can be; what was measured here."""
    rows: list[dict[str, Any]] = []
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
            rows.append(_case(f"{len(rows):04}", program, corpus.text(row["name"], "module.json"), folder))
    return rows


def _case(number: str, program: Any, text: str, folder: Path) -> dict[str, Any]:
    (folder / f"{number}.json").write_text(text)
    named = {f"arg{place:03}": array for place, array in enumerate(program.args)}
    named |= {f"out{place:03}": array for place, array in enumerate(program.answers)}
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
        got = migrate.run(result.module, program.args)
        row["here"] = "right" if _close(got, program.answers) else "different"
    except (DiagnosticError, ArithmeticError, ValueError) as error:
        row["here"] = f"not run: {str(error)[:200]}"
    return row


def _close(got: list[Any], want: list[Any]) -> bool:
    return len(got) == len(want) and all(
        a.shape == b.shape and np.allclose(a.astype("float64"), b.astype("float64"), **TOLERANCE)
        for a, b in zip(got, want, strict=True)
    )


def ask(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """What TVM makes of all cases; a case in which it crashes is one of the answers."""
    log = folder / "answers.jsonl"
    while True:
        told = subprocess.run(
            [python(TARGET), str(PEER), str(folder)], env=environment(), capture_output=True, check=False
        )
        if told.returncode == 0:
            break
    found = [json.loads(line) for line in log.read_text().splitlines()]
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


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--every", type=int, default=4, help="take every N-th recorded program")
    options.add_argument("--out", type=Path, help="write every case's answers here, as JSON")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = prepare(chosen.every, folder)
        answers = ask(folder)
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
    failures = Counter(
        f"{side}: {item['result']}: {item.get('why', '')[:110]}"
        for (_, side), item in sorted(answers.items())
        if item["result"] != "right"
    )
    failures.update(f"here: {row['here'][:110]}" for row in rows if row["here"] != "right")
    for failure, count in failures.most_common(60):
        console.print(f"{count:4} {failure}", markup=False, soft_wrap=True)
    if chosen.out:
        listed = [{**row, **{side: answers.get((row["case"], side)) for side in SIDES}} for row in rows]
        chosen.out.write_text(json.dumps(listed, indent=1) + "\n")


if __name__ == "__main__":
    main()
