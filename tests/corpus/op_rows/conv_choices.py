"""Convolutions and their transposes: every attribute by itself away from its default."""

from typing import Any

from row_language import T, both, refused, relax, relay

NEW = ("0.27",)
PACKED: dict[str, Any] = {
    "data_layout": "NCHW4c",
    "kernel_layout": "OIHW4i4o",
    "out_layout": "NCHW4c",
    "channels": 12,
    "kernel_size": [3, 2],
}
WIDE: dict[str, Any] = {"data_layout": "NCHW4c", "kernel_layout": "OIHW1i4o", "out_layout": "NCHW4c", "groups": 8}
HALF = "float16"
D1, W1, B1 = (2, 4, 7), (6, 4, 3), (4, 6, 3)
D2, W2, B2 = (1, 4, 6, 5), (6, 4, 3, 2), (4, 6, 3, 2)
D3, W3, B3 = (1, 2, 4, 3, 5), (4, 2, 2, 3, 2), (2, 4, 2, 3, 2)

# By number of dimensions: data, weight, weight of a transpose.
SHAPES = {1: (D1, W1, B1), 2: (D2, W2, B2), 3: (D3, W3, B3)}
SPACE = {1: "W", 2: "HW", 3: "DHW"}


def ramp(count: int, first: int = 1) -> list[int]:
    return list(range(first, first + count))


def conv(count: int, data, weight, dtype: Any = "float32", sides="both", **attrs: Any):
    tensors = T(data, dtype, -2, 2), T(weight, dtype, -2, 2)
    name = f"nn.conv{count}d"
    return [relay(name, *tensors, **attrs)] if sides == "relay" else both(name, *tensors, **attrs)


def back(count: int, data, weight, dtype: Any = "float32", sides="both", **attrs: Any):
    tensors = T(data, dtype, -2, 2), T(weight, dtype, -2, 2)
    name = f"nn.conv{count}d_transpose"
    # In three dimensions Relay knows the size of the result only where the attributes repeat that of the weight.
    stated: dict[str, Any] = {}
    if count == 3 and sides == "both":
        places = [attrs.get("kernel_layout", "IODHW").index(letter) for letter in "ODHW"]
        out, *kernel = (weight[n] for n in places)
        stated = {"channels": out * attrs.get("groups", 1), "kernel_size": kernel}
    rows = [relay(name, *tensors, **stated, **attrs)]
    releases = NEW if count == 3 else ("0.19", "0.27")
    return rows if sides == "relay" else [*rows, relax(name, *tensors, releases=releases, **attrs)]


def moved(shape, order):
    return tuple(shape[n] for n in order)


def last(count: int) -> list[int]:
    """Channels of data behind its other dimensions."""
    return [0, *range(2, count + 2), 1]


ROWS = []
for count, (data, weight, backward) in SHAPES.items():
    space = SPACE[count]
    nc, nwc, oiw, wio = f"NC{space}", f"N{space}C", f"OI{space}", f"{space}IO"
    spatial_first = [*range(2, count + 2), 1, 0]
    out = weight[0]
    halved = (out, weight[1] // 2, *weight[2:])
    ROWS += [
        *conv(count, data, weight, sides="relay", strides=[2]),
        *conv(count, data, weight, sides="relay", dilation=[1]),
        *conv(count, data, weight, sides="relay", padding=[1]),
        *back(count, data, backward, sides="relay", strides=[2], channels=out, kernel_size=backward[2:]),
        *back(count, data, backward, sides="relay", dilation=[1], channels=out, kernel_size=backward[2:]),
        *back(count, data, backward, sides="relay", padding=[1], channels=out, kernel_size=backward[2:]),
        *back(count, data, backward, sides="relay", output_padding=[0], channels=out, kernel_size=backward[2:]),
        *conv(count, data, weight, strides=ramp(count)),
        *conv(count, data, weight, strides=ramp(count, 2)[::-1]),
        *conv(count, data, weight, padding=ramp(count)),
        *conv(count, data, weight, padding=ramp(2 * count, 0)),
        *conv(count, data, weight, dilation=ramp(count) if count == 3 else ramp(count)[::-1], padding=[1] * count),
        *conv(count, data, weight, dilation=[2] * count, strides=[2] * count, padding=[1] * count),
        *conv(count, data, halved, groups=2),
        *conv(count, data, weight, HALF, out_dtype="float32"),
        *conv(count, data, weight, "int8", out_dtype="int32"),
        *conv(count, moved(data, last(count)), moved(weight, spatial_first), data_layout=nwc, kernel_layout=wio),
        *conv(count, moved(data, last(count)), weight, data_layout=nwc, kernel_layout=oiw),
        *conv(count, data, moved(weight, spatial_first), data_layout=nc, kernel_layout=wio),
        *conv(count, data, weight, out_layout=nwc),
        *conv(count, data, weight, out_layout=nc),
        *conv(count, data, weight, sides="relay", channels=out, kernel_size=weight[2:]),
        *conv(count, data, weight, sides="relay", channels=out),
        *conv(count, data, weight, sides="relay", kernel_size=weight[2:]),
        *conv(count, data, weight, sides="relay", channels=5, kernel_size=weight[2:]),
        *conv(count, data, weight, sides="relay", channels=out, kernel_size=[5] * count),
        *back(count, data, backward, strides=ramp(count)),
        *back(count, data, backward, strides=ramp(count, 2)[::-1]),
        *back(count, data, backward, padding=[1] * count),
        *back(count, data, backward, padding=[0, 1, 0, 1, 1, 0][: 2 * count]),
        *back(count, data, backward, strides=ramp(count, 2), output_padding=ramp(count)),
        *back(count, data, backward, strides=ramp(count, 2), output_padding=ramp(count, 0), padding=[1] * count),
        *back(count, data, backward, dilation=[2] * count),
        *back(count, data, backward, dilation=ramp(count)[::-1], strides=[2] * count),
        relax(
            f"nn.conv{count}d_transpose",
            T(data),
            T((backward[0], out // 2, *backward[2:])),
            groups=2,
            releases=NEW if count == 3 else ("0.19", "0.27"),
        ),
        *refused(
            "too few channels", *back(count, data, (backward[0], out // 2, *backward[2:]), sides="relay", groups=2)
        ),
        *back(
            count,
            data,
            (backward[0], out // 2, *backward[2:]),
            sides="relay",
            groups=2,
            channels=out,
            kernel_size=backward[2:],
        ),
        *back(count, data, backward, HALF, out_dtype="float32"),
        *back(count, data, backward, "int8", out_dtype="int32"),
        *back(count, moved(data, last(count)), backward, data_layout=nwc),
        *back(count, data, moved(backward, [1, 0, *range(2, count + 2)]), kernel_layout=oiw),
        *back(
            count, moved(data, last(count)), moved(backward, spatial_first), data_layout=nwc, kernel_layout=f"{space}OI"
        ),
        *back(count, data, backward, out_layout=nwc),
        *back(count, data, backward, out_layout=nc),
        *back(count, data, backward, sides="relay", channels=out, kernel_size=backward[2:]),
        *back(count, data, backward, sides="relay", channels=5, kernel_size=backward[2:]),
        *back(count, data, backward, sides="relay", channels=out, kernel_size=[4] * count),
    ]

for attrs in ({}, {"channels": 4}, {"kernel_size": [2, 3, 2]}):
    ROWS += refused("height and width swapped", *back(3, D3, B3, sides="relay", **attrs))
for count, data, backward in ((1, D1, B1), (2, D2, B2)):
    ROWS += [
        *back(count, data, backward, sides="relay", channels=6),
        *back(count, data, backward, sides="relay", kernel_size=backward[2:]),
    ]

GEMM: dict[str, Any] = {"data_layout": "NHWC", "kernel_layout": "HWIO", "channels": 7, "kernel_size": [3, 2]}
WINOGRAD2: dict[str, Any] = {"tile_size": 4, "channels": 4, "kernel_size": [3, 3], "padding": [1, 2, 3, 1]}
WINOGRAD3: dict[str, Any] = {"tile_size": 4, "channels": 4, "kernel_size": [3, 3, 3], "padding": [1, 2, 0]}


def winograd2(weight=(6, 6, 4, 3), dtype: Any = "float32", data=(1, 3, 8, 9), **more: Any):
    name = "nn.contrib_conv2d_winograd_without_weight_transform"
    return relay(name, T(data, dtype), T(weight, dtype), **{**WINOGRAD2, **more})


def winograd3(weight=(6, 6, 6, 4, 3), dtype: Any = "float32", data=(1, 3, 8, 9, 7), **more: Any):
    name = "nn.contrib_conv3d_winograd_without_weight_transform"
    return relay(name, T(data, dtype), T(weight, dtype), **{**WINOGRAD3, **more})


def gemm(dtype: Any = "float32", data=(1, 8, 9, 3), **more: Any):
    name = "nn.contrib_conv2d_gemm_without_weight_transform"
    return relay(name, T(data, dtype), T((2, 12, 16, 4), dtype), **{**GEMM, **more})


ROWS += [
    *[
        relay("nn.contrib_conv2d_NCHWc", T((1, 2, 6, 5, 4), dtype), T((3, 2, 3, 2, 4, 4), dtype), **{**PACKED, **more})
        for dtype, more in (
            ("float32", {"strides": [1, 2]}),
            ("float32", {"padding": [0, 1, 2, 3]}),
            ("float32", {"dilation": [1, 2]}),
            ("float32", {"padding": [1, 2]}),
            (HALF, {"out_dtype": "float32"}),
            ("int8", {"out_dtype": "int32"}),
            ("float32", {"channels": 8}),
            ("float32", {"kernel_size": [2, 3]}),
            ("float32", {"out_layout": ""}),
            ("float32", {"kernel_layout": "OIHW"}),
            ("float32", {"out_layout": "NCHW2c"}),
        )
    ],
    relay("nn.contrib_conv2d_NCHWc", T((1, 2, 6, 5, 4)), T((4, 1, 3, 2, 4, 4)), **{**PACKED, "channels": 16}, groups=2),
    *[
        relay(
            "nn.contrib_depthwise_conv2d_NCHWc",
            T((1, 2, 6, 5, 4), dtype),
            T((2, 1, 3, 2, 1, 4), dtype),
            **{**WIDE, **more},
        )
        for dtype, more in (
            ("float32", {"strides": [1, 2]}),
            ("float32", {"padding": [0, 1, 2, 3]}),
            ("float32", {"dilation": [1, 2]}),
            (HALF, {"out_dtype": "float32"}),
            ("int8", {"out_dtype": "int32"}),
            ("float32", {"out_layout": "NCHW2c"}),
            ("float32", {"channels": 8, "kernel_size": [3, 2]}),
            ("float32", {"channels": 4, "kernel_size": [3, 2]}),
            ("float32", {"channels": 8, "kernel_size": [2, 3]}),
            ("float32", {"out_layout": ""}),
        )
    ],
    relay(
        "nn.contrib_depthwise_conv2d_NCHWc",
        T((1, 4, 7, 8, 2)),
        T((2, 1, 3, 2, 1, 4)),
        **{**WIDE, "data_layout": "NCHW2c"},
    ),
    *[
        winograd2(**more)
        for more in (
            {},
            {"padding": [1, 0, 2, 1]},
            {"strides": [1, 2]},
            {"dilation": [1, 2]},
            {"groups": 2},
            {"data_layout": "NHWC"},
            {"kernel_layout": "HWIO"},
            {"out_layout": "NHWC"},
            {"out_dtype": "float64"},
            {"channels": 5},
            {"kernel_size": [3, 5]},
            {"tile_size": 2},
            {"tile_size": 2, "weight": (4, 4, 4, 3)},
            {"dtype": HALF, "out_dtype": "float32"},
        )
    ],
    *[
        winograd3(**more)
        for more in (
            {},
            {"padding": [1, 0, 2, 1, 0, 3]},
            {"strides": [1, 2, 3]},
            {"dilation": [1, 2, 3]},
            {"groups": 2},
            {"data_layout": "NDHWC"},
            {"kernel_layout": "DHWIO"},
            {"out_layout": "NDHWC"},
            {"out_dtype": "float64"},
            {"channels": 5},
            {"kernel_size": [3, 5, 3]},
            {"tile_size": 2},
            {"tile_size": 2, "weight": (4, 4, 4, 4, 3)},
            {"dtype": HALF, "out_dtype": "float32"},
        )
    ],
    *[
        gemm(**more)
        for more in (
            {},
            {"strides": [1, 2]},
            {"padding": [0, 1, 2, 3]},
            {"padding": [1, 2]},
            {"dilation": [1, 2]},
            {"groups": 2},
            {"out_layout": "NCHW"},
            {"dtype": HALF, "out_dtype": "float32"},
            {"dtype": "int8", "out_dtype": "int32"},
            {"channels": None},
            {"kernel_size": None},
            {"channels": 6},
            {"kernel_size": [2, 3]},
            {"kernel_layout": "OIHW"},
            {"data": (1, 3, 8, 9), "data_layout": "NCHW"},
        )
    ],
    relay("nn.contrib_conv2d_winograd_weight_transform", T((4, 3, 3, 3)), tile_size=2),
    relay("nn.contrib_conv3d_winograd_weight_transform", T((4, 3, 3, 3, 3)), tile_size=2),
    relay("nn.contrib_conv2d_winograd_nnpack_weight_transform", T((4, 3, 3, 3)), convolution_algorithm=2),
    relay(
        "nn.contrib_conv2d_winograd_nnpack_weight_transform", T((4, 3, 3, 3)), convolution_algorithm=1, out_dtype=HALF
    ),
    relay("nn.contrib_conv2d_gemm_weight_transform", T((3, 3, 5, 7)), tile_N=8, tile_K=4),
    relay("nn.contrib_conv2d_gemm_weight_transform", T((2, 3, 5, 7)), tile_N=4, tile_K=8),
    *[
        relay(
            "nn.contrib_dense_pack",
            T((3, 8), dtype),
            T((2, 8, 3), dtype),
            attrs_type="relay.attrs.DensePackAttrs",
            weight_layout="NC3n",
            **more,
        )
        for dtype, more in (
            ("float32", {"units": 6}),
            ("float32", {"units": 5}),
            ("float32", {"units": None}),
            (HALF, {"units": 6, "out_dtype": "float32"}),
            ("int8", {"units": 6, "out_dtype": "int32"}),
        )
    ],
]

BACK: dict[str, Any] = {"kernel_size": [3, 2], "kernel_layout": "NCHW", "out_layout": "OIHW"}
ROWS += [
    *[
        relay("nn.conv2d_backward_weight", T(grad, dtype), T(data, dtype), **{**BACK, **more})
        for grad, data, dtype, more in (
            ((2, 4, 5, 4), (2, 3, 7, 8), "float32", {"strides": [1, 2]}),
            ((2, 4, 3, 7), (2, 3, 7, 8), "float32", {"strides": [2, 1]}),
            ((2, 4, 6, 11), (2, 3, 7, 8), "float32", {"padding": [1, 2]}),
            ((2, 4, 7, 11), (2, 3, 7, 8), "float32", {"padding": [0, 1, 2, 3]}),
            ((2, 4, 5, 6), (2, 3, 7, 8), "float32", {"dilation": [1, 2]}),
            ((2, 4, 5, 7), (2, 3, 7, 8), "float32", {"channels": 4}),
            ((2, 4, 5, 7), (2, 3, 7, 8), "float32", {"channels": 5}),
            ((2, 4, 5, 7), (2, 3, 7, 8), HALF, {"out_dtype": "float32"}),
            ((2, 5, 7, 4), (2, 7, 8, 3), "float32", {"data_layout": "NHWC", "kernel_layout": "NHWC"}),
            ((2, 5, 7, 4), (2, 7, 8, 3), "float32",
             {"data_layout": "NHWC", "kernel_layout": "NHWC", "out_layout": "HWIO"}),
            ((2, 4, 5, 7), (2, 3, 7, 8), "float32", {"out_layout": "OHWI"}),
            ((2, 4, 5, 7), (2, 3, 7, 8), "float32", {"out_layout": "HWIO"}),
        )
    ],
    *[
        relay("nn.deformable_conv2d", T(data, dtype), T(offset, dtype, -2, 2), T(weight, dtype), **more)
        for data, offset, weight, dtype, more in (
            ((1, 4, 6, 7), (1, 12, 4, 3), (3, 4, 3, 2), "float32", {"strides": [1, 2]}),
            ((1, 4, 6, 7), (1, 12, 6, 10), (3, 4, 3, 2), "float32", {"padding": [1, 2]}),
            ((1, 4, 6, 7), (1, 12, 6, 10), (3, 4, 3, 2), "float32", {"padding": [0, 1, 2, 3]}),
            ((1, 4, 6, 7), (1, 12, 4, 5), (3, 4, 3, 2), "float32", {"dilation": [1, 2]}),
            ((1, 4, 6, 7), (1, 12, 4, 6), (4, 2, 3, 2), "float32", {"groups": 2}),
            ((1, 4, 6, 7), (1, 12, 4, 6), (3, 4, 3, 2), "float32", {"channels": 3}),
            ((1, 4, 6, 7), (1, 12, 4, 6), (3, 4, 3, 2), "float32", {"channels": 4}),
            ((1, 4, 6, 7), (1, 12, 4, 6), (3, 4, 3, 2), "float32", {"channels": 4, "kernel_size": [3, 2]}),
            ((1, 4, 6, 7), (1, 12, 4, 6), (3, 4, 3, 2), "float32", {"channels": 3, "kernel_size": [2, 3]}),
            ((1, 4, 6, 7), (1, 12, 4, 6), (3, 4, 3, 2), "float32", {"out_layout": "NHWC"}),
            ((1, 4, 6, 7), (1, 12, 4, 6), (3, 4, 3, 2), HALF, {"out_dtype": "float32"}),
            ((1, 4, 6, 7), (1, 24, 4, 6), (3, 4, 3, 2), "float32", {"deformable_groups": 2}),
            ((1, 6, 7, 4), (1, 4, 6, 12), (3, 2, 2, 4), "float32",
             {"data_layout": "NHWC", "kernel_layout": "HWIO", "groups": 2}),
        )
    ],
    *[
        relay("nn.correlation", T((1, 3, 9, 10)), T((1, 3, 9, 10)), **more)
        for more in (
            {"max_displacement": 2, "stride1": 2}, {"max_displacement": 2, "stride2": 2},
            {"max_displacement": 3, "stride1": 1, "stride2": 3, "kernel_size": 3, "padding": [1, 2]},
            {"max_displacement": 2, "padding": [0, 1, 2, 3]}, {"max_displacement": 2, "is_multiply": False},
        )
    ],
]  # fmt: skip
