"""Reading, typing and writing Relay against real TVM 0.19 in one run: ResNet-50, and chains of 5,000 and 50,000 ops.

CPU time in a process each, the median of several runs. TVM parses and infers in one step; both load the JSON that we
wrote, without inference. TVM's `save_json` of the long chain ends its process, which counts as no answer.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure_scaling import chain
from benchmarks.peers import ROOT, environment, python

STEPS = ("parse", "infer", "parse + infer", "print", "save_json", "load_json")
TEXTS = """
import sys, tvm
from tvm.relay import testing
module, _ = testing.resnet.get_workload(batch_size=1, num_layers=50)
open(sys.argv[1], "w").write(module.astext())
"""

PEER = """
import json, statistics, sys, time, tvm
from tvm import relay
text, runs = open(sys.argv[1]).read(), int(sys.argv[2])
def measure(name, step):
    times = []
    for _ in range(runs):
        start = time.process_time()
        value = step()
        times.append(time.process_time() - start)
    print(json.dumps([name, statistics.median(times)]), flush=True)
    return value
module = measure("parse + infer", lambda: relay.fromtext(text))
measure("infer", lambda: relay.transform.InferType()(module))
measure("print", lambda: module.astext())
document = open(sys.argv[1] + ".json").read()
measure("load_json", lambda: tvm.ir.load_json(document))
measure("save_json", lambda: tvm.ir.save_json(module))
"""

OURS = """
import sys
from benchmarks.measure_relay import report
report(*sys.argv[1:])
"""


def report(path: str, runs: str) -> None:
    """Print our times for a text, one JSON line a step; run in a process of its own."""
    from relay_compat.json.reader import load_json
    from relay_compat.json.writer import save_json
    from relay_compat.text.parser import parse
    from relay_compat.text.printer import print_module
    from relay_compat.types.infer import infer_types

    text = Path(path).read_text()
    parse(text)

    def measure(name: str, step: Callable[[Any], Any], before: Callable[[], Any] = lambda: None) -> Any:
        times: list[float] = []
        value: Any = None
        for _ in range(int(runs)):
            given = before()
            start = time.process_time()
            value = step(given)
            times.append(time.process_time() - start)
        print(json.dumps([name, statistics.median(times)]), flush=True)
        return value

    measure("parse", lambda _: parse(text, infer=False))
    measure("infer", infer_types, lambda: parse(text, infer=False))
    module = measure("parse + infer", lambda _: parse(text))
    measure("print", lambda _: print_module(module))
    document = measure("save_json", lambda _: save_json(module))
    Path(path + ".json").write_text(document)
    measure("load_json", lambda _: load_json(document, infer=False))


def times(interpreter: str, script: str, text: Path, runs: int) -> dict[str, float]:
    """What a script prints for a text; the steps that it did not survive are missing."""
    command = [interpreter, "-c", script, str(text), str(runs)]
    answer = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, cwd=ROOT)
    if not answer.stdout:
        raise RuntimeError(answer.stderr)
    return dict(map(json.loads, answer.stdout.splitlines()))


def main() -> None:
    """Print one table for each program."""
    with tempfile.TemporaryDirectory() as folder:
        resnet = Path(folder, "resnet50.relay")
        subprocess.run([python("0.19"), "-c", TEXTS, str(resnet)], env=environment(), capture_output=True, check=True)
        programs = {"ResNet-50": (resnet, 9)}
        for length in (5_000, 50_000):
            path = Path(folder, f"chain{length}.relay")
            path.write_text(chain(length))
            programs[f"chain of {length:,} ops"] = (path, 3)
        for name, (path, runs) in programs.items():
            _show(name, times(sys.executable, OURS, path, runs), times(python("0.19"), PEER, path, runs))


def _show(name: str, ours: dict[str, float], peer: dict[str, float]) -> None:
    table = Table("step", "ours, ms", "TVM 0.19, ms", "ours is", title=name, title_justify="left")
    for step in STEPS:
        mine, other = ours[step], peer.get(step)
        ratio = "" if other is None else f"{other / mine:.2f} x as fast"
        table.add_row(step, f"{mine * 1e3:.1f}", "-" if other is None else f"{other * 1e3:.1f}", ratio)
    Console().print(table)
