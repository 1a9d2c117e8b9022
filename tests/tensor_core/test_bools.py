"""What arithmetic on bools means in logic, beside the cards' references and what real TVM 0.19 gave."""

import numpy as np
import pytest

import migrate
from tensor_core.ops import bools
from tensor_core.ops.registry import registry
from tensor_core.reference import NumpyFragment, evaluate

A, B = np.array([True, True, False, False]), np.array([True, False, True, False])
MODULO_TWO = {"add": [False, True, True, False], "multiply": [True, False, False, False]}


@pytest.mark.parametrize("name", bools.MEANINGS)
def test_logic_says_what_the_operator_means(name: str):
    card = registry().by_name[name]
    assert card.expand is not None
    written = card.expand(card.params(), NumpyFragment(), A, B)
    np.testing.assert_array_equal(written, evaluate(card, card.params(), (A, B)))
    if name in MODULO_TWO:
        np.testing.assert_array_equal(written, MODULO_TWO[name])


@pytest.mark.parametrize(("target", "said"), [("0.19", "relax.multiply"), ("0.27", "relax.logical_and")])
def test_releases_that_compile_it_keep_the_operator(target: str, said: str):
    text = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(4), bool], %y: Tensor[(4), bool]) { multiply(%x, %y) }'
    (found,) = migrate.convert(migrate.load(text), target=target).report.conversions
    assert found.relax == (said,)
