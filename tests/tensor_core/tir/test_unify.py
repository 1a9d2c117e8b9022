"""What variables of a program stand for where its shapes are given."""

import pytest

from tensor_core.prim import Add, IntImm, Mul, PrimExpr, Var
from tensor_core.tir.unify import unify

N, M, OUTER = Var("n", "int64"), Var("m", "int64"), Var("k", "int64")


def number(value: int) -> IntImm:
    return IntImm(value, "int64")


def test_variables_stand_for_what_is_given_in_their_type() -> None:
    values: dict[Var, PrimExpr] = {}
    narrow = Var("n", "int32")
    assert unify(narrow, number(64), values)
    assert (values[narrow].dtype, getattr(values[narrow], "value", None)) == ("int32", 64)


def test_parts_of_like_expressions_are_given_one_by_one() -> None:
    values: dict[Var, PrimExpr] = {}
    assert unify(Add(N, Mul(M, number(2))), Add(OUTER, Mul(number(3), number(2))), values)
    assert values[N] is OUTER
    assert getattr(values[M], "value", None) == 3


def test_numbers_tell_which_parts_of_sums_and_products_correspond() -> None:
    values: dict[Var, PrimExpr] = {}
    assert unify(Add(N, number(1)), Add(number(1), OUTER), values)
    assert values == {N: OUTER}
    assert unify(Mul(number(2), M), Add(OUTER, number(2)), values)
    assert M not in values


@pytest.mark.parametrize(
    ("declared", "given", "fits"),
    [
        (Add(N, number(1)), Add(number(1), OUTER), True),
        (Add(N, number(1)), Add(OUTER, number(2)), False),
        (N, Add(OUTER, number(1)), False),
        (number(4), number(5), False),
        (number(4), OUTER, False),
    ],
)
def test_what_is_known_may_not_be_contradicted(declared: PrimExpr, given: PrimExpr, fits: bool) -> None:
    assert unify(declared, given, {N: OUTER}) is fits
