"""Rewrites of divisions and remainders of indices: which form TVM's simplifier prefers (0.19 to 0.27)."""

from __future__ import annotations

from typing import Any

from tensor_core.arith.fold import made
from tensor_core.arith.pattern import Condition, Names, Rule
from tensor_core.prim import Add, IntImm, Mul


def _divides(names: Names) -> bool:
    return names["c2"] > 0 and names["c1"] % names["c2"] == 0


def _divided(names: Names) -> bool:
    return names["c1"] > 0 and names["c2"] > 0 and names["c2"] % names["c1"] == 0


def _small_quotient(s: Any, m: Names) -> bool:
    return _divided(m) and s.is_quotient_zero(made(Add, m["y"], m["z"]), m["c1"])


def _within(s: Any, m: Names) -> bool:
    if m["c1"] <= 0 or m["c2"] <= 0:
        return False
    rest = m["c1"] % m["c2"]
    return s.at_least(m["x"], -rest) and s.less(m["x"], m["c2"] - rest)


def _positive(name: str) -> Condition:
    def holds(simplifier: Any, names: Names) -> bool:
        return simplifier.at_least(names[name], 0)

    return holds


def _positive_scaled(s: Any, m: Names) -> bool:
    return s.at_least(made(Mul, m["z"], IntImm(m["c1"], m["z"].dtype)), 0)


FLOOR_DIV_FIRST = (
    Rule("x // c1 // c2", "x // (c1 * c2)", lambda _, m: m["c1"] > 0 and m["c2"] > 0),
    Rule("(x // c1 + c2) // c3", "(x + c1 * c2) // (c1 * c3)", lambda _, m: m["c1"] > 0 and m["c3"] > 0),
)
"""What comes before residues are looked at."""

FLOOR_DIV = (
    Rule("x // x", "1"),
    Rule("x * c1 // x | c1 * x // x", "c1"),
    Rule("(x % 2 + 1) // 2", "x % 2"),
    Rule("min(x * c1, y) // c2", "min(x * (c1 // c2), y // c2)", lambda _, m: _divides(m)),
    Rule("max(x * c1, y) // c2", "max(x * (c1 // c2), y // c2)", lambda _, m: _divides(m)),
    Rule("min(y, x * c1) // c2", "min(y // c2, x * (c1 // c2))", lambda _, m: _divides(m)),
    Rule("max(y, x * c1) // c2", "max(y // c2, x * (c1 // c2))", lambda _, m: _divides(m)),
    Rule("(x * c1 + y + z) // c2", "x * (c1 // c2) + (y + z) // c2", lambda _, m: _divides(m)),
    Rule("(x * c1 + y + z) // c2", "x // (c2 // c1)", _small_quotient),
    Rule("(x * c1 - y + z) // c2 | (x * c1 + z - y) // c2", "x * (c1 // c2) + (z - y) // c2", lambda _, m: _divides(m)),
    Rule("(y + x * c1 + z) // c2", "x * (c1 // c2) + (y + z) // c2", lambda _, m: _divides(m)),
    Rule("(x + c1) // c2", "x // c2 + c1 // c2", lambda _, m: _divides(m)),
    Rule("(x + c1) // c2", "c1 // c2", _within),
    Rule("x * c1 // (x * c2)", "c1 // c2", lambda _, m: m["c2"] > 0),
    Rule("(x + y) // x | (y + x) // x", "y // x + 1", _positive("x")),
    Rule(
        "((x + y) + z) // x | ((y + x) + z) // x | (y + (z + x)) // x | (y + (x + z)) // x",
        "(y + z) // x + 1",
        _positive("x"),
    ),
    Rule("x * y // y | y * x // y", "x", _positive("y")),
    Rule("(x * z + y) // z | (z * x + y) // z", "x + y // z", _positive("z")),
    Rule("(y + x * z) // z | (y + z * x) // z", "y // z + x", _positive("z")),
    Rule("(x * z * c1 + y) // (z * c1)", "x + y // (z * c1)", _positive_scaled),
    Rule("(x - x % c1) // c1", "x // c1", lambda _, m: m["c1"] != 0),
)

FLOOR_MOD = (
    Rule("x * c1 % c2", "x * (c1 % c2) % c2", lambda _, m: m["c2"] != 0),
    Rule(
        "(x * c1 + y) % c2",
        "x % (c2 // c1) * c1 + y",
        lambda s, m: _divided(m) and s.is_quotient_zero(m["y"], m["c1"]),
    ),
    Rule("(x * c1 + y) % c2", "(x * (c1 % c2) + y) % c2", lambda _, m: _divides(m)),
    Rule("(x + c1) % c2", "(x + c1 % c2) % c2", lambda _, m: m["c2"] > 0 and not 0 <= m["c1"] < m["c2"]),
    Rule("(x + y * c1) % c2", "(x + y * (c1 % c2)) % c2", lambda _, m: _divides(m)),
    Rule("x * c1 % (x * c2)", "x * (c1 % c2)", lambda _, m: m["c2"] != 0),
    Rule("x * y % y | y * x % y", "0"),
    Rule("(x + z % y) % y | (z % y + x) % y", "0", lambda s, m: s.is_multiple(made(Add, m["x"], m["z"]), m["y"])),
    Rule(
        "(x - x % z) % y | (x % z - x) % y",
        "0",
        lambda s, m: s.are_equal(m["y"], m["z"]) or s.are_opposite(m["y"], m["z"]),
    ),
    Rule("(x * z * c1 + y) % (z * c1)", "y % (z * c1)", _positive_scaled),
)

TRUNC_MOD = (
    Rule("tmod(x * c1, c2)", "0", lambda _, m: m["c2"] != 0 and m["c1"] % m["c2"] == 0),
    Rule("tmod(x, c1)", "tmod(x, 0 - c1)", lambda _, m: m["c1"] < 0, again=True),
)

TRUNC_DIV = (
    Rule(
        "tdiv(x * c1, c2)",
        "x * tdiv(c1, c2)",
        lambda _, m: m["c1"] > 0 and m["c2"] > 0 and m["c1"] % m["c2"] == 0,
    ),
    Rule("tdiv(x, x)", "1"),
)
