"""Functions of one element and of two broadcast elements."""

from row_language import S, T, V, both, relax, relay

NAN, INF = float("nan"), float("inf")
M = T((2, 5))
SPECIAL = V([NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 2.5, -2.5])
HALVES = V([0.49999997, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 8388609.0, -0.25])
INTS = V([-8, -7, -1, 0, 1, 7, 100], "int32")

DOMAINS = {
    "exp": (-10, 10), "log": (0.001, 100), "sqrt": (0, 100), "rsqrt": (0.001, 100), "tanh": (-10, 10),
    "sigmoid": (-10, 10), "erf": (-4, 4), "sin": (-10, 10), "cos": (-10, 10), "tan": (-1.5, 1.5), "sinh": (-8, 8),
    "cosh": (-8, 8), "asin": (-1, 1), "acos": (-1, 1), "atan": (-10, 10), "asinh": (-10, 10), "acosh": (1, 10),
    "atanh": (-0.9, 0.9),
}  # fmt: skip
RELAY_ONLY = {"log2": (0.001, 100), "log10": (0.001, 100)}

ROWS = [row for name, (low, high) in DOMAINS.items() for row in both(name, T((3, 8), "float32", low, high))]
# Relax 0.19 writes nothing for a float64 erf.
ROWS += [
    row for name, (low, high) in DOMAINS.items() if name != "erf" for row in both(name, T((3,), "float64", low, high))
]
ROWS += [relay("erf", T((3,), "float64", -4, 4)), relax("erf", T((3,), "float64", -4, 4), releases=("0.27",))]
ROWS += [relay(name, T((3, 8), "float32", low, high)) for name, (low, high) in RELAY_ONLY.items()]
ROWS += [row for name in ("exp", "tanh", "sqrt", "erf", "sigmoid") for row in both(name, T((4,), "float16", 0.1, 2))]

for name in ("abs", "negative", "sign"):
    ROWS += [*both(name, SPECIAL), *both(name, INTS), *both(name, V([-128, 127, 0], "int8"))]
for name in ("ceil", "floor", "trunc", "round"):
    ROWS += [*both(name, HALVES), *both(name, V([1, -2], "int32")), *both(name, V([NAN, INF, -INF]))]
    ROWS += both(name, T((7,), "float64", -9, 9))

for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "floor_divide", "floor_mod", "mod"):
    positive = T((5,), "float32", 0.5, 3)
    ROWS += [*both(name, M, positive), *both(name, T((2, 1, 3)), T((4, 1), "float32", 0.5, 2))]
    ROWS += both(name, V([-7, 7, -7, 7, 6], "int32"), V([2, 2, -2, -2, 3], "int32"))
for name in ("trunc_divide", "trunc_mod"):
    ROWS += [relay(name, M, T((5,), "float32", 0.5, 3)), relay(name, V([-7, 7, -7], "int32"), V([2, -2, -2], "int32"))]
for name in ("add", "subtract", "multiply"):
    ROWS += [*both(name, V([127, -128], "int8"), V([1, -1], "int8")), *both(name, V([1, 2], "uint8"), V([2], "uint8"))]
    ROWS += both(name, T((), "float32"), T((3,), "float16"))  # no promotion: rejected
for name in ("maximum", "minimum"):
    ROWS += both(name, V([NAN, 1.0, NAN]), V([1.0, NAN, NAN]))
ROWS += both("power", T((2, 4), "float32", 0.25, 4), T((4,), "float32", -4, 4))
ROWS += both("power", V([-2.0, -2.0, 0.0, NAN]), V([3.0, 0.5, 0.0, 0.0]))
ROWS += [relay("add", T((2, 3)), T((4, 3))), relax("add", T((2, 3)), T((4, 3)))]  # shapes conflict: rejected

for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    ROWS += both(name, T((2, 3), "int32", -99, 99), T((3,), "int32", -99, 99))
ROWS += both("bitwise_not", T((4,), "int32", -99, 99))
for name in ("left_shift", "right_shift"):
    ROWS += both(name, T((4,), "int32", -99, 99), V([0, 1, 3, 5], "int32"))

ROWS += [
    relay("nn.leaky_relu", M),
    relay("nn.leaky_relu", SPECIAL, alpha=0.1),
    relax("nn.leakyrelu", M),
    relax("nn.leakyrelu", SPECIAL, alpha=0.1),
    *both("nn.relu", SPECIAL),
    *both("nn.relu", INTS),
    relay("clip", SPECIAL, a_min=-1.0, a_max=2.0),
    relay("clip", SPECIAL, a_min=2.0, a_max=-1.0),
    relay("clip", INTS, a_min=-1.5, a_max=7.9),
    relax("clip", SPECIAL, S(-1.0, "float32"), S(2.0, "float32")),
    relax("clip", SPECIAL, S(2.0, "float32"), S(-1.0, "float32")),
    relax("clip", INTS, S(-1, "int32"), S(7, "int32")),
]

for dtype in ("int32", "int8", "float16", "float64", "bool"):
    source = V([1.9, -1.9, 0.0, 100.0, 0.3])
    ROWS += [relay("cast", source, dtype=dtype), relax("astype", source, dtype=dtype)]
for dtype in ("int8", "uint8", "float32", "int64", "bool"):
    source = V([300, -1, 0, 16777217, 127], "int32")
    ROWS += [relay("cast", source, dtype=dtype), relax("astype", source, dtype=dtype)]
ROWS += [relay("cast", V([NAN, 1.0]), dtype="bool"), relax("astype", V([NAN, 1.0]), dtype="bool", releases=("0.19",))]
ROWS += [relay("cast", V([True, False], "bool"), dtype="float32"), relay("nn.prelu", T((2, 3, 2)), T((3,)))]
ROWS += [relay("nn.prelu", T((2, 3)), T((2,)), axis=0), relax("nn.prelu", T((2, 3)), T((3,)), releases=("0.27",))]
