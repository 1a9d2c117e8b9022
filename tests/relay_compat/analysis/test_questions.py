"""The questions of relay.analysis. Expected answers are TVM 0.19's for the same programs."""

from typing import Any

import pytest

import relay_compat as relay
from relay_compat.analysis import (
    Feature,
    all_type_vars,
    check_kind,
    detect_feature,
    extract_intermdeiate_expr,
    free_type_vars,
    list_op_freqs,
    unmatched_cases,
    well_formed,
)
from relay_compat.text.printer import pretty_print
from tensor_core.diagnostics import DiagnosticError

X = relay.var("x", shape=(2,))


def test_a_variable_bound_twice_is_not_well_formed():
    x, y = relay.Var("x"), relay.Var("y")
    assert well_formed(relay.Tuple([relay.Let(x, y, x), y]))
    assert not well_formed(relay.Tuple([relay.Let(x, y, x), relay.Let(x, y, x)]))
    assert not well_formed(relay.Let(x, y, relay.Let(x, y, x)))
    assert not well_formed(relay.Tuple([x, relay.Let(x, y, x)]))


def test_a_variable_outside_its_scope_is_not_well_formed():
    x, y = relay.Var("x"), relay.Var("y")
    inner = relay.Let(x, y, y)
    assert not well_formed(relay.Tuple([inner, x]))


def test_a_shared_let_counts_once_but_a_chain_every_time():
    x, y, z = relay.Var("x"), relay.Var("y"), relay.Var("z")
    let = relay.Let(x, y, x)
    assert well_formed(relay.Tuple([let, let]))
    assert not well_formed(relay.Tuple([let, relay.Let(z, y, let)]))


def test_arms_of_a_match_bind_on_their_own():
    x, y = relay.Var("x"), relay.Var("y")
    arm = relay.Clause(relay.PatternVar(x), x)
    assert well_formed(relay.Match(y, [arm]))
    assert not well_formed(relay.Match(y, [arm, arm]))


def test_kinds():
    a, shape = relay.TypeVar("a"), relay.ShapeVar("s")
    assert check_kind(shape) is relay.TypeKind.ShapeVar
    assert check_kind(relay.TypeRelation(None, [a], 1)) is relay.TypeKind.Constraint
    with pytest.raises(DiagnosticError, match=r"R2R0205.* of kind ShapeVar, expected Type"):
        check_kind(relay.TupleType([relay.RefType(shape)]))
    header = relay.GlobalTypeVar("T")
    with pytest.raises(DiagnosticError, match="R2R0103"):
        check_kind(header(a))
    mod = relay.IRModule()
    mod[header] = relay.TypeData(header, [], [])
    assert check_kind(header(), mod) is relay.TypeKind.Type
    with pytest.raises(DiagnosticError, match="takes 0 type arguments"):
        check_kind(header(a), mod)


def test_type_variables_in_order_of_first_use_without_return_types():
    a, b, c = relay.TypeVar("a"), relay.TypeVar("b"), relay.TypeVar("c")
    y = relay.Var("y", b)
    function = relay.Function([relay.Var("x", relay.FuncType([a, c], a, [c]))], y, relay.TypeVar("d"), [a])
    assert all_type_vars(function) == [a, c, b]
    assert free_type_vars(function) == [b]


def test_features():
    f = relay.Var("f")
    loop = relay.Let(f, relay.Function([X], relay.Call(f, [X])), f)
    assert Feature.fLetRec in detect_feature(loop)
    shared = relay.abs(X)
    assert detect_feature(shared + shared) == {Feature.fVar, Feature.fOp, Feature.fCall, Feature.fGraph}
    assert detect_feature(relay.Tuple([X, X])) == {Feature.fVar, Feature.fTuple}
    primitive = relay.Function([X], relay.Tuple([X])).with_attr("Primitive", 1)
    assert detect_feature(primitive) == {Feature.fFunction}


def test_unmatched_cases_are_patterns_of_what_is_missing():
    mod = relay.IRModule()
    header, a = relay.GlobalTypeVar("List"), relay.TypeVar("a")
    cons, nil = relay.Constructor("Cons", [a, header(a)], header), relay.Constructor("Nil", [], header)
    mod[header] = relay.TypeData(header, [a], [cons, nil])
    any_ = relay.PatternWildcard()
    two = relay.PatternConstructor(cons, [any_, relay.PatternConstructor(cons, [any_, any_])])
    match = relay.Match(relay.Var("v"), [relay.Clause(two, X)])
    missed = unmatched_cases(match, mod)
    assert [getattr(case, "constructor", None) for case in missed] == [nil, cons]
    shape: Any = missed[1]
    assert shape.patterns[1].constructor is nil
    with pytest.raises(DiagnosticError, match="R2R0103"):
        unmatched_cases(match)


def test_values_by_their_number_in_the_text():
    split = relay.split(relay.abs(X), indices_or_sections=2)
    mod = relay.IRModule.from_expr(relay.add(relay.TupleGetItem(split, 0), relay.exp(X)))
    assert list_op_freqs(mod) == {"abs": 1, "split": 1, "exp": 1, "add": 1}
    assert "split" in pretty_print(extract_intermdeiate_expr(mod, 1))
    with pytest.raises(DiagnosticError, match="computes 5"):
        extract_intermdeiate_expr(mod, 5)
