"""The functions of losses are those of TVM 0.19."""

import json
from pathlib import Path
from typing import Any

import pytest

from relax_core.ir.expr import IRModule
from relax_core.ir.types import TensorType
from relax_core.structural import structural_equal
from relax_core.text.reader import read
from relax_core.training import loss
from tensor_core.diagnostics import DiagnosticError
from tests.corpus.losses import LOSSES


@pytest.fixture(scope="module")
def recorded(root: Path) -> dict[str, Any]:
    return json.loads((root / "tests" / "corpus" / "losses.json").read_text())


@pytest.mark.parametrize("case", LOSSES)
def test_the_function_is_that_of_tvm(case: str, recorded: dict[str, Any]) -> None:
    kind, options, tensors = LOSSES[case]
    made = getattr(loss, kind)(**options)
    module = IRModule()
    module[made._loss_name] = made(*[TensorType(shape, dtype) for shape, dtype in tensors])
    assert structural_equal(module, read("\n".join(recorded[case]), release="0.19"))


def test_what_is_no_loss_is_refused() -> None:
    with pytest.raises(DiagnosticError, match="reduces by mean, sum or none, not by 'max'"):
        loss.L1Loss("max")  # type: ignore[arg-type]
    floats = TensorType((3, 5), "float32")
    with pytest.raises(DiagnosticError, match="one-hot targets of an integer type"):
        loss.CategoricalCrossEntropyLoss()(floats, floats)
