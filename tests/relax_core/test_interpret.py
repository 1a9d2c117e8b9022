"""The interpreter, against numpy written by hand."""

import numpy as np
import pytest
from relax_build import call, relax, tensor, variable

from relax_core.block_builder import BlockBuilder
from relax_core.interpret import evaluate
from relax_core.ir.expr import (
    BindingBlock,
    Call,
    Constant,
    DataflowBlock,
    DataflowVar,
    ExternFunc,
    Function,
    GlobalVar,
    If,
    IRModule,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
    op,
)
from relax_core.ir.types import PrimType, ShapeType, TensorType
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.builder import LoopBuilder
from tensor_core.prim import IntImm
from tensor_core.prim import Var as SymbolicVar
from tensor_core.types import TensorType as PlainTensor

n, m = SymbolicVar("n"), SymbolicVar("m")


def _module(*params, body, **others):
    functions = {GlobalVar(name): function for name, function in others.items()}
    return IRModule({GlobalVar("main"): Function(tuple(params), body), **functions})


def _array(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


def test_bindings_are_observed_in_order():
    bb = BlockBuilder()
    x = variable("x", n, 4)
    with bb.function("main", [x]):
        with bb.dataflow():
            a = bb.emit(relax("nn.relu", x))
            b = bb.emit((a, x))
            c = bb.emit_output(relax("add", TupleGetItem(b, 0), TupleGetItem(b, 1)))
        bb.emit_func_output(c)
    seen = []
    value = evaluate(bb.get(), [_array(3, 4)], observe=lambda binding, value: seen.append((binding.var.name, value)))
    expected = np.maximum(_array(3, 4), 0) + _array(3, 4)
    np.testing.assert_array_equal(value, expected)
    assert [name for name, _ in seen] == ["lv", "lv1", "lv2", "lv3", "gv"]
    assert isinstance(seen[1][1], tuple)
    np.testing.assert_array_equal(seen[-1][1], expected)


@pytest.mark.parametrize("rows", [1, 3])
def test_symbolic_shapes_take_their_values_from_the_arguments(rows):
    x, y = variable("x", n, 4), variable("y", n + 1, 4)
    joined = call("concatenate", Tuple((x, y)), axis=0)
    body = Tuple((call("reshape", x, shape=(n * 2, 2)), joined, ShapeExpr((n * 2 + 1, n))))
    first, second, shape = evaluate(_module(x, y, body=body), [_array(rows, 4), _array(rows + 1, 4)])
    assert first.shape == (2 * rows, 2)
    assert second.shape == (2 * rows + 1, 4)
    assert shape == (2 * rows + 1, rows)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ([(3, 4), (3, 4)], r"argument y has shape \(3, 4\), expected \(n \+ 1, 4\) with n = 3"),
        ([(3, 5), (4, 4)], r"argument x has shape \(3, 5\), expected \(n, 4\)"),
        ([(3,), (4, 4)], r"argument x has shape \(3\) of ndim 1, expected \(n, 4\)"),
        ([(3, 4)], r"main takes 2 arguments, got 1"),
    ],
)
def test_arguments_must_fit(arrays, message):
    x, y = variable("x", n, 4), variable("y", n + 1, 4)
    with pytest.raises(DiagnosticError, match=message) as caught:
        evaluate(_module(x, y, body=x), [_array(*shape) for shape in arrays])
    assert caught.value.diagnostics[0].code is codes.EXECUTION_FAILED


def test_element_types_must_fit():
    with pytest.raises(DiagnosticError, match="argument x has dtype int32, expected float32"):
        evaluate(_module(variable("x", 2), body=variable("x", 2)), [np.zeros(2, "int32")])


def test_match_cast_binds_and_checks():
    bb = BlockBuilder()
    x = Var("x", TensorType(None, "float32", ndim=2))
    with bb.function("main", [x]):
        y = bb.match_cast(x, tensor(m, m), "square")
        bb.emit_func_output((y, ShapeExpr((m * m,))))
    assert evaluate(bb.get(), [_array(3, 3)])[1] == (9,)
    with pytest.raises(DiagnosticError, match=r"match_cast square has shape \(3, 4\), expected \(m, m\) with m = 3"):
        evaluate(bb.get(), [_array(3, 4)])


@pytest.mark.parametrize("taken", [True, False])
def test_branches(taken):
    c, x = variable("c", dtype="bool"), variable("x", 2)
    body = If(c, relax("add", x, x), relax("multiply", x, x))
    value = evaluate(_module(c, x, body=body), [np.asarray(taken), _array(2)])
    np.testing.assert_array_equal(value, _array(2) * 2 if taken else _array(2) ** 2)


def test_a_branch_on_a_symbolic_condition():
    x = variable("x", n)
    body = If(PrimValue(n > 3), relax("add", x, x), x)
    assert evaluate(_module(x, body=body), [np.ones(4, "float32")])[0] == 2
    assert evaluate(_module(x, body=body), [np.ones(3, "float32")])[0] == 1


def test_global_functions_have_their_own_variables():
    x, y = variable("x", n), variable("y", m)
    helper = Function((y,), call("concatenate", Tuple((y, y)), axis=0), tensor(m * 2))
    module = _module(x, body=x, helper=helper)
    gv = module.get_global_var("helper")
    module["main"] = Function((x,), Call(gv, (Call(gv, (x,)),)))
    assert evaluate(module, [_array(3)]).shape == (12,)


def test_closures_capture_and_recurse():
    x, p, f = variable("x", 2), variable("p", 2), Var("f")
    inner = Function((p,), relax("add", p, x), tensor(2))
    body = SeqExpr((BindingBlock((VarBinding(f, inner),)),), Call(f, (Call(f, (x,)),)))
    np.testing.assert_allclose(evaluate(_module(x, body=body), [_array(2)]), _array(2) * 3, rtol=1e-6)


def test_make_closure_and_invoke():
    x, a, b = variable("x", 2), variable("a", 2), variable("b", 2)
    module = _module(x, body=x, f=Function((a, b), relax("subtract", a, b), tensor(2)))
    made = Call(op("relax.make_closure"), (module.get_global_var("f"), Tuple((x,))))
    body = Call(op("relax.invoke_pure_closure"), (made, Tuple((relax("add", x, x),))), ty_args=(tensor(2),))
    module["main"] = Function((x,), body)
    np.testing.assert_array_equal(evaluate(module, [_array(2)]), _array(2))


def test_deep_recursion_of_the_program_is_no_limit():
    bb = BlockBuilder()
    x = variable("x", dtype="int64")
    gv = bb.declare("count", Function((x,), x, tensor(dtype="int64")))
    with bb.function("count", [x]):
        done = bb.emit(call("cast", x, dtype="bool"))
        with bb.branch() as more:
            smaller = bb.emit(relax("subtract", x, Constant(np.asarray(1, "int64"))))
            more.result(bb.emit(Call(gv, (smaller,))))
        with bb.branch() as stop:
            stop.result(x)
        bb.emit_func_output(If(done, more.body, stop.body))
    assert evaluate(bb.get(), [np.asarray(3000, "int64")], "count") == 0


def _double(dtype="float32"):
    loops = LoopBuilder()
    size = SymbolicVar("size")
    a = loops.input("a", PlainTensor((size, 4), dtype))
    doubled = loops.compute((size, 4), lambda i, j: a[i, j] * 2.0, name="doubled")
    return loops.finish("double", [doubled, loops.compute((size, 4), lambda i, j: doubled[i, j] + 0.1, name="more")])


def test_call_tir_with_symbolic_shapes_and_two_results():
    bb = BlockBuilder()
    x = variable("x", n, 4)
    with bb.function("main", [x]):
        y = bb.emit(bb.call_tir(_double(), [x], [tensor(n, 4), tensor(n, 4)]))
        bb.emit_func_output(TupleGetItem(y, 1))
    np.testing.assert_array_equal(evaluate(bb.get(), [_array(3, 4)]), _array(3, 4) * 2 + np.float32(0.1))
    wide = evaluate(bb.get(), [_array(3, 4)], floats="float64")
    assert wide.dtype == np.float64
    np.testing.assert_array_equal(wide, _array(3, 4).astype("float64") * 2 + 0.1)


def test_widening_computes_in_float64():
    x = variable("x", 4)
    third = Constant(np.asarray(1 / 3, "float32"))
    narrowed = call("cast", call("cast", x, dtype="float16"), dtype="float32")
    module = _module(x, body=relax("divide", relax("add", x, third), narrowed))
    x64 = _array(4).astype("float64")
    np.testing.assert_array_equal(evaluate(module, [_array(4)], floats="float64"), (x64 + np.float32(1 / 3)) / x64)


def test_shape_and_scalar_arguments():
    x, s, k = variable("x", 6), Var("s", ShapeType((n, m))), Var("k", PrimType("int64", SymbolicVar("k")))
    body = Tuple((relax("reshape", x, s), relax("shape_to_tensor", s), relax("shape_of", x), k))
    first, second, third, fourth = evaluate(_module(x, s, k, body=body), [_array(6), (2, 3), 5])
    assert first.shape == (2, 3)
    assert second.tolist() == [2, 3]
    assert third == (6,)
    assert fourth == 5


def test_an_unknown_shape_operand_is_read_at_run_time():
    x, t = variable("x", 6), variable("t", 2, dtype="int64")
    body = relax("reshape", x, relax("tensor_to_shape", t))
    assert evaluate(_module(x, t, body=body), [_array(6), np.asarray([3, 2])]).shape == (3, 2)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (lambda x: Call(op("relax.no.such"), (x,), ty_args=(tensor(2),)), codes.NO_REFERENCE),
        (lambda x: Call(ExternFunc("f"), (x,), ty_args=(tensor(2),)), codes.NO_SUCH_FUNCTION),
        (
            lambda _: Call(op("relax.assert_op"), (Constant(np.asarray(False)), StringImm("no way"))),
            codes.EXECUTION_FAILED,
        ),
    ],
)
def test_what_cannot_run_has_a_code(body, code):
    x = variable("x", 2)
    with pytest.raises(DiagnosticError) as caught:
        evaluate(_module(x, body=body(x)), [_array(2)])
    assert caught.value.diagnostics[0].code is code


def test_no_such_function():
    with pytest.raises(DiagnosticError) as caught:
        evaluate(_module(body=Tuple(())), [], "other")
    assert caught.value.diagnostics[0].code is codes.NO_SUCH_FUNCTION


def test_a_long_program_runs():
    x = y = variable("x", 2)
    made = []
    for _ in range(5000):
        var = DataflowVar("a")
        made.append(VarBinding(var, relax("nn.relu", y)))
        y = var
    result = VarBinding(Var("r"), relax("nn.relu", y))
    body = SeqExpr((DataflowBlock((*made, result)),), result.var)
    np.testing.assert_array_equal(evaluate(_module(x, body=body), [_array(2)]), np.maximum(_array(2), 0))


def test_prim_values_are_numbers():
    x = variable("x", 4)
    body = Call(op("relax.clip"), (x, PrimValue(IntImm(0)), PrimValue(IntImm(1))))
    np.testing.assert_array_equal(evaluate(_module(x, body=body), [_array(4)]), np.clip(_array(4), 0, 1))
