"""The symbolic evaluator says of sizes what Relay computes of them."""

import pytest
from dynamic_cases import HEADER, floats

import migrate
from migrate.forward.dynamic.choices import either, is_simple, less, same
from migrate.forward.dynamic.guards import between, broadcastable, joint
from migrate.report.model import Outcome
from tensor_core import shapes
from tensor_core.prim import Var

SHAPE = 'shape_of(%x, dtype="int64")'
PROGRAMS = {
    "take from the end of a slice": "take(strided_slice(%0, begin=[1], end=[3], strides=[1], axes=None), 1i64)",
    "product": "prod(%0)",
    "sum": "sum(%0)",
    "largest of known": "maximum(%0, 0i64)",
    "halves": "floor_divide(%0, 2i64)",
    "truncated": "divide(%0, 2i64)",
    "negative": "negative(%0)",
    "twice and one more": "add(multiply(%0, 2i64), 1i64)",
    "is none of them negative": "where(less(%0, 0i64), zeros_like(%0), %0)",
    "none is minus one": "where(equal(%0, -1i64), ones_like(%0), %0)",
    "reversed": "reverse(%0, axis=0)",
    "in a column": "reshape(%0, newshape=[3, 1])",
    "through floats": 'cast(ceil(multiply(cast(%0, dtype="float32"), 2f)), dtype="int64")',
    "stacked": "%1 = (take(%0, 0i64), take(%0, 2i64)); stack(%1, axis=0)",
    "count": 'ndarray_size(%x, dtype="int64")',
    "split": "%1 = split(%0, indices_or_sections=3, axis=0); %1.1",
    "repeated": "repeat(%0, repeats=2, axis=0)",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_folds_and_agrees(name: str):
    module = migrate.load(f"{HEADER}def @main(%x: Tensor[(?, 4, ?), float32]) {{ %0 = {SHAPE}; {PROGRAMS[name]} }}")
    result = migrate.convert(module)
    assert {item.outcome for item in result.report.conversions} == {Outcome.SIZES}
    for sizes in ((2, 4, 3), (1, 4, 6)):
        (want,) = migrate.run(module, [floats(*sizes)], executor="interpreter")
        (got,) = migrate.run(result.module, [floats(*sizes)])
        assert got.dtype == want.dtype
        assert got.tolist() == want.tolist()


def test_what_sizes_do_not_tell_is_computed():
    text = f"{HEADER}def @main(%x: Tensor[(?), float32]) {{ %0 = {SHAPE}; less(%0, 7i64) }}"
    module = migrate.load(text)
    result = migrate.convert(module)
    assert [item.outcome for item in result.report.conversions] == [Outcome.SIZES, Outcome.DIRECT]
    for size in (3, 9):
        assert migrate.run(result.module, [floats(size)])[0].tolist() == [size < 7]


def test_choices_are_arithmetic():
    n, m = Var("n"), Var("m")
    for a in range(-3, 9):
        for b in range(-3, 9):
            values = {n: a, m: b}
            assert shapes.evaluate(same(n, m), values) == (a == b)
            assert shapes.evaluate(less(n, m), values) == (a < b)
            assert shapes.evaluate(either(same(n, 3), m, n), values) == (b if a == 3 else a)
    assert is_simple(shapes.add(n, m))
    assert not is_simple(same(n, m))


def test_guards_hold_exactly_where_they_should():
    n, m = Var("n"), Var("m")
    for a in range(12):
        assert (shapes.evaluate(between(n, 3, 7, "n").found, {n: a}) == 0) == (3 <= a <= 7)
        for b in range(12):
            holds = a == b or 1 in (a, b)
            assert (shapes.evaluate(broadcastable(n, m).found, {n: a, m: b}) == 0) == holds
            if holds:
                assert shapes.evaluate(joint(n, m), {n: a, m: b}) == (b if a == 1 else a)
