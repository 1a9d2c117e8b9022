"""The block builder. Names and order are those real TVM 0.27 gave for the same calls of its own builder."""

from typing import Any

import numpy as np
import pytest
from relax_build import bindings, call, main, names, relax, tensor, variable
from steps import steps

from relax_core.block_builder import BlockBuilder
from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, DataflowBlock, DataflowVar, Function, If, PrimValue, Tuple, TupleGetItem, Var, op
from relax_core.ir.types import ShapeType, TensorType, TupleType
from relax_core.types.relations import same_type
from relax_core.well_formed import check
from tensor_core import codes, prim
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.builder import LoopBuilder
from tensor_core.prim import Var as SymbolicVar
from tensor_core.shapes import to_text
from tensor_core.types import TensorType as PlainTensor


def relu(value):
    return relax("nn.relu", value)


def test_names_are_those_of_tvm():
    bb = BlockBuilder()
    x, y = variable("x", 2, 3), variable("x", 2, 3)
    with bb.function("main", [x]):
        with bb.dataflow():
            a = bb.emit(relu(x))
            b = bb.emit(relu(a), name_hint="foo1")
            bb.emit(relu(b), name_hint="foo1")
            c = bb.emit(relu(b), name_hint="a.b")
            nested = relax("add", c, c)
            d = bb.emit(relax("multiply", nested, nested))
            e = bb.emit(Tuple((d, relu(d))))
            f = bb.emit(TupleGetItem(e, 1))
            g = bb.emit_output(relu(f))
            bb.emit_output(relu(f))
            bb.emit_output(f)
        j = bb.emit(relu(g))
        bb.emit_func_output(relax("add", j, relu(j)))
    with bb.function("f2", [y]):
        bb.emit(relu(y))
        a = bb.emit(relu(y), name_hint="lv")
        bb.emit_func_output((a, a))
    module = bb.finalize()
    assert names(main(module)) == (
        ["lv", "foo1", "foo11", "a_b", "lv1", "lv2", "lv3", "lv4", "lv5", "gv", "gv1", "gv2", "gv3", "gv4", "gv5"]
    )
    assert names(main(module, "f2")) == ["gv6", "lv6"]
    assert [bb.get_unique_name(hint) for hint in ("q", "q", "q9", "q9", "q9")] == ["q", "q1", "q9", "q91", "q92"]
    assert not check(module)


def test_dataflow_variables_and_outputs():
    bb = BlockBuilder()
    x = variable("x", 2)
    with bb.function("main", [x]):
        with bb.dataflow():
            inner = bb.emit(relu(x))
            outer = bb.emit_output(relu(inner))
        bb.emit_func_output(outer)
    function = main(bb.get())
    assert type(inner) is DataflowVar
    assert type(outer) is Var
    assert [type(block) for block in function.body.blocks] == [DataflowBlock]
    assert bb.lookup_binding(outer) is bindings(function)[1].value
    assert function.attrs == {"global_symbol": "main"}
    assert function.ret_ty == tensor(2)


def test_origin_and_hint_reach_the_binding():
    bb = BlockBuilder()
    x, origin = variable("x", 2), object()
    with bb.function("main", [x], private=True):
        y = bb.emit(relu(x), "conv", origin=origin)
        bb.emit_func_output(y)
    (binding,) = bindings(main(bb.get()))
    assert binding.origin is origin
    assert binding.var.name == "conv"
    assert main(bb.get()).attrs is None


def test_branches_and_local_functions():
    bb = BlockBuilder()
    c, x, p = variable("c", dtype="bool"), variable("x", 2), variable("p", 2)
    with bb.function("main", [c, x]):
        with bb.branch() as then:
            then.result(relu(x))
        with bb.branch() as otherwise:
            otherwise.result(x)
        y = bb.emit(If(c, then.body, otherwise.body))
        bb.begin_local_function([p])
        inner = bb.end_local_function([p], relax("add", p, y))
        f = bb.emit(inner, "inner")
        bb.emit_func_output(Call(f, (y,)))
    function = main(bb.get())
    assert isinstance(bindings(function)[0].value, If)
    assert isinstance(bindings(function)[1].value, Function)
    assert function.ret_ty == tensor(2)
    assert not check(bb.get())


def test_call_tir_adds_the_program_once_and_under_a_unique_name():
    n = SymbolicVar("n")
    loops = LoopBuilder()
    a = loops.input("a", PlainTensor((n,)))
    double = loops.finish("double", [loops.compute((n,), lambda i: a[i] * 2.0)])
    other = loops.finish("double", [loops.compute((n,), lambda i: a[i] * 2.0)])
    bb = BlockBuilder()
    x = variable("x", 4)
    with bb.function("main", [x]):
        y = bb.emit(bb.call_tir(double, [x], tensor(4)))
        z = bb.emit(bb.call_tir(double, [y], tensor(4)))
        u = bb.emit(bb.call_tir(other, [z], [tensor(4), tensor(4)]))
        bb.emit_func_output(u)
    assert sorted(var.name for var in bb.get()) == ["double", "double1", "main"]
    assert main(bb.get()).ret_ty == TupleType((tensor(4), tensor(4)))


def test_match_cast_binds_symbols_and_refuses_the_impossible():
    n = SymbolicVar("n")
    bb = BlockBuilder()
    x = variable("x", 4, 2)
    with bb.function("main", [x]):
        y = bb.match_cast(x, tensor(n, 2), "cast")
        with pytest.raises(DiagnosticError) as caught:
            bb.match_cast(x, tensor(4, 3))
        bb.emit_func_output(call("concatenate", Tuple((y, y)), axis=0))
    assert caught.value.diagnostics[0].code is codes.TYPE_MISMATCH
    # The caller does not know n.
    assert str(main(bb.get()).ret_ty) == "Tensor(ndim=2, float32)"
    assert same_type(bindings(main(bb.get()))[1].var.ty, tensor(n * 2, 2))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda bb, x: bb.emit_output(relu(x)),
        lambda bb, x: bb.function("g", [x]).__enter__(),
        lambda bb, _: bb.finalize(),
    ],
)
def test_misuse_is_diagnosed(wrong):
    bb = BlockBuilder()
    x = variable("x", 2)
    with pytest.raises(DiagnosticError) as caught, bb.function("main", [x]):
        wrong(bb, x)
    assert caught.value.diagnostics[0].code is codes.ILL_FORMED


def test_a_function_without_result_is_diagnosed():
    bb = BlockBuilder()
    with pytest.raises(DiagnosticError, match="has no result"), bb.function("main", []):
        pass
    with pytest.raises(DiagnosticError, match="outside of a function"):
        bb.emit(relu(variable("x", 2)))


def _build(count):
    bb = BlockBuilder()
    x = y = variable("x", 2, 3)
    with bb.function("main", [x]):
        with bb.dataflow():
            for _ in range(count):
                y = bb.emit(relu(y))
            y = bb.emit_output(y)
        bb.emit_func_output(y)
    return bb.get()


def test_emission_is_linear():
    assert names(main(_build(100)))[-2:] == ["lv99", "gv"]
    # Ten times the bindings: a quadratic builder takes a hundred times as long.
    assert steps(lambda: _build(10_000)) < 12 * steps(lambda: _build(1_000))


def test_tensor_programs_of_cards_are_emitted():
    bb = BlockBuilder()
    n = SymbolicVar("n")
    x, y = variable("x", n, 3), variable("y", n, 3)
    with bb.function("main", [x, y]):
        with bb.dataflow():
            a = bb.emit_te("add", x, y)
            b = bb.emit_te("add", a, a)
            c = bb.emit_output(bb.call_te("concatenate", [a, b], axis=0, primfunc_name_hint="join"))
        bb.emit_func_output(c)
    module = bb.finalize()
    assert not check(module)
    assert sorted(var.name for var in module) == ["add", "join", "main"]
    first, second, third = (binding.value for binding in bindings(main(module)))
    assert first.args[0] is second.args[0]
    assert third.args[1].fields == (a, b)
    assert c.ty is not None
    assert same_type(c.ty, tensor(n * 2, 3))
    one, two = np.ones((2, 3), "float32"), np.full((2, 3), 2, "float32")
    np.testing.assert_array_equal(evaluate(module, [one, two]), np.concatenate([one + two, 2 * (one + two)]))


def test_tensor_programs_need_shapes():
    bb = BlockBuilder()
    with pytest.raises(DiagnosticError, match="known shape"), bb.function("main", [s := Var("s", TensorType(ndim=2))]):
        bb.emit_te("add", s, s)


def test_sizes_of_the_scope_are_never_negative():
    n = SymbolicVar("n")
    zero, two, size = (Tuple((PrimValue(value),)) for value in (prim.IntImm(0), prim.IntImm(2), n))
    x, y, s = variable("x", n), variable("y", 2), Var("s", ShapeType((n,)))
    for params, source, end, expected in (
        ([x], x, two, "T.min(2, n)"),
        ([y, s], y, size, "T.min(n, 2)"),
        ([y], y, size, "T.min(T.max(T.if_then_else((n < 0), n + 2, n), 0), 2)"),
    ):
        bb = BlockBuilder()
        with bb.function("main", params):
            out = bb.emit(Call(op("relax.strided_slice"), (source, zero, zero, end)))
            bb.emit_func_output(out)
        type_: Any = out.ty
        assert to_text(type_.dims[0]) == expected
