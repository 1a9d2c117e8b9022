"""Rewrites of comparisons and of their combinations: which form TVM's simplifier prefers (0.19 to 0.27)."""

from __future__ import annotations

from tensor_core.arith.pattern import Rule

LT = (
    Rule("x + y < x + z | x + y < z + x | y + x < x + z | y + x < z + x | y - x < z - x", "y < z"),
    Rule("x - y < x - z", "z < y"),
    Rule("x < x + z | x < z + x", "0 < z"),
    Rule("x < x - z", "z < 0"),
    Rule("x * c1 < y * c1", "x < y", lambda _, m: m["c1"] > 0),
    Rule("x * c1 < y * c1", "y < x", lambda _, m: m["c1"] < 0),
    Rule("x * c2 < c1", "x < tdiv(c1 - 1, c2) + 1", lambda _, m: m["c1"] > 0 and m["c2"] > 0),
    Rule("x * c2 < c1", "x < tdiv(c1, c2)", lambda _, m: m["c1"] <= 0 and m["c2"] > 0),
    Rule("x * c2 < c1", "tdiv(c1 - 1, c2) - 1 < x", lambda _, m: m["c1"] > 0 and m["c2"] < 0),
    Rule("x * c2 < c1", "tdiv(c1, c2) < x", lambda _, m: m["c1"] <= 0 and m["c2"] < 0),
    Rule("c1 < x * c2", "tdiv(c1 + 1, c2) - 1 < x", lambda _, m: m["c1"] < 0 and m["c2"] > 0),
    Rule("c1 < x * c2", "tdiv(c1, c2) < x", lambda _, m: m["c1"] >= 0 and m["c2"] > 0),
    Rule("c1 < x * c2", "x < tdiv(c1 + 1, c2) + 1", lambda _, m: m["c1"] < 0 and m["c2"] < 0),
    Rule("c1 < x * c2", "x < tdiv(c1, c2)", lambda _, m: m["c1"] >= 0 and m["c2"] < 0),
    Rule("x // c1 < c2", "x < c1 * c2", lambda _, m: m["c1"] > 0),
    Rule("c1 < x // c2", "(c1 + 1) * c2 - 1 < x", lambda _, m: m["c2"] > 0),
    Rule("x // c1 * c1 < x", "0 < x % c1", lambda _, m: m["c1"] > 0),
    Rule("x // c1 * c1 < x + y", "0 < x % c1 + y", lambda _, m: m["c1"] > 0),
    Rule("x // c1 * c1 < x - y", "y < x % c1", lambda _, m: m["c1"] > 0),
    Rule("(x + c2) // c1 * c1 < x", "c2 < (x + c2) % c1", lambda _, m: m["c1"] > 0),
    Rule("(x + c2) // c1 * c1 < x + y", "c2 < (x + c2) % c1 + y", lambda _, m: m["c1"] > 0),
    Rule("(x + c2) // c1 * c1 < x - y", "y < (x + c2) % c1 + (0 - c2)", lambda _, m: m["c1"] > 0),
    Rule("min(x, y) < z", "x < z or y < z", again=True),
    Rule("max(x, y) < z", "x < z and y < z", again=True),
    Rule("z < min(x, y)", "z < x and z < y", again=True),
    Rule("z < max(x, y)", "z < x or z < y", again=True),
    Rule("c1 < x + c2 | c1 - x < c2", "c1 - c2 < x", again=True),
    Rule("c1 < c2 - x | x + c1 < c2", "x < c2 - c1", again=True),
    Rule("c1 < x - c2", "c1 + c2 < x", again=True),
    Rule("x - c2 < c1", "x < c1 + c2", again=True),
    Rule("x < c1 - y", "x + y < c1", again=True),
    Rule("c1 - y < x", "c1 < x + y", again=True),
    Rule("x < c1 + y", "x - y < c1", again=True),
    Rule("c1 + y < x", "c1 < x - y", again=True),
)

EQ = (
    Rule("c1 == x", "x == c1"),
    Rule("x - c1 == c2", "x == c2 + c1"),
    Rule("c1 - x == c2", "x == c1 - c2"),
    Rule("x + c1 == c2", "x == c2 - c1"),
    Rule("x * y == 0", "x == 0 or y == 0", again=True),
    Rule("x == x", "true"),
)

NOT = (
    Rule("not (not x)", "x"),
    Rule("not (x <= y)", "y < x"),
    Rule("not (x < y)", "y <= x"),
    Rule("not (x == y)", "x != y"),
    Rule("not (x != y)", "x == y"),
    Rule("not (x or y)", "(not x) and (not y)", again=True),
    Rule("not (x and y)", "(not x) or (not y)", again=True),
)

AND = (
    Rule("x == y and x != y | x != y and x == y", "false"),
    Rule("x and not x", "false"),
    Rule("x <= y and y < x | y < x and x <= y", "false"),
    Rule("x < c1 and c2 < x | c2 < x and x < c1", "false", lambda _, m: m["c2"] + 1 >= m["c1"]),
    Rule(
        "x < c1 and c2 <= x | c2 <= x and x < c1 | x <= c1 and c2 < x | c2 < x and x <= c1",
        "false",
        lambda _, m: m["c2"] >= m["c1"],
    ),
    Rule("x <= c1 and c2 <= x | c2 <= x and x <= c1", "false", lambda _, m: m["c2"] > m["c1"]),
    Rule("x == c1 and x == c2", "false", lambda _, m: m["c1"] != m["c2"]),
    Rule("x == c1 and x != c2 | x != c2 and x == c1", "x == c1", lambda _, m: m["c1"] != m["c2"]),
    Rule("x and (y and z)", "(x and y) and z", again=True),
)

OR = (
    Rule("x == y or x != y | x != y or x == y", "true"),
    Rule("x or not x", "true"),
    Rule("x <= y or y < x | y < x or x <= y", "true"),
    Rule("x < y or y < x", "x != y"),
    Rule("x < c1 or c2 < x | c2 < x or x < c1", "true", lambda _, m: m["c2"] < m["c1"]),
    Rule(
        "x <= c1 or c2 < x | c2 < x or x <= c1 | x < c1 or c2 <= x | c2 <= x or x < c1",
        "true",
        lambda _, m: m["c2"] <= m["c1"],
    ),
    Rule("x <= c1 or c2 <= x | c2 <= x or x <= c1", "true", lambda _, m: m["c2"] <= m["c1"] + 1),
    Rule("x != c1 or x != c2", "true", lambda _, m: m["c1"] != m["c2"]),
    Rule("x != c1 or x == c2 | x == c2 or x != c1", "x != c1", lambda _, m: m["c1"] != m["c2"]),
    Rule("x < y or x == y | x < y or y == x | x == y or x < y | y == x or x < y", "x <= y", again=True),
    Rule("x or (y or z)", "(x or y) or z", again=True),
)
