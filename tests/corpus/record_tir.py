"""Records how a real TVM prints the tensor programs of tir_programs.py. Run by hand, once for each release:

    TVM_NUM_THREADS=1 TOPHUB_LOCATION=NONE .../tvm-0.27/bin/python tests/corpus/record_tir.py 0.27

Adds to `tir.json` beside this script: texts that two releases print alike stand there once, with both releases. A
program that a release cannot make is left out for it.
"""

# pyright: reportMissingImports=false

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import tvm
from tir_programs import FUSED, OPERATORS, PASSES, SCHEDULES, relax, said, written
from tvm.script import from_source

FILE = Path(__file__).with_name("tir.json")
IS_NEW = hasattr(tvm, "tirx")
SCHEDULING: Any = tvm.s_tir if hasattr(tvm, "s_tir") else tvm.tir


def kernels(module: Any) -> Any:
    """The module without its Relax functions."""
    return tvm.IRModule({var: f for var, f in module.functions.items() if type(f).__name__ == "PrimFunc"})


def legalised(text: str, is_fused: bool) -> Any:
    passes = tvm.relax.transform
    module = from_source(text)
    with tvm.target.Target("llvm"):
        module = passes.LegalizeOps()(module)
    if is_fused:
        for step in (passes.AnnotateTIROpPattern(), passes.FuseOps(), passes.FuseTIR()):
            module = step(module)
    return kernels(module)


def scheduled(name: str) -> Any:
    text, apply = SCHEDULES[name]
    schedule = SCHEDULING.Schedule(tvm.IRModule({"main": from_source(said(text, IS_NEW))}))
    apply(schedule, schedule.get_sblock if hasattr(schedule, "get_sblock") else schedule.get_block)
    return schedule.mod


def lowered(name: str) -> Iterator[tuple[str, Any]]:
    module = scheduled(name)
    for step in PASSES:
        spaces = [getattr(getattr(tvm, space, None), "transform", None) for space in ("s_tir", "tirx", "tir")]
        make = next((getattr(space, step) for space in spaces if hasattr(space, step)), None)
        if make is not None:
            module = make()(module)
            yield step, module


def programs() -> Iterator[tuple[str, Any]]:
    for name, (args, expression) in OPERATORS.items():
        yield f"legal/{name}", partial(legalised, relax(args, expression), False)
    for name, (args, expression) in FUSED.items():
        yield f"fused/{name}", partial(legalised, relax(args, expression), True)
    for name in SCHEDULES:
        yield f"scheduled/{name}", partial(scheduled, name)
    for name, text in written(IS_NEW):
        yield f"written/{name}", partial(from_source, text)
    for name in ("bound", "staged"):
        for step, module in lowered(name):
            yield f"lowered/{name}/{step}", partial(kernels, module)


def main(release: str) -> None:
    rows: list[dict[str, Any]] = json.loads(FILE.read_text()) if FILE.exists() else []
    for row in rows:
        row["releases"] = [item for item in row["releases"] if item != release]
    known = {(row["name"], row["text"]): row for row in rows}
    for name, make in programs():
        try:
            text = make().script()
        except Exception as error:
            print(f"{release} {name}: {str(error).splitlines()[-1:]}", file=sys.stderr)
            continue
        row = known.setdefault((name, text), {"name": name, "releases": [], "text": text})
        row["releases"] = sorted([*row["releases"], release])
    kept = sorted((row for row in known.values() if row["releases"]), key=lambda row: (row["name"], row["releases"]))
    FILE.write_text(json.dumps(kept, indent=0) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
