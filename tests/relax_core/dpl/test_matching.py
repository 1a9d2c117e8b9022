"""Patterns against single expressions: what matches on real TVM 0.27 matches here."""

import numpy as np
import pytest
from relax_build import bindings, call, main, relax, tensor, variable

from relax_core.dpl import (
    ExternFuncPattern,
    FunctionPattern,
    PatternContext,
    TuplePattern,
    has_attr,
    has_dtype,
    is_call_dps_packed,
    is_call_packed,
    is_call_tir,
    is_const,
    is_dfv,
    is_expr,
    is_gv,
    is_op,
    is_shape,
    is_tuple,
    is_tuple_get_item,
    is_var,
    make_fused_bias_activation_pattern,
    reject,
    wildcard,
)
from relax_core.ir.expr import (
    Constant,
    DataflowVar,
    ExternFunc,
    Function,
    GlobalVar,
    SeqExpr,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
)
from relax_core.text.reader import read
from tensor_core.prim import Var as SymbolicVar

X, Y = variable("x", 2, 3), variable("y", 2, 3)
PAIR = Tuple((GlobalVar("x"), DataflowVar("y")))


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (wildcard(), X, None),
        (is_var(), DataflowVar("x"), GlobalVar("x")),
        (is_var("x"), X, Y),
        (is_dfv("x"), DataflowVar("x"), X),
        (is_gv("x"), GlobalVar("x_2"), GlobalVar("y")),
        (is_gv(), GlobalVar("x"), X),
        (is_const(), Constant(np.array(1, "float32")), X),
        (is_expr(X), X, variable("x", 2, 3)),
        (ExternFuncPattern("f"), ExternFunc("f"), ExternFunc("g")),
        (is_tuple([wildcard(), is_dfv()]), PAIR, Tuple((DataflowVar("x"), GlobalVar("y")))),
        (is_tuple([is_dfv(), is_gv()], unordered=True), PAIR, Tuple((DataflowVar("x"), DataflowVar("y")))),
        (TuplePattern([is_gv(), is_dfv()])[-1], TupleGetItem(PAIR, 1), TupleGetItem(PAIR, 0)),
        (is_tuple_get_item(wildcard()), TupleGetItem(PAIR, 0), PAIR),
        (is_dfv("x") | is_gv("x"), GlobalVar("x"), X),
        (wildcard().has_shape((2, 3)) & has_dtype("float32"), X, variable("x", 2, 3, dtype="int32")),
        (~wildcard().has_shape((2, 3)), variable("x", 3, 3), X),
        (reject(is_var()), PAIR, X),
        (is_shape([2, 3]), ShapeExpr((2, 3)), ShapeExpr((3, 2))),
        (wildcard().has_struct_info(tensor(2, 3, dtype="")), X, variable("z", 3, 3)),
    ],
)  # fmt: skip
def test_leaves_and_conditions(pattern, yes, no):
    assert pattern.match(yes)
    assert no is None or not pattern.match(no)


def test_calls_match_op_arguments_and_attributes():
    double = relax("add", X, Y)
    assert is_op("relax.add")(is_var("x"), is_var("y")).match(double)
    assert not is_op("relax.add")(wildcard()).match(double)
    assert is_op("relax.add")(wildcard(), varg_default_wildcard=True).match(double)
    assert not is_op("relax.subtract")(wildcard(), wildcard()).match(double)
    cat = call("concatenate", Tuple((X, Y)), axis=1)
    assert is_op("relax.concat")(wildcard()).has_attr({"axis": 1}).match(cat)
    assert not has_attr({"axis": 0}).match(cat)
    assert not has_attr({"no": 0}).match(cat)


def test_sums_commute_and_quotients_regroup():
    two = Constant(np.array(2, "float32"))
    pattern = is_op("relax.add")(is_const(), is_var("x"))
    assert pattern.match(relax("add", X, two))
    assert not is_op("relax.subtract")(is_const(), is_var("x")).match(relax("subtract", X, two))
    a, b, c = is_var("a"), is_var("b"), is_var("c")
    va, vb, vc = (variable(name, 2) for name in "abc")
    quotient = is_op("relax.divide")(is_op("relax.multiply")(a, b), c)
    assert quotient.match(relax("multiply", vb, relax("divide", va, vc)))
    product = is_op("relax.multiply")(is_op("relax.divide")(a, c), b)
    assert product.match(relax("divide", relax("multiply", va, vb), vc))


def test_one_pattern_is_one_expression():
    same = wildcard()
    pattern = is_op("relax.add")(same, same)
    assert pattern.match(relax("add", X, X))
    assert not pattern.match(relax("add", X, Y))
    # A failed side of an alternative leaves nothing behind.
    assert (is_op("relax.add")(same, is_const()) | is_op("relax.add")(wildcard(), same)).match(relax("add", X, Y))


def test_symbolic_types_stand_for_the_same_dimensions_everywhere():
    m, n = SymbolicVar("m"), SymbolicVar("n")
    square = wildcard().has_ty(tensor(m, n, dtype=""))
    other = wildcard().has_ty(tensor(m, n, dtype=""))
    pattern = is_op("relax.add")(square, other)
    assert pattern.match(relax("add", X, Y))
    assert not pattern.match(relax("add", X, variable("z", 1, 3)))
    k = SymbolicVar("k")
    assert wildcard().has_shape([k, k + 1]).match(variable("z", k, 1 + k))
    assert not wildcard().has_shape([2, 3]).match(variable("z", k, 3))


def test_functions_match_by_parameters_and_body():
    function = Function((X, Y), SeqExpr((), relax("add", X, Y)), tensor(2, 3), attrs={"Codegen": "c"})
    a, b = wildcard(), wildcard()
    pattern = FunctionPattern([a, b], is_op("relax.add")(a, b))
    assert pattern.match(function)
    assert pattern.has_attr({"Codegen": "c"}).match(function)
    assert not pattern.has_attr({"Codegen": "d"}).match(function)
    assert not FunctionPattern([a], wildcard()).match(function)


PROGRAM = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((4,), "float32"), w: R.Tensor((4,), "float32")):
        with R.dataflow():
            lv = R.call_dps_packed("f_relu", (x,), R.Tensor((4,), dtype="float32"))
            lv1 = R.call_dps_packed("f_add", (lv, w), R.Tensor((4,), dtype="float32"))
            gv = R.add(lv1, w)
            R.output(gv)
        return gv
"""


def test_variables_stand_for_what_they_are_bound_to():
    made = bindings(main(read(PROGRAM)))
    values = {item.var: item.value for item in made}
    inner = is_call_dps_packed("f_relu", [wildcard()])
    pattern = is_call_dps_packed("f_add", [inner, is_var("w")])
    assert pattern.match(made[1].value, values)
    assert not pattern.match(made[1].value)
    found = pattern.extract_matched_expr(made[1].value, values)
    assert found is not None
    assert found[inner] is made[0].value
    assert found[pattern] is made[1].value
    assert pattern.extract_matched_expr(made[2].value, values) is None
    assert not is_call_tir("f_relu").match(made[0].value)
    packed = relax("add", X, X).replace(op=ExternFunc("f"))
    assert is_call_packed("f").match(packed)
    assert is_call_packed("f", [wildcard(), wildcard()]).match(packed)


def test_fused_patterns():
    out = relax("nn.relu", relax("add", relax("matmul", X, Y), X))
    assert make_fused_bias_activation_pattern("relax.matmul", True, "relax.nn.relu").match(out)
    assert not make_fused_bias_activation_pattern("relax.matmul", False, "relax.nn.relu").match(out)


def test_wrong_arguments_raise():
    with pytest.raises(ValueError, match="has_shape takes a list"):
        wildcard().has_shape(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="is_shape takes a list"):
        is_shape(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="fields must be"):
        is_tuple(wildcard())  # type: ignore[arg-type]
    with pytest.raises(IndexError):
        TuplePattern([wildcard()])[1]


def test_patterns_are_shown_and_duplicated():
    pattern = is_op("relax.add")(wildcard(), is_var("x") | is_const())
    assert str(pattern) == 'Op("relax.add")(*, OrPattern(VarPattern(x) | ConstantPattern()))'
    assert str(pattern.dup()) == str(pattern)
    assert pattern.dup() != pattern


def test_deep_patterns_match_without_the_call_stack():
    pattern, expr = wildcard(), X
    for _ in range(20_000):
        pattern, expr = is_op("relax.nn.relu")(pattern), relax("nn.relu", expr)
    assert pattern.match(expr)
    assert PatternContext.current() is None
    assert isinstance(expr, Var) is False


def test_an_element_type_is_not_found_by_a_string():
    cast = call("cast", X, dtype="int8")
    pattern = is_op("relax.astype")(wildcard())
    assert pattern.match(cast)
    assert not pattern.has_attr({"dtype": "int8"}).match(cast)
