"""Training: a step is the same on Relay and on Relax, gradients are what differences say, and the loss falls."""

import itertools

import numpy as np
import pytest
import training
from training import GIVEN, MODELS, OPTIMIZERS

import migrate
from migrate.execution import bind_args, execute
from migrate.values import leaves
from relax_core.transform import Gradient

STEPS = 50
CASES = list(itertools.product(MODELS, OPTIMIZERS))


@pytest.mark.parametrize(("model", "optimizer"), CASES)
def test_a_step_is_the_same_on_both_sides(model: str, optimizer: str) -> None:
    module = training.step(model, optimizer)
    converted = migrate.convert(module).module
    given, kept = training.start(model, optimizer)
    args = [np.asarray(3, "float32"), *given, *(value + 0.01 for value in kept)]
    for ours, theirs in zip(
        leaves(execute(module, args, executor="interpreter")),
        leaves(execute(converted, bind_args(converted, args))),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(("model", "optimizer"), CASES)
def test_the_loss_falls(model: str, optimizer: str) -> None:
    converted = migrate.convert(training.step(model, optimizer)).module
    given, kept = training.start(model, optimizer)
    losses, _ = training.trained(lambda args: leaves(execute(converted, args)), given, kept, STEPS)
    assert losses[-1] < 0.7 * losses[0], losses[:: STEPS // 5]


@pytest.mark.parametrize("model", MODELS)
def test_gradients_of_both_sides_are_those_of_differences(model: str) -> None:
    forward = training.forward(model)
    given, weights = training.start(model, "SGD")
    args = [*given, *weights]
    step = training.step(model, "SGD")
    _, *moved = leaves(execute(step, [np.asarray(1, "float32"), *args], executor="interpreter"))
    on_relay = [(before - after) / training.RATE for before, after in zip(weights, moved, strict=True)]
    adjoint = Gradient("main")(migrate.convert(forward).module)
    _, *on_relax = leaves(execute(adjoint, args, entry="main_adjoint"))
    for ours, theirs in zip(on_relay, on_relax[GIVEN:], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    r = np.random.default_rng(3)
    direction = [r.standard_normal(weight.shape).astype("float32") for weight in weights]

    def loss(size: float) -> float:
        shifted = [w + np.float32(size) * d for w, d in zip(weights, direction, strict=True)]
        return float(leaves(execute(forward, [*given, *shifted], executor="interpreter"))[0])

    size = 5e-4
    slope = (loss(size) - loss(-size)) / (2 * size)
    told = sum(float((g * d).sum()) for g, d in zip(on_relax[GIVEN:], direction, strict=True))
    assert slope == pytest.approx(told, rel=2e-2, abs=2e-3)
