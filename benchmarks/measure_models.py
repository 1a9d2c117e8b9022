"""Whole models at batch 1: latency on 1 and 2 threads and time to compile, beside TVM 0.19, TVM 0.27 and ONNX Runtime.

Every model has random weights scaled so that values keep their size (He's for convolutions). Ours is the Relay module
with its parameters bound, simplified and folded as a build does, its kernels joined. TVM 0.19 builds it at level 3 for
this processor, untuned; TVM 0.27 builds what we convert it to, by default; ONNX Runtime gets the same operators. Each
peer is a process that stays; they run in turn, so that what disturbs one disturbs all. Outputs are compared with ONNX
Runtime's. Peers that are not there are left out.

    python -m oracle.environments 0.19 0.27 bench
    python -m benchmarks models [--rounds N] [--only MODEL ...]

With `RELAY2RELAX_WRITE=1` the figures are written to `tests/corpus/trust/models.json`, after each row those so far;
what is there of models that are not run stays.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import on_demand
from benchmarks.onnx_graph import graph
from benchmarks.peers import ROOT, environment, python
from oracle.environments import BENCH, interpreter

FILE = ROOT / "tests" / "corpus" / "trust" / "models.json"
MODELS = ("resnet-18", "resnet-50", "mobilenet", "encoder", "lstm")
SERVER, MAKER = (Path(__file__).resolve().with_name(name) for name in ("model_server.py", "model_maker.py"))
OURS = "from benchmarks.measure_models import serve; import sys; serve(*sys.argv[1:])"
ENOUGH = 10.0
"""Seconds of counted runs after which a peer is not run again."""
REST = 0.03
"""Seconds between the runs of two peers."""
PEERS = {"ours": "ours", "onnx": "ONNX", "relay": "0.19", "relax": "0.27"}
"""What the columns say: ours, ONNX Runtime, and TVM by release."""


def weights(module: Any) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Random parameters and inputs of a typed Relay module, by name."""
    from tensor_core import shapes
    from tensor_core.types import TensorType

    generator = np.random.default_rng(0)
    params: dict[str, np.ndarray] = {}
    inputs: dict[str, np.ndarray] = {}
    for var in module["main"].params:
        assert isinstance(var.checked_type, TensorType)
        shape = shapes.static(var.checked_type.shape)
        drawn = generator.standard_normal(shape).astype(np.float32)
        name = var.name_hint
        if name.startswith(("data", "hidden", "cell")):
            inputs[name] = drawn
        elif len(shape) > 1:
            params[name] = drawn * np.float32(math.sqrt(2.0 / math.prod(shape[1:])))
        elif name.endswith(("gamma", "var", "variance")):
            params[name] = np.abs(1 + drawn / 10)
        else:
            params[name] = drawn / 10
    return params, inputs


def prepare(folder: Path, name: str) -> None:
    """Write what the peers read of a model."""
    import migrate
    from relax_core.text.printer import print_module
    from relay_compat.ir.expr import Function
    from relay_compat.json.reader import load_json
    from relay_compat.types.infer import infer_types

    module = infer_types(load_json((folder / f"{name}.json").read_text()))
    params, inputs = weights(module)
    np.savez(folder / f"{name}.params.npz", allow_pickle=False, **params)
    np.savez(folder / f"{name}.inputs.npz", allow_pickle=False, **inputs)
    main = module["main"]
    assert isinstance(main, Function)
    made = graph(main, params)
    np.savez(folder / f"{name}.onnx.npz", allow_pickle=False, **made.arrays)
    (folder / f"{name}.onnx.json").write_text(
        json.dumps({"nodes": made.nodes, "inputs": made.inputs, "outputs": made.outputs})
    )
    converted = migrate.convert(module, target="0.27").module
    (folder / f"{name}.relax.py").write_text(print_module(converted, "0.27"))
    (folder / f"{name}.order.json").write_text(json.dumps([var.name_hint for var in module["main"].params]))


def serve(folder: str, name: str, threads: str) -> None:
    """Compile a model and run it on demand, as model_server.py does for the peers."""
    from cpu_backend.cache import KernelCache
    from cpu_backend.machine import Machine
    from relay_compat.bind_params import bind_params_by_name
    from relay_compat.json.reader import load_json
    from relay_compat.lower import lower
    from relay_compat.types.infer import infer_types

    module = infer_types(load_json(Path(folder, f"{name}.json").read_text()))
    params, inputs = (_arrays(Path(folder, f"{name}.{kind}.npz")) for kind in ("params", "inputs"))
    _load_passes()
    start = time.process_time()
    module["main"] = bind_params_by_name(module["main"], params)
    module = _optimized(module)
    cache = KernelCache()
    machine = Machine(lower(module), cache=cache, thread_count=int(threads), fuse=True)
    given = [inputs[var.name_hint] for var in module["main"].params]
    outputs = machine.run(given)
    seconds = time.process_time() - start
    start = time.process_time()
    Machine(lower(module), cache=cache, thread_count=int(threads), fuse=True).run(given)
    told = {"compile": seconds, "warm": time.process_time() - start}
    on_demand.serve(
        told, lambda: machine.run(given), lambda: np.savez(Path(folder, f"{name}.ours.out.npz"), *_flat(outputs))
    )


PASSES = (
    "InferType", "SimplifyInference", "EliminateCommonSubexpr", "FoldConstant", "FoldScaleAxis", "FoldConstant",
    "CanonicalizeOps", "FoldConstant", "EliminateCommonSubexpr",
)  # fmt: skip
"""What ours runs before it lowers. What a program says several times is folded once, as relay.build does it."""


def _load_passes() -> None:
    """Import what `import tvm` imports before a peer's clock starts: passes and the tables of what is known of
    operators, which ours imports at their first use.
    """
    from relay_compat import transform
    from relay_compat.op_attributes import get_op_attr

    for name in PASSES:
        getattr(transform, name)
    get_op_attr("add", "TOpPattern")


def _optimized(module: Any) -> Any:
    from relay_compat import transform
    from tensor_core.passes import PassContext, Sequential

    with PassContext(opt_level=3):
        return Sequential([getattr(transform, name)() for name in PASSES])(module)


def _flat(value: Any) -> list[np.ndarray]:
    return [leaf for item in value for leaf in _flat(item)] if isinstance(value, tuple) else [value]


def _arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as stored:
        return {key: stored[key] for key in stored.files}


class Peer:
    """A process that holds a compiled model."""

    def __init__(self, command: Sequence[str], threads: int) -> None:
        variables = {
            **environment(),
            "TVM_NUM_THREADS": str(threads),
            "PYTHONPATH": str(ROOT),
            "RELAY2RELAX_CACHE": "off",
        }
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables
        )
        self.compiled: dict[str, float] = self._answer()
        self.seconds: list[float] = []
        self._process.send_signal(signal.SIGSTOP)

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(self._process.stderr.read())
        return json.loads(line)

    def _ask(self, line: str) -> Any:
        assert self._process.stdin is not None
        self._process.send_signal(signal.SIGCONT)
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        # Threads of some peers spin between two runs, for as long as others run.
        self._process.send_signal(signal.SIGSTOP)
        return answer

    def run(self) -> None:
        """Run once more, unless that was enough."""
        if sum(self.seconds) < ENOUGH:
            self.seconds.append(self._ask("run"))

    def end(self) -> None:
        """Save the outputs and end."""
        self._ask("out")
        self._process.send_signal(signal.SIGCONT)
        self._process.communicate()


def commands(folder: Path, name: str, threads: int) -> dict[str, list[str]]:
    """How to start the peers that are there."""
    rest = [str(folder), name, str(threads)]
    found = {"ours": [sys.executable, "-P", "-c", OURS, *rest]}
    for kind, executable in (("onnx", str(interpreter(BENCH))), ("relay", python("0.19")), ("relax", python("0.27"))):
        if Path(executable).exists():
            found[kind] = [executable, str(SERVER), kind, *rest]
    return found


def measured(folder: Path, name: str, threads: int, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """By peer: median latency, seconds of compilation, how far its outputs are from ONNX Runtime's."""
    peers: dict[str, Peer] = {}
    for kind, command in commands(folder, name, threads).items():
        say(f"{name}, {threads} thread(s): compiling by {PEERS[kind]}")
        peers[kind] = Peer(command, threads)
    say(f"{name}, {threads} thread(s): running")
    for _ in range(rounds):
        for peer in peers.values():
            # The processors are to be as idle for each as for the others.
            time.sleep(REST)
            peer.run()
    for peer in peers.values():
        peer.end()
    expected = _stored(folder, name, "onnx" if "onnx" in peers else "ours")
    return {
        kind: {
            "latency": statistics.median(peer.seconds),
            "runs": len(peer.seconds),
            **peer.compiled,
            "difference": _difference(_stored(folder, name, kind), expected),
        }
        for kind, peer in peers.items()
    }


def _stored(folder: Path, name: str, kind: str) -> list[np.ndarray]:
    return list(_arrays(folder / f"{name}.{kind}.out.npz").values())


def _difference(got: list[np.ndarray], expected: list[np.ndarray]) -> float:
    """The largest difference in units of the output's largest magnitude."""
    pairs = zip(got, expected, strict=True)
    return max(float(np.abs(a - b.reshape(a.shape)).max() / max(np.abs(b).max(), 1e-30)) for a, b in pairs)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser("python -m benchmarks models", description="Latency of whole models.")
    parser.add_argument("--rounds", type=int, default=31, help="runs of each peer")
    parser.add_argument("--only", nargs="+", choices=MODELS, default=MODELS, help="the models to run")
    options, _ = parser.parse_known_args()
    console = Console()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as place, console.status("") as status:
        folder = Path(place)
        subprocess.run([python("0.19"), str(MAKER), place], env=environment(), capture_output=True, check=True)
        for name in options.only:
            prepare(folder, name)
            for threads in (1, 2):
                found = measured(folder, name, threads, options.rounds, status.update)
                rows.append({"model": name, "threads": threads, "peers": found})
                print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
                if os.environ.get("RELAY2RELAX_WRITE"):
                    _write(rows)
    console.print(_table(rows))
    for kind in ("onnx", "relay", "relax"):
        ratios = [
            row["peers"][kind]["latency"] / row["peers"]["ours"]["latency"] for row in rows if kind in row["peers"]
        ]
        if ratios:
            console.print(f"{PEERS[kind]} takes {statistics.geometric_mean(ratios):.2f} times as long (geometric mean)")


def _write(rows: Sequence[dict[str, Any]]) -> None:
    """Put rows in the place of those of the same models and threads."""
    before = json.loads(FILE.read_text("utf-8")) if FILE.exists() else []
    merged = {(row["model"], row["threads"]): row for row in (*before, *rows)}
    ordered = sorted(merged.values(), key=lambda row: (MODELS.index(row["model"]), row["threads"]))
    FILE.write_text(json.dumps(ordered, indent=1) + "\n", "utf-8")


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    heads = [head for label in PEERS.values() for head in (f"{label} ms", "s")]
    table = Table(
        "model",
        "threads",
        *heads,
        "outputs",
        title="Models at batch 1: milliseconds of a run, CPU seconds of compilation",
        title_justify="left",
    )
    for row in rows:
        cells: list[str] = []
        for kind in PEERS:
            found = row["peers"].get(kind)
            cells += ["", ""] if found is None else [f"{1e3 * found['latency']:.3g}", f"{found['compile']:.3g}"]
        worst = max(found["difference"] for found in row["peers"].values())
        table.add_row(row["model"], str(row["threads"]), *cells, "agree" if worst < 1e-3 else f"WRONG {worst:.1e}")
    return table
