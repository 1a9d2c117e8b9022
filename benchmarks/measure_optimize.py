"""The optimizations that a build for the CPU runs, on ResNet-50 with its parameters bound, against real TVM 0.19.

CPU time in a process each, by pass with the type inference that it requires; both read the same JSON and parameters.
Outside is AlterOpLayout, whose rules are those of TVM's schedules. TVM's FoldConstant compiles what it folds.

With `RELAY2RELAX_WRITE=1` the times are written to `tests/corpus/trust/optimize.json`, which docs/passes_cost_page.py
shows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.peers import ROOT, environment, python

FILE = ROOT / "tests" / "corpus" / "trust" / "optimize.json"

PIPELINE: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("InferType", ()),
    ("RemoveUnusedFunctions", (["main"],)),
    ("ToBasicBlockNormalForm", ()),
    ("Legalize", ()),
    ("SimplifyInference", ()),
    ("EliminateCommonSubexpr", ()),
    ("CombineParallelConv2D", (3,)),
    ("CombineParallelDense", (3,)),
    ("CombineParallelBatchMatmul", (3,)),
    ("FoldConstant", ()),
    ("FoldScaleAxis", ()),
    ("SimplifyExpr", ()),
    ("CanonicalizeCast", ()),
    ("CanonicalizeOps", ()),
    ("FlattenAtrousConv", ()),
    ("FoldConstant", ()),
    ("SplitArgs", (0,)),
    ("FuseOps", (-1,)),
    ("InferType", ()),
    ("Inline", ()),
)

MAKE = """
import sys, tvm
from tvm import relay
from tvm.relay import testing
module, params = testing.resnet.get_workload(batch_size=1, num_layers=50)
open(sys.argv[1] + "/resnet.json", "w").write(tvm.ir.save_json(module))
open(sys.argv[1] + "/resnet.params", "wb").write(relay.save_param_dict(params))
"""

PEER = """
import json, sys, time, tvm
from tvm import relay
folder, pipeline = sys.argv[1], json.loads(sys.argv[2])
module = tvm.ir.load_json(open(folder + "/resnet.json").read())
params = relay.load_param_dict(open(folder + "/resnet.params", "rb").read())
module["main"] = relay.build_module.bind_params_by_name(module["main"], params)
with tvm.target.Target("llvm"), tvm.transform.PassContext(opt_level=3):
    for name, args in pipeline:
        change = tvm.transform.Sequential([getattr(relay.transform, name)(*args)])
        start = time.process_time()
        module = change(module)
        print(json.dumps([name, time.process_time() - start]), flush=True)
count = []
relay.analysis.post_order_visit(module["main"], lambda e: count.append(e) if isinstance(e, relay.Function) else None)
print(json.dumps(["functions", len(count) - 1]))
"""

OURS = """
import sys
from benchmarks.measure_optimize import report
report(*sys.argv[1:])
"""


def report(folder: str, pipeline: str) -> None:
    """Print our times, one JSON line a pass; run in a process of its own."""
    from relay_compat import transform
    from relay_compat.bind_params import bind_params_by_name
    from relay_compat.ir.expr import Function
    from relay_compat.json.reader import load_json
    from relay_compat.params import load_params
    from relay_compat.visit import reachable
    from tensor_core.passes import PassContext, Sequential

    module = load_json(Path(folder, "resnet.json").read_text(), infer=False)
    params = load_params(Path(folder, "resnet.params").read_bytes())
    module["main"] = bind_params_by_name(module["main"], params)
    with PassContext(opt_level=3):
        for name, args in json.loads(pipeline):
            change = Sequential([getattr(transform, name)(*args)])
            start = time.process_time()
            module = change(module)
            print(json.dumps([name, time.process_time() - start]), flush=True)
    functions = [node for node in reachable(module["main"]) if isinstance(node, Function)]
    print(json.dumps(["functions", len(functions) - 1]))


def main() -> None:
    """Print the times of both, pass by pass, and in how many kernels each ends."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python("0.19"), "-c", MAKE, folder], env=environment(), capture_output=True, check=True)
        theirs = _answers([python("0.19"), "-c", PEER], folder)
        ours = _answers([sys.executable, "-c", OURS], folder)
    table = Table("pass", "ours, s", "TVM, s", title="Optimizing ResNet-50", title_justify="left")
    for (name, left), (_, right) in zip(ours[:-1], theirs[:-1], strict=True):
        table.add_row(name, f"{left:.3f}", f"{right:.3f}")
    table.add_row("together", *(f"{sum(seconds for _, seconds in side[:-1]):.2f}" for side in (ours, theirs)))
    table.add_row("kernels", *(f"{side[-1][1]:.0f}" for side in (ours, theirs)))
    Console().print(table)
    if os.environ.get("RELAY2RELAX_WRITE"):
        rows = [[name, round(left, 3), round(right, 3)] for (name, left), (_, right) in zip(ours, theirs, strict=True)]
        FILE.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


def _answers(command: list[str], folder: str) -> list[tuple[str, float]]:
    command = [*command, folder, json.dumps(PIPELINE)]
    found = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode:
        raise RuntimeError(found.stderr)
    return [(name, value) for name, value in map(json.loads, found.stdout.splitlines())]
