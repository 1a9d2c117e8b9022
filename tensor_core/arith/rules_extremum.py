"""Rewrites of minima and maxima of indices: which form TVM's simplifier prefers (0.19 to 0.27).

Rules are stated for the minimum; those of the maximum follow by exchanging the two and mirroring comparisons.
"""

from __future__ import annotations

from tensor_core.arith.pattern import Condition, Names, Rule


def _rounds_up(_: object, m: Names) -> bool:
    return m["c2"] > 0 and m["c1"] + 1 == m["c2"]


def _mirrored(text: str) -> str:
    return text.replace("min(", "\0").replace("max(", "min(").replace("\0", "max(")


def _both(left: str, right: str, when: Condition | None = None) -> tuple[Rule, Rule]:
    return Rule(left, right, when), Rule(_mirrored(left), _mirrored(right), when)


_ABSORBED = _both(
    "min(max(x, y), min(x, y)) | min(max(x, y), min(y, x)) | min(min(x, y), max(x, y)) | min(min(x, y), max(y, x)) | "
    "min(min(x, y), x) | min(min(x, y), y) | min(x, min(x, y)) | min(y, min(x, y))",
    "min(x, y)",
)
_OUTDONE = _both("min(max(x, y), x) | min(max(y, x), x) | min(x, max(x, y)) | min(x, max(y, x))", "x")
_DEEP = (
    _both("min(min(min(x, y), z), y)", "min(min(x, y), z)"),
    _both("min(min(min(min(x, y), z), s1), y)", "min(min(min(x, y), z), s1)"),
    _both("min(min(min(min(min(x, y), z), s1), s2), y)", "min(min(min(min(x, y), z), s1), s2)"),
)
_ACROSS = _both(
    "min(max(x, y), max(x, z)) | min(max(x, y), max(z, x)) | min(max(y, x), max(x, z)) | min(max(y, x), max(z, x))",
    "max(min(y, z), x)",
)
_ALONG = _both(
    "min(min(x, y), min(x, z)) | min(min(x, y), min(z, x)) | min(min(y, x), min(x, z)) | min(min(y, x), min(z, x))",
    "min(min(y, z), x)",
)
_SUMS = _both("min(y + x, z + x) | min(y + x, x + z) | min(x + y, x + z) | min(x + y, z + x)", "min(y, z) + x")
_DIFFERENCES = (_both("min(y - x, z - x)", "min(y, z) - x"), _both("min(x - y, x - z)", "x - max(y, z)"))
_CONSTANTS = _both("min(min(x, c1), c2)", "min(x, min(c1, c2))")

_SELECT_MIN = Rule("min(select(x, y, z), select(x, s1, s2))", "select(x, min(y, s1), min(z, s2))")
_SELECT_MAX = Rule("max(select(x, y, z), select(x, s1, s2))", "select(x, max(y, s1), max(z, s2))")

MIN = (
    Rule(
        "min(tdiv(x + c1, c2) * c2, x) | min(x, tdiv(x + c1, c2) * c2) | "
        "min((x + c1) // c2 * c2, x) | min(x, (x + c1) // c2 * c2)",
        "x",
        _rounds_up,
    ),
    Rule(
        "min((x + c1) // c2 * c2, max(x, c2)) | min(max(x, c2), (x + c1) // c2 * c2)",
        "max(x, c2)",
        lambda s, m: _rounds_up(s, m) and s.at_least(m["x"], 1),
    ),
    Rule("min(x, x // c2 * c2) | min(x // c2 * c2, x)", "x // c2 * c2", lambda _, m: m["c2"] > 0),
    _ABSORBED[0],
    _OUTDONE[0],
    *(pair[0] for pair in _DEEP),
    _ACROSS[0],
    _ALONG[0],
    _SUMS[0],
    *(pair[0] for pair in _DIFFERENCES),
    _CONSTANTS[0],
)
"""Before constants are scaled."""

MIN_LAST = (
    Rule("min(min(x, c1), y)", "min(min(x, y), c1)", again=True),
    Rule("min(c1 - x, c2)", "c1 - max(x, c1 - c2)", lambda _, m: m["c2"] != 0, again=True),
    _SELECT_MIN,
)

MAX = (
    Rule("max(tdiv(x + c1, c2) * c2, x) | max(x, tdiv(x + c1, c2) * c2)", "tdiv(x + c1, c2) * c2", _rounds_up),
    Rule("max((x + c1) // c2 * c2, x) | max(x, (x + c1) // c2 * c2)", "(x + c1) // c2 * c2", _rounds_up),
    Rule("max(x // c2 * c2, x) | max(x, x // c2 * c2)", "x", lambda _, m: m["c2"] > 0),
    _OUTDONE[1],
    _ABSORBED[1],
    *(pair[1] for pair in _DEEP),
    _ALONG[1],
    _ACROSS[1],
    _SUMS[1],
    *(pair[1] for pair in _DIFFERENCES),
    _CONSTANTS[1],
)

MAX_LAST = (
    Rule("max(max(x, c1), y)", "max(max(x, y), c1)", again=True),
    Rule("max(c1 - x, c2)", "c1 - min(x, c1 - c2)", lambda _, m: m["c2"] != 0, again=True),
    _SELECT_MAX,
)
