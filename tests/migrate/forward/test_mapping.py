"""Every operator that is one of Relax by the table is said by it, or a cause is stated; tensor programs are rare."""

import json

import mapping
import pytest
from converted_calls import converted, drawn
from drawn_calls import DRAWING
from mapping_page import SCORES, SECTION

import migrate
from migrate.report.model import Outcome
from relax_core.text.profiles import targets
from tensor_core.ops.card import OpCard

DRAWS = 20


@pytest.mark.parametrize("target", mapping.TARGETS)
def test_operators_are_said_as_the_table_says(target: str) -> None:
    found = [item for item in mapping.survey(target, DRAWS) if item.expected.kind in mapping.ONE]
    causes = mapping.causes()
    assert {item.relay for item in found if not item.mapped} == {name for release, name in causes if release == target}
    scores = json.loads(SCORES.read_text())[SECTION]
    assert sum(item.mapped > 0 for item in found) == scores["mapped"][target]


def test_few_calls_of_the_recorded_modules_are_tensor_programs() -> None:
    scores = json.loads(SCORES.read_text())[SECTION]
    assert scores["call_tir"]["0.27"] <= 0.05 * scores["calls"]["0.27"]


@pytest.mark.parametrize("target", [*targets(), "portable"])
@pytest.mark.parametrize("card", [card for card in DRAWING if card.relay and card.relax], ids=lambda card: card.name)
def test_every_attribute_is_printed(card: OpCard, target: str) -> None:
    """A printed call names each attribute that its operator has in the release, so that no default decides."""
    for call in drawn(card, 3):
        made = converted(call, target)
        if made is None or made.last.outcome is not Outcome.DIRECT:
            continue
        read = migrate.load(made.result.script(), made.result.module.params)
        again = migrate.convert(read, target).script() if target != "portable" else made.result.script()
        assert again == made.result.script()
        line = next(line for line in again.splitlines() if f"R.{made.said[0]}(" in line)
        spellings = [card.relax_for(each) for each in (targets() if target == "portable" else [target])]
        if any(each is None or each.name != made.last.relax[0] for each in spellings):
            continue
        written = set.intersection(*({item.name for item in each.fields} for each in spellings if each))
        assert [name for name in written if f"{name}=" not in line] == []
