"""No input makes the readers fail with anything but a diagnostic. A slice of what tests/support/campaign.py reads."""

import json
from pathlib import Path

import pytest
from campaign import LOADS, Outcomes, measured
from mutations import MIX, hostile, mutated

PRINTED = json.loads(Path(__file__).with_name("printed.json").read_text())
TEXTS = sorted(PRINTED["modules"].values())
MODULES = [json.dumps(PRINTED["json"][name]) for name in sorted(PRINTED["json"])]


def read(numbers: range) -> Outcomes:
    return measured((number, *mutated(number, TEXTS, MODULES)) for number in numbers)


@pytest.mark.parametrize("part", range(4))
def test_damaged_inputs(part: int) -> None:
    found = read(range(500 * part, 500 * (part + 1)))
    assert found.escapes == []
    assert found.slowest < 5
    assert {made for made, _, _ in found.counts} == set(MIX)
    # All kinds of outcomes occur, so the damage reaches every stage.
    codes = {code for _, _, code in found.counts}
    assert {LOADS, "R2R0101", "R2R0103", "R2R0105", "R2R0202", "R2R0301", "R2R0302"} <= codes
    assert sum(count for (_, stage, _), count in found.counts.items() if stage == "typing") > 100


@pytest.mark.parametrize("name", hostile())
def test_inputs_that_end_the_process_of_tvm(name: str) -> None:
    found = measured([(name, name, hostile()[name])])
    assert found.escapes == []
    assert found.slowest < 5
