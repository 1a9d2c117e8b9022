"""A program that ends its process, hangs or takes all memory is a finding, and the programs around it are checked."""

import itertools

import campaign_subjects
import pytest

from migrate.verify.campaign.engines import Local
from migrate.verify.campaign.plan import Batch, Plan
from migrate.verify.campaign.programs import drawn
from migrate.verify.campaign.warden import Warden
from relay_compat.structural import structural_equal
from relay_compat.text.parser import parse
from tensor_core.diagnostics import DiagnosticError

NAMES = ("UNDECIDED", "RAISING", "HUNGRY", "DYING", "HANGING")
PROGRAMS = 12


def plan(seed: int) -> Plan:
    return Plan(tuple(f"campaign_subjects:{name}" for name in NAMES), seed=seed, size=10, seconds=4)


def calling_tanh(given: Plan) -> list[int]:
    return [n for n in range(PROGRAMS) if campaign_subjects.holds(drawn(given, n), "tanh")]


PLAN = next(given for given in map(plan, itertools.count()) if len(calling_tanh(given)) == 1)
(CALLS_TANH,) = calling_tanh(PLAN)


def test_every_way_to_fail_is_told_from_the_others() -> None:
    warden = Warden(PLAN)
    try:
        tally = warden.run(Batch(0, PROGRAMS))
    finally:
        warden.close()
    assert {item.subject: item.key for item in tally.findings.values()} == {
        "undecided": "tanh: unknown",
        "raising": "raising: AttributeError in relay_compat.types.infer.infer_types",
        "hungry": "hungry: out of memory",
        "dying": "dying: ended by SIGABRT in campaign_subjects._dying",
        "hanging": "hanging: takes more than 4 s",
    }
    assert {item.number for item in tally.findings.values()} == {CALLS_TANH}
    assert tally.programs == PROGRAMS
    assert sum(count for (_, what), count in tally.outcomes.items() if what == "exact") == (PROGRAMS - 1) * len(NAMES)
    for finding in tally.failures:
        assert structural_equal(parse(finding.program), drawn(PLAN, CALLS_TANH).module)
        assert finding.source == f"{PLAN.seed}:{CALLS_TANH}"


def test_a_property_that_is_not_there_is_said_so() -> None:
    warden = Warden(Plan(("campaign_subjects:NOTHING",)))
    with pytest.raises(DiagnosticError, match="NOTHING"):
        warden.run(Batch(0, 1))


def test_jobs_can_be_ended_at_any_time() -> None:
    with Local(Plan(("campaign_subjects:HANGING",), seed=1, size=10, seconds=600), 2) as engine:
        results = engine.results(iter([Batch(9, 1), Batch(9, 1)]), 0.5)
        assert next(results) is None
