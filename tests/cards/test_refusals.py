"""Calls with one rule broken, of every card, through every door: each is a call all the same, or a diagnostic with a
code that names the operator, what is wrong, and the rule.

The calls are those of tests/support/broken_calls.py. By default each card's kinds of breaks are tried once, always the
same; with RELAY2RELAX_EXPLORE=1 all of them, from other legal calls, and every accepted one is computed.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from broken_calls import Written, breaks, drawn_call, is_written, recorded_calls
from refusal_doors import NotSaid, Outcome, faults, onward, relax_doors, relay_doors

from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.card import OpCard
from tensor_core.ops.registry import registry

EXPLORE = os.environ.get("RELAY2RELAX_EXPLORE") == "1"
SEED = random.randrange(2**31) if EXPLORE else 20_250_401
SHARE, COMPUTED = (0.6, 0.3) if EXPLORE else (0.012, 0.05)
"""What share of the breaks of a call is tried beside one of each kind, and of the accepted ones is computed."""
STRICT = ("text", "call")
"""Doors that take the same calls: a text and the attributes in Python."""
LATER = {"vision.all_class_non_max_suppression"}
"""Relax deduces another type than TVM's answer has."""
ENDLESS = {"vision.roi_align": "sample_ratio"}
"""Attributes that say how many steps an element takes: TVM computes large ones for ever as well."""
MOST_STEPS = 1000
CARDS = tuple(filter(is_written, registry()))


@dataclass
class Findings:
    """What should not be, of the calls of one card, and how many outcomes there were."""

    wrong: list[str] = field(default_factory=list)
    tried: int = 0
    refused: int = 0
    computed: int = 0

    def note(self, call: Written, outcome: Outcome) -> None:
        """One outcome of a call."""
        if outcome.defect:
            self.wrong.append(f"{outcome.stage}: {outcome.defect} of {call} (seed {SEED})")
        elif outcome.diagnostic is not None:
            self.refused += 1
            said = f"{outcome.stage}: {outcome.diagnostic}"
            self.wrong += [
                f"the message {fault}: {said} of {call}" for fault in faults(call, outcome.diagnostic, outcome.stage)
            ]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_broken_calls_are_refused_with_a_code_or_computed(card: OpCard[Any]) -> None:
    source = random.Random(f"{SEED} {card.name}")
    findings = Findings()
    for legal in _legal(card, source):
        doors = _doors(legal)
        for call in _chosen(legal, source):
            _try(call, doors, source, findings)
    assert findings.tried
    assert not findings.wrong, "\n".join(findings.wrong[:20])


def _legal(card: OpCard[Any], source: random.Random) -> Iterator[Written]:
    """One legal call of the card in each IR and release that has it."""
    found = list(recorded_calls().get(card.name, []))
    if card.draw is not None:
        found += drawn_call(card, source)
    by_release: dict[tuple[str, str], list[Written]] = {}
    for call in found:
        by_release.setdefault((call.side, call.release), []).append(call)
    for calls in by_release.values():
        yield source.choice(calls)


def _chosen(legal: Written, source: random.Random) -> Iterator[Written]:
    """The legal call, a break of each kind, and some others."""
    yield legal
    by_kind: dict[str, list[Written]] = {}
    for call in breaks(legal, source):
        by_kind.setdefault(_kind(call), []).append(call)
    for calls in by_kind.values():
        chosen = source.randrange(len(calls))
        yield from (call for n, call in enumerate(calls) if n == chosen or source.random() < SHARE)


def _kind(call: Written) -> str:
    """A kind of break, whatever the value and the place."""
    return call.kind.partition(":")[0].partition(" value")[0]


def _outcomes(call: Written) -> list[Outcome]:
    doors = relay_doors if call.side == "relay" else relax_doors
    return [outcome for outcome in doors(call) if outcome.result is not NotSaid]


def _doors(legal: Written) -> set[str]:
    """The doors that a legal call goes through: a function of Python may take other arguments than the operator."""
    return {item.stage for item in _outcomes(legal) if item.result is not None or item.stage != "wrapper"}


def _try(call: Written, doors: set[str], source: random.Random, findings: Findings) -> None:
    findings.tried += 1
    outcomes = [outcome for outcome in _outcomes(call) if outcome.stage in doors]
    for outcome in outcomes:
        findings.note(call, outcome)
    findings.wrong += _disagreement(call, outcomes)
    module = next((item.result for item in outcomes if item.result is not None and item.stage != "card"), None)
    if module is None and call.kind == "legal":
        findings.wrong.append(f"a legal call is refused: {call}")
    if module is not None and (call.kind == "legal" or source.random() < COMPUTED) and not _is_left_out(call):
        findings.computed += 1
        for outcome in onward(call, module):
            findings.note(call, outcome)


def _is_left_out(call: Written) -> bool:
    """Whether an accepted call is not computed."""
    steps = call.attrs.get(ENDLESS.get(call.card.name, ""), 0)
    return call.card.name in LATER or (isinstance(steps, int) and steps > MOST_STEPS)


_OF_READING = ("R2R0101", "R2R0107", "R2R0108", "R2R0112", "R2R0301")


def _disagreement(call: Written, outcomes: list[Outcome]) -> list[str]:
    """Doors that should take the same calls and do not. Of a type or number that a text cannot say nothing is asked."""
    same = [item for item in outcomes if item.stage in STRICT and not item.defect]
    if any(item.code in _OF_READING for item in same) or len({bool(item.code) for item in same}) < 2:
        return []
    return [f"doors differ, {[(item.stage, item.code) for item in same]}, on {call}"]


def test_defects_of_executors_would_be_noted() -> None:
    findings = Findings()
    call = next(iter(recorded_calls()["add"]))
    findings.note(call, Outcome("run", defect="TypeError: no"))
    assert findings.wrong
    assert not isinstance(DiagnosticError(), TypeError)
