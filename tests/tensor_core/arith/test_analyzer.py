"""The integer analyser: the answers of real TVM 0.27 (tests/corpus/arith.tsv), and that no claim is wrong."""

import json
import operator
import random
from pathlib import Path

import pytest
from steps import steps

from tensor_core import prim
from tensor_core.arith import POS_INF, Analyzer, ConstIntBound, ModularSet, ProofStrength
from tensor_core.arith.fold import quotient
from tensor_core.prim import IntImm, Var

ROWS = [
    [json.loads(field) for field in line.split("\t")]
    for line in (Path(__file__).parents[2] / "corpus" / "arith.tsv").read_text().splitlines()
]
NODES = {
    "+": prim.Add, "-": prim.Sub, "*": prim.Mul, "//": prim.FloorDiv, "%": prim.FloorMod, "min": prim.Min,
    "max": prim.Max, "<": prim.LT, "<=": prim.LE, "==": prim.EQ, "!=": prim.NE, "and": prim.And, "or": prim.Or,
    "tdiv": prim.Div, "tmod": prim.TruncMod,
}  # fmt: skip
NAMES = {kind: name for name, kind in NODES.items()}
VALUES = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv, "%": operator.mod, "min": min,
    "max": max, "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
    "and": lambda a, b: bool(a and b), "or": lambda a, b: bool(a or b), "tdiv": quotient,
    "tmod": lambda a, b: a - quotient(a, b) * b,
}  # fmt: skip
n, m, k = Var("n"), Var("m"), Var("k")


def build(expr, variables):
    if isinstance(expr, str):
        return variables[expr]
    return IntImm(expr) if isinstance(expr, int) else NODES[expr[0]](*(build(part, variables) for part in expr[1:]))


def shown(expr):
    if isinstance(expr, Var):
        return expr.name
    if isinstance(expr, IntImm):
        return expr.value
    if isinstance(expr, prim.Not):
        return ["not", shown(expr.a)]
    return [NAMES[type(expr)], shown(expr.a), shown(expr.b)]


def value(expr, values):
    if isinstance(expr, str):
        return values[expr]
    if isinstance(expr, int):
        return expr
    if expr[0] == "not":
        return not value(expr[1], values)
    return VALUES[expr[0]](*(value(part, values) for part in expr[1:]))


def analyzer(facts, variables):
    made = Analyzer()
    for name, kind, number in facts:
        if kind == "size":
            made.update(variables[name], ConstIntBound(0, POS_INF))
        elif kind == "below":
            made.bind(variables[name], (IntImm(0), IntImm(number)))
        else:
            made.update(variables[name], ModularSet(number, 0))
    return made


@pytest.mark.parametrize("part", range(4))
def test_forms_bounds_and_remainders_are_those_of_tvm(part):
    for facts, expr, simple, bound, remainders in ROWS[part::4]:
        variables = {name: Var(name) for name in "nmk"}
        made, built = analyzer(facts, variables), build(expr, variables)
        assert shown(made.simplify(built)) == simple
        assert list(made.const_int_bound(built)) == bound
        assert list(made.modular_set(built)) == remainders


def _drawn(facts, draw):
    known = {name: (kind, number) for name, kind, number in facts}
    values = {}
    for name in "nmk":
        kind, number = known.get(name, ("", 0))
        choices = {"size": range(60), "below": range(number), "multiple": range(-10 * number, 10 * number, number or 1)}
        values[name] = draw.choice(choices.get(kind, range(-40, 40)))
    return values


def _divides_by_nothing_positive(expr, values):
    """A valid program divides by positive sizes only."""
    if not isinstance(expr, list):
        return False
    symbolic = expr[0] in ("//", "%") and not isinstance(expr[2], int)
    if symbolic and value(expr[2], values) <= 0:
        return True
    return any(_divides_by_nothing_positive(part, values) for part in expr[1:])


def test_no_claim_is_wrong():
    draw = random.Random(1)
    checked = 0
    for facts, expr, _, _, _ in ROWS:
        variables = {name: Var(name) for name in "nmk"}
        made, built = analyzer(facts, variables), build(expr, variables)
        simple, bound, known = shown(made.simplify(built)), made.const_int_bound(built), made.modular_set(built)
        for _ in range(20):
            values = _drawn(facts, draw)
            try:
                if _divides_by_nothing_positive(expr, values):
                    continue
            except ZeroDivisionError:
                continue
            expected = value(expr, values)
            checked += 1
            assert value(simple, values) == expected, (expr, simple, values)
            assert bound.min_value <= expected <= bound.max_value
            assert (expected - known.base) % known.coeff == 0 if known.coeff else expected == known.base
    assert checked > 6000


def test_proofs():
    a = Analyzer()
    a.mark_non_negative([n, m])
    assert a.can_prove_equal((n + 1) * 2 - n, n + 2)
    assert a.can_prove_equal(n // 4 * 4 + n % 4, n)
    assert not a.can_prove_equal(n, m)
    assert a.can_prove(n + m >= 0)
    assert a.can_prove(n * 4 + 3 > n * 4)
    assert not a.can_prove(n > m)
    assert a.can_prove_greater_equal(n // 2 + 1, 1)
    assert a.can_prove_less(n % 8, 8)


def test_conditions_hold_inside_their_scope_only():
    a = Analyzer()
    with a.constraint_scope(prim.And(n >= 4, n < m)):
        assert a.can_prove(n > 3)
        assert a.can_prove(n < m)
        assert not a.can_prove(m < n)
    assert not a.can_prove(n > 3)
    assert not a.can_prove(n < m)
    with a.constraint_scope((n % 4).equal(0)):
        assert a.can_prove((n % 2).equal(0))
        assert shown(a.simplify((n + 8) % 4)) == 0
    assert shown(a.simplify(n % 2)) == ["%", "n", 2]


def test_ranges_of_variables():
    a = Analyzer()
    a.bind(n, (IntImm(0), m))
    assert a.const_int_bound(n) == ConstIntBound(0, POS_INF)
    assert a.can_prove(n < m, ProofStrength.SYMBOLIC_BOUND)
    assert not a.can_prove(n < k, ProofStrength.SYMBOLIC_BOUND)
    a.bind(k, m * 2)
    assert shown(a.simplify(k + m)) == ["*", "m", 3]
    with pytest.raises(ValueError, match="Trying to update var 'k'"):
        a.bind(k, m)
    a.bind(k, m, allow_override=True)
    assert a.can_prove_equal(k, m)


def test_non_negative_expressions_bound_their_variable():
    a = Analyzer()
    a.mark_global_non_neg_value(n * 2 + 6)
    assert a.const_int_bound(n).min_value == -3
    a.mark_global_non_neg_value(m - 2)
    assert a.const_int_bound(m).min_value == 2


def test_small_types_wrap():
    small = Var("s", "int8")
    a = Analyzer()
    assert a.const_int_bound(small + 100) == ConstIntBound(-128, 127)
    assert a.modular_set(prim.Mul(small, IntImm(4, "int8"))) == ModularSet(1, 0)


def _chain(length):
    expr = n
    variables = [Var(f"v{i}") for i in range(length)]
    for i, var in enumerate(variables):
        expr = expr + var * (i % 3 + 1) + i
    return expr


def _simplify(expr):
    return lambda: Analyzer().simplify(expr)


def test_long_sums_take_linear_time():
    steps(_simplify(_chain(50)))
    # Ten times the terms: a quadratic simplifier takes a hundred times as long.
    assert steps(_simplify(_chain(2_000))) < 15 * steps(_simplify(_chain(200)))


def test_depth_is_no_limit():
    nest = n
    for _ in range(300):
        nest = (nest + 1) // 2
    assert Analyzer().simplify(nest)
    tower = n
    for i in range(400):
        tower = prim.Max(tower, Var(f"v{i}"))
    assert Analyzer().simplify(tower)
