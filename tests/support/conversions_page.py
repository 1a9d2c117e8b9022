"""docs/reference/conversions.md, made from scores.json."""

import json
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "conversions.md"
SCORES = ROOT / "tests" / "corpus" / "scores.json"
SECTION = "conversions"
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
    scores: dict[str, dict[str, Any]] = json.loads(SCORES.read_text())[SECTION]
    return "\n".join([_INTRODUCTION, *(_target(target, found) for target, found in scores.items())])


def _target(target: str, found: dict[str, Any]) -> str:
    rows = found["collections"]
    modules = [[TITLES[name], *(row[key] for key in MODULES), row["untyped"]] for name, row in rows.items()]
    total = {key: sum(row["calls"][key] for row in rows.values()) for key in CALLS}
    calls = [[TITLES[name], *map(str, row["calls"].values())] for name, row in rows.items()]
    calls.append(["all", *(f"{total[key]} ({total[key] / sum(total.values()):.1%})" for key in CALLS)])
    told = [(str(number), *cause.partition(" ")) for cause, number in found["causes"].items()]
    causes = [[number, code, reason] for number, code, _, reason in told]
    kernels = [[str(number), f"`{op}`"] for op, number in found["call_tir"].items()]
    return "\n".join(
        [
            f"## To Relax {target}\n",
            _table(["modules", *MODULES.values(), "of no type"], modules),
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
module (where 0.19 declares scratch buffers of tensor programs otherwise: it prints as the same text). *Of no type*:
Relay itself refuses the module, as the input of a pass that must come before type inference; these are not counted.

`python tests/corpus/count_conversions.py` counts; the default tests do so for a part.
"""
