"""Rewrites of sums, differences and products of indices: which form TVM's simplifier prefers (0.19 to 0.27)."""

from __future__ import annotations

from typing import Any

from tensor_core.arith.fold import made
from tensor_core.arith.pattern import Names, Rule
from tensor_core.prim import Sub

ADD = (
    Rule("(x - y) + y", "x"),
    Rule("x + (y - x)", "y"),
    Rule("(x - y) + (y - z)", "x - z"),
    Rule("(x - y) + (z - x)", "z - y"),
    Rule("min(x, y - z) + z", "min(x + z, y)"),
    Rule("min(x - z, y) + z", "min(x, y + z)"),
    Rule("max(x, y - z) + z", "max(x + z, y)"),
    Rule("max(x - z, y) + z", "max(x, y + z)"),
    Rule("min(x, y + z * c1) + z * c2 | min(y + z * c1, x) + z * c2", "min(x + z * c2, y)", lambda _, m: _opposed(m)),
    Rule("max(x, y + z * c1) + z * c2 | max(y + z * c1, x) + z * c2", "max(x + z * c2, y)", lambda _, m: _opposed(m)),
    Rule(
        "max(x, y) + min(x, y) | min(x, y) + max(x, y) | max(x, y) + min(y, x) | min(x, y) + max(y, x)",
        "x + y",
    ),
    Rule("min(x, y + c1) + c2", "min(x + c2, y)", lambda _, m: _opposed(m)),
    Rule("min(x + c1, y) + c2", "min(x, y + c2)", lambda _, m: _opposed(m)),
    Rule("max(x, y + c1) + c2", "max(x + c2, y)", lambda _, m: _opposed(m)),
    Rule("max(x + c1, y) + c2", "max(x, y + c2)", lambda _, m: _opposed(m)),
    Rule("(x + c1) + c2", "x + (c1 + c2)"),
    Rule("x + x", "x * 2"),
    Rule("x * y + x | y * x + x | x + y * x | x + x * y", "(y + 1) * x"),
    Rule("x * y + x * z | y * x + x * z | x * y + z * x | y * x + z * x", "(y + z) * x"),
    Rule("tdiv(x, c1) * c1 + tmod(x, c1)", "x"),
    Rule("x // y * y + x % y | y * (x // y) + x % y | x % y + x // y * y | x % y + y * (x // y)", "x"),
    Rule("(x % c2 + c1) // c2 + x // c2", "(x + c1) // c2", lambda _, m: m["c2"] > 0),
    Rule("x // 2 + x % 2", "(x + 1) // 2", again=True),
    Rule("(x + c1) % 2 + x % 2 | x % 2 + (x + c1) % 2", "1", lambda _, m: m["c1"] % 2 == 1),
    Rule("x + (c1 - y) | (c1 - y) + x", "(x - y) + c1", again=True),
    Rule("(x + c1) + y | x + (c1 + y) | x + (y + c1)", "(x + y) + c1", again=True),
    Rule("x + max(y, z)", "max(y, z) + x", again=True),
    Rule("x + min(y, z)", "min(y, z) + x", again=True),
    Rule("tmod(y, c1) + x * c1", "x * c1 + tmod(y, c1)", again=True),
    Rule("y % c1 + x * c1", "x * c1 + y % c1", again=True),
)

SUB = (
    Rule("(x + y) - y | (y + x) - y", "x"),
    Rule("x - (y + x) | x - (x + y)", "0 - y"),
    Rule("min(x, y) - y | x - max(y, x)", "min(x - y, 0)"),
    Rule("x - max(x, y) | min(y, x) - y", "min(0, x - y)"),
    Rule("max(x, y) - y | x - min(y, x)", "max(x - y, 0)"),
    Rule("x - min(x, y) | max(y, x) - y", "max(0, x - y)"),
    Rule("x - x", "0"),
    Rule("x * y - x | y * x - x", "(y - 1) * x"),
    Rule("x - y * x | x - x * y", "(1 - y) * x"),
    Rule("x * y - x * z | y * x - x * z | x * y - z * x | y * x - z * x", "(y - z) * x"),
    Rule("(x + c1) - c2", "x + (c1 - c2)"),
    Rule("(c1 - x) - (c2 - y)", "(y - x) + (c1 - c2)"),
    Rule("(x + y) - (x + z) | (x + y) - (z + x) | (y + x) - (z + x) | (y + x) - (x + z)", "y - z"),
    Rule("min(x + y, z) - x | min(y + x, z) - x", "min(y, z - x)"),
    Rule("min(z, x + y) - x | min(z, y + x) - x", "min(z - x, y)"),
    Rule("max(x + y, z) - x | max(y + x, z) - x", "max(y, z - x)"),
    Rule("max(z, x + y) - x | max(z, y + x) - x", "max(z - x, y)"),
    Rule("x - min(x + y, z) | x - min(y + x, z)", "max(0 - y, x - z)"),
    Rule("x - min(z, x + y) | x - min(z, y + x)", "max(x - z, 0 - y)"),
    Rule("x - max(x + y, z) | x - max(y + x, z)", "min(0 - y, x - z)"),
    Rule("x - max(z, x + y) | x - max(z, y + x)", "min(x - z, 0 - y)"),
    Rule("min(x, y) - min(y, x)", "0"),
    Rule("max(x, y) - max(y, x)", "0"),
    Rule("min(b1, b2) - min(s1, s2) | min(b1, b2) - min(s2, s1)", "b1 - s1", lambda s, m: _moved_alike(s, m)),
    Rule("max(b1, b2) - max(s1, s2) | max(b1, b2) - max(s2, s1)", "b1 - s1", lambda s, m: _moved_alike(s, m)),
    Rule("x - tdiv(x, c1) * c1", "tmod(x, c1)", lambda _, m: m["c1"] != 0),
    Rule("tdiv(x, c1) * c1 - x", "0 - tmod(x, c1)", lambda _, m: m["c1"] != 0),
    Rule("x - x // c1 * c1", "x % c1", lambda _, m: m["c1"] != 0),
    Rule("x // c1 * c1 - x", "0 - x % c1", lambda _, m: m["c1"] != 0),
    Rule("x - (x + y) // c1 * c1", "(x + y) % c1 - y", lambda _, m: m["c1"] != 0),
    Rule("(x + y) // c1 * c1 - x", "y - (x + y) % c1", lambda _, m: m["c1"] != 0),
    Rule("x - (x - y) // c1 * c1", "(x - y) % c1 + y", lambda _, m: m["c1"] != 0),
    Rule("(x - y) // c1 * c1 - x", "0 - (x - y) % c1 - y", lambda _, m: m["c1"] != 0),
    Rule(
        "(x + c1) // 2 - (x + c2) // 2",
        "x % 2 * (c1 % 2 - c2 % 2) + (c1 // 2 - c2 // 2)",
        again=True,
    ),
    Rule("x // 2 - (x + c2) // 2", "x % 2 * (0 - c2 % 2) - c2 // 2", again=True),
    Rule("(x + c1) // 2 - x // 2", "x % 2 * (c1 % 2) + c1 // 2", again=True),
    Rule("x * c2 - x // c1 * c3", "x % c1 * c2", lambda _, m: _scaled(m)),
    Rule("x // c1 * c3 - x * c2", "0 - x % c1 * c2", lambda _, m: _scaled(m)),
    Rule("x * c2 - (x + y) // c1 * c3", "((x + y) % c1 - y) * c2", lambda _, m: _scaled(m)),
    Rule("(x + y) // c1 * c3 - x * c2", "(y - (x + y) % c1) * c2", lambda _, m: _scaled(m)),
    Rule("x * c2 - (x - y) // c1 * c3", "((x - y) % c1 + y) * c2", lambda _, m: _scaled(m)),
    Rule("(x - y) // c1 * c3 - x * c2", "(0 - (x - y) % c1 - y) * c2", lambda _, m: _scaled(m)),
    Rule("(x + 1) // 2 - x % 2", "x // 2", again=True),
    Rule("(x + c1) // c3 - (x + c2) // c3", "((x + c2 % c3) % c3 + (c1 - c2)) // c3", lambda _, m: m["c3"] > 0),
    Rule("(x + c1) // c3 - x // c3", "(x % c3 + c1) // c3", lambda _, m: m["c3"] > 0),
    Rule("x - c1", "x + (0 - c1)"),
    Rule("(x + c1) - y", "(x - y) + c1", again=True),
    Rule("x - (y + c1)", "(x - y) + (0 - c1)", again=True),
    Rule("x - (y - z)", "(x + z) - y", again=True),
    Rule("x - y * c1", "x + y * (0 - c1)", again=True),
)

MUL = (
    Rule("(x + c1) * c2", "x * c2 + c1 * c2"),
    Rule("(x * c1) * c2", "x * (c1 * c2)"),
    Rule("min(x, y) * max(x, y) | max(x, y) * min(x, y)", "x * y"),
    Rule("(x - x % c2) // c1 * c1", "x - x % c2", lambda _, m: m["c1"] == -m["c2"]),
    Rule("x * (c1 * y)", "(x * y) * c1", again=True),
    Rule("c1 * x", "x * c1", again=True),
    Rule("(x - y) * c1", "(y - x) * (0 - c1)", lambda _, m: m["c1"] < 0, again=True),
)


def _opposed(names: Names) -> bool:
    return names["c1"] == -names["c2"]


def _scaled(names: Names) -> bool:
    return names["c1"] != 0 and names["c3"] == names["c1"] * names["c2"]


def _moved_alike(simplifier: Any, names: Names) -> bool:
    b1, s1, b2, s2 = (names[name] for name in ("b1", "s1", "b2", "s2"))
    return simplifier.are_equal(made(Sub, b1, s1), made(Sub, b2, s2))
