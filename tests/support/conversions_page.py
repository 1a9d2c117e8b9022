"""docs/reference/conversions.md, made from scores.json."""

import json
import textwrap
from pathlib import Path
from typing import Any

import live_file
from program_exceptions import CONVERTED, read

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "conversions.md"
SCORES = ROOT / "tests" / "corpus" / "scores.json"
SECTION = "conversions"
RUN = "converted programs"
LIVE = "live conversions"
TITLES = {
    "models": "whole models",
    "onnx": "ONNX backend tests as Relay's front end makes them",
    "evaluated": "Relay programs that tests of TVM 0.19 evaluate",
    "passes before": "what tests of TVM 0.19 give to passes",
    "passes after": "what the passes made of it",
}
MODULES = {"converted": "converted whole", "well formed": "well formed", "read back": "script read back"}
CALLS = {
    "1:1": "in one call",
    "expanded": "expanded",
    "call_tir": "`call_tir`",
    "library": "library",
    "refused": "refused",
    "opaque": "unknown",
}


def page() -> str:
    """The page's text."""
    scores: dict[str, dict[str, Any]] = json.loads(SCORES.read_text())
    parts = [_target(target, found) for target, found in scores[SECTION].items()]
    more = [tell(scores[key]) for key, tell in ((RUN, _runs), (LIVE, _live)) if key in scores]
    return "\n".join([_INTRODUCTION, *parts, *more])


def _live(found: dict[str, str]) -> str:
    counts = [
        [target, TITLES[collection], *told.split(", of ")]
        for key, told in found.items()
        for target, _, collection in [key.partition(" ")]
    ]
    groups: dict[tuple[str, ...], list[str]] = {}
    for _collection, case, target, outcome, whose, message, cause in live_file.read():
        groups.setdefault((target, outcome, whose, message if outcome == "refused" else "", cause), []).append(case)
    failures = [
        [str(len(cases)), target, outcome, whose, cause + (f": {message}" if message else ""), f"`{cases[0]}`"]
        for (target, outcome, whose, message, cause), cases in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]
    head = ["cases", "TVM", "outcome", "whose", "cause", "as in"]
    return "\n".join([_LIVE, _table(["TVM", "modules", "came so far", "of"], counts), _table(head, failures)])


def _runs(found: dict[str, dict[str, str]]) -> str:
    sides = list(next(iter(found.values())))
    rows = [[TITLES[name], *(told[side] for side in sides)] for name, told in found.items()]
    causes = [
        [collection, f"`{name}`", side, origin, outcome, cause]
        for (collection, name, side), (origin, outcome, cause) in read(CONVERTED).items()
    ]
    return "\n".join(
        [
            _RUN,
            _table(["programs", *sides], rows),
            _table(["", "program", "side", "origin", "outcome", "cause"], causes),
        ]
    )


def _target(target: str, found: dict[str, Any]) -> str:
    rows = found["collections"]
    modules = [[TITLES[name], *(row[key] for key in (*MODULES, "assuming", "untyped"))] for name, row in rows.items()]
    total = {key: sum(row["calls"][key] for row in rows.values()) for key in CALLS}
    calls = [[TITLES[name], *map(str, row["calls"].values())] for name, row in rows.items()]
    calls.append(["all", *(f"{total[key]} ({total[key] / sum(total.values()):.1%})" for key in CALLS)])
    told = [(str(number), *cause.partition(" ")) for cause, number in found["causes"].items()]
    causes = [[number, code, reason] for number, code, _, reason in told]
    kernels = [[str(number), f"`{op}`"] for op, number in found["call_tir"].items()]
    return "\n".join(
        [
            f"## To Relax {target}\n",
            _table(["modules", *MODULES.values(), "with assumptions", "of no type"], modules),
            _table(["calls of operators", *CALLS.values()], calls),
            "Refusals, and how many modules have them:\n",
            _table(["modules", "code", "reason"], causes),
            textwrap.fill(f"{_KERNELS} {', '.join(map(' '.join, kernels))}.", 120, break_long_words=False) + "\n",
        ]
    )


_KERNELS = "Operators that become tensor programs, with the number of calls:"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


_INTRODUCTION = """<!-- Made by tests/corpus/count_conversions.py: do not edit. -->

# Conversions of recorded modules

Relay modules that real TVM 0.19 made, converted to Relax. *Converted whole*: nothing was refused and no operator is
unknown; what was refused elsewhere leaves the rest of its module converted. *Well formed*: no breach of Relax's rules,
every type what the rules of the operators give. *Script read back*: the printed script reads as a structurally equal
module (where 0.19 declares scratch buffers of tensor programs otherwise: it prints as the same text). *With
assumptions*: of those converted whole, how many say what is only assumed of their shapes. *Of no type*:
Relay itself refuses the module, as the input of a pass that must come before type inference; these are not counted.

`python tests/corpus/count_conversions.py` counts; the default tests do so for a part.
"""

_RUN = """## What the converted programs compute

The scripts, read back and run by the backend and by the interpreter of Relax, beside the recorded answers of TVM 0.19,
of the ONNX suite and of the front ends. Right is what [Recorded programs](recorded_programs.md) calls right; whole
models agree within the tolerance with which they were recorded (rtol 1e-3, atol 1e-5). Refused programs do not count.

`python tests/corpus/count_converted.py` runs all of them; the default tests run a part.
"""

_LIVE = """## What real TVM makes of the scripts

Every model and every ONNX test, converted, read and built by the release's default pipeline for the CPU, and run,
beside the recorded answers; where Relay in TVM 0.19 had none, or not the suite's, beside our interpreter of Relay.
LLVM refuses some of the code that the wheel of 0.19 generates (the debug information of let-bound values): there TVM
generates C, and the machine's compiler compiles it; or `--expand nn.layer_norm` writes the operator out.

`python tests/corpus/live_conversions.py` asks; tests/corpus/live_conversions.tsv lists each case that is not right,
with TVM's message.
"""
