"""Comparisons, logic, choice."""

from row_language import T, V, both, relax, relay

NAN = float("nan")
BOOLS = T((2, 4), "bool")

ROWS = []
for name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"):
    ROWS += both(name, T((2, 1, 4), "int32"), T((3, 1), "int32"))
    ROWS += both(name, V([NAN, 1.0, NAN, 2.0]), V([1.0, NAN, NAN, 2.0]))
for name in ("logical_and", "logical_or", "logical_xor"):
    ROWS += both(name, BOOLS, T((4,), "bool"))
ROWS += both("logical_not", BOOLS)
for name in ("isnan", "isinf", "isfinite"):
    special = V([NAN, float("inf"), -float("inf"), 0.0, 1.0])
    ROWS += [relay(name, special), relax(name, special, releases=("0.27",)), relay(name, V([1, 2], "int32"))]
ROWS += both("where", T((2, 1, 3), "bool"), T((2, 1)), T((3,)))
ROWS += [
    relay("where", V([0.5, 0.0, NAN, -1.0]), T((4,)), T((2, 4))),
    relay("where", V([2, 0], "int32"), T((2,), "int32"), T((1,), "int32")),
    relay("where", V([True], "bool"), T((2,), "int32"), T((2,))),
    relax("where", V([2, 0], "int32"), T((2,)), T((2,))),
]
