"""Machine-made mutants: the committed table says what is claimed, and a fixed few are judged again.

All of them: `tox run -e mutants`.
"""

from collections import Counter

import pytest
from ast_mutants import mutants, plant
from mutation import table
from mutation.judge import Stage, noticed
from mutation.killers import FEW, Kill, by_planted_faults, by_properties
from mutation.sample import Trial
from mutation.subjects import AREAS, Subject, subjects

ROWS = list(table.read().values())
AGAIN = (
    ("migrate.forward.arms", "_Choice.choose"),
    ("migrate.forward.literals", "_Carried._value"),
    ("relay_compat.passes.lambda_lift", "_Lifter._lift"),
    ("relax_core.passes.bind_symbolic_vars", "bind_function_symbols"),
    ("migrate.verify.bounds", "ratios"),
)
"""Module and function of mutants that a property, or a planted fault, notices soon."""


def test_the_table_is_large_enough_and_of_all_parts() -> None:
    faults = [row for row in ROWS if row["verdict"] != "equivalent"]
    assert len(faults) >= 200
    assert min(Counter(row["area"] for row in faults)[area] for area in AREAS) >= 40
    assert sum(row["verdict"] == "killed" for row in faults) >= 0.95 * len(faults)


def test_what_was_not_noticed_is_explained() -> None:
    assert {row["verdict"] for row in ROWS} <= {"killed", "equivalent", "survives"}
    for row in ROWS:
        assert bool(row["by"]) == (row["verdict"] == "killed"), row
        assert bool(row["why"]) == (row["verdict"] != "killed"), row


def test_mutants_are_found_again_by_their_words() -> None:
    found = mutants("migrate.verify.bounds")
    assert len(found) == len(set(found)) > 30
    with pytest.raises(LookupError):
        plant(type(found[0])("migrate.verify.bounds", "ratios", "no such -> thing"))


@pytest.mark.parametrize(("module", "function"), AGAIN)
def test_some_are_noticed_again(module: str, function: str) -> None:
    row = next(row for row in ROWS if (row["module"], row["function"], row["verdict"]) == (module, function, "killed"))
    subject = next(subject for subject in subjects() if subject.module == module)
    trial = Trial(row["area"], module, function, row["mutation"], int(row["occurrence"]), subject)
    stage = first_stage(subject)
    assert isinstance(noticed(stage, trial.mutant), Kill)
    assert noticed(stage, None) is None


def first_stage(subject: Subject) -> Stage:
    return Stage(by_planted_faults) if subject.faults else Stage(by_properties, (subject.properties, 0, FEW))
