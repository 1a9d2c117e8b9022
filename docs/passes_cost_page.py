"""The page of what passes cost on large graphs, from `tests/corpus/trust/passes.json`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markup import code, table

FILE = Path(__file__).resolve().parent.parent / "tests" / "corpus" / "trust" / "passes.json"
RESNET = FILE.with_name("optimize.json")
SIZES = (12_500, 50_000)
_FORMS = {
    "chain": "operators after each other",
    "shared": "each operator takes the one before twice",
    "wide": "one operator takes what all others give",
    "lets": "the chain, each bound to a variable; on Relax, where those of the chain are as well, outside of dataflow "
    "blocks",
    "nested lets": "lets in the values of lets; on Relax, which has no such values, variables bound after each other",
}
_SHORT = 0.05
"""Seconds below which a time is that of the clock."""


def page() -> str:
    """The whole page."""
    rows: Mapping[str, Mapping[str, Any]] = json.loads(FILE.read_text("utf-8"))
    forms = [form for form in _FORMS if any(form in found for group in rows.values() for found in group.values())]
    exponents = [item for group in rows.values() for found in group.values() for item in _exponents(found)]
    told = "\n".join(f"- *{form}*: {_FORMS[form]}." for form in forms)
    head = ("pass", "longest, s", *forms)
    parts = [
        f"## {ir}\n\n{table(head, (_row(name, found, forms) for name, found in group.items()))}"
        for ir, group in rows.items()
    ]
    if RESNET.exists():
        parts.append(_optimizing())
    return f"""# What passes cost

Every pass of both IRs on graphs of {SIZES[0]:,} and {SIZES[1]:,} nodes (`python -m benchmarks passes`), and the
exponent between the two: 1 is proportional to the size, 2 quadratic. {sum(map(len, rows.values()))} passes,
{len(exponents)} exponents, the highest {max(exponents):.2f}; {sum(item <= 1.2 for item in exponents)} of them are at
most 1.2. None ends in a recursion error.

{told}

*longest*: CPU time on the large graph of the form that takes longest. An empty place: below {_SHORT} s, which is too
short to tell, or not measured. *refused*: the pass says with a diagnostic that it does not take such a graph.

{chr(10).join(f"{part}{chr(10)}" for part in parts).rstrip()}"""


def _optimizing() -> str:
    """ResNet-50 through what TVM's build runs, beside TVM."""
    *rows, (_, kernels, their_kernels) = json.loads(RESNET.read_text("utf-8"))
    ours, theirs = (sum(row[side] for row in rows) for side in (1, 2))
    told = [(code(name), f"{mine:.3f}", f"{other:.3f}") for name, mine, other in rows]
    return f"""## ResNet-50 beside TVM

The passes that a build for the CPU runs, on ResNet-50 with its parameters bound (`python -m benchmarks optimize`): CPU
time here {ours:.1f} s, in TVM 0.19 {theirs:.1f} s; {kernels:.0f} kernels here, {their_kernels:.0f} there. TVM compiles
what it folds.

{table(("pass", "here, s", "TVM 0.19, s"), told)}"""


def _exponents(found: Mapping[str, Any]) -> Iterator[float]:
    for times in found.values():
        exponent = _exponent(times)
        if exponent is not None:
            yield exponent


def _exponent(times: Any) -> float | None:
    if isinstance(times, str) or times[1] < _SHORT or not times[0]:
        return None
    return math.log(times[1] / times[0], SIZES[1] / SIZES[0])


def _row(name: str, found: Mapping[str, Any], forms: Sequence[str]) -> Sequence[str]:
    longest = max((times[1] for times in found.values() if not isinstance(times, str)), default=0.0)
    cells: list[str] = []
    for form in forms:
        times = found.get(form)
        exponent = None if times is None else _exponent(times)
        cells.append("refused" if isinstance(times, str) else "" if exponent is None else f"{exponent:.2f}")
    return (code(name), f"{longest:.2f}", *cells)
