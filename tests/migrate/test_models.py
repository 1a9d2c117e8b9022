"""The main job on the recorded models: text, conversion, execution, verification."""

import models
import pytest
from recorded import rows

import migrate
from migrate.execution import parameters
from migrate.report.model import Outcome
from relay_compat.text.printer import print_module

NAMES = [name for name in models.NAMES if any(row["name"] == name for row in rows("models"))]


@pytest.fixture(params=NAMES)
def model(request, corpus, tmp_path_factory) -> models.Model:
    return models.load(corpus("models"), request.param, tmp_path_factory.mktemp(request.param))


def test_text_reads_and_prints_byte_identical(model):
    assert print_module(migrate.load(model.text)) == model.text


def test_json_prints_as_the_text(model):
    assert print_module(model.module) == model.text


@pytest.mark.parametrize("executor", ["backend", "interpreter"])
def test_relay_gives_the_recorded_answers(model, executor):
    for got, want in zip(migrate.run(model.module, model.args, executor=executor), model.answers, strict=True):
        models.assert_answer(got, want)


@pytest.mark.parametrize("target", ["0.27", "0.19"])
def test_conversion_is_complete_and_gives_the_recorded_answers(model, target):
    result = migrate.convert(model.module, target=target)
    assert result.report.complete
    counts = result.report.counts
    assert counts[Outcome.CALL_TIR] == 0
    script = migrate.load(result.script(), result.module.params)
    given = [model.args[name] for name, _ in parameters(model.module) if name in model.args]
    for got, want in zip(migrate.run(script, given), model.answers, strict=True):
        models.assert_answer(got, want)


def test_both_sides_agree(model):
    verdict = migrate.verify(model.module, inputs=model.args, prove=False)
    assert verdict, verdict.reason
    assert verdict.compared == verdict.total
