"""Drawn calls of Relay's operators, converted, built and run by real TVM: one for each operator and outcome."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from converted_calls import Converted, converted, drawn, worst

from migrate.report.model import NOT_SAID, Outcome
from oracle import Oracle, OracleError
from tensor_core.ops.registry import registry

FILE = Path(__file__).resolve().parents[1] / "corpus" / "live_call_exceptions.tsv"
TARGETS = ("0.27", "0.19")
DRAWS = 40
TOLERANCE = 4.0
"""How much of the bound is admitted: an expansion's, beside TVM's own rounding."""

Key = tuple[str, str, str]
"""Target, card, outcome."""


def samples(target: str) -> Iterator[Converted]:
    """The first call of each operator for each of its outcomes."""
    for card in sorted(registry(), key=lambda card: card.name):
        if not card.relay or not card.draw or not (card.reference or card.expand):
            continue
        seen: set[Outcome] = set()
        for call in drawn(card, DRAWS):
            made = converted(call, target)
            if made is None or made.last.outcome in seen or made.last.outcome in NOT_SAID:
                continue
            if not made.result.report.complete:
                continue
            seen.add(made.last.outcome)
            yield made


def key(target: str, made: Converted) -> Key:
    return target, made.call.card.name, made.last.outcome.value


def fault(made: Converted, tvm: Oracle) -> str:
    """What is wrong with what real TVM computes, in its words if it fails; empty if nothing."""
    params = made.result.module.params
    try:
        found = tvm.relax_run(made.result.script(), [*made.inputs, *params.values()])
    except OracleError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        told = [line for line in lines if "Error" in line or "dbg_declare" in line]
        return (told or lines[-1:] or ["fails"])[0]
    used = worst(made.call, found)
    return "" if used <= TOLERANCE else f"{used:.3g} times the bound apart"


def exceptions() -> dict[Key, str]:
    """The calls that are not right, with the cause."""
    with FILE.open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {(row["target"], row["card"], row["outcome"]): row["cause"] for row in rows}
