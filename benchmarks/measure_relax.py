"""Reading, normalising, checking, printing and comparing Relax against real TVM 0.27 in one run: dataflow chains of
500, 5,000 and 50,000 bindings (TVM up to 5,000), and 6 to 60 branches inside each other (Python's parser knows 100).

CPU time in a process each, the median of several runs.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure_relay import times
from benchmarks.peers import python

STEPS = ("read", "normalise", "check", "print", "compare")
HEAD = "@I.ir_module\nclass Module:\n    @R.function\n"

PEER = """
import json, statistics, sys, time, tvm
from tvm import relax
from tvm.script import from_source
text, runs = open(sys.argv[1]).read(), int(sys.argv[2])
sys.setrecursionlimit(100000)
def measure(name, step):
    times = []
    for _ in range(runs):
        start = time.process_time()
        value = step()
        times.append(time.process_time() - start)
    print(json.dumps([name, statistics.median(times)]), flush=True)
    return value
module = measure("read", lambda: from_source(text))
measure("normalise", lambda: relax.transform.Normalize()(module))
measure("check", lambda: relax.analysis.check_well_formed(module))
measure("print", lambda: module.script())
other = from_source(text)
measure("compare", lambda: tvm.ir.assert_structural_equal(module, other))
"""

OURS = """
import sys
from benchmarks.measure_relax import report
report(*sys.argv[1:])
"""


def chain(length: int) -> str:
    """A dataflow block of ``length`` additions."""
    kind = 'R.Tensor((4,), "float32")'
    lines = [f"lv{n} = R.add({f'lv{n - 1}' if n else 'x'}, x)" for n in range(length)]
    body = "\n".join(f"            {line}" for line in [*lines, f"gv = lv{length - 1}", "R.output(gv)"])
    return f"{HEAD}    def main(x: {kind}):\n        with R.dataflow():\n{body}\n        return gv\n"


def nested(depth: int) -> str:
    """``depth`` branches inside each other."""
    lines = ["y = x"]
    for _ in range(depth):
        lines = ["if c:", *(f" {line}" for line in lines), "else:", " y = R.negative(x)"]
    body = "\n".join(f"        {line}" for line in lines)
    return f'{HEAD}    def main(c: R.Tensor((), "bool"), x: R.Tensor((4,), "float32")):\n{body}\n        return y\n'


def report(path: str, runs: str) -> None:
    """Print our times for a script, one JSON line a step; run in a process of its own."""
    from relax_core.normalize import normalize
    from relax_core.structural import structural_equal
    from relax_core.text.printer import print_module
    from relax_core.text.reader import read
    from relax_core.well_formed import check

    text = Path(path).read_text()
    read(chain(10))

    def measure(name: str, step: Callable[[], Any]) -> Any:
        found: list[float] = []
        value: Any = None
        for _ in range(int(runs)):
            start = time.process_time()
            value = step()
            found.append(time.process_time() - start)
        print(json.dumps([name, statistics.median(found)]), flush=True)
        return value

    module = measure("read", lambda: read(text, release="0.27"))
    measure("normalise", lambda: normalize(module))
    assert measure("check", lambda: check(module)) == []
    measure("print", lambda: print_module(module, "0.27"))
    other = read(text, release="0.27")
    assert measure("compare", lambda: structural_equal(module, other))


def main() -> None:
    """Print one table for each shape of program; the last column is 1 when our cost is proportional to size."""
    _table("Chain of additions in a dataflow block", chain, (500, 5_000, 50_000), 5_000)
    _table("Branches inside each other", nested, (6, 20, 60), 20)


def _table(title: str, program: Callable[[int], str], sizes: tuple[int, int, int], largest: int) -> None:
    ours: list[dict[str, float]] = []
    peer: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder, f"{size}.py")
            path.write_text(program(size))
            ours.append(times(sys.executable, OURS, path, 3))
            if size == largest:
                peer = times(python("0.27"), PEER, path, 1)
    columns = [*(f"ours, {size:,}: ms" for size in sizes), f"TVM 0.27, {largest:,}: ms", "ours is", "growth / size"]
    table = Table("step", *columns, title=title, title_justify="left")
    mine = ours[sizes.index(largest)]
    for step in STEPS:
        other = peer.get(step)
        cells = ["-" if other is None else f"{other * 1e3:.1f}", "" if other is None else f"{other / mine[step]:.1f} x"]
        growth = ours[2][step] / ours[1][step] / (sizes[2] / sizes[1])
        table.add_row(step, *(f"{item[step] * 1e3:.1f}" for item in ours), *cells, f"{growth:.2f}")
    Console().print(table)
