"""Reductions along axes."""

from row_language import T, V, both, relax, relay

NAN, INF = float("nan"), float("inf")
X = T((2, 3, 4))

ROWS = []
for name in ("sum", "mean", "max", "min", "prod"):
    data = T((2, 3, 4), "float32", 0.5, 2.0) if name == "prod" else X
    ROWS += [
        *both(name, data),
        *both(name, data, axis=[1]),
        *both(name, data, axis=[0, -1], keepdims=True),
        relay(name, data, axis=[1], exclude=True),
        relay(name, data, axis=[1], keepdims=True, exclude=True),
        relay(name, data, axis=[0, 1, 2], exclude=True),
        relax(name, data, axis=[]),
        relay(name, data, axis=[3]),
        *both(name, T((), "float32")),
        relay(name, V([100, 100, 101], "int8")),
        *both(name, T((3, 5), "float64", 0.5, 2.0), axis=[0]),
    ]
for name in ("sum", "prod", "max", "min"):
    ROWS += [
        *both(name, V([100, 100, 101, 3], "int32")),
        *both(name, V([[True, False], [True, True]], "bool"), axis=[1]),
    ]
for name in ("max", "min"):
    ROWS += [*both(name, V([1.0, NAN, 3.0, 2.0])), *both(name, V([[NAN, 1.0], [1.0, NAN]]), axis=[1])]
ROWS += [*both("max", V([-INF, -INF])), *both("min", V([INF, INF]))]
for name in ("all", "any"):
    ROWS += [relay(name, T((2, 3), "bool")), relay(name, T((2, 3), "bool"), axis=[1], keepdims=True)]

for name in ("argmax", "argmin"):
    ties = V([[1.0, 2.0, 2.0], [0.0, 0.0, -1.0]])
    ROWS += [
        relay(name, ties),
        relay(name, ties, axis=[1]),
        relay(name, ties, axis=[1], keepdims=True, select_last_index=True),
        relay(name, X, axis=[0, 2]),
        relay(name, X, axis=[1], exclude=True),
        relay(name, X, axis=[1], exclude=True, keepdims=True),
        relay(name, V([3, 1, 3, 1], "int32")),
        relax(name, ties),
        relax(name, ties, axis=1),
        relax(name, ties, axis=-2, keepdims=True),
        relax(name, X, keepdims=True),
        *both(name, V([NAN, 1.0, 2.0])),
        *both(name, V([-128, -128] if name == "argmax" else [127, 127], "int8")),
        *both(name, V([-INF, -INF] if name == "argmax" else [INF, INF])),
        *both(name, V([3.0, NAN, 1.0, 3.0])),
    ]

ROWS += [
    relay("variance", X, T((2, 1, 4)), axis=[1]),
    relay("variance", X, T((2, 1, 4)), axis=[1], keepdims=True, unbiased=True),
    relay("variance", X, T((1, 3, 1)), axis=[1], exclude=True),
    relay("variance", X, T((1, 1, 1))),
    *[relax(name, X) for name in ("variance", "std")],
    *[relax(name, X, axis=[1, -1], keepdims=True) for name in ("variance", "std")],
]
