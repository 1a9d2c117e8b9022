"""Gradients of pools: every attribute of both operators, in both IRs."""

from typing import Any

from row_language import T, V, relax, relay

POOL: dict[str, Any] = {"attrs_type": "relay.attrs.AvgPool2DAttrs", "dilation": [1, 1]}
EQUAL = V([[[[1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 3.0], [0.0, 2.0, 2.0, 3.0], [2.0, 0.0, 3.0, 3.0]]]])
CASES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((1, 2, 5, 4), (1, 2, 6, 6), {"pool_size": [2, 3]}),
    ((1, 2, 3, 2), (1, 2, 6, 6), {"pool_size": [2, 3], "strides": [2, 3]}),
    ((1, 2, 3, 3), (1, 2, 6, 6), {"pool_size": [3, 3], "strides": [2, 2], "padding": [1, 1, 1, 1]}),
    ((1, 2, 4, 6), (1, 2, 6, 6), {"pool_size": [3, 2], "strides": [2, 1], "padding": [2, 0, 1, 1]}),
    ((1, 2, 2, 2), (1, 2, 6, 6), {"pool_size": [2, 2], "strides": [3, 4]}),
    ((1, 2, 3, 3), (1, 2, 6, 6), {"pool_size": [2, 2], "strides": [2, 2], "ceil_mode": True}),
    ((1, 5, 5, 2), (1, 6, 6, 2), {"pool_size": [2, 2], "layout": "NHWC"}),
]


def both(kind: str, grad: Any, data: Any, **attrs: Any) -> list[Any]:
    more = POOL if kind == "avg" else {"dilation": [1, 1]}
    return [
        relay(f"nn.{kind}_pool2d_grad", grad, data, **more, **attrs),
        relax(f"grad.{kind}_pool2d_backward", grad, data, **attrs),
    ]


# fmt: off
ROWS = [
    *[row for grad, data, more in CASES for row in both("max", T(grad), T(data), **more)],
    *both("max", T((1, 1, 2, 2)), EQUAL, pool_size=[2, 2], strides=[2, 2]),
    *both("max", T((1, 1, 5, 5)), EQUAL, pool_size=[2, 2], padding=[1, 1, 1, 1]),
    *both("max", T((1, 2, 3, 3), "float64"), T((1, 2, 6, 6), "float64"), pool_size=[3, 3], strides=[2, 2],
          padding=[1, 1, 1, 1]),
    *[row for grad, data, more in CASES for row in both("avg", T(grad), T(data), **more)],
    *[row for grad, data, more in CASES[2:4] for row in both("avg", T(grad), T(data), **more, count_include_pad=True)],
    *both("avg", T((1, 1, 2, 2), "float64"), T((1, 1, 3, 3), "float64"), pool_size=[2, 2]),
]
