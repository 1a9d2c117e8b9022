"""FoldConstant. What is folded and what stays was seen on real TVM 0.27, program by program."""

from typing import Any

import numpy as np
import pytest
from relax_build import bindings, call, main, names, relax, tensor, variable

from relax_core.block_builder import BlockBuilder
from relax_core.interpret import evaluate
from relax_core.ir.expr import (
    Call,
    Constant,
    Expr,
    ExternFunc,
    Function,
    If,
    PrimValue,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    op,
)
from relax_core.passes.fold_constant import FoldConstant
from relax_core.structural import structural_equal
from relax_core.text.reader import read
from relax_core.well_formed import check
from tensor_core import prim
from tensor_core.attrs import Attrs
from tensor_core.loops.builder import LoopBuilder
from tensor_core.ops.registry import registry
from tensor_core.passes import PassContext, Sequential
from tensor_core.types import TensorType as PlainTensor


def const(value, dtype="float32"):
    return Constant(np.asarray(value, dtype))


TWO = [1.0, 2.0]


def _dataflow(*values: Any, params=()):
    """A function of one dataflow block that outputs every value; a value may be a function of the earlier variables."""
    bb = BlockBuilder()
    with bb.function("main", list(params)):
        made = []
        with bb.dataflow():
            for value in values:
                expr: Any = value if isinstance(value, Expr) else value(*made)
                made.append(bb.emit_output(expr))
        bb.emit_func_output(tuple(made))
    return bb.finalize()


def _folded(module, *args):
    before = evaluate(module, args)
    after = FoldConstant()(module)
    assert check(after) == []
    for left, right in zip(_leaves(before), _leaves(evaluate(after, args)), strict=True):
        np.testing.assert_array_equal(left, right)
    return main(after)


def _leaves(value):
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, tuple) else [value]


def test_constants_are_put_where_their_variables_stood():
    x = variable("x", 2)
    module = _dataflow(
        relax("add", const(1), const(2)),
        lambda a: relax("nn.relu", a),
        lambda _, b: relax("add", x, b),
        params=[x],
    )
    function = _folded(module, np.ones(2, "float32"))
    assert names(function) == ["gv2"]
    first, second = bindings(function)[0].value.args
    assert first is x
    assert second.data == 3
    assert [type(field) for field in function.body.body.fields[:2]] == [Constant, Constant]


def test_nothing_is_folded_outside_dataflow_blocks_but_call_tir():
    loops = LoopBuilder()
    a = loops.input("a", PlainTensor((2,)))
    more = loops.compute((2,), lambda i: a[i] + 1.0)
    both = loops.finish("two", [more, loops.compute((2,), lambda i: a[i] + 2.0)])
    bb = BlockBuilder()
    c = variable("c", dtype="bool")
    with bb.function("main", [c]):
        kept = bb.emit(relax("add", const(1), const(2)))
        pair = bb.emit(bb.call_tir(both, [const(TWO)], [tensor(2), tensor(2)]))
        item = bb.emit(TupleGetItem(pair, 1))
        with bb.branch() as then:
            then.result(relax("add", const(1), const(2)))
        with bb.branch() as otherwise:
            otherwise.result(const(1))
        branch = bb.emit(If(c, then.body, otherwise.body))
        bb.emit_func_output((kept, item, branch))
    function = _folded(bb.finalize(), np.asarray(True))
    assert names(function) == names(main(bb.get()))
    values = [binding.value for binding in bindings(function)]
    assert isinstance(values[0], Call)
    # A folded tuple stays a binding, and projections of it are not looked through.
    assert [field.data.tolist() for field in values[1].fields] == [[2, 3], [3, 4]]
    assert isinstance(values[2], TupleGetItem)
    assert len(values[3].true_branch.blocks) == 1


def test_a_one_result_call_tir_becomes_its_constant():
    loops = LoopBuilder()
    a = loops.input("a", PlainTensor((2,)))
    kernel = loops.finish("add1", [loops.compute((2,), lambda i: a[i] + 1.0)])
    bb = BlockBuilder()
    with bb.function("main", []):
        bb.emit_func_output(bb.call_tir(kernel, [const(TWO)], tensor(2)))
    assert _folded(bb.finalize()).body.body.data.tolist() == [2, 3]


def test_several_results_and_projections():
    parts = call("split", const(TWO), sections=2, axis=0)
    module = _dataflow(parts, lambda s: TupleGetItem(s, 0), lambda _, d: relax("add", d, d))
    function = _folded(module)
    assert names(function) == ["gv", "gv1", "gv2"]
    assert all(isinstance(field, Constant) for field in bindings(function)[0].value.fields)


@pytest.mark.parametrize(
    ("value", "folded"),
    [
        (lambda: call("zeros", shape=(1024,), dtype="float32"), True),
        (lambda: call("zeros", shape=(1025,), dtype="float32"), False),
        (lambda: call("ones", shape=(4, 257), dtype="int8"), False),
        (lambda: call("full", const(1), shape=(2048,), dtype="float32"), True),
        (lambda: call("broadcast_to", const(1), shape=(2048,)), True),
        (lambda: relax("shape_of", const(TWO)), False),
        (lambda: relax("size", const(TWO)), False),
        (lambda: relax("clip", const(TWO), 0, 1), True),
        (lambda: call("concatenate", Tuple((const(TWO), const(TWO))), axis=0), True),
        (lambda: relax("shape_to_tensor", (1, 2)), True),
        (lambda: relax("builtin.stop_lift_params", const(TWO)), False),
    ],
)
def test_what_is_folded(value, folded):
    function = _folded(_dataflow(value()))
    assert (names(function) == []) is folded


@pytest.mark.parametrize("name", ["relax.arange", "relax.cumsum", "relax.sort", "relax.topk", "relax.unique"])
def test_kept_ops_are_ops(name):
    card = registry().by_relax[name]
    spelling = card.relax_for("0.27")
    assert spelling is not None
    assert spelling.name == name


def test_a_known_shape_tensor_becomes_a_shape():
    function = _folded(_dataflow(relax("tensor_to_shape", const([1, 2], "int64"))))
    (binding,) = bindings(function)
    assert isinstance(binding.value, ShapeExpr)
    assert binding.value.values == (1, 2)


def test_impure_and_foreign_calls_stay():
    bb = BlockBuilder()
    with bb.function("main", [], pure=False):
        bb.emit(Call(op("relax.print"), (StringImm("x"), const(1))))
        with bb.dataflow():
            foreign = Call(op("relax.call_pure_packed"), (ExternFunc("foo"), const(1)), ty_args=(tensor(),))
            out = bb.emit_output(foreign)
        bb.emit_func_output(out)
    function = main(FoldConstant()(bb.finalize()))
    assert len(bindings(function)) == 2


def test_unused_bindings_go_unless_they_have_effects():
    bb = BlockBuilder()
    x = variable("x", 2)
    with bb.function("main", [x], pure=False):
        bb.emit(relax("nn.relu", x), "pure")
        bb.emit(Call(op("relax.print"), (x,)), "outside")
        with bb.dataflow():
            bb.emit(relax("nn.relu", x), "unused")
            bb.emit_output(relax("nn.relu", x), "unused_output")
            used = bb.emit_output(relax("nn.relu", x), "used")
        bb.emit_func_output(used)
    assert names(main(FoldConstant()(bb.finalize()))) == ["outside", "used"]


def test_local_functions_are_folded():
    bb = BlockBuilder()
    x, y = variable("x", 2), variable("y", 2)
    with bb.function("main", [x]):
        bb.begin_local_function([y])
        with bb.dataflow():
            three = bb.emit(relax("add", const(1), const(2)))
            out = bb.emit_output(relax("add", three, y))
        inner = bb.emit(bb.end_local_function([y], out))
        bb.emit_func_output(Call(inner, (x,)))
    function = _folded(bb.finalize(), np.ones(2, "float32"))
    inner = bindings(function)[0].value
    assert isinstance(inner, Function)
    assert bindings(inner)[0].value.args[0].data == 3


def test_a_function_without_constants_is_left_as_it_is():
    x = variable("x", 2)
    module = _dataflow(relax("nn.relu", x), params=[x])
    assert main(FoldConstant()(module)) is main(module)


def test_the_pass_obeys_its_context():
    module = _dataflow(relax("add", const(1), const(2)))
    assert FoldConstant().info.name == "FoldConstant"
    assert FoldConstant().info.opt_level == 0
    with PassContext(disabled_pass=("FoldConstant",)):
        assert Sequential([FoldConstant()])(module) is module
    assert names(main(module)) == ["gv"]


def test_recorded_case(corpus):
    recorded = corpus("relax_passes")
    rows = [row for row in recorded.rows if row["pass"] == "relax.transform.FoldConstant"]
    assert rows
    for row in rows:
        case = recorded.json(row["name"], "case.json")
        after = FoldConstant()(read(case["before"], release="0.27"))
        assert structural_equal(after, read(case["after"], release="0.27"))


def test_scalars_that_stand_for_tensors_are_folded_with_the_rest():
    one_hot = Call(
        op("relax.one_hot"),
        (const([2, 0], "int64"), PrimValue(prim.const(3.0, "float32")), PrimValue(prim.const(0.0, "float32"))),
        Attrs("relax.attrs.OneHotAttrs", {"depth": 3, "axis": -1}),
    )
    folded = _folded(_dataflow(one_hot))
    assert [value for value in bindings(folded) if isinstance(value, Call)] == []
