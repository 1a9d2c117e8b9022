"""Gradients of cards against finite differences, in float64 along random directions.

The calls are those that cards draw and those that were recorded from TVM, so that every attribute takes all of its
values; the numbers are any reals of the operands' domains, and so lie away from where a derivative jumps.
"""

import zlib
from typing import Any

import numpy as np
import pytest
from smooth_calls import CONSTANT, Call, drawn, is_float, leaves, numbers, recorded

from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.reference import NumpyFragment, evaluate

STEP = 1e-6

OF_THE_WHOLE = {"variance_about"}
"""Only the sum of a program's adjoints is right, as in TVM: the operand that is the data's mean is no free one."""

HELD = {"relax.full", "relax.full_like", "relax.nn.nll_loss"}
"""Gradients without the adjoints of fill values and of the weights of classes, as TVM's Relax has them."""


UNHANDLED = {
    "it handles no batch dimensions",
    'it handles mode "add" only',
    "it handles no dilation",
    "it handles cuts in ascending order only",
    "it handles windows of one length only",
}
"""What gradients refuse."""

GRADIENTS = [(card, card.name, card.gradient) for card in registry() if card.gradient] + [
    (card, f"relax.{card.name}", spelling.gradient)
    for card in registry()
    for spelling in card.relax[-1:]
    if spelling.gradient
]
TRIED = [item for item in GRADIENTS if item[0].name not in OF_THE_WHOLE]


def moved(value: Any, direction: Any, by: float) -> Any:
    if isinstance(value, tuple):
        return tuple(moved(a, b, by) for a, b in zip(value, direction, strict=True))
    return value if direction is None else value + by * direction


def direction_of(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, tuple):
        return tuple(direction_of(item, rng) for item in value)
    return rng.normal(size=value.shape) if is_float(value) else None


def weighed(call: Call, args: Any, weights: list[np.ndarray]) -> float:
    results = leaves(evaluate(call.card, call.params, args))
    return sum(
        float(np.sum(weight * np.asarray(result, "float64"))) for weight, result in zip(weights, results, strict=True)
    )


def check(call: Call, gradient: Any, held: bool) -> bool:
    """The adjoints are of the arguments' types, and give the slope along a random direction.

    False for a call that has no slope. ``held``: arguments without an adjoint do not move.
    """
    rng = np.random.default_rng(zlib.crc32(repr(call).encode()))
    args = numbers(call, rng)
    result = evaluate(call.card, call.params, args)
    if not all(is_float(np.asarray(leaf)) and np.all(np.abs(leaf) < 1e30) for leaf in leaves(result)):
        # Nothing to differentiate, or a window over nothing but padding.
        return False
    weights = [rng.uniform(0.5, 2.0, np.shape(leaf)) for leaf in leaves(result)]
    given = [weight.astype(np.asarray(leaf).dtype) for weight, leaf in zip(weights, leaves(result), strict=True)]
    seed = tuple(given) if isinstance(result, tuple) else given[0]
    adjoints = gradient(call.params, NumpyFragment(), args, result, seed)
    directions = tuple(
        None if (adjoint is None and held) or n in call.held else direction_of(arg, rng)
        for n, (arg, adjoint) in enumerate(zip(args, adjoints, strict=True))
    )
    slope, scale = 0.0, 1e-3
    assert len(adjoints) == len(args)
    for adjoint, arg, direction in zip(adjoints, args, directions, strict=True):
        if adjoint is None:
            continue
        ways = leaves(direction) if direction is not None else [None] * len(leaves(arg))
        for part, like, along in zip(leaves(adjoint), leaves(arg), ways, strict=True):
            assert np.shape(part) == like.shape
            assert np.asarray(part).dtype == like.dtype
            if along is not None:
                slope += float(np.sum(part * along))
                scale += float(np.sum(np.abs(part * along)))
    ahead, back = (weighed(call, moved(args, directions, by), given) for by in (STEP, -STEP))
    assert slope == pytest.approx((ahead - back) / (2 * STEP), abs=1e-6 * scale, rel=1e-6), call
    return any(is_float(leaf) for leaf in leaves(args))


@pytest.mark.parametrize(("card", "name", "gradient"), TRIED, ids=[item[1] for item in TRIED])
def test_adjoints_are_slopes(card: OpCard[Any], name: str, gradient: Any) -> None:
    found = [
        tried(call, gradient, name in HELD) for call in (*drawn(card), *recorded(card)) if not is_wrong_in_tvm(call)
    ]
    assert {item for item in found if isinstance(item, str)} <= UNHANDLED
    assert (True in found) == (name not in CONSTANT)


def tried(call: Call, gradient: Any, held: bool) -> bool | str:
    """What :func:`check` says, or why the gradient does not handle the call."""
    try:
        return check(call, gradient, held)
    except Reject as reject:
        return reject.message


def is_wrong_in_tvm(call: Call) -> bool:
    """TVM's gradient of an average divides by the whole window also where the pool leaves out what lies behind the
    padding.
    """
    return call.card.name == "nn.avg_pool2d" and call.params.rounding != "floor" and call.params.count_include_pad


@pytest.mark.parametrize("name", sorted(CONSTANT))
def test_what_has_no_slope_has_no_adjoint(name: str) -> None:
    (card,) = (card for card in registry() if card.name == name)
    call = next(iter((*drawn(card), *recorded(card))))
    assert card.gradient is not None
    result = evaluate(card, call.params, call.args)
    assert card.gradient(call.params, NumpyFragment(), call.args, result, result) == [None] * len(call.args)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("unbiased", [False, True])
def test_of_the_variance_about_the_data_s_own_mean(keepdims: bool, unbiased: bool) -> None:
    (card,) = (card for card in registry() if card.name == "variance_about")
    rng = np.random.default_rng(3)
    x, along = rng.normal(size=(2, 2, 3, 4))
    params = card.params(axis=(0, 2), keepdims=keepdims, unbiased=unbiased)

    def variance(x: np.ndarray) -> np.ndarray:
        return evaluate(card, params, (x, x.mean(axis=(0, 2), keepdims=True)))

    assert card.gradient is not None
    mean, seed = x.mean(axis=(0, 2), keepdims=True), rng.uniform(1, 2, variance(x).shape)
    of_data, of_mean = card.gradient(params, NumpyFragment(), (x, mean), variance(x), seed)
    slope = np.sum(of_data * along) + np.sum(of_mean * along.mean(axis=(0, 2), keepdims=True))
    ahead, back = (np.sum(variance(x + by * along) * seed) for by in (STEP, -STEP))
    assert slope == pytest.approx((ahead - back) / (2 * STEP), rel=1e-6)
