"""docs/reference/recorded_programs.md, made from scores.json and program_exceptions.tsv."""

import json
from pathlib import Path
from typing import Any

from program_exceptions import read

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "recorded_programs.md"
SCORES = ROOT / "tests" / "corpus" / "scores.json"
SECTION = "recorded programs"
HEADS = {
    "interpreter right": "interpreter: right",
    "interpreter exact": "of these to the bit",
    "backend right": "backend: right",
    "backend exact": "of these to the bit",
    "backend compiled": "of all compiled",
    "backend whole": "all operators as machine code",
}
TITLES = {
    "evaluated": "Relay programs that tests of TVM 0.19 evaluate",
    "onnx": "ONNX backend tests as Relay's front end makes them",
}


def page() -> str:
    """The page's text."""
    scores: dict[str, dict[str, Any]] = json.loads(SCORES.read_text())[SECTION]
    rows = [f"| {TITLES[name]} | {' | '.join(found[key] for key in HEADS)} |" for name, found in scores.items()]
    head = f"| programs | {' | '.join(HEADS.values())} |\n|{'---|' * (len(HEADS) + 1)}"
    exceptions = [
        f"| {collection} | `{name}` | {side} | {origin} | {outcome} | {cause} |"
        for (collection, name, side), (origin, outcome, cause) in read().items()
    ]
    return f"""<!-- Made by tests/corpus/count_programs.py: do not edit. -->

# Recorded programs

Programs with the answers that real TVM 0.19 gave for them, run by the Relay interpreter and by the CPU backend. The
backend interprets a function that it has no compiled form of, and operators without a tensor program run by their
numpy reference: the last columns count those where neither happens.

{head}
{chr(10).join(rows)}

An answer is right when it is TVM's to the bit; where operators round, when both lie within what the error models of the
cards admit. For a program with one uncertain operator that is the card's bound on each element. For others the bound is
measured: 16 times as far as perturbations of the size of each operator's rounding move the result; when that is more
than 0.1 % of the result's scale, both answers must be nearer to each other than this, else the case is inconclusive.
Integers behind floats must be equal unless such perturbations move them over an edge. What a card calls undefined, as
`unique`'s results behind the distinct elements, is not compared. Answers to the ONNX tests must besides be those
that the suite expects, within its tolerance (rtol 1e-3, atol 1e-5).

`python tests/corpus/count_programs.py` runs all of them; the default tests run a fifth.

## Exceptions

| collection | program | side | origin | outcome | cause |
|---|---|---|---|---|---|
{chr(10).join(exceptions)}
"""
