"""Conversion of ResNet-18 against the only peer there ever was: tvm.relax.testing.relay_translator in TVM 0.19.

Ours: parse the text, infer types, convert, print the script. The peer: from_relay at opt_level 0 with unbound
parameters, on a module that is built already: its cheapest mode. Both in CPU time, the median of several runs.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

import migrate
from benchmarks.peers import environment, python

MODEL = Path(__file__).resolve().parent.parent / "examples" / "resnet18" / "module.relay"
RUNS = 9

PEER = """
import json, sys, time, statistics, tvm
from tvm import relay
from tvm.relay import testing
from tvm.relax.testing import relay_translator
module, _ = testing.resnet.get_workload(batch_size=1, num_layers=18)
def once(level):
    start = time.process_time()
    relay_translator.from_relay(module["main"], tvm.target.Target("llvm"), opt_level=level)
    return time.process_time() - start
def median(level):
    return statistics.median(once(level) for _ in range(3))
once(0)
print(json.dumps({"opt_level 0": median(0), "default": median(3)}))
"""


def ours() -> dict[str, float]:
    """Median CPU seconds of each step and of the whole."""
    text = MODEL.read_text()
    steps: dict[str, list[float]] = {"parse and infer": [], "convert": [], "print": [], "whole": []}
    for _ in range(RUNS):
        t0 = time.process_time()
        module = migrate.load(text)
        t1 = time.process_time()
        result = migrate.convert(module)
        t2 = time.process_time()
        result.script()
        t3 = time.process_time()
        for name, value in zip(steps, (t1 - t0, t2 - t1, t3 - t2, t3 - t0), strict=True):
            steps[name].append(value)
    return {name: statistics.median(values) for name, values in steps.items()}


def main() -> None:
    """Print the table."""
    migrate.convert(migrate.load(MODEL.read_text())).script()
    mine = ours()
    answer = subprocess.run([python("0.19"), "-c", PEER], env=environment(), capture_output=True, text=True, check=True)
    peer: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    table = Table("what", "CPU ms", "ratio to ours", title="ResNet-18: Relay text to Relax text", title_justify="left")
    for name, value in mine.items():
        table.add_row(f"relay2relax: {name}", f"{value * 1e3:.1f}", "1" if name == "whole" else "")
    for name, value in peer.items():
        table.add_row(f"TVM 0.19 from_relay, {name}", f"{value * 1e3:.0f}", f"{value / mine['whole']:.1f}")
    Console().print(table)
