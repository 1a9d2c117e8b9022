"""Training in real TVM: converted steps, and what SetupTrainer makes of models, build there and compute the same."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import training
from trained import arguments, set_up

import migrate
from migrate.execution import bind_args, execute
from migrate.values import leaves
from oracle import Oracle
from relax_core.text.reader import read
from relax_core.transform import Gradient
from tests.corpus.trainers import MODELS, TRAINED

pytestmark = pytest.mark.oracle

CASES = list(itertools.product(training.MODELS, training.OPTIMIZERS))


def assert_alike(got: list[np.ndarray], want: list[np.ndarray]) -> None:
    for theirs, ours in zip(got, want, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("model", "optimizer"), CASES)
def test_a_converted_step_builds_and_computes_the_same(
    model: str, optimizer: str, tvm: Callable[[str], Oracle]
) -> None:
    module = training.step(model, optimizer)
    result = migrate.convert(module, target="0.27")
    given, kept = training.start(model, optimizer)
    args = [np.asarray(3, "float32"), *given, *(value + 0.01 for value in kept)]
    check = tvm("0.27").relax_check(result.script())
    assert check.well_formed, check.message
    got = tvm("0.27").relax_run(result.script(), bind_args(result.module, args))
    assert_alike(got, leaves(execute(module, args, executor="interpreter")))


@pytest.mark.parametrize("model", training.MODELS)
def test_gradients_of_a_converted_model_build_and_compute_the_same(model: str, tvm: Callable[[str], Oracle]) -> None:
    adjoint = Gradient("main")(migrate.convert(training.forward(model), target="0.27").module)
    given, kept = training.start(model, "SGD")
    args = [*given, *kept]
    got = tvm("0.27").relax_run(migrate.convert(adjoint).script(), args, entry="main_adjoint")
    assert_alike(got, leaves(execute(adjoint, args, entry="main_adjoint")))


@pytest.mark.parametrize("legalize", [False, True])
@pytest.mark.parametrize("name", TRAINED)
def test_what_trains_a_model_builds_and_computes_the_same(
    name: str, legalize: bool, tvm: Callable[[str], Oracle]
) -> None:
    case = TRAINED[name]
    module = set_up(case, read(MODELS[case.model], release="0.27"), legalize)
    script = migrate.convert(module).script()
    check = tvm("0.27").relax_check(script)
    assert check.well_formed, check.message
    for function, args in arguments(case, module).items():
        got = tvm("0.27").relax_run(script, args, entry=function)
        assert_alike(got, leaves(execute(module, args, entry=function)))
