"""Interpreted programs against the values that TVM 0.19 gave for them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from recorded import Corpus
from zoo import zoo_value

from relay_compat.interpret import evaluate
from relay_compat.ir.expr import Call, Function, Op
from relay_compat.json.reader import load_json
from relay_compat.params import load_params
from relay_compat.visit import reachable
from tensor_core import dtypes
from tensor_core.diagnostics import DiagnosticError
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

KNOWN = {
    # The run-time size of an arange over fractional bounds is computed from truncated bounds: 7 elements for
    # (2.5, 9.5, 1.8), reaching beyond the stop.
    "d44c9d68cbfb16a5",
    "a21ec663bf83132a",
    # What stands behind the distinct elements that unique found is whatever the memory held.
    "ef4914af98896f3e",
    "0c113574d7ab99dd",
    "b863316fda6f2219",
    # What follows the detections of all_class_non_max_suppression is what the memory held.
    "ebaf7524a1f7dfa8",
    "f6cfb9fe9c769dd4",
}
"""Recorded answers that are no law."""


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


def _array(value: np.ndarray, type_: Any) -> np.ndarray:
    """TVM converts what it is given to the parameter's element type; bfloat16 was recorded as its bits."""
    if not isinstance(type_, TensorType):
        return value
    wanted = dtypes.to_numpy(type_.dtype)
    return value.view(wanted) if type_.dtype == "bfloat16" and value.dtype == np.uint16 else value.astype(wanted)


def _tolerance(module: IRModule) -> tuple[float, float]:
    """Narrow floats anywhere in the program decide how well two orders of summation agree."""
    nodes = reachable(*(func for func in module.functions.values() if isinstance(func, Function)))
    types = " ".join(str(getattr(node, "checked", "")) for node in nodes)
    if "bfloat16" in types:
        return 0.1, 0.1
    return (0.02, 0.02) if "float16" in types else (1e-3, 1e-5)


def test_upstream_test_programs(corpus: Callable[[str], Corpus]) -> None:
    cases = corpus("evaluated")
    agreed = 0
    for row in cases.rows:
        try:
            module = load_json(cases.text(row["name"], "module.json"))
        except DiagnosticError:
            continue
        if row["name"] in KNOWN or not _has_cards(module):
            continue
        given = cases.arrays(row["name"])
        params = _main(module).params
        args = [_array(given[f"arg_{number}"], param.checked) for number, param in enumerate(params)]
        with np.errstate(all="ignore"):
            found = list(_leaves(evaluate(module, args)))
        expected = [value for key, value in given.items() if key.startswith("out_")]
        for ours, theirs in zip(found, expected, strict=True):
            theirs = theirs.view(ours.dtype) if str(ours.dtype) == "bfloat16" else theirs
            assert ours.dtype == theirs.dtype, row
            relative, absolute = _tolerance(module)
            np.testing.assert_allclose(
                ours.astype("float64"), theirs.astype("float64"), rtol=relative, atol=absolute, err_msg=str(row)
            )
        agreed += 1
    assert agreed >= 200


def _has_cards(module: IRModule) -> bool:
    nodes = reachable(*(func for func in module.functions.values() if isinstance(func, Function)))
    return all(not (isinstance(node, Call) and isinstance(node.op, Op)) or node.op.card for node in nodes)
