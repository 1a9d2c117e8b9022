"""What Relay programs say in ONNX; tests/oracle/test_onnx.py runs it."""

from pathlib import Path

import numpy as np
import pytest

from migrate.reading import load
from migrate.verify.oracles.onnx_oracle import to_onnx
from migrate.verify.oracles.onnx_spellings import SPELLINGS, NoOnnx
from tensor_core.ops.registry import registry

HEADER = '#[version = "0.0.5"]\n'
X = "Tensor[(2, 3), float32]"


def test_a_program_becomes_a_graph() -> None:
    text = f"""def @main(%x: {X}, %w: Tensor[(4, 3), float32]) {{
        let %y = nn.relu(nn.dense(%x, %w, units=4));
        (%y, argmax(%y, axis=[1]), sum(%y, axis=[0], keepdims=True))
    }}"""
    model = to_onnx(load(HEADER + text))
    assert [kind for kind, *_ in model.graph.nodes if kind != "Identity"] == [
        "Transpose", "MatMul", "Relu", "ArgMax", "Cast", "ReduceSum",
    ]  # fmt: skip
    assert [info[1:] for info in model.inputs] == [("float32", (2, 3)), ("float32", (4, 3))]
    assert [info[1:] for info in model.outputs] == [("float32", (2, 4)), ("int32", (2,)), ("float32", (1, 4))]
    assert [array.tolist() for array in model.graph.constants.values()] == [[0]]
    sums = next(attributes for kind, _, _, attributes in model.graph.nodes if kind == "ReduceSum")
    assert sums == {"keepdims": 1}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("if (less(sum(%x), 0f)) { %x } else { %x }", "If"),
        ("round(%x)", "round has no form"),
        ("let %r = ref(%x); ref_read(%r)", "RefCreate"),
        ("clip(%x, a_min=2f, a_max=1f)", "wrong way"),
    ],
)
def test_what_has_no_form_is_told(body: str, why: str) -> None:
    with pytest.raises(NoOnnx, match=why):
        to_onnx(load(f"{HEADER}def @main(%x: {X}) {{ {body} }}"))


def test_open_sizes_have_no_form() -> None:
    with pytest.raises(NoOnnx, match="a value of type"):
        to_onnx(load(HEADER + "def @main(%x: Tensor[(?, 3), float32]) { nn.relu(%x) }"))


def test_constants_keep_their_element_type() -> None:
    model = to_onnx(load(f"{HEADER}def @main(%x: {X}) {{ add(%x, 1.5f) }}"))
    (array,) = model.graph.constants.values()
    assert (array.dtype, array.tolist()) == (np.dtype("float32"), 1.5)


def test_spelled_operators_are_documented_cards(root: Path) -> None:
    page = (root / "docs" / "howto" / "ask-a-real-tvm.md").read_text()
    listed = page.partition("<!-- operators -->")[2].partition("<!-- end -->")[0]
    assert {name.strip("`\n ") for name in listed.replace("\n", " ").split(",")} == set(SPELLINGS)
    assert set(SPELLINGS) <= set(registry().by_name)
