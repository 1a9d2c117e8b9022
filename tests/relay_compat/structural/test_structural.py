"""Structural equality; the rules are those observed in TVM 0.19."""

import numpy as np
import pytest
from relay_build import call, const, function, module, var

from relay_compat.ir.adt import Clause, Match, PatternVar
from relay_compat.ir.expr import Call, Function, GlobalVar, Let, Tuple, Var
from relay_compat.ir.types import TensorType, TypeVar
from relay_compat.structural import structural_equal
from tensor_core.module import IRModule


def doubled(shared: bool) -> Function:
    x = var("x", 2)
    first = call("exp", x)
    return function(x, body=call("add", first, first if shared else call("exp", x)))


def test_sharing_counts() -> None:
    assert structural_equal(doubled(True), doubled(True))
    assert structural_equal(doubled(False), doubled(False))
    assert not structural_equal(doubled(True), doubled(False))
    assert not structural_equal(doubled(False), doubled(True))


def test_constants_may_be_shared_or_not() -> None:
    one = const(1.0)
    assert structural_equal(Tuple((one, one)), Tuple((const(1.0), const(1.0))))


def test_bound_variables_may_have_other_names() -> None:
    x, y = var("x", 2), var("y", 2)
    assert structural_equal(function(x, body=call("exp", x)), function(y, body=call("exp", y)))
    a, b = Var("a"), Var("b")
    assert structural_equal(function(x, body=Let(a, x, a)), function(y, body=Let(b, y, b)))
    assert not structural_equal(function(x, body=Let(a, x, a)), function(y, body=Let(b, y, y)))


def test_annotations_count() -> None:
    x, y = var("x", 2), Var("x")
    assert not structural_equal(function(x, body=x), function(y, body=y))
    assert not structural_equal(function(x, body=x), function(x, body=x, ret=TensorType((2,))))


def test_free_variables_are_compared_by_identity_unless_mapped() -> None:
    x, y = var("x", 2), var("y", 2)
    assert structural_equal(call("exp", x), call("exp", x))
    assert not structural_equal(call("exp", x), call("exp", y))
    assert structural_equal(call("add", x, y), call("add", y, x), map_free_vars=True)
    assert not structural_equal(call("add", x, y), call("add", x, x), map_free_vars=True)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (np.float32(np.nan), np.float32(np.nan), True),
        (np.float32(0.0), np.float32(-0.0), False),
        (np.float32(1.0), np.float64(1.0), False),
        (np.zeros(2, "float32"), np.zeros((2, 1), "float32"), False),
    ],
)
def test_constants_by_bits(left: np.ndarray, right: np.ndarray, equal: bool) -> None:
    assert structural_equal(const(left, left.dtype.name), const(right, right.dtype.name)) is equal


def test_attributes() -> None:
    x = var("x", 2, 4)
    gamma, beta = var("gamma", 4), var("beta", 4)

    def norm(epsilon: float) -> Call:
        return call("nn.layer_norm", x, gamma, beta, epsilon=epsilon)

    assert structural_equal(norm(0.1), norm(0.1 + 1e-10))
    assert not structural_equal(norm(0.1), norm(0.2))
    assert not structural_equal(norm(1e-5), norm(1e-5).replace(attrs=None))


def test_type_parameters_and_type_arguments() -> None:
    def identity(name: str) -> Function:
        a = TypeVar(name)
        x = Var("x", a)
        return Function((x,), x, a, (a,))

    assert structural_equal(identity("A"), identity("B"))
    f = identity("A")
    one = Call(f, (const(1.0),), type_args=(TensorType(()),))
    assert not structural_equal(one, one.replace(type_args=()))


def test_patterns_bind() -> None:
    def taken(name: str, other: bool) -> Match:
        v = Var(name)
        return Match(const(1.0), (Clause(PatternVar(v), const(1.0) if other else v),))

    assert structural_equal(taken("a", False), taken("b", False))
    assert not structural_equal(taken("a", False), taken("b", True))


def test_modules_by_names() -> None:
    def program(name: str) -> IRModule:
        x, callee = var("x", 2), GlobalVar(name)
        return IRModule({callee: function(x, body=x), GlobalVar("main"): function(x, body=Call(callee, (x,)))})

    assert structural_equal(program("f"), program("f"))
    assert not structural_equal(program("f"), program("g"))
    x = var("x", 2)
    assert not structural_equal(module(call("exp", x), x), module(call("log", x), x))
