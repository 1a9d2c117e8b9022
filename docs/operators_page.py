"""The page of operators: what the cards cover of the operators that real TVM registers, and one row per card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from markup import code, table

from migrate.operators import TARGETS, Operator, operators
from migrate.verify.generate.productions import PRODUCTIONS
from relax_core.builtins.table import BUILTINS
from tensor_core.ops.registry import Card, registry

RECORDED = Path(__file__).resolve().parent.parent / "tests" / "corpus"
PHANTOMS = {
    "hardswish": "registered by an attribute alone: it has neither arguments nor a type",
    "scatter": "registered by an attribute alone: it has neither arguments nor a type",
    "parser.MetaRef": "a device of TVM's text parser, gone once a text is read",
}
"""Names in Relay's registry that are no operators."""


REGISTRIES = ("Relay 0.19", "Relax 0.19", "Relax 0.27")
COVERAGE = (
    "registry", "operators", "with a card", "built-ins", "with a meaning", "as machine code", "gradients", "evidence",
)  # fmt: skip


def page() -> str:
    """The whole page."""
    rows = [row for row in operators() if _is_ours(row.card)]
    unproven = sum(not row.evidence for row in rows)
    head = (
        "operator", "Relay", "Relax", "since", *(f"to {release}" for release in TARGETS), "runs as", "element types",
        "gradient", "agreement", "traits", "evidence", "generated",
    )  # fmt: skip
    generated = {row.card for row in PRODUCTIONS}
    return f"""# Operators

{len(rows)} op cards, {unproven} of them without evidence from a real TVM. `relay2relax ops NAME` shows one with its
attributes.

## What is covered

Of the operators that TVM registers (recorded from it: `tests/corpus/operators-*.tsv`):

{table(COVERAGE, map(_coverage, REGISTRIES))}

- *operators*: without {", ".join(map(code, PHANTOMS))}, which are none: {"; ".join(sorted(set(PHANTOMS.values())))}.
- *built-ins* are described in [their own table](builtins.md). *with a meaning*, *as machine code*: of those with a
  card, how many can run, and how many have a tensor program that is compiled (for all calls, or for some).
- *gradients*: how many have one, of those for which TVM registers one. *evidence*: of those with a card, of how many
  results of that TVM are on record.

{_silent(rows)}

## Cards

- *since*: the first release of Relax that has it, as far back as 0.19, and *until* the last one.
- *to 0.27*, *to 0.19*: how a Relay call is said in Relax for that release. `1:1` in one call; `expanded` as several
  calls; `call_tir` as the card's own tensor program (and `library` as a function of a vendor's runtime).
  `1:1 or expanded`: one call where it can say the same, which depends on the parameters. A dash: Relay has no such
  operator.
- *runs as*: `machine code` (`with constants`: where the program states the sizes or scales that it depends on, else by
  reference) or `reference` (numpy, inside of the program).
- *agreement*: how far two right implementations may differ. `exact`: not at all. `n ulp`: by n unit roundoffs of the
  result; `+ length`: and by the rounding of an accumulation; `scaled`: not of the result but of a
  magnitude that the card states (the terms of a sum, or 1); `narrower`: those of a type with fewer
  digits, in which it computes.
- *traits*: laws that hold to the bit, effects; `jumps`: a small change of an operand may change a result by much;
  `open in places`: for some values TVM leaves the result to the build, and comparisons leave it out.
- *evidence*: in which releases real calls were recorded and are replayed through the card. `unproven`: none.
- *generated*: whether generated programs hold the operator.

{table(head, (_row(row, generated) for row in rows))}"""


def _registered(registry_name: str) -> dict[str, bool]:
    """By operator of a registry such as "Relay 0.19": whether TVM registers a gradient for it."""
    side, release = registry_name.split()
    lines = (RECORDED / f"operators-{release}.tsv").read_text("utf-8").splitlines()
    found = {name: bool(gradient) for name, _, gradient in (line.partition("\t") for line in lines)}
    if side == "Relax":
        return {name: has for name, has in found.items() if name.startswith("relax.")}
    return {name: has for name, has in found.items() if not name.startswith("relax.") and name not in PHANTOMS}


def _coverage(name: str) -> Sequence[str]:
    known = registry().by_relay if name.startswith("Relay") else registry().by_relax
    registered = _registered(name)
    cards = {op: Operator(known[op]) for op in registered if op in known}
    asked = [op for op, gradient in registered.items() if gradient]
    return (
        name,
        str(len(registered)),
        str(len(cards)),
        str(sum(op in BUILTINS for op in registered if op not in cards)),
        str(sum(row.runs != "no" for row in cards.values())),
        str(sum(row.runs.startswith("machine") for row in cards.values())),
        f"{sum(op in cards and cards[op].gradient in ('yes', name.split()[0]) for op in asked)} of {len(asked)}",
        str(sum(name in row.evidence for row in cards.values())),
    )


def missing(name: str) -> list[str]:
    """The operators of a registry that neither a card nor the table of built-ins describes."""
    known = registry().by_relay if name.startswith("Relay") else registry().by_relax
    return [op for op in _registered(name) if op not in known and op not in BUILTINS]


def _silent(rows: Iterable[Operator]) -> str:
    chosen = list(rows)
    silent = [(code(row.card.name), row.card.refused) for row in chosen if row.runs == "no"]
    slow = [code(row.card.name) for row in chosen if row.runs == "reference"]
    return f"""{len(silent)} operators are read, printed and carried along, not run:

{table(("operator", "why"), silent)}

{len(slow)} run by their numpy reference: {", ".join(slow)}."""


def _row(row: Operator, generated: set[str]) -> Sequence[str]:
    card = row.card
    return (
        code(card.name),
        code(card.relay.name) if card.relay else "",
        ", ".join(map(code, row.relax_names)),
        row.since + f" until {row.until}" * bool(row.until),
        *(row.says.get(release, "-") for release in TARGETS),
        row.runs,
        ", ".join(row.dtypes),
        row.gradient,
        row.agreement,
        ", ".join(row.traits),
        ", ".join(sorted(row.evidence)) or "unproven",
        "yes" if card.name in generated else "",
    )


def _is_ours(card: Card) -> bool:
    return card.infer.__module__.startswith("tensor_core.")
