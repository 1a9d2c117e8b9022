"""ToMixedPrecision beyond the recorded cases: options, several blocks, numbers out of range, attributes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from relax_core.interpret import evaluate
from relax_core.ir.expr import IRModule
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.transform import find
from relax_core.well_formed import check as faults

HEAD = "from tvm.script import ir as I, relax as R\n@I.ir_module\nclass Module:\n    @R.function\n"
X, W = 'x: R.Tensor((2, 3), "float32")', 'w: R.Tensor((3, 4), "float32")'


def module(params: str, *lines: str) -> IRModule:
    body = "\n".join(f"        {line}" for line in lines)
    return read(f"{HEAD}    def main({params}):\n{body}\n        return out\n", release="0.27")


def block(*lines: str, outputs: str = "out") -> tuple[str, ...]:
    return ("with R.dataflow():", *(f"    {line}" for line in lines), f"    R.output({outputs})")


def mixed(before: IRModule, **options: object) -> IRModule:
    maker = find("ToMixedPrecision")
    assert maker is not None
    after = maker(**options)(before)
    assert faults(after) == []
    return after


def test_results_and_parameters_keep_their_types() -> None:
    before = module(f"{X}, {W}", *block("a = R.matmul(x, w)", "out = R.nn.relu(a)"))
    after = mixed(before)
    text = print_module(after)
    assert text.count("R.astype(") == 4
    assert 'out_dtype="float32"' in text
    assert str(after["main"].ty) == str(before["main"].ty)
    x, w = np.ones((2, 3), np.float32), np.full((3, 4), 0.1, np.float32)
    assert_allclose(evaluate(after, [x, w]), evaluate(before, [x, w]), rtol=1e-3)
    assert evaluate(after, [x, w]).dtype == np.float32


def test_accumulation_in_half() -> None:
    text = print_module(mixed(module(f"{X}, {W}", *block("out = R.matmul(x, w)")), out_dtype="float16"))
    assert 'out_dtype="float16"' in text


def test_what_never_takes_half_gets_back_what_it_had() -> None:
    text = print_module(mixed(module(f"{X}, {W}", *block("a = R.matmul(x, w)", "out = R.nn.softmax(a)"))))
    before_softmax = text[: text.index("R.nn.softmax")]
    assert before_softmax.rstrip().splitlines()[-2].endswith('dtype="float32")')


@pytest.mark.parametrize(("number", "is_half"), [("65504.0", True), ("65505.0", False)])
def test_constants_follow_where_they_fit(number: str, is_half: bool) -> None:
    lines = block("a = R.matmul(x, w)", f'out = R.multiply(a, R.const({number}, "float32"))')
    text = print_module(mixed(module(f"{X}, {W}", *lines)))
    line = next(line for line in text.splitlines() if "R.multiply" in line)
    assert ('dtype="float16") = R.multiply' in line) == is_half


def test_parameters_that_are_half_from_the_start() -> None:
    after = mixed(module(f"{X}, {W}", *block("out = R.matmul(x, w)")), fp16_input_names=["w"])
    text = print_module(after)
    assert 'w: R.Tensor((3, 4), dtype="float16")' in text
    assert 'x: R.Tensor((2, 3), dtype="float32")' in text
    assert text.count("R.astype(") == 1


def test_every_block_casts_for_itself() -> None:
    lines = (
        *block("a = R.matmul(x, w)", outputs="a"),
        'p = R.call_packed("vendor.log", a, ty_args=(R.Any,))',
        *block("out = R.matmul(x, w)"),
    )
    before = read(
        HEAD.replace("R.function", "R.function(pure=False)")
        + f"    def main({X}, {W}):\n"
        + "".join(f"        {line}\n" for line in lines)
        + "        return out\n",
        release="0.27",
    )
    assert print_module(mixed(before)).count("R.astype(") == 4


def test_outside_of_dataflow_blocks_nothing_changes() -> None:
    before = module(f"{X}, {W}", "out = R.matmul(x, w)")
    assert print_module(mixed(before)) == print_module(before)


def test_attention_keeps_its_attributes() -> None:
    # TVM 0.27 makes the call anew without them, so that a causal mask is lost.
    kind = 'R.Tensor((1, 2, 1, 4), "float32")'
    lines = block('out = R.nn.attention(q, k, v, scale=0.5, causal_mask="TopLeft")')
    text = print_module(mixed(module(f"q: {kind}, k: {kind}, v: {kind}", *lines)))
    assert "0.5" in text
    assert 'causal_mask="TopLeft"' in text


def test_integers_stay() -> None:
    before = module('x: R.Tensor((2, 3), "int32"), w: R.Tensor((3, 4), "int32")', *block("out = R.matmul(x, w)"))
    assert "astype" not in print_module(mixed(before))
