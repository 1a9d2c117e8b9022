"""A pass with any one of its rules taken out or made wrong fails its proof, on programs around what the rule is for.

This is a slice: the rules of the passes that have one table of them. `tox run -e passes` tries those of every pass.
"""

from dataclasses import replace

import pytest
from rule_mutants import Mutant, mutants, own_skeletons

from migrate.verify.proof import prove

BUDGET = 20
SLICE = ("SimplifyExpr", "FoldExplicitPadding", "DynamicToStatic", "relay.qnn.transform.CanonicalizeOps")


@pytest.mark.parametrize("mutant", [item for name in SLICE for item in mutants(name)], ids=str)
def test_mutant_fails(mutant: Mutant) -> None:
    with mutant.in_force() as port:
        proof = prove(replace(port, skeletons=own_skeletons(mutant.rule, port)), BUDGET, reduced=False)
    assert not proof, f"survived {proof.programs} programs"
