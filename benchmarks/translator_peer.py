"""Run by TVM 0.19 (see convert_beside_translator): builds and runs the cases of a folder, one JSON line an answer.

Started again after a crash, it goes on with the case after the one that crashed.
"""

# pyright: reportMissingImports=false

import importlib.util
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "migrate" / "verify" / "oracles" / "worker"))

import numpy as np
import tvm
from tvm import relax
from tvm.relax.testing import relay_translator
from tvm_values import from_tvm

import wire

FOLDER = Path(sys.argv[1])
LOG, STARTED = FOLDER / "answers.jsonl", FOLDER / "started"
RUNS = 5
LOADED = {}


def translated(case):
    module = tvm.ir.load_json((FOLDER / f"{case}.json").read_text())
    start = time.process_time()
    found = relay_translator.from_relay(module["main"], tvm.target.Target("llvm"), opt_level=0)
    return found, time.process_time() - start, []


def ours(case):
    runtime = FOLDER / f"{case}.runtime.py"
    if runtime.read_text() and "runtime" not in LOADED:
        spec = importlib.util.spec_from_file_location("relay2relax_runtime", runtime)
        assert spec is not None
        assert spec.loader is not None
        LOADED["runtime"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(LOADED["runtime"])
    with np.load(FOLDER / f"{case}.params.npz") as arrays:
        params = [arrays[name] for name in arrays.files]
    return tvm.script.from_source((FOLDER / f"{case}.py").read_text()), 0.0, params


def flat(value):
    if isinstance(value, tvm.nd.NDArray):
        return [from_tvm(value)]
    return [leaf for item in value for leaf in flat(item)]


def answer(case, side):
    try:
        module, seconds, params = (translated if side == "translator" else ours)(case)
    except Exception as error:
        return {"result": "not converted", "why": last(error)}
    told = {"convert": seconds}
    with np.load(FOLDER / f"{case}.npz") as arrays:
        args = [arrays[name] for name in arrays.files]
    try:
        machine = relax.VirtualMachine(built(module, FOLDER / f"{case}.{side}.so"), tvm.cpu())
    except Exception as error:
        return {**told, "result": "not built", "why": last(error)}
    given = [tvm.nd.array(array) for array in (*args, *params)]
    try:
        got = flat(machine["main"](*given))
        seconds = []
        for _ in range(RUNS):
            start = time.perf_counter()
            machine["main"](*given)
            seconds.append(time.perf_counter() - start)
    except Exception as error:
        return {**told, "result": "not run", "why": last(error)}
    told["run"] = statistics.median(seconds)
    return {**told, "result": "ran", "spec": wire.save(got, FOLDER / f"{case}.{side}.npz")}


def built(module, library):
    """An executable: of C where LLVM refuses what this wheel generates (the debug information of let-bound values)."""
    try:
        return relax.build(module, "llvm")
    except Exception as error:
        if "LLVM module verification failed" not in str(error):
            raise
    relax.build(module, "c").export_library(str(library), cc="gcc")
    return tvm.runtime.load_module(str(library))


def last(error):
    lines = [line for line in str(error).splitlines() if line.strip()]
    # After some failed checks the whole graph is told.
    told = lines[-1:] if lines and lines[-1].strip() != "}" else [line for line in lines if "Check failed" in line]
    return f"{type(error).__name__}: {told[0][:200] if told else ''}"


def note(path, item):
    with path.open("a") as stream:
        stream.write(json.dumps(item) + "\n")


begun = [json.loads(line) for line in STARTED.read_text().splitlines()] if STARTED.exists() else []
done = (
    {(item["case"], item["side"]) for item in map(json.loads, LOG.read_text().splitlines())} if LOG.exists() else set()
)
for case, side in begun:
    if (case, side) not in done:
        note(LOG, {"case": case, "side": side, "result": "crash", "why": "the process ended"})
seen = {tuple(item) for item in begun}
for path in sorted(FOLDER.glob("[0-9]*.json")):
    for side in ("translator", "ours"):
        if (path.stem, side) in seen or (side == "ours" and not (FOLDER / f"{path.stem}.py").exists()):
            continue
        note(STARTED, [path.stem, side])
        note(LOG, {"case": path.stem, "side": side, **answer(path.stem, side)})
