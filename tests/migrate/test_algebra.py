"""Programs compared modulo a prime: what rounding hides shows, and what is no sum, product or quotient says so."""

import math
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from drawn_calls import DRAWING, draw_one

import migrate
from migrate.execution import interpret
from migrate.values import leaves
from migrate.verify.algebra import Algebra, same_algebra
from migrate.verify.generate import Program, draw_program
from migrate.verify.generate.choices import of_seed
from migrate.verify.properties import Check
from migrate.verify.properties.algebraic import keeps_algebra
from migrate.verify.properties.equivalence import keeps_meaning, to_relax
from migrate.verify.verdict import Outcome
from tensor_core import dtypes, residues
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.ops.card import OpCard
from tensor_core.ops.draw import arguments
from tensor_core.reference import evaluate
from tensor_core.residues import PRIME, Outside, residue, watched

X = np.linspace(0.1, 0.9, 6, dtype="float32").reshape(2, 3)
Y = X[::-1].copy()


def program(body: str, params: str = "%x: Tensor[(2, 3), float32], %y: Tensor[(2, 3), float32]") -> IRModule:
    return migrate.load(f'#[version = "0.0.5"]\ndef @main({params}) {{ {body} }}')


def compared(left: str, right: str, *args: Any) -> Algebra:
    return same_algebra(program(left), program(right), args or (X, Y))


def test_residues_are_a_field() -> None:
    a, b, c = map(residue, (3, 0.625, -7))
    assert (a + b) * c == a * c + b * c
    assert a / b * b == a
    assert (1 / a) * 3 == 1
    assert -c == 7
    assert a - 3 == 0
    assert b == residue(Fraction(5)) / 8
    assert residue(2) ** 61 == 1
    assert int(residue(-4)) == -4
    assert (residue(2) < residue(3), residue(-1) < 0) == (True, True)


def test_what_is_no_number_is_outside() -> None:
    for number in (math.inf, math.nan):
        with pytest.raises(Outside):
            residue(number)
    for wrong in (lambda: residue(1) / 0, lambda: float(residue(1)), lambda: int(residue(PRIME // 2))):
        with pytest.raises(Outside):
            wrong()


def test_what_leaves_the_field_is_told() -> None:
    with watched() as seen:
        assert residue(3) + 0.5 == 3.5
        assert residue(2) == 2
    assert seen == set()
    with watched() as seen:
        abs(residue(3))
    assert seen == {residues.ORDER}
    with watched() as seen:
        first, again = np.exp(residues.residues(np.asarray([2.0, 2.0])))
        assert first == again
    assert seen == {residues.FUNCTION}
    with watched() as seen:
        residue(0.1)
    assert seen == {residues.ROUNDED}


def whole(value: Any) -> Any:
    """Small integers in the place of floats."""
    if isinstance(value, tuple):
        return tuple(map(whole, value))
    if not dtypes.is_float(dtypes.from_numpy(value.dtype)):
        return value
    return np.clip(np.rint(value.astype(np.float64)), -9, 9).astype(value.dtype)


def drawn(card: OpCard[Any], seed: int) -> tuple[Any, tuple[Any, ...]]:
    rng = np.random.default_rng(seed)
    call = draw_one(card, lambda low, high: int(rng.integers(low, high, endpoint=True)))
    return call.params, tuple(map(whole, arguments(card, call, rng)))


def test_references_compute_on_residues_what_they_compute_on_fractions() -> None:
    judged: set[str] = set()
    for card, seed in product(DRAWING, range(4)):
        params, args = drawn(card, seed)
        try:
            wide = evaluate(card, params, args, floats="float64")
            with watched() as seen:
                found = evaluate(card, params, args, floats=dtypes.RESIDUE)
        except (DiagnosticError, Outside):
            continue
        if not seen and any(leaf.dtype == object for leaf in leaves(found)):
            judged.add(card.name)
            for a, b in zip(leaves(wide), leaves(found), strict=True):
                assert a.shape == b.shape, card
                assert all(map(is_that, a.ravel().tolist(), b.ravel().tolist())), card
    assert len(judged) > 80


def is_that(number: float, found: Any) -> bool:
    """Whether a float stands for a fraction that a residue is; of what is no simple fraction nothing is known."""
    if not math.isfinite(number):
        return True
    fraction = Fraction(number).limit_denominator(5000)
    simple = abs(float(fraction) - number) <= 1e-12 * max(1.0, abs(number))
    return not simple or residue(fraction.numerator) / fraction.denominator == found


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("add(add(%x, %y), %x)", "add(%x, add(%y, %x))"),
        ("multiply(%x, add(%x, %y))", "add(multiply(%x, %x), multiply(%x, %y))"),
        ("divide(multiply(%x, %y), %y)", "add(%x, subtract(%y, %y))"),
        ("nn.dense(add(%x, %y), %y, units=2)", "add(nn.dense(%x, %y, units=2), nn.dense(%y, %y, units=2))"),
        ("mean(%x, axis=[1])", "divide(sum(%x, axis=[1]), 3f)"),
        # Whatever exp is, and however its operand was added up.
        ("exp(add(%x, add(%y, %x)))", "exp(add(add(%x, %y), %x))"),
        ("maximum(%x, %y)", "maximum(%y, %x)"),
    ],
)
def test_equal_in_exact_arithmetic(left: str, right: str) -> None:
    assert compared(left, right).equal is True


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("add(%x, %y)", "subtract(%x, %y)"),
        ("multiply(%x, %y)", "multiply(%x, add(%y, 1.8189894035458565e-12f))"),
        ("nn.dense(%x, %y, units=2)", "nn.dense(%y, %x, units=2)"),
        ("divide(%x, %y)", "divide(%y, %x)"),
    ],
)
def test_different_in_exact_arithmetic(left: str, right: str) -> None:
    assert compared(left, right).equal is False


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        ("nn.relu(multiply(%x, 2f))", "multiply(nn.relu(%x), 2f)", residues.ORDER),
        ("exp(add(%x, %y))", "multiply(exp(%x), exp(%y))", residues.FUNCTION),
        ("divide(%x, 3f)", "multiply(%x, 0.33333334f)", residues.ROUNDED),
    ],
)
def test_a_difference_outside_of_the_field_says_nothing(left: str, right: str, why: str) -> None:
    found = compared(left, right)
    assert found.equal is not False
    assert found.equal or why in found.why


def test_a_loop_that_does_not_end_on_random_numbers_is_open() -> None:
    text = """#[version = "0.0.5"]
def @loop(%i: float32, %x: float32) -> float32 {
  if (greater(%i, 0f)) { @loop(subtract(%i, 1f), add(%x, %i)) } else { %x }
}
def @main(%n: float32, %x: float32) -> float32 { @loop(%n, %x) }"""
    module = migrate.load(text)
    args = np.float32(3), np.float32(1)
    assert same_algebra(module, to_relax(module), list(map(np.asarray, args))).equal is True
    left = migrate.load(text.replace("subtract(%i, 1f)", "add(%i, 0f)"))
    found = same_algebra(left, left, list(map(np.asarray, args)))
    assert found.equal is None
    assert "steps" in found.why


def test_both_interpreters_compute_on_residues() -> None:
    module = program("nn.dense(divide(%x, 3f), %y, units=2)")
    thirds = residues.residues(X) / 3
    wanted = np.asarray(thirds @ residues.residues(Y).T)
    for each in (module, to_relax(module)):
        assert np.array_equal(interpret(each, [X, Y], floats=dtypes.RESIDUE), wanted)


def test_what_rounding_hides_is_found() -> None:
    quotient = "multiply(divide(%x, add(%y, 2f)), subtract(%x, 1f))"
    given = Program(program(quotient), (X, Y))
    wrong = program(f"add({quotient}, multiply(%x, 1.8189894035458565e-12f))")
    assert not keeps_meaning("nudged", lambda _: wrong).check(given).failed
    check = keeps_algebra("nudged", lambda _: wrong).check(given)
    assert check.failed
    assert check.key == "nudged, in exact arithmetic: different"
    right = program("divide(multiply(%x, subtract(%x, 1f)), add(%y, 2f))")
    assert keeps_algebra("moved", lambda _: right).check(given) == Check(Outcome.EXACT)
    rounded = program("divide(multiply(%x, subtract(%x, 1f)), add(%y, 2.0000002f))")
    assert keeps_algebra("rounded", lambda _: rounded).check(given) == Check(Outcome.EXACT, changed=False)


def test_the_conversion_is_judged_on_most_programs() -> None:
    subject = keeps_algebra("conversion", to_relax)
    checks = [subject.check(draw_program(of_seed(seed))) for seed in range(30)]
    assert not any(check.failed for check in checks)
    assert sum(check.changed for check in checks) >= 20
