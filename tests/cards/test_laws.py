"""The laws that cards state hold, to the bit, for drawn calls of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from drawn_calls import DRAWING, DrawnCall, calls, examples
from hypothesis import given
from hypothesis import strategies as st

from tensor_core import dtypes
from tensor_core.ops.card import Law, OpCard
from tensor_core.reference import evaluate

STATED = [(card, law) for card in DRAWING for law in Law if law in card.laws]


@pytest.mark.parametrize(("card", "law"), STATED, ids=[f"{card.name}-{law.value}" for card, law in STATED])
@examples(10)
@given(data=st.data())
def test_the_law_holds(card: OpCard[Any], law: Law, data: st.DataObject) -> None:
    holds = HOLDS[law](data.draw(calls(card)))
    assert holds is not False


def same(a: Any, b: Any) -> bool:
    """Bit equality, but for the sign of zeros and the bits of NaN."""
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=dtypes.is_float(dtypes.from_numpy(a.dtype)))


def mapped(function: Callable[[np.ndarray], np.ndarray], value: Any) -> Any:
    return tuple(mapped(function, item) for item in value) if isinstance(value, tuple) else np.asarray(function(value))


def of_floats(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(of_floats, value))
    return dtypes.is_float(dtypes.from_numpy(value.dtype))


def run(call: DrawnCall, *args: Any) -> Any:
    return evaluate(call.card, call.params, args)


def commutative(call: DrawnCall) -> bool:
    a, b = call.args
    return same(run(call, a, b), run(call, b, a))


def associative(call: DrawnCall) -> bool:
    a, b = call.args
    # Not a again: a commutative function of (a, b, a) is the same from either end.
    c = np.roll(a, 1)
    return same(run(call, run(call, a, b), c), run(call, a, run(call, b, c)))


def idempotent(call: DrawnCall) -> bool:
    once = run(call, *call.args)
    return same(run(call, once, *call.args[1:]), once)


def involution(call: DrawnCall) -> bool:
    return same(run(call, run(call, *call.args), *call.args[1:]), call.args[0])


def monotone(call: DrawnCall) -> bool:
    first, *rest = call.args
    greater = np.maximum(first, first.ravel()[::-1].reshape(first.shape))
    return bool(np.all(run(call, first, *rest) <= run(call, greater, *rest)))


def negated(value: np.ndarray) -> np.ndarray:
    return np.negative(value)


def doubled(value: np.ndarray) -> np.ndarray:
    return value + value


def odd(call: DrawnCall) -> bool | None:
    return _commutes(call, negated)


def signed(call: DrawnCall) -> bool | None:
    """As odd, on zeros of both signs as well, and with their signs."""
    first, *rest = call.args
    result = run(call, *call.args)
    if isinstance(first, tuple) or not (of_floats(first) and of_floats(result)):
        return None
    pairs = [
        (run(call, np.negative(x), *rest), np.negative(run(call, x, *rest)))
        for x in (first, np.zeros_like(first), np.negative(np.zeros_like(first)), np.ones_like(first))
    ]
    return all(same(a, b) and same_signs(a, b) for a, b in pairs)


def same_signs(a: np.ndarray, b: np.ndarray) -> bool:
    """Of whatever is a number."""
    known = ~np.isnan(a.astype(np.float64))
    return bool(np.array_equal(np.signbit(a)[known], np.signbit(b)[known]))


def even(call: DrawnCall) -> bool | None:
    first, *rest = call.args
    return same(run(call, mapped(negated, first), *rest), run(call, *call.args)) if of_floats(first) else None


def scales(call: DrawnCall) -> bool | None:
    return _commutes(call, doubled)


def moves(call: DrawnCall) -> bool | None:
    def other(value: np.ndarray) -> np.ndarray:
        return ~value if value.dtype == bool else (value * value + value).astype(value.dtype)

    return _commutes(call, other, floats=False)


def _commutes(call: DrawnCall, function: Callable[[np.ndarray], np.ndarray], floats: bool = True) -> bool | None:
    first, *rest = call.args
    with np.errstate(all="ignore"):
        result = run(call, *call.args)
        if floats and not (of_floats(first) and of_floats(result)):
            return None
        return same(run(call, mapped(function, first), *rest), mapped(function, result))


HOLDS: dict[Law, Callable[[DrawnCall], bool | None]] = {
    Law.COMMUTATIVE: commutative, Law.ASSOCIATIVE: associative, Law.IDEMPOTENT: idempotent,
    Law.INVOLUTION: involution, Law.MONOTONE: monotone, Law.ODD: odd, Law.SIGNED: signed, Law.EVEN: even,
    Law.MOVES: moves, Law.SCALES: scales,
}  # fmt: skip
"""Whether a law holds for a call; None where it says nothing about it."""


def test_every_law_is_tried() -> None:
    assert set(HOLDS) == set(Law)
