"""Interpreted models against the values that TVM 0.19 gave for them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from recorded import Corpus
from zoo import zoo_value

from relay_compat.interpret import evaluate
from relay_compat.ir.expr import Function
from relay_compat.json.reader import load_json
from relay_compat.params import load_params
from tensor_core.module import IRModule
from tensor_core.shapes import static
from tensor_core.types import TensorType

# Models of the PyTorch front end hold that front end's answers, the others what Relay gave.
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


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


@pytest.mark.parametrize("name", MODELS)
def test_models(corpus: Callable[[str], Corpus], name: str) -> None:
    models = corpus("models")
    module = load_json(models.text(name, "module.json"))
    given = models.arrays(name)
    weights = load_params(models.read(name, "module.params")) if models.has(name, "module.params") else {}
    args: list[np.ndarray] = []
    for param in _main(module).params:
        type_ = param.checked
        assert isinstance(type_, TensorType)
        value = given.get(f"in_{param.name}", weights.get(param.name))
        args.append(zoo_value(param.name, static(type_.shape), type_.dtype) if value is None else value)
    found = list(_leaves(evaluate(module, args)))
    expected = [given[key] for key in given if key.startswith("relay_")] or [
        given[k] for k in given if k.startswith("out_")
    ]
    assert expected
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


def _main(module: IRModule) -> Function:
    main = module["main"]
    assert isinstance(main, Function)
    return main
