"""Inferred types against those that TVM 0.19 recorded in its own modules."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from recorded import Corpus

from migrate.verify.corpus.recorded_types import recorded_types
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


STALE = {
    # What TVM recorded is not what its inference gives: FirstOrderGradient keeps the type of the function it was given.
    "74d47e086c16dc58/before", "741af2e391aa125c/before", "7de095abc59cfaca/after", "823d0f435fd366b2/before",
    "a21f548a60b09b1c/before", "e295b6462bcb204d/after", "f69baa03a22feaf8/before",
    # The constants were replaced by those of another element type; TVM's inference of this module gives our types.
    "7cb330add8fa6804/before",
}  # fmt: skip
REFUSED = {
    # TVM's inference refuses these, too: callees without a return type, a shape of unknown length.
    "779f964798f8d287/after", "779f964798f8d287/before", "809d800fedcf2f34/before", "82bc32dcca8da83b/before",
    "85209e1fe940fb8a/before", "c8e1aad903e71e06/after", "c8e1aad903e71e06/before", "de759e4cfb8f6768/before",
    "fbb18b1ff4e4b363/before", "1dfc9cb53bcb171e/before",
    # Refused on purpose (docs/divergences.md): a transposed convolution that TVM types wrongly, and products whose
    # inner dimensions differ.
    "1515add7cd4ed15e/after", "cd68ebcd95f66d8d/after", "cd68ebcd95f66d8d/before",
}  # fmt: skip
"""Modules of passes.zip whose types are not compared, by cause."""


def _texts(cases: Corpus) -> Iterator[tuple[str, str]]:
    for row in cases.rows:
        name: str = row["name"]
        if cases.has(name, "module.json"):
            yield name, cases.text(name, "module.json")
            continue
        case = cases.json(name, "case.json")
        for side in ("before", "after"):
            text = case[side]
            yield f"{name}/{side}", text if isinstance(text, str) else json.dumps(text)


@pytest.mark.parametrize(("zip_name", "least"), [("evaluated", 20_000), ("onnx", 5_000), ("passes", 29_000)])
def test_every_recorded_type_is_ours(corpus: Callable[[str], Corpus], zip_name: str, least: int) -> None:
    seen = 0
    differ: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name, text in _texts(corpus(zip_name)):
        try:
            count, differing = _differing(text)
        except DiagnosticError as error:
            refused[name] = str(error)
            continue
        seen += count
        if differing:
            differ[name] = differing[0]
    assert seen > least
    assert {name: why for name, why in refused.items() if name not in REFUSED} == {}
    assert {name: why for name, why in differ.items() if name not in STALE} == {}
