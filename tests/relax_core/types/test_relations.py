"""Subtyping, least upper bounds and symbolic variables of Relax types. The tables were read off real TVM 0.27."""

import pytest

from relax_core.ir.types import (
    FuncType,
    ObjectType,
    PrimType,
    ShapeType,
    TensorType,
    TupleType,
)
from relax_core.types import relations
from tensor_core.prim import Var

n, m = Var("n"), Var("m")
TYPES = {
    "t23": TensorType((2, 3)),
    "tn3": TensorType((n, 3)),
    "tm3": TensorType((m, 3)),
    "u2": TensorType(None, "float32", ndim=2),
    "u3": TensorType(None, "float32", ndim=3),
    "u": TensorType(None, "float32", ndim=-1),
    "i23": TensorType((2, 3), "int32"),
    "nod": TensorType((2, 3), ""),
    "2": TensorType(None, "", ndim=2),
    "": TensorType(None, "", ndim=-1),
    "O": ObjectType(),
    "s": ShapeType((n, 3)),
    "su": ShapeType(None, 2),
    "tup": TupleType((TensorType((n, 3)),)),
    "tup2": TupleType((TensorType((2, 3)),)),
    "tup-u2": TupleType((TensorType(None, "float32", ndim=2),)),
}
# a, b, TypeLCA(a, b), a.is_base_of(b), as TVM 0.27 answers.
TVM = """
t23 t23 t23 True
t23 tn3 u2 False
t23 u2 u2 False
t23 u3 u False
t23 i23 nod False
t23 nod nod False
t23 O O False
t23 s O False
t23 tup O False
tn3 tn3 tn3 True
tn3 tm3 u2 False
tn3 i23 2 False
tn3 nod 2 False
u2 tn3 u2 True
u2 u2 u2 True
u2 u3 u False
u2 i23 2 False
u3 i23  False
u t23 u True
u u2 u True
u nod  False
i23 u3  False
nod t23 nod True
nod tn3 2 False
nod i23 nod True
O t23 O True
O s O True
s s s True
s su su False
su s su True
su tup O False
tup tup tup True
tup tup2 tup-u2 False
"""


@pytest.mark.parametrize("row", [line for line in TVM.splitlines() if line])
def test_order_is_that_of_tvm(row):
    a, b, bound, is_base = row.split(" ")
    assert relations.is_base_of(TYPES[a], TYPES[b]) is (is_base == "True")
    assert relations.same_type(relations.least_upper_bound(TYPES[a], TYPES[b]), TYPES[bound])


def test_equal_dimensions_need_a_proof_not_equal_text():
    assert relations.same_type(TensorType((n * 2 + 1,)), TensorType((n + 1 + n,)))
    assert not relations.same_type(TensorType((n + 1,)), TensorType((m + 1,)))


def test_functions_name_their_own_variables():
    left = FuncType((TensorType((n,)),), TensorType((n * 2,)))
    right = FuncType((TensorType((m,)),), TensorType((m * 2,)))
    assert relations.same_type(left, right)
    assert not relations.is_base_of(left, FuncType((TensorType((m,)),), TensorType((m,))))


def test_an_impure_function_is_no_pure_one():
    pure, impure = FuncType((), ObjectType(), True), FuncType((), ObjectType(), False)
    assert relations.is_base_of(impure, pure)
    assert not relations.is_base_of(pure, impure)


def test_symbols_are_bound_where_they_stand_alone():
    values = {}
    relations.bind_symbols(TensorType((n, m * 2)), TensorType((4, 6)), values)
    assert values == {n: 4}
    assert relations.substitute(TensorType((n + 1, 3)), values) == TensorType((5, 3))


def test_erasing_keeps_rank_and_element_type():
    type_ = TupleType((TensorType((n, m)), ShapeType((m,)), PrimType("int64", m), TensorType((n,))))
    expected = TupleType((TensorType(None, "float32", ndim=2), ShapeType(None, 1), PrimType("int64"), TensorType((n,))))
    assert relations.erase(type_, {n}) == expected


@pytest.mark.parametrize(
    ("a", "b", "fits"),
    [("tn3", "t23", True), ("t23", "i23", False), ("t23", "u3", False), ("u", "nod", True), ("O", "s", True)],
)
def test_what_may_fit_at_run_time(a, b, fits):
    assert relations.may_fit(TYPES[a], TYPES[b]) is fits


@pytest.mark.parametrize(
    ("declared", "given", "accepted"),
    [
        ("t23", "u2", True), ("t23", "u", False), ("t23", "nod", False), ("t23", "O", False), ("O", "t23", True),
        ("u2", "", False), ("s", "su", True), ("tup", "tup-u2", True), ("tn3", "u2", True), ("t23", "i23", False),
    ],
)  # fmt: skip
def test_what_a_parameter_accepts(declared, given, accepted):
    """As TVM 0.19 and 0.27 took calls of functions whose arguments were known this well."""
    assert relations.accepts(TYPES[declared], TYPES[given]) is accepted
