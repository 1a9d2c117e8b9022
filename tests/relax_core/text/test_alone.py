"""Functions, expressions and types printed by themselves, and scripts that take names from around them."""

from typing import Any

import numpy as np
import pytest

from relax_core.ir.expr import Constant, Function, SeqExpr
from relax_core.ir.types import PrimType, TensorType, TupleType
from relax_core.text.config import ScriptConfig
from relax_core.text.printer import print_module, print_node
from relax_core.text.reader import read
from tensor_core import prim
from tensor_core.diagnostics import DiagnosticError

TEXT = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((n, 4), "float32"), y: STATED) -> R.Tensor((2, n), "float32"):
        R.func_attr({"k": COUNT})
        z = R.reshape(x, R.shape([n, COUNT - 1, 2]))
        w = R.add(x, FILLER)
        r = R.call_tir(Other.f, (w,), R.Tensor(SHAPE, "float32"))
        return r
"""
OTHER = """
@I.ir_module
class Module:
    @T.prim_func(private=True)
    def f(A: T.Buffer((T.int64(2),), "float32"), B: T.Buffer((T.int64(2),), "float32")):
        for i in range(T.int64(2)):
            B[i] = A[i] + T.float32(1.0)
"""


@pytest.fixture(name="function")
def of_text() -> Function:
    n = prim.Var("n")
    names = {
        "n": n, "COUNT": 3, "SHAPE": (2, n), "STATED": TensorType((3,), "int32"), "FILLER": np.ones((1, 4), "float32"),
        "Other": read(OTHER),
    }  # fmt: skip
    module = read(TEXT, release="0.27", names=names)
    assert [var.name for var in module.functions] == ["main", "f"]
    found = module["main"]
    assert isinstance(found, Function)
    return found


def bindings(function: Function) -> list[Any]:
    assert isinstance(function.body, SeqExpr)
    return [binding for block in function.body.blocks for binding in block.bindings]


def test_names_from_around_a_text_are_values(function: Function):
    assert function.params[1].ty == TensorType((3,), "int32")
    assert function.attrs == {"k": 3, "global_symbol": "main"}
    assert isinstance(bindings(function)[1].value.args[1], Constant)
    result: Any = function.ret_ty
    first: Any = function.params[0].ty
    assert result.dims[1] is first.dims[0]


@pytest.mark.parametrize("value", [object(), print, {1, 2}, lambda: None])
def test_other_values_are_refused(value: object):
    text = "@R.function\ndef main(x: R.Object):\n    y = x\n    z = (y, value)\n    return z\n"
    with pytest.raises(DiagnosticError, match="R2R0112"):
        read(text, names={"value": value})


def test_names_of_the_text_hide_those_around_it():
    text = "@R.function\ndef main(x: R.Tensor((2,), 'float32')):\n    y = x\n    z = (y, x)\n    return z\n"
    assert print_module(read(text, names={"x": 1, "y": object()})) == print_module(read(text))


def test_a_function_by_itself(function: Function):
    text = print_node(function, "0.27")
    assert text.split("\n")[:3] == ["# from typing import TypeVar", "# from tvm.script import relax as R", ""]
    assert '\nn = TypeVar("n")\n@R.function\ndef main(x: R.Tensor((n, 4), dtype="float32")' in text
    assert '    r = R.call_tir(f, (w,), out_ty=R.Tensor((2, n), dtype="float32"))\n    return r' in text


def test_a_function_under_another_name_says_its_symbol(function: Function):
    text = print_node(function, "0.19", config=ScriptConfig(name="other"))
    assert 'def other(x: R.Tensor(("n", 4), dtype="float32")' in text
    assert 'R.func_attr({"global_symbol": "main", "k": 3})' in text
    private = function.replace(attrs={"k": 3})
    assert "@R.function(private=True)\ndef main(" in print_node(private, "0.19")


def test_arrays_are_references_where_tvm_prints_such(function: Function):
    text = print_node(function, "0.27", config=ScriptConfig(exact=True))
    assert 'R.add(x, metadata["ir.GenericConst"][0])' in text
    assert text.endswith("\n\n# Metadata omitted. Use show_meta=True in script() method to show it.")
    assert 'metadata["relax.expr.Constant"][0]' in print_node(function, "0.26", "0.27", ScriptConfig(exact=True))


def test_expressions_bindings_and_types_by_themselves(function: Function):
    first = bindings(function)[0]
    assert print_node(first.value) == "R.reshape(x, R.shape([n, 2, 2]))"
    told = print_node(first.value, config=ScriptConfig(verbose=True)).split("\n")
    assert sorted(told[:2]) == ["n = T.int64()", 'x: R.Tensor((n, 4), dtype="float32")']
    assert print_node(first).endswith('z: R.Tensor((n, 2, 2), dtype="float32") = R.reshape(x, R.shape([n, 2, 2]))')
    assert print_node(function.body).endswith("\nr")
    assert print_node(function.params[0]) == "x"
    assert print_node(TensorType((prim.Var("n"), 4))) == 'R.Tensor((n, 4), dtype="float32")'
    assert print_node(TupleType((PrimType("int64"),)), "0.19") == 'R.Tuple(R.Prim("int64"))'


def test_scalars_by_themselves():
    n, m = prim.Var("n"), prim.Var("m")
    assert print_node(n + 1, "0.26") == "n + T.int64(1)"
    assert print_node(prim.Select(n < m, n // 2, prim.Min(n, m * 2)), "0.19") == (
        "T.Select(n < m, n // T.int64(2), T.min(n, m * T.int64(2)))"
    )
