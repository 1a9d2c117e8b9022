"""What becomes of each of Relay's operators, beside what tests/corpus/mapping.tsv says of it.

That table was made by trying operators of TVM 0.19 against Relax of 0.19 and 0.27: ``direct`` and ``restructured``
operators have one operator of Relax that means the same, which it names.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import recorded
from converted_calls import converted, drawn
from relay_build import call, const, module, var

import migrate
from migrate.report.model import Conversion, Outcome
from relay_compat import op
from relay_compat.ir.expr import Function, GlobalVar, TupleGetItem
from relay_compat.ir.module import IRModule
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.registry import registry

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
FILE = CORPUS / "mapping.tsv"
CAUSES = CORPUS / "mapping_causes.tsv"
TARGETS = ("0.27", "0.19")
ONE = ("direct", "restructured")
MAPPED = (Outcome.DIRECT, Outcome.ADAPTED)


def _variance() -> Iterator[IRModule]:
    x = var("x", 2, 3)
    for unbiased in (False, True):
        mean = call("mean", x, axis=(1,), keepdims=True)
        yield module(call("variance", x, mean, axis=(1,), unbiased=unbiased), x)


def _suppression() -> Iterator[IRModule]:
    x = var("x", 1, 5, 6)
    for indices in (True, False):
        chosen = call("vision.get_valid_counts", x, const(0.25), score_threshold=None)
        parts = [TupleGetItem(chosen, n) for n in (1, 0, 2)]
        limits = const(-1, "int32"), const(0.5)
        yield module(call("vision.non_max_suppression", *parts, *limits, return_indices=indices), x)


def _device_copy() -> Iterator[IRModule]:
    x = var("x", 2, 3)
    yield IRModule({GlobalVar("main"): Function((x,), op.device_copy(x, "cpu", "cuda"))})


PROGRAMS: dict[str, Callable[[], Iterator[IRModule]]] = {
    "device_copy": _device_copy,
    "variance": _variance,
    "vision.non_max_suppression": _suppression,
}
"""Operators whose operands' origin decides: as importers write them."""


@dataclass(frozen=True)
class Expected:
    """An operator's kind in a release of Relax, and the operators of Relax that it is."""

    kind: str
    relax: tuple[str, ...]


@dataclass
class Found:
    """What drawn calls of an operator became: how many, by how they are said and why not otherwise."""

    relay: str
    expected: Expected
    calls: Counter[tuple[Outcome, tuple[str, ...], str]] = field(default_factory=Counter)

    @property
    def mapped(self) -> int:
        """How many are said by the operator that the table names, once."""
        return sum(count for (outcome, said, _), count in self.calls.items() if self._is_named(outcome, said))

    def _is_named(self, outcome: Outcome, said: tuple[str, ...]) -> bool:
        return outcome in MAPPED and any(name in self.expected.relax for name in said)

    @property
    def others(self) -> Counter[tuple[Outcome, tuple[str, ...], str]]:
        """The calls that are said otherwise."""
        return Counter({key: count for key, count in self.calls.items() if not self._is_named(*key[:2])})


def expected(target: str) -> dict[str, Expected]:
    """By Relay's name of the operator."""
    with FILE.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {row["relay"]: Expected(row[f"kind {target}"], tuple(row[f"relax {target}"].split())) for row in rows}


def causes() -> dict[tuple[str, str], str]:
    """By target and operator: why none of its calls is said as the table says."""
    with CAUSES.open(newline="") as file:
        return {(row["target"], row["relay"]): row["cause"] for row in csv.DictReader(file, delimiter="\t")}


def survey(target: str, count: int, names: frozenset[str] | None = None) -> list[Found]:
    """Every operator of the table, with what ``count`` drawn calls become."""
    result = [Found(name, row) for name, row in expected(target).items() if names is None or name in names]
    for item in result:
        for said in _conversions(item.relay, target, count):
            names_said = tuple(name.removeprefix("relax.") for name in dict.fromkeys(said.relax))
            item.calls[said.outcome, names_said, said.reason] += 1
    return result


def _conversions(name: str, target: str, count: int) -> Iterator[Conversion]:
    card = registry().by_relay.get(name)
    if card is None or card.draw is None:
        return
    for made in PROGRAMS.get(name, list)():
        yield migrate.convert(made, target).report.conversions[-1]
    for each in drawn(card, count):
        made = converted(each, target)
        if made is not None:
            yield made.last


def shares(target: str) -> Counter[Outcome]:
    """What became of the operator calls of all recorded Relay modules that convert."""
    total: Counter[Outcome] = Counter()
    for _, text in recorded.relay_modules():
        try:
            report = migrate.convert(migrate.load(text), target).report
        except DiagnosticError:
            # Modules that a pass makes ill-typed on purpose.
            continue
        total.update(item.outcome for item in report.conversions)
    return total
