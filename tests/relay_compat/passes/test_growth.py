"""Passes whose cost once grew with the square of the program."""

from collections.abc import Callable
from typing import Any

import pytest
from steps import steps

import relay_compat as relay
from relay_compat.transform import CombineParallelOpBatch, InferType, LazyGradientInit, ManifestLifetimes

SMALL, LARGE = 100, 400


def chain(length: int) -> Any:
    x = relay.var("x", shape=(2,))
    value: Any = x
    for _ in range(length):
        value = relay.add(value, x)
    return relay.Function([x], value)


def wide(length: int) -> Any:
    x = relay.var("x", shape=(2,))
    return relay.Function([x], relay.Tuple([relay.exp(x) for _ in range(length)]))


def shared(length: int) -> Any:
    value = x = relay.var("x", shape=(2,))
    for _ in range(length):
        value = relay.add(value, value)
    y = relay.var("y")
    return relay.Function([x], relay.Let(y, value, y))


@pytest.mark.parametrize(
    ("make", "program"),
    [
        (lambda: CombineParallelOpBatch("add", "add"), chain),
        (LazyGradientInit, wide),
        (ManifestLifetimes, shared),
    ],
)
def test_cost_is_proportional(make: Callable[[], Any], program: Callable[[int], Any]):
    small, large = (InferType()(relay.IRModule.from_expr(program(length))) for length in (SMALL, LARGE))
    assert steps(lambda: make()(large)) < 1.3 * (LARGE / SMALL) * steps(lambda: make()(small))
