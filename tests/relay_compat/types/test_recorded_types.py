"""Inferred types against those that TVM 0.19 recorded in its own modules."""

from collections.abc import Callable
from typing import Any

import pytest
from recorded import Corpus
from recorded_types import recorded_types

from relay_compat.json.reader import load_json
from tensor_core.diagnostics import DiagnosticError

MODELS = (
    "resnet18",
    "mobilenet",
    "mlp",
    "dcgan",
    "bert_tiny",
    "gpt_tiny",
    "lstm",
    "torch_lstm",
    "mbv2_se",
    "squeezenet",
)


def _differing(text: str) -> tuple[int, list[Any]]:
    pairs = list(recorded_types(text, load_json(text)))
    return len(pairs), [
        (node, recorded, str(node.checked)) for node, recorded in pairs if str(node.checked) != recorded
    ]


@pytest.mark.parametrize("name", MODELS)
def test_every_expression_of_a_model_has_the_recorded_type(corpus: Callable[[str], Corpus], name: str) -> None:
    count, differing = _differing(corpus("models").text(name, "module.json"))
    assert count > 15
    assert differing == []


def test_expressions_of_upstream_test_programs_have_the_recorded_types(corpus: Callable[[str], Corpus]) -> None:
    cases = corpus("evaluated")
    seen = refused = 0
    for row in cases.rows:
        try:
            count, differing = _differing(cases.text(row["name"], "module.json"))
        except DiagnosticError:
            refused += 1
            continue
        seen += count
        assert differing == [], row["name"]
    assert seen > 15_000
    # Programs with an op that no card knows and that record no type, or a card narrower than TVM's op.
    assert refused <= 10
