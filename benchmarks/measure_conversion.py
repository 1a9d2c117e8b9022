"""Conversion of whole models against the only peer there ever was: tvm.relax.testing.relay_translator in TVM 0.19.

ResNet-50, a transformer encoder of 12 layers and an LSTM of 32 steps, as tvm.relay.testing unrolls it (each step calls
a function) and flat. Both sides start from a typed module; ours includes printing. The peer's cheapest mode is
opt_level 0, its parameters are unbound. CPU time, a process for each model and side; ours is the median of several
runs. The last table is the highest memory of a fresh process that converts ResNet-50 with bound parameters.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.peers import ROOT, environment, python

MODELS = ("resnet-50", "encoder", "lstm", "lstm, flat")
LEVELS = (0, 3)
"""The peer's opt_level: its cheapest and its default."""
RUNS = 9
PEER = Path(__file__).resolve().with_name("model_peer.py")
STEPS = "from benchmarks.measure_conversion import report; import sys; report(*sys.argv[1:])"
MEMORY = "from benchmarks.measure_conversion import peak; import sys; peak(*sys.argv[1:])"


def report(path: str) -> None:
    """Print the median CPU seconds of each step, and what became of the op calls, as JSON."""
    import migrate

    steps: dict[str, list[float]] = {"load": [], "convert": [], "print": [], "convert + print": []}
    outcomes: dict[str, int] = {}
    complete = False
    # The first run loads what all later ones need.
    for run in range(RUNS + 1):
        t0 = time.process_time()
        module = migrate.load(path)
        t1 = time.process_time()
        result = migrate.convert(module)
        t2 = time.process_time()
        result.script()
        t3 = time.process_time()
        for values, value in zip(steps.values(), (t1 - t0, t2 - t1, t3 - t2, t3 - t1), strict=True):
            values += [value] if run else []
        outcomes = {outcome.value: count for outcome, count in result.report.counts.items() if count}
        complete = result.report.complete
    medians = {name: statistics.median(values) for name, values in steps.items()}
    print(json.dumps({"seconds": medians, "outcomes": outcomes, "complete": complete}))


def peak(path: str, params: str) -> None:
    """Print the bytes of all parameters and the highest memory before and after conversion and printing, as JSON.

    From /proc: what ``getrusage`` tells may be the memory of the process that started this one.
    """
    import migrate

    start = _highest()
    module = migrate.load(path, params)
    loaded = _highest()
    result = migrate.convert(module, bind_params=True)
    result.script()
    print(json.dumps({
        "parameters": sum(array.nbytes for array in module.params.values()),
        "imported": start, "loaded": loaded, "converted and printed": _highest(),
    }))  # fmt: skip


def _highest() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def ask(*command: str) -> Any:
    """The JSON document that a process of its own prints."""
    answer = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, cwd=ROOT)
    if answer.returncode:
        raise RuntimeError(answer.stderr)
    return json.loads(answer.stdout.splitlines()[-1]) if answer.stdout else None


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        ask(python("0.19"), str(PEER), "make", folder)
        for name in MODELS:
            mine = ask(sys.executable, "-c", STEPS, f"{folder}/{name}.json")
            theirs = {level: ask(python("0.19"), str(PEER), "time", folder, name, str(level)) for level in LEVELS}
            _show(name, mine, theirs)
        _show_memory(ask(sys.executable, "-c", MEMORY, f"{folder}/resnet-50.json", f"{folder}/resnet-50.params"))


def _show(name: str, mine: dict[str, Any], theirs: dict[int, dict[str, Any]]) -> None:
    calls = ", ".join(f"{count} {outcome}" for outcome, count in mine["outcomes"].items())
    head = f"{name}: op calls {calls}; {'complete' if mine['complete'] else 'not all converted'}"
    table = Table("what", "CPU ms", "convert + print is", title=head, title_justify="left")
    seconds = mine["seconds"]
    for step, value in seconds.items():
        table.add_row(f"relay2relax: {step}", f"{value * 1e3:.1f}", "")
    for level, answer in theirs.items():
        ratio = f"1/{answer['seconds'] / seconds['convert + print']:.0f}" if "seconds" in answer else "-"
        told = f"{answer['seconds'] * 1e3:.0f}" if "seconds" in answer else answer["why"][:90]
        table.add_row(f"TVM 0.19 from_relay, opt_level {level}", told, ratio)
    Console().print(table)


def _show_memory(found: dict[str, int]) -> None:
    title = "ResNet-50 with bound parameters: memory"
    table = Table("what", "MB", "MB above the parameters", title=title, title_justify="left")
    for step, value in found.items():
        above = "" if step == "parameters" else f"{(value - found['parameters']) / 1e6:.0f}"
        table.add_row(step if step == "parameters" else f"highest: {step}", f"{value / 1e6:.0f}", above)
    Console().print(table)
