"""TVM's form with all digits of numbers: it reads as the same module, where TVM's own form has six digits."""

import numpy as np
import pytest

from relay_compat.ir.expr import Call, Constant, Function, Var, op
from relay_compat.ir.module import IRModule
from relay_compat.structural import structural_equal
from relay_compat.text.parser import parse
from relay_compat.text.printer import print_module
from relay_compat.types.infer import infer_types
from tensor_core.types import TensorType


def constants(module: IRModule) -> list[bytes]:
    function = module["main"]
    assert isinstance(function, Function)
    assert isinstance(function.body, Call)
    return [arg.data.tobytes() for arg in function.body.args if isinstance(arg, Constant)]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("value", [0.1, 1 / 3, -0.0, 1.6732632423543772, 1e-7, 65504.0, float("inf"), float("nan")])
def test_scalars_keep_their_bits(dtype: str, value: float):
    x = Var("x", TensorType((2,), dtype))
    scalar = Constant(np.array(value, dtype))
    module = infer_types(IRModule({"main": Function((x,), Call(op("add"), (x, scalar)))}))
    text = print_module(module, exact=True)
    assert constants(infer_types(parse(text))) == constants(module)
    if value == 0.1:
        assert "meta[" not in text


def test_attributes_keep_their_digits():
    text = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) { nn.leaky_relu(%x, alpha=0.12345678912345f) }\n'
    module = infer_types(parse(text))
    again = infer_types(parse(print_module(module, exact=True)))
    assert structural_equal(module, again)
    assert "0.12345678912345f" in print_module(module, exact=True)
