"""The functions of optimizers are those of TVM 0.19, and so is the state that they start with."""

import json
from pathlib import Path
from typing import Any

import pytest

from relax_core.ir.expr import IRModule, Var
from relax_core.ir.types import TensorType
from relax_core.structural import structural_equal
from relax_core.text.reader import read
from relax_core.training import optimizer
from tensor_core.diagnostics import DiagnosticError
from tests.corpus.optimizers import OPTIMIZERS, TYPES, WEIGHTS


def initialized(case: str, dtype: str) -> optimizer.Optimizer:
    kind, args, options = OPTIMIZERS[case]
    made: optimizer.Optimizer = getattr(optimizer, kind)(*args, **options)
    return made.init([Var(name, TensorType(shape, dtype)) for name, shape in WEIGHTS.items()])


@pytest.fixture(scope="module")
def recorded(root: Path) -> dict[str, Any]:
    return json.loads((root / "tests" / "corpus" / "optimizers.json").read_text())


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("case", OPTIMIZERS)
def test_the_function_and_the_state_are_those_of_tvm(case: str, dtype: str, recorded: dict[str, Any]) -> None:
    made, known = initialized(case, dtype), recorded[f"{case}, {dtype}"]
    module = IRModule()
    module[made.name] = made.get_function()
    assert structural_equal(module, read("\n".join(known["text"]), release="0.19"))
    assert made.state is not None
    states = [[str(item.dtype), list(item.shape), float(item.max(initial=0))] for item in made.state]
    assert states == known["states"]


def test_what_cannot_be_trained_is_refused() -> None:
    for types in ([TensorType((2,), "int32")], [TensorType((2,), "float32"), TensorType((2,), "float64")]):
        with pytest.raises(DiagnosticError, match="SGD trains variables, float tensors of one type"):
            optimizer.SGD(0.1).init([Var(f"v{n}", type_) for n, type_ in enumerate(types)])
    with pytest.raises(DiagnosticError, match="call init"):
        optimizer.SGD(0.1).get_function()
