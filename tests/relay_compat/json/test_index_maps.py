"""Maps of indices among attributes: meta_schedule_layout_transform in text and JSON, there and back."""

import numpy as np
import pytest

import migrate
from relay_compat.ir.expr import Call, Function, Var, op
from relay_compat.ir.module import IRModule
from relay_compat.json.reader import load_json
from relay_compat.json.writer import save_json
from relay_compat.text.parser import parse
from relay_compat.text.printer import astext
from relay_compat.types.infer import infer_types
from tensor_core import prim
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError
from tensor_core.tir.expr import IndexMap
from tensor_core.types import TensorType


def tiled() -> IRModule:
    a, b = prim.Var("a", "int64"), prim.Var("b", "int64")
    attrs = Attrs("relay.attrs.MetaScheduleLayoutTransformAttrs", {"index_map": IndexMap((a, b), (a // 4, b, a % 4))})
    x = Var("x", TensorType((8, 3), "float32"))
    return infer_types(IRModule({"main": Function((x,), Call(op("meta_schedule_layout_transform"), (x,), attrs))}))


def test_a_map_of_indices_goes_through_text_and_json() -> None:
    text = astext(tiled())
    assert "meta_schedule_layout_transform(%x, index_map=meta[tir.IndexMap][0])" in text
    assert "Tensor[(2, 3, 4), float32]" in text
    assert astext(parse(text)) == text
    assert astext(load_json(save_json(tiled()))) == text


def test_it_is_a_call_of_relax_that_computes_the_same() -> None:
    module = migrate.convert(tiled()).module
    data = np.arange(24, dtype=np.float32).reshape(8, 3)
    (got,) = migrate.run(module, [data])
    np.testing.assert_array_equal(got, data.reshape(2, 4, 3).transpose(0, 2, 1))


def test_what_partial_evaluation_marks_has_no_type() -> None:
    x = Var("x", TensorType((2,), "float32"))
    call = Call(op("annotation.with_funcid"), (x,), Attrs("relay.attrs.WithFuncIdAttrs", {"fid": 3}))
    with pytest.raises(DiagnosticError, match="no type rule"):
        infer_types(IRModule({"main": Function((x,), call)}))
