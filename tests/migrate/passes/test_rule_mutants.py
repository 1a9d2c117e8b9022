"""A pass with any one of its rules taken out or made wrong fails its proof, on programs around what the rule is for.

This is a slice: the rules of the passes that have one table of them, and some of those that operators have registered.
`tox run -e passes` tries those of every pass.
"""

import random
from dataclasses import replace

import pytest
from rule_mutants import Decisions, Mutant, mutants, own_skeletons
from rule_places import PLACES

from migrate.verify.proof import prove

BUDGET = 400
SLICE = ("SimplifyExpr", "FoldExplicitPadding", "DynamicToStatic", "relay.qnn.transform.CanonicalizeOps")
OF_MANY = ("AlterOpLayout", "ConvertLayout", "FirstOrderGradient", "FuseOps", "ToMixedPrecision")
SAMPLE = 60


def some() -> list[Mutant]:
    """All of those of some passes, and of others as many as are tried of each."""
    registered = [[item for item in mutants(name) if item.kind in ("deleted", "falsified")] for name in OF_MANY]
    drawn = [item for found in registered for item in random.Random(0).sample(found, SAMPLE)]
    return [*(item for name in SLICE for item in mutants(name)), *drawn]


@pytest.mark.parametrize("mutant", some(), ids=str)
def test_mutant_fails(mutant: Mutant) -> None:
    try:
        with mutant.in_force() as port:
            proof = prove(replace(port, skeletons=own_skeletons(mutant.rule, port)), BUDGET, reduced=False)
    except Exception:
        # A layout that is wrong may be none at all.
        return
    assert not proof, f"survived {proof.programs} programs"


@pytest.mark.parametrize("name", ["FirstOrderGradient", "gradient"])
def test_every_gradient_has_a_wrong_version(name: str) -> None:
    assert sum(place.left_out() for place in PLACES[name] if not isinstance(place, Decisions)) == 0
