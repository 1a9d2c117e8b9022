"""A pass with any one of its rules taken out or made wrong fails its proof, on programs around what the rule is for."""

from dataclasses import replace

import pytest
from rule_mutants import Mutant, mutants

from migrate.verify.proof import prove

BUDGET = 20


@pytest.mark.parametrize("mutant", list(mutants()), ids=str)
def test_mutant_fails(mutant: Mutant) -> None:
    around = mutant.own_skeletons
    assert around
    proof = prove(replace(mutant.port, skeletons=around), BUDGET, reduced=False)
    assert not proof, f"survived {proof.programs} programs"
