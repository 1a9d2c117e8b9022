"""Structural hashes and the place of the first difference; what hashes alike is what is structurally equal."""

import numpy as np
import pytest
from relay_build import call, const, function, module, var

from relay_compat.ir.expr import Let, Tuple, TupleGetItem, Var
from relay_compat.ir.types import FuncType, TensorType, TypeVar
from relay_compat.structural import first_mismatch, structural_equal, structural_hash


def pairs() -> list[tuple[object, object]]:
    x, y = var("x", 2), var("y", 2)
    shared = call("exp", x)
    a, b = TypeVar("a"), TypeVar("b")
    return [
        (function(x, body=call("exp", x)), function(y, body=call("exp", y))),
        (function(x, body=call("add", shared, shared)), function(x, body=call("add", call("exp", x), call("exp", x)))),
        (function(x, y, body=x), function(x, y, body=y)),
        (Tuple((const(1.0), const(1.0))), Tuple((const(1.0), const(2.0)))),
        (const(np.zeros(2, "float32")), const(np.zeros((1, 2), "float32"))),
        (FuncType((a,), a, (a,)), FuncType((b,), b, (b,))),
        (FuncType((a,), a, (a,)), FuncType((b,), TensorType(()), (b,))),
        (call("exp", x), call("exp", y)),
        (Let(x, const(1.0), x), Let(y, const(1.0), y)),
        (call("sum", x, axis=[0]), call("sum", x, axis=[1])),
        (module(call("exp", x), x), module(call("exp", y), y)),
        ({"b": 1, "a": (1, 2.5)}, {"a": (1, 2.5), "b": 1}),
    ]


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("number", range(len(pairs())))
def test_equal_and_only_equal_objects_hash_alike(number: int, free: bool) -> None:
    left, right = pairs()[number]
    same = structural_equal(left, right, free)
    assert same == structural_equal(right, left, free)
    assert same == (structural_hash(left, free) == structural_hash(right, free))


def test_deep_programs_hash_and_compare() -> None:
    def deep() -> object:
        result = x = var("x", 2)
        for _ in range(20_000):
            result = call("exp", result)
        return function(x, body=result)

    left, right = deep(), deep()
    assert structural_equal(left, right)
    assert structural_hash(left) == structural_hash(right)


@pytest.mark.parametrize(
    ("change", "lhs", "rhs"),
    [
        ("projection", "<root>.body.fields[1].index", "<root>.body.fields[1].index"),
        ("shorter", "<root>.body.fields[1]", "<root>.body.fields[<missing element #1>]"),
        ("kind", "<root>.body.fields[0]", "<root>.body.fields[0]"),
    ],
)
def test_the_first_difference_is_located(change: str, lhs: str, rhs: str) -> None:
    def program(other: bool) -> object:
        x = Var("x")
        second = TupleGetItem(x, int(other and change == "projection"))
        first = const(1.0) if other and change == "kind" else x
        return function(x, body=Tuple((first,) if other and change == "shorter" else (first, second)))

    found = first_mismatch(program(False), program(True))
    assert found is not None
    assert (str(found.lhs_path), str(found.rhs_path)) == (lhs, rhs)
    assert first_mismatch(program(False), program(False)) is None
