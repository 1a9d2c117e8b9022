"""AnnotateUsedMemory; the numbers are those of TVM 0.19 for the same program."""

from typing import Any

import pytest

import relay_compat as relay
from relay_compat.transform import AnnotateUsedMemory, InferType, ToANormalForm
from tensor_core.diagnostics import DiagnosticError
from tensor_core.passes import Sequential
from tensor_core.shapes import ANY


def annotated(*shape: Any) -> Any:
    inner, x = (relay.var(name, shape=shape, dtype="int8") for name in ("inner", "x"))
    kernel = relay.Function([inner], relay.nn.max_pool2d(inner)).with_attr("Primitive", 1)
    main = relay.Function([x], relay.Call(kernel, [x]))
    passes = [InferType(), ToANormalForm(), InferType(), AnnotateUsedMemory()]
    return Sequential(passes, opt_level=0)(relay.IRModule.from_expr(main))["main"]


def test_a_kernel_is_told_what_its_argument_and_result_take():
    main = annotated(1, 2, 2, 4)
    assert main.attrs["io_used_memory"] == 32
    assert main.body.value.attrs["used_memory"] == (32,)
    with pytest.raises(DiagnosticError, match="dynamic shapes"):
        annotated(ANY, 2, 2, 4)
