"""A-normal form. Shapes of the results are those of relax.transform.Normalize in real TVM 0.27."""

import pytest
from relax_build import bindings, main, names, relax, tensor, variable

from relax_core.ir.expr import (
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    Function,
    GlobalVar,
    If,
    IRModule,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TensorType
from relax_core.normalize import normalize
from relax_core.well_formed import check
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import Var as SymbolicVar


def relu(value):
    return relax("nn.relu", value)


def _normal(*params, body, ret=None):
    module = normalize(IRModule({GlobalVar("main"): Function(params, body, ret)}))
    assert not check(module)
    return main(module)


def test_nested_calls_are_bound_left_to_right():
    m, n = SymbolicVar("m"), SymbolicVar("n")
    x = variable("x", m, n, dtype="float16")
    body = relax("multiply", relax("add", x, x), relax("add", x, x))
    function = _normal(x, body=body, ret=TensorType(None, "float16", ndim=2))
    assert names(function) == ["gv", "gv1", "gv2"]
    assert function.ret_ty == tensor(m, n, dtype="float16")


def test_a_shared_object_is_bound_once_in_its_block_and_again_in_an_arm():
    c, x = variable("c", dtype="bool"), variable("x", 2, 3)
    shared = relax("add", x, x)
    branch = If(c, relu(shared), relax("multiply", shared, relax("add", x, x)))
    function = _normal(c, x, body=relax("add", shared, branch))
    arms = bindings(function)[1].value
    assert [len(arm.blocks[0].bindings) for arm in (arms.true_branch, arms.false_branch)] == [2, 3]
    assert len(bindings(function)) == 3


def test_nested_sequences_are_inlined_and_dataflow_blocks_kept():
    x = variable("x", 2)
    d, o = DataflowVar("d"), Var("o")
    block = DataflowBlock((VarBinding(d, relu(relax("add", x, x))), VarBinding(o, relax("add", d, relu(d)))))
    y = Var("y")
    inner = SeqExpr((BindingBlock((VarBinding(y, relu(x)),)),), relax("add", y, y))
    function = _normal(x, body=SeqExpr((block,), relax("multiply", o, inner)))
    assert names(function) == ["lv", "d", "lv1", "o", "y", "gv", "gv1", "gv2"]
    assert [type(item) for item in function.body.blocks] == [DataflowBlock, BindingBlock]
    assert d.ty == tensor(2)


def test_tuples_stay_arguments():
    x = variable("x", 2)
    shared = relax("add", x, x)
    function = _normal(x, body=TupleGetItem(Tuple((shared, Tuple((x, shared)))), 1))
    first, second = bindings(function)
    source = second.value.tuple_value
    assert source.fields[0] is first.var
    assert source.fields[1].fields[1] is first.var


def test_normal_functions_are_kept_as_they_are():
    x = variable("x", 2)
    once = normalize(IRModule({GlobalVar("main"): Function((x,), relu(relu(x)))}))
    assert main(normalize(once)) is main(once)


def test_callees_come_first_when_results_are_not_annotated():
    f, g = GlobalVar("f"), GlobalVar("g")
    x, y = variable("x", 2), variable("y", 2)
    module = normalize(IRModule({f: Function((x,), Call(g, (x,))), g: Function((y,), relax("add", y, y))}))
    assert main(module, "f").ret_ty == tensor(2)


def test_functions_that_need_each_others_type_are_refused():
    f, g = GlobalVar("f"), GlobalVar("g")
    x, y = variable("x", 2), variable("y", 2)
    functions = {f: Function((x,), Call(g, (x,))), g: Function((y,), Call(f, (y,)))}
    with pytest.raises(DiagnosticError) as caught:
        normalize(IRModule(functions))
    assert caught.value.diagnostics[0].code is codes.UNRESOLVED_TYPE
    annotated = {f: functions[f].replace(ret_ty=tensor(2)), g: functions[g]}
    assert main(normalize(IRModule(annotated)), "g").ret_ty == tensor(2)


def test_a_recursive_local_function_needs_its_annotation():
    x, p, f = variable("x", 2), variable("p", 2), Var("f")
    inner = Function((p,), Call(f, (p,)), tensor(2))
    body = SeqExpr((BindingBlock((VarBinding(f, inner),)),), Call(f, (x,)))
    assert _normal(x, body=body).ret_ty == tensor(2)


@pytest.mark.parametrize("depth", [50_000])
def test_depth_is_no_limit(depth):
    x = variable("x", 2)
    chain = nest = x
    for _ in range(depth):
        chain = relu(chain)
    for _ in range(depth // 25):
        nest = If(variable("c", dtype="bool"), nest, x)
    assert len(bindings(_normal(x, body=chain))) == depth
    function = main(normalize(IRModule({GlobalVar("main"): Function((x,), nest)})))
    assert function.ret_ty == tensor(2)
