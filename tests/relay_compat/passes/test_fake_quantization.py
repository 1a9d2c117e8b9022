"""FakeQuantizationToInteger: what decides whether a region is rewritten, and the forms that TVM 0.19 gives it.

The rules themselves are checked against TVM's own results by the recorded cases.
"""

from typing import Any

import numpy as np
import pytest
from before_after import check, module

from relay_compat.interpret import evaluate
from relay_compat.ir.affine_type import TensorAffineType
from relay_compat.ir.expr import Call
from relay_compat.op.op import register_fake_quantization_to_integer
from relay_compat.passes.building import is_call_of
from relay_compat.passes.fake_quantization_to_integer import FakeQuantizationToInteger
from relay_compat.types.infer import infer_types
from relay_compat.visit import reachable
from tensor_core.diagnostics import DiagnosticError

X = "%x: Tensor[(2, 3), int8]"
IN = 'qnn.dequantize(%x, 0.5f, 1, out_dtype="float32")'


def region(body: str) -> str:
    return f'def @main({X}) {{ qnn.quantize({body}, 0.25f, 2, out_dtype="int8") }}'


def floats(text: str) -> list[str]:
    """The operators that still compute on floats after the pass, in order."""
    after = FakeQuantizationToInteger()(module(text))
    calls = [node for node in reachable(after["main"]) if isinstance(node, Call)]
    return [node.op.name for node in calls if "float32" in str(node.checked_type)]


def test_a_region_becomes_integers() -> None:
    requantized = 'qnn.requantize({}, 0.5f, 1, 0.25f, 2, out_dtype="int8")'
    made = FakeQuantizationToInteger()(module(region(f"nn.relu({IN})")))
    # The zero point's cast is folded.
    assert floats(region(f"nn.relu({IN})")) == []
    names = [node.op.name for node in reachable(made["main"]) if isinstance(node, Call)]
    assert names == ["maximum", "qnn.requantize"]
    check(
        FakeQuantizationToInteger(),
        region(f"reshape({IN}, newshape=[3, 2])"),
        f"def @main({X}) {{ {requantized.format('reshape(%x, newshape=[3, 2])')} }}",
    )


def test_the_same_quantisation_again_is_nothing() -> None:
    text = f'def @main({X}) {{ qnn.quantize({IN}, 0.5f, 1, out_dtype="int8") }}'
    check(FakeQuantizationToInteger(), text, f"def @main({X}) {{ %x }}")


@pytest.mark.parametrize(
    "body",
    [
        f"sin({IN})",  # no rule
        f'topk(nn.relu({IN}), k=1, ret_type="indices", dtype="float32")',  # the rule raises
        f"add(nn.relu({IN}), sin({IN}))",
    ],
)
def test_a_region_with_anything_else_stays_whole(body: str) -> None:
    text = region(body)
    assert "qnn.requantize" not in str(FakeQuantizationToInteger()(module(text)))
    with pytest.raises(DiagnosticError, match=r"R2R0602.*FakeQuantizationToInteger"):
        FakeQuantizationToInteger(hard_fail=True)(module(text))


def test_a_parameter_in_the_region_keeps_it() -> None:
    text = f'def @main({X}, %y: Tensor[(2, 3), float32]) {{ qnn.quantize(add({IN}, %y), 0.25f, 2, out_dtype="int8") }}'
    check(FakeQuantizationToInteger(), text)
    check(FakeQuantizationToInteger(hard_fail=True), text)


def test_single_operators_are_rewritten_where_a_region_stays() -> None:
    text = region(f"sin(nn.relu({IN}))")
    assert "maximum" not in str(FakeQuantizationToInteger()(module(text)))
    after = FakeQuantizationToInteger(use_qat=True)(module(text))
    names = [node.op.name for node in reachable(after["main"]) if isinstance(node, Call)]
    assert names == ["maximum", "qnn.dequantize", "sin", "qnn.quantize"]


def test_softmax_is_rewritten_where_asked_for() -> None:
    text = region(f"nn.softmax({IN})")
    assert "qnn.softmax" not in str(FakeQuantizationToInteger()(module(text)))
    assert "qnn.softmax" in str(FakeQuantizationToInteger(optional_qnn_ops=["nn.softmax"])(module(text)))


def test_a_vendors_rule() -> None:
    seen = []

    def rule(expr: Call, types: Any) -> list[Any]:
        seen.append(types[expr.args[0]])
        return [expr.args[0], types[expr.args[0]]]

    register_fake_quantization_to_integer("cosh", rule)
    made = FakeQuantizationToInteger()(module(region(f"cosh({IN})")))
    assert [node.op.name for node in reachable(made["main"]) if isinstance(node, Call)] == ["qnn.requantize"]
    assert [(type_.dtype, type_.axis) for type_ in seen if isinstance(type_, TensorAffineType)] == [("int8", -1)]


def test_a_long_region_costs_linear_work_and_no_stack() -> None:
    count = 3000
    lines = [f"%0 = {IN};", *(f"%{n + 1} = nn.relu(%{n});" for n in range(count))]
    end = f'qnn.quantize(%{count}, 0.25f, 2, out_dtype="int8")'
    text = f"def @main({X}) {{ {' '.join(lines)} {end} }}"
    after = FakeQuantizationToInteger()(module(text))
    assert sum(is_call_of(node, "maximum") for node in reachable(after["main"])) == count


def test_a_value_on_two_grids_is_left() -> None:
    # TVM 0.19 takes it for what it is on one of them; found by generated programs.
    left, right = (f'qnn.dequantize(%x, {scale}f, 0, out_dtype="float32")' for scale in (0.5, 0.125))
    text = f'def @main({X}) {{ qnn.quantize(add({left}, {right}), 0.5f, 0, out_dtype="int8") }}'
    assert "qnn.add" not in str(FakeQuantizationToInteger()(module(text)))


def test_a_pad_beyond_the_grid_saturates() -> None:
    # As in TVM 0.19, whose rule puts it on the data's grid; no program that is proven on holds one.
    pad = 'qnn.dequantize(cast(120, dtype="int8"), 1f, 0, out_dtype="float32")'
    text = (
        f'def @main({X}) {{ qnn.quantize(nn.pad({IN}, {pad}, pad_width=[[0, 0], [0, 1]]), 1f, 0, out_dtype="int8") }}'
    )
    before = module(text)
    x = np.zeros((2, 3), "int8")
    after = infer_types(FakeQuantizationToInteger()(before))
    assert [np.asarray(evaluate(made, [x]))[0, -1] for made in (before, after)] == [120, 63]
