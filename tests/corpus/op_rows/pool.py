"""Pools."""

from typing import Any

from row_language import T, V, both, relax, relay

NAN, INF = float("nan"), float("inf")
X = T((2, 3, 7, 8))
LINE = V([[[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]]])
INTS = V([[[[-1, -2, -3, -4, -5, -6]]]], "int32")
ONE: dict[str, Any] = {"pool_size": [1, 3], "strides": [1, 2], "padding": [0, 1]}
SPARSE: dict[str, Any] = {"pool_size": [1, 2], "strides": [1, 2], "padding": [0, 1, 0, 2], "dilation": [1, 2]}
FAR: dict[str, Any] = {"pool_size": [1, 1], "strides": [1, 4], "padding": [0, 3, 0, 5]}
BEHIND: dict[str, Any] = {"pool_size": [1, 1], "strides": [1, 4]}

ROWS = [
    *both("nn.max_pool2d", X, pool_size=[3, 3], strides=[2, 2], padding=[1, 1]),
    *both("nn.max_pool2d", X, pool_size=[2, 3]),
    *both("nn.max_pool2d", X, pool_size=[3, 2], strides=[2, 3], padding=[1, 0, 2, 1], ceil_mode=True),
    *both("nn.max_pool2d", X, pool_size=[3, 3], dilation=[2, 1], padding=[1, 1]),
    *both("nn.max_pool2d", T((2, 7, 8, 3)), pool_size=[2, 2], strides=[2, 2], layout="NHWC"),
    *both("nn.max_pool2d", LINE, **BEHIND, ceil_mode=True),
    *both("nn.max_pool2d", LINE, **ONE, ceil_mode=True),
    *both("nn.max_pool2d", INTS, **ONE),
    *both("nn.max_pool2d", T((1, 2, 5, 5), "int8", -128, 127), pool_size=[2, 2], padding=[1, 1]),
    *both("nn.max_pool2d", V([[[[NAN, 1.0, 3.0, NAN, 2.0, NAN]]]]), pool_size=[1, 3]),
    *both("nn.max_pool2d", V([[[[-INF, -INF, -INF]]]]), pool_size=[1, 2]),
    *both("nn.max_pool2d", T((3, 4)), pool_size=[1, 1]),
    relay("nn.max_pool2d", X, pool_size=[2, 2], out_layout="NHWC"),
    relax("nn.max_pool2d", X, pool_size=[2, 2], out_layout="NHWC"),
    relax("nn.max_pool2d", X, pool_size=2, strides=2, padding=1),
    *[
        row
        for window in (ONE, SPARSE, FAR)
        for ceil in (False, True)
        for included in (False, True)
        for row in both("nn.avg_pool2d", LINE, **window, ceil_mode=ceil, count_include_pad=included)
    ],
    *both("nn.avg_pool2d", X, pool_size=[3, 3], strides=[2, 2], padding=[1, 1]),
    *both("nn.avg_pool2d", X, pool_size=[2, 2]),
    *both("nn.avg_pool2d", T((2, 7, 8, 3)), pool_size=[3, 2], layout="NHWC", padding=[1, 1], count_include_pad=True),
    *both("nn.avg_pool2d", T((1, 2, 6, 6), "float16"), pool_size=[3, 3]),
    *both("nn.avg_pool2d", V([[[[1.0, 2.0, INF, NAN, 2.0]]]]), pool_size=[1, 2], padding=[0, 1]),
    *[relay("nn.avg_pool2d", INTS, **ONE, count_include_pad=included) for included in (False, True)],
    *both("nn.max_pool1d", T((1, 2, 7)), pool_size=[3], strides=[2], padding=[1]),
    *both("nn.avg_pool1d", T((1, 2, 7)), pool_size=[3], strides=[2], padding=[1], count_include_pad=True),
    relay("nn.avg_pool1d", T((1, 2, 7)), pool_size=[3], padding=[1]),
    *both("nn.max_pool3d", T((1, 2, 4, 5, 4)), pool_size=[2, 3, 2], strides=[1, 2, 1], padding=[1, 0, 0]),
    *both("nn.avg_pool3d", T((1, 2, 4, 5, 4)), pool_size=[2, 3, 2], padding=[1, 0, 0], count_include_pad=False),
    *[relay("nn.adaptive_avg_pool2d", X, output_size=size) for size in ([1, 1], [2, 3], [3], [7, 8], [9, 10], [])],
    *[relax("nn.adaptive_avg_pool2d", X, output_size=size) for size in ([1, 1], [2, 3], 3, [9, 10], None)],
    *both("nn.adaptive_avg_pool2d", T((1, 6, 4, 3)), output_size=[3, 2], layout="NHWC"),
    relay("nn.adaptive_avg_pool2d", X, output_size=[2, 2], out_layout="NHWC"),
    relay("nn.adaptive_avg_pool2d", INTS, output_size=[1, 4]),
    relax("nn.adaptive_avg_pool1d", T((1, 2, 7)), output_size=[3]),
    *both("nn.adaptive_avg_pool3d", T((1, 2, 4, 5, 4)), output_size=[2, 1, 4]),
    relay("nn.adaptive_avg_pool3d", T((1, 2, 4, 5, 4)), output_size=[2, 2, 3]),
    # Relax 0.19 computes something else here.
    relax("nn.adaptive_avg_pool3d", T((1, 2, 4, 5, 4)), output_size=[2, 2, 3], releases=("0.27",)),
    *[relay("nn.adaptive_max_pool2d", X, output_size=size) for size in ([1, 1], [2, 3], [9, 10])],
    relay("nn.adaptive_max_pool2d", V([[[[NAN, 1.0, 3.0, NAN, -INF, -INF]]]]), output_size=[1, 4]),
    relay("nn.adaptive_max_pool3d", T((1, 2, 4, 5, 4)), output_size=[2, 2, 3]),
    relay("nn.global_avg_pool2d", X),
    relay("nn.global_avg_pool2d", T((2, 7, 8, 3)), layout="NHWC"),
    relay("nn.global_avg_pool2d", V([[[[100, 100, 100]]]], "int8")),
    relay("nn.global_max_pool2d", X),
    relay("nn.global_max_pool2d", T((2, 7, 8, 3)), layout="NHWC"),
    relay("nn.global_max_pool2d", V([[[[NAN, 1.0, -INF]]]])),
    relay("nn.global_max_pool2d", V([[[[-INF, -INF]]]])),
]
