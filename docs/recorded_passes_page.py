"""The part of the page of passes that tells what came of the recorded cases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markup import code, table

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "corpus"
SIDES = {"passes": "Relay", "relax_passes": "Relax"}


def section() -> str:
    """A table for either IR, and why some cases come out otherwise."""
    stored: dict[str, Any] = json.loads((CORPUS / "scores.json").read_text("utf-8"))
    reasons: dict[str, dict[str, str]] = json.loads((CORPUS / "pass_exceptions.json").read_text("utf-8"))
    arguments = stored["relax_pass_arguments"]
    tables = [
        f"### On {side}\n\n{_sum(stored[name])}\n\n{table(_HEAD, _rows(stored[name], stored[f'{name} left out']))}"
        for name, side in SIDES.items()
    ]
    odd = [
        (SIDES[name], code(case), reason) for name, cases in reasons.items() for case, reason in cases.items()
    ]  # fmt: skip
    return f"""## Recorded cases

Real TVM ran its passes on the modules of its own tests: 0.19 those of Relay, 0.27 those of Relax. Modules before and
after, with options, are recorded. Here the pass runs on the module before; *as TVM* counts the results that are
structurally equal to the module after, constants to the bit. `LegalizeOps` is judged by what is computed and which
operators are left, as the kernels of two compilers differ in form. *Left out* are cases that cannot be run again:
passes given Python of the recording test (altered layouts, legalizations, patterns, predicates) or options that were
not recorded, and `RewriteCUDAGraph`, which is for an accelerator. Where several passes ran at once, the names say so.
The files whose cases are left out run whole under `as-tvm`, with their own Python: [how they fare](alias.md).

{stored["passes with options that results tell"]} cases of Relay run with options whose values the results tell.
{arguments["rebuilt"]} cases of Relax run with [rebuilt arguments](trust.md), and {arguments["contradictory"]} without
the result type that the script states and its body contradicts: TVM reads such a script, this package refuses it.

{chr(10).join(f"{part}{chr(10)}" for part in tables)}
### Cases that come out otherwise

{table(("IR", "case", "why"), odd)}"""


_HEAD = ("pass", "as TVM", "share", "left out")


def _rows(scores: Mapping[str, str], left_out: Mapping[str, int]) -> Iterator[Sequence[str]]:
    for name in sorted({*scores, *left_out}, key=str.lower):
        good, total = _figures(scores.get(name, "0 of 0"))
        share = f"{100 * good / total:.1f} %" if total else ""
        told = scores.get(name, "")
        yield ", ".join(map(code, name.split(" + "))), told, share, str(left_out.get(name) or "")


def _sum(scores: Mapping[str, str]) -> str:
    pairs = list(map(_figures, scores.values()))
    good, total = (sum(column) for column in zip(*pairs, strict=True))
    return f"{good} of {total} cases, {100 * good / total:.1f} %."


def _figures(score: str) -> tuple[int, int]:
    good, total = map(int, re.findall(r"\d+", score)[:2])
    return good, total
