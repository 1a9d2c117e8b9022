"""Margins that cards state are honest: what moves by less than an element's margin does not turn the element over."""

from typing import Any

import numpy as np
import pytest
from drawn_calls import DRAWING, calls, examples
from hypothesis import given
from hypothesis import strategies as st

from tensor_core.ops.card import Exact, OpCard
from tensor_core.reference import evaluate, floats_as, value_as

# Elsewhere a result that did not jump moves as well, and tests/cards/test_execution.py takes margins into account.
STEPPED = [card for card in DRAWING if card.margin is not None and isinstance(card.error, Exact)]
MOVED = 1e-6
"""By how much of its size each element of an operand is moved, and a thousandth of which margins must be larger."""


@pytest.mark.parametrize("card", STEPPED, ids=lambda card: card.name)
@examples(20)
@given(data=st.data())
def test_what_lies_off_its_edge_does_not_jump(card: OpCard[Any], data: st.DataObject) -> None:
    call = data.draw(calls(card))
    assert card.margin is not None
    args = [value_as("float64", arg) for arg in call.args]
    rng = np.random.default_rng(0)
    moved = [arg if n in call.given else _moved(arg, rng) for n, arg in enumerate(args)]
    if (label := getattr(call.params, "id_index", -1)) >= 0:
        moved[0][..., label] = args[0][..., label]
    with np.errstate(all="ignore"):
        before, after = (
            _flat(evaluate(card, call.params, tuple(each), "float64", call.types)) for each in (args, moved)
        )
        margins = card.margin(floats_as("float64", call.params), *args)
    margins = margins if isinstance(margins, tuple) else (margins,) * len(before)
    for one, other, margin in zip(before, after, margins, strict=True):
        if one.shape == other.shape and not np.issubdtype(one.dtype, np.floating):
            far = np.broadcast_to(np.asarray(margin) > 1000 * MOVED, one.shape)
            np.testing.assert_array_equal(one[far], other[far])


def _moved(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, tuple):
        return tuple(_moved(item, rng) for item in value)
    if value.dtype.kind != "f":
        return value
    return value * (1 + MOVED * rng.uniform(-1, 1, value.shape))


def _flat(value: Any) -> list[np.ndarray]:
    return [leaf for item in value for leaf in _flat(item)] if isinstance(value, tuple) else [np.asarray(value)]
