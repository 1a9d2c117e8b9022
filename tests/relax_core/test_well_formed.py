"""Each structural rule of Relax, broken once."""

import pytest
from relax_build import relax, tensor, variable

from relax_core.ir.expr import (
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    ExternFunc,
    Function,
    GlobalVar,
    If,
    IRModule,
    SeqExpr,
    ShapeExpr,
    StringImm,
    TupleGetItem,
    Var,
    VarBinding,
    op,
)
from relax_core.ir.types import TensorType, TupleType
from relax_core.types.deduce import deduce
from relax_core.well_formed import check
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import Var as SymbolicVar
from tensor_core.spans import Span

n = SymbolicVar("n")


def bind(name, value, kind=Var, span=None):
    if isinstance(value, Call) and value.ty is None:
        value.memo("ty", deduce(value))
    return VarBinding(kind(name, getattr(value, "ty", None)), value, span)


def _check(*blocks, params, result, pure=True, ret=None, attrs=None):
    body = SeqExpr(tuple(blocks), result)
    function = Function(tuple(params), body, ret or tensor(2), pure, attrs)
    return check(IRModule({GlobalVar("main"): function}))


x = variable("x", 2)


def test_a_good_function_has_no_findings():
    a = bind("a", relax("nn.relu", x), DataflowVar)
    b = bind("b", relax("nn.relu", a.var))
    assert _check(DataflowBlock((a, b)), params=[x], result=b.var) == []


def _undefined():
    return _check(params=[x], result=variable("q", 2)), "q, which is not defined here"


def _used_before():
    b = bind("b", relax("nn.relu", x))
    a = bind("a", relax("nn.relu", b.var))
    return _check(BindingBlock((a, b)), params=[x], result=b.var), "a uses b, which is not defined here"


def _twice():
    a = bind("a", relax("nn.relu", x))
    return _check(BindingBlock((a, a)), params=[x], result=a.var), "a is defined twice"


def _escape():
    a = bind("a", relax("nn.relu", x), DataflowVar)
    return _check(DataflowBlock((a,)), params=[x], result=a.var), "dataflow variable a outside of its block"


def _dataflow_var_outside():
    a = bind("a", relax("nn.relu", x), DataflowVar)
    return _check(BindingBlock((a,)), params=[x], result=x), "a is defined outside of a dataflow block"


def _printing():
    return bind("p", Call(op_print(), (StringImm("hello"), x)))


def op_print():
    return relax("print").op


def _impure_in_dataflow():
    return _check(DataflowBlock((_printing(),)), params=[x], result=x, pure=False), "inside a dataflow block"


def _impure_in_pure():
    return _check(BindingBlock((_printing(),)), params=[x], result=x), "inside a pure function"


def _packed_in_pure():
    a = bind("a", Call(ExternFunc("f"), (x,), ty_args=(tensor(2),)))
    return _check(BindingBlock((a,)), params=[x], result=a.var), "calls f, which has effects"


def _forced_impure():
    return _check(params=[x], result=x, pure=False, attrs={"relax.force_pure": True}), "must be declared pure"


def _nested_call():
    inner = relax("nn.relu", x)
    inner.memo("ty", tensor(2))
    a = bind("a", relax("nn.relu", inner))
    return _check(BindingBlock((a,)), params=[x], result=a.var), "a uses a Call as an argument"


def _no_type():
    value = relax("nn.relu", x)
    binding = VarBinding(Var("a"), value)
    return _check(BindingBlock((binding,)), params=[x], result=x), "a has no type"


def _call_result():
    return _check(params=[x], result=TupleGetItem(x, 0)), "the result uses a projection"


def _symbol():
    value = Call(relax("reshape").op, (x, ShapeExpr((n,))))
    value.memo("ty", tensor(2))
    binding = VarBinding(Var("a", tensor(2)), value)
    return _check(BindingBlock((binding,)), params=[x], result=x), "symbolic variable n, which is not defined here"


def _symbol_in_result():
    return _check(params=[x], result=x, ret=tensor(n)), "the result type uses the symbolic variable n"


def _symbol_in_parameter():
    return _check(params=[x, variable("y", n + 1)], result=x), "the type of parameter y uses the symbolic variable n"


def _missing_function():
    a = VarBinding(Var("a", tensor(2)), Call(GlobalVar("f"), (x,)))
    a.value.memo("ty", tensor(2))
    return _check(BindingBlock((a,)), params=[x], result=a.var), "@f, which the module does not have"


def _arm_scope():
    a = bind("a", relax("nn.relu", x))
    c = variable("c", dtype="bool")
    branch = If(c, SeqExpr((BindingBlock((a,)),), a.var), SeqExpr((), x))
    b = VarBinding(Var("b", tensor(2)), branch)
    return _check(BindingBlock((b,)), params=[c, x], result=a.var), "the result uses a, which is not defined here"


def _branch_in_dataflow():
    c = variable("c", dtype="bool")
    b = VarBinding(Var("b", tensor(2)), If(c, SeqExpr((), x), SeqExpr((), x)))
    return _check(DataflowBlock((b,)), params=[c, x], result=b.var), "b branches inside a dataflow block"


BROKEN = [
    _undefined, _used_before, _twice, _escape, _dataflow_var_outside, _impure_in_dataflow, _impure_in_pure,
    _packed_in_pure, _forced_impure, _nested_call, _no_type, _call_result, _symbol, _symbol_in_result,
    _symbol_in_parameter, _missing_function, _arm_scope, _branch_in_dataflow,
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_every_rule_is_reported(broken):
    found, expected = broken()
    assert {item.code for item in found} == {codes.ILL_FORMED}
    assert any(expected in item.message for item in found), [item.message for item in found]
    assert all(item.message.startswith("in @main: ") for item in found)


def test_the_span_of_the_binding_is_named():
    span = Span("a.py", 3, 4)
    a = bind("a", relax("nn.relu", variable("q", 2)), span=span)
    (found,) = _check(BindingBlock((a,)), params=[x], result=x)
    assert found.span is span


def test_effects_are_allowed_where_they_are_declared():
    assert _check(BindingBlock((_printing(),)), params=[x], result=x, pure=False) == []
    assert _check(BindingBlock((_printing(),)), params=[x], result=x, attrs={"relax.force_pure": True}) == []


def _rules(*functions):
    names = [f"f{i}" for i in range(len(functions))]
    module = IRModule({GlobalVar(name): function for name, function in zip(names, functions, strict=True)})
    return [item.message for item in check(module)]


def test_symbolic_variables_and_parameters_belong_to_one_function():
    first, second = variable("a", 5, n), variable("b", n, 7)
    bodies = [Function((var,), SeqExpr((), var), var.ty) for var in (first, second)]
    assert _rules(*bodies) == ["in @f1: n is defined in @f0, too"]
    assert _rules(bodies[0], bodies[0].replace()) == [
        "in @f1: a is defined in @f0, too",
        "in @f1: n is defined in @f0, too",
    ]


def test_a_function_has_one_name():
    function = Function((x,), SeqExpr((), x), tensor(2), attrs={"global_symbol": "g"})
    assert _rules(function) == ["in @f0: its global symbol is g"]


@pytest.mark.parametrize(
    ("annotated", "accepted"),
    [
        (tensor(2), True),
        (TensorType(ndim=1), True),
        (TensorType(None, ""), True),
        (tensor(2, dtype="int32"), False),
        (TensorType(ndim=3), False),
        (tensor(3), False),
    ],
)
def test_variables_are_annotated_with_what_their_value_is(annotated, accepted):
    var = Var("y", annotated)
    body = SeqExpr((BindingBlock((VarBinding(var, x),)),), var)
    found = _rules(Function((x,), body, annotated))
    assert (found == []) is accepted
    assert all("y is annotated" in message for message in found)


def test_a_cast_is_needed_where_more_is_claimed_than_known():
    source, var = Var("s", TensorType(ndim=1)), Var("y", tensor(2))
    body = SeqExpr((BindingBlock((VarBinding(var, source),)),), var)
    assert "y is annotated" in _rules(Function((source,), body, tensor(2)))[0]


def test_calls_have_the_type_of_their_operator():
    value = relax("add", x, x)
    value.memo("ty", tensor(2, dtype="int32"))
    body = SeqExpr((BindingBlock((bind("y", value),)),), x)
    assert any("its result is" in message for message in _rules(Function((x,), body, tensor(2))))


def test_forced_purity_does_not_reach_into_dataflow_blocks():
    shout = Call(op("relax.print"), (StringImm("{}"), x))
    shout.memo("ty", TupleType(()))
    for kind, var, expected in ((BindingBlock, Var, 0), (DataflowBlock, DataflowVar, 1)):
        block = kind((VarBinding(var("p", TupleType(())), shout),))
        function = Function((x,), SeqExpr((block,), x), tensor(2), attrs={"relax.force_pure": True})
        found = _rules(function)
        assert len(found) == expected
        assert all("calls R.print, which has effects, inside a dataflow block" in message for message in found)


def test_sizes_are_integers():
    with pytest.raises(DiagnosticError, match="int64"):
        tensor(SymbolicVar("f", "float32"))
