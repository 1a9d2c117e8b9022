"""docs/reference/mapping.md, made from drawn calls of every operator and from the recorded modules."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import mapping
from mapping import Found

from migrate.report.model import Outcome

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "mapping.md"
SCORES = ROOT / "tests" / "corpus" / "scores.json"
SECTION = "mapping"

Survey = Mapping[str, Sequence[Found]]


def summary(found: Survey, shares: Mapping[str, Counter[Outcome]]) -> dict[str, Any]:
    """The numbers that scores.json keeps."""
    ones = {target: [item for item in items if item.expected.kind in mapping.ONE] for target, items in found.items()}
    return {
        "one operator": {target: len(items) for target, items in ones.items()},
        "mapped": {target: sum(item.mapped > 0 for item in items) for target, items in ones.items()},
        "calls": {target: total.total() for target, total in shares.items()},
        **{outcome.value: {target: total[outcome] for target, total in shares.items()} for outcome in Outcome},
    }


def page(found: Survey, told: Mapping[str, Any]) -> str:
    """The page's text."""
    heads = [outcome.value for outcome in Outcome]
    shares = [
        f"| {target} | {told['calls'][target]} | {' | '.join(str(told[head][target]) for head in heads)} "
        f"| {100 * told['call_tir'][target] / told['calls'][target]:.1f} % |"
        for target in told["calls"]
    ]
    parts = "\n\n".join(_target(target, items, told) for target, items in found.items())
    return f"""<!-- Made by tests/corpus/count_mapping.py: do not edit. -->

# What Relay's operators become

A table made by trying TVM's operators (tests/corpus/mapping.tsv) says of each of Relay's whether Relax has one operator
that means the same. Here it is compared with what the conversion makes of calls drawn by the operator's card, with
every attribute and element type that the card takes. Such a call is said `1:1`, or `adapted`: by that operator, once,
with operands or result brought into its form by a cast, a transpose or the like.

All recorded Relay modules (tests of TVM 0.19, ONNX backend tests, models), by what became of their operator calls:

| target | calls | {" | ".join(heads)} | call_tir |
|---|---|{"---|" * len(heads)}---|
{chr(10).join(shares)}

`portable` is the text that every release reads with one meaning; it pays with more tensor programs.

{parts}
"""


def _target(target: str, items: Sequence[Found], told: Mapping[str, Any]) -> str:
    ones = [item for item in items if item.expected.kind in mapping.ONE]
    causes = mapping.causes()
    never = [f"| `{item.relay}` | {_names(item)} | {causes[target, item.relay]} |" for item in ones if not item.mapped]
    partly = [row for item in ones if item.mapped for row in _others(item)]
    others = [
        f"| `{item.relay}` | {item.expected.kind} | {_shares(item)} |"
        for item in items
        if item not in ones and item.calls
    ]
    return f"""## Relax {target}

{told["mapped"][target]} of {told["one operator"][target]} operators that are one of Relax by the table are said by it,
{sum(1 for item in ones if item.mapped and not item.others)} of them whatever the call.

### Never said by the operator of the table

| Relay | Relax | why |
|---|---|---|
{chr(10).join(never)}

### Calls that are said otherwise

Of operators that are said by the operator of the table in general. `nothing`: the value is an operand's.

| Relay | calls | said | why |
|---|---|---|---|
{chr(10).join(partly)}

### The other operators

| Relay | kind in the table | drawn calls |
|---|---|---|
{chr(10).join(others)}"""


def _names(item: Found) -> str:
    return ", ".join(f"`{name}`" for name in item.expected.relax)


def _others(item: Found) -> Iterator[str]:
    """One line for each way of saying and each reason; what expansions of one reason say is told of the plainest."""
    grouped: dict[tuple[str, str], list[tuple[int, tuple[str, ...]]]] = {}
    for (outcome, said, reason), count in item.others.items():
        grouped.setdefault((outcome.value, reason), []).append((count, said))
    for (outcome, reason), ways in sorted(grouped.items()):
        plainest = min((said for _, said in ways), key=lambda said: (len(said), said))
        names = ", ".join(f"`{name}`" for name in plainest) or "nothing"
        total = item.calls.total()
        yield f"| `{item.relay}` | {sum(n for n, _ in ways)} of {total} | {outcome}: {names} | {_reason(reason)} |"


def _reason(reason: str) -> str:
    return reason or "the same in another operator"


def _shares(item: Found) -> str:
    total: Counter[str] = Counter()
    for (outcome, _, _), count in item.calls.items():
        total[outcome.value] += count
    return ", ".join(f"{count} {name}" for name, count in total.most_common())
