"""Real TVM reads what we print, finds it well formed, and prints it back alike."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from oracle import Oracle
from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import BindingBlock, Call, Constant, Function, GlobalVar, IRModule, SeqExpr, Var, VarBinding, op
from relax_core.ir.types import TensorType
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.types.plain import of_array, plain
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.from_card import lower_card
from tensor_core.ops.registry import registry
from tensor_core.types import tensor_type_of

pytestmark = pytest.mark.oracle

RELEASES = ("0.19", "0.21", "0.25", "0.26", "0.27")
GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "relax_text"
RECORDED = sorted(GOLDEN.glob("*/*.txt"))

# Operators that the other release does not have, or not in this meaning.
NOT_IN_THE_OTHER = {
    ("batch_norm_training", "0.27"),
    ("operators", "0.19"),
    ("operators", "0.27"),
    ("take_mode", "0.27"),
}
# Where TVM prints something else than it read, and why that is no fault of the text.
PRINTED_OTHERWISE = {
    ("prim_dtype_param", "0.19"): "0.19 narrows the declared result type to the parameter's value",
}


@pytest.mark.parametrize("target", RELEASES)
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_tvm_reads_and_prints_it_back(path: Path, target: str, tvm: Callable[[str], Oracle]):
    release = path.parent.name
    module = read(path.read_text(), path.name, release)
    try:
        text = print_module(module, target, release)
    except DiagnosticError:
        if target != release and (path.stem, release) in NOT_IN_THE_OTHER:
            return
        raise
    found = tvm(target).relax_check(text)
    assert found.parses, found.message
    assert found.well_formed, found.message
    if (path.stem, target) not in PRINTED_OTHERWISE or target == release:
        assert found.printed == text


CONSTANTS = [
    np.array([0.1, -1e-30, 3.4e38, 1e-45, 0.0, -0.0], "float32"),
    np.array([[0.1], [5e-324]], "float64"),
    np.array([np.inf, -np.inf], "float32"),
    np.array([1, -2, 2**63 - 1], "int64"),
    np.array([0, 2**64 - 1], "uint64"),
    np.array([True, False]),
    np.array([[], []], "float32"),
    np.array(0.1, "float16"),
    np.array(200, "uint8"),
]


@pytest.mark.parametrize("target", RELEASES)
@pytest.mark.parametrize("array", CONSTANTS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_tvm_computes_with_the_same_constants(array: np.ndarray, target: str, tvm: Callable[[str], Oracle]):
    """A function that returns the constant gives back its bits."""
    type_ = of_array(tensor_type_of(array))
    y = Var("y", type_)
    shape = TensorType((), "bool")
    c = Var("c", shape)
    value = Call(op("relax.where"), (c, Constant(array), Constant(array)))
    body = SeqExpr((BindingBlock((VarBinding(y, value),)),), y)
    module = IRModule({GlobalVar("main"): Function((c,), body, type_, attrs={"global_symbol": "main"})})
    (found,) = tvm(target).relax_run(print_module(module, target), [np.array(True)])
    assert found.dtype == array.dtype
    assert found.tobytes() == array.tobytes()


@pytest.mark.parametrize("target", RELEASES)
def test_kernels_run_in_tvm(target: str, tvm: Callable[[str], Oracle]):
    """A module with a kernel, printed, read, and printed again, builds and computes what the kernel says."""
    card = registry().by_name["nn.softmax"]
    type_ = TensorType((3, 5))
    x = Var("x", type_)
    builder = BlockBuilder(release=target)
    with builder.function("main", [x]):
        kernel = lower_card(card, card.params(axis=-1), [plain(type_)], "soft")
        builder.emit_func_output(builder.emit(builder.call_tir(kernel, [x], type_)))
    text = print_module(builder.finalize(), target)
    assert print_module(read(text, release=target), target) == text
    found = tvm(target).relax_check(text)
    assert found.well_formed, found.message
    assert text.partition("@R.function")[2] == found.printed.partition("@R.function")[2]
    array = np.linspace(-2, 2, 15, dtype="float32").reshape(3, 5)
    (result,) = tvm(target).relax_run(text, [array])
    np.testing.assert_allclose(result, np.exp(array) / np.exp(array).sum(-1, keepdims=True), rtol=1e-5)
