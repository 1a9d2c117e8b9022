"""Index polynomials against plain evaluation: same values, and bounds that hold."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensor_core import prim
from tensor_core.loops.affine import Indices
from tensor_core.loops.polynomials import Atom, Poly, constant_of
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import as_expr

EXTENTS = (3, 5, 4)
SIZES = st.sampled_from([1, 2, 3, 4, 5, 6, 7, 12, 15, 20])


@st.composite
def expressions(draw: Any, variables: tuple[Var, ...]) -> PrimExpr:
    """Sums of multiples, quotients and remainders of the variables, three levels deep."""
    items: list[PrimExpr] = list(variables)
    for _ in range(draw(st.integers(1, 6))):
        a, b = draw(st.sampled_from(items)), draw(st.sampled_from(items))
        size = draw(SIZES)
        kind = draw(st.integers(0, 6))
        items.append(
            [
                a * size + b,
                a // size,
                a % size,
                a - b,
                a + draw(st.integers(-7, 7)),
                prim.Min(a, b),
                prim.Max(a, as_expr(size)),
            ][kind]
        )
    return items[-1]


def value(expr: PrimExpr, values: dict[Var, int]) -> int:
    """Plain evaluation."""
    if isinstance(expr, Var):
        return values[expr]
    if isinstance(expr, prim.IntImm):
        return expr.value
    assert isinstance(expr, prim.Binary)
    a, b = value(expr.a, values), value(expr.b, values)
    return {
        prim.Add: lambda: a + b, prim.Sub: lambda: a - b, prim.Mul: lambda: a * b, prim.FloorDiv: lambda: a // b,
        prim.FloorMod: lambda: a % b, prim.Min: lambda: min(a, b), prim.Max: lambda: max(a, b),
    }[type(expr)]()  # fmt: skip


def poly_value(poly: Poly, values: dict[Atom, int]) -> int:
    total = 0
    for monomial, factor in poly.items():
        for atom in monomial:
            factor *= atom_value(atom, values)
        total += factor
    return total


def atom_value(atom: Atom, values: dict[Atom, int]) -> int:
    if atom in values:
        return values[atom]
    a, b = (poly_value(arg, values) for arg in atom.args)
    return {"//": lambda: a // b, "%": lambda: a % b, "min": lambda: min(a, b), "max": lambda: max(a, b)}[atom.kind]()


def space() -> tuple[Indices, tuple[Var, ...], tuple[Atom, ...]]:
    indices = Indices()
    variables = tuple(Var(f"i{n}") for n in range(len(EXTENTS)))
    return indices, variables, tuple(indices.variable(v, n) for v, n in zip(variables, EXTENTS, strict=True))


@settings(max_examples=400)
@given(st.data())
def test_polynomials_have_the_values_of_their_expressions(data: Any) -> None:
    indices, variables, atoms = space()
    expr = data.draw(expressions(variables))
    poly = indices.poly(expr)
    joined = indices.recombine(poly)
    low, high = indices.bounds(poly)
    moved = indices.substitute(poly, {atoms[0]: {(atoms[0],): 1, (): 2}})
    for point in itertools.product(*map(range, EXTENTS)):
        expected = value(expr, dict(zip(variables, point, strict=True)))
        values = dict(zip(atoms, point, strict=True))
        assert poly_value(poly, values) == expected
        assert poly_value(joined, values) == expected
        assert low <= expected <= high
        later = {**dict(zip(variables, point, strict=True)), variables[0]: point[0] + 2}
        if point[0] + 2 < EXTENTS[0]:
            assert poly_value(moved, values) == value(expr, later)


@settings(max_examples=200)
@given(st.lists(st.sampled_from([1, 2, 3, 4, 5, 6]), min_size=1, max_size=4), st.data())
def test_a_reshape_reads_in_order(shape: list[int], data: Any) -> None:
    total = 1
    for n in shape:
        total *= n
    divisors = [n for n in range(1, total + 1) if total % n == 0]
    rows = data.draw(st.sampled_from(divisors))
    indices = Indices()
    i, j = Var("i"), Var("j")
    a, b = indices.variable(i, rows), indices.variable(j, total // rows)
    flat = i * (total // rows) + j
    offset: PrimExpr = as_expr(0)
    stride = total
    for n in shape:
        stride //= n
        offset = offset + flat // stride % n * stride
    expected = {(a,): total // rows, (b,): 1}
    if rows == 1:
        expected = {(b,): 1}
    found = indices.recombine(indices.poly(offset))
    simpler = indices.substitute(found, {atom: {} for atom, n in ((a, rows), (b, total // rows)) if n == 1})
    wanted = indices.substitute(expected, {atom: {} for atom, n in ((a, rows), (b, total // rows)) if n == 1})
    assert simpler == wanted


def test_symbolic_extents() -> None:
    indices = Indices()
    n, i, j = Var("n"), Var("i"), Var("j")
    indices.variable(n)
    indices.variable(i, n)
    indices.variable(j, n * 2)
    assert indices.is_nonnegative(indices.poly(n - 1 - i))
    assert indices.is_nonnegative(indices.poly(n * 2 - 1 - j))
    assert not indices.is_nonnegative(indices.poly(n - 1 - j))
    assert not indices.is_nonnegative(indices.poly(i - 1))
    assert indices.poly(i % n) == indices.poly(i)
    assert constant_of(indices.poly(i // n)) == 0


def test_facts() -> None:
    indices = Indices()
    i = Var("i")
    indices.variable(i, 10)
    fact = indices.poly(i - 3)
    assert indices.is_nonnegative(indices.poly(i - 3), [fact])
    assert indices.is_nonnegative(indices.poly(i * 2 - 3), [fact])
    assert not indices.is_nonnegative(indices.poly(i - 4), [fact])


@pytest.mark.parametrize("dtype", ["int32", "int8"])
def test_narrow_arithmetic_that_may_wrap_is_not_looked_into(dtype: str) -> None:
    indices = Indices()
    i = Var("i", dtype)
    indices.variable(i, 100)
    (monomial,) = indices.poly(i * 127)
    assert (monomial[0].kind == "opaque") == (dtype == "int8")
