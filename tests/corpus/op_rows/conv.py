"""Convolutions and their transposes."""

from typing import Any

from row_language import T, both, relax, relay

NHWC: dict[str, Any] = {"data_layout": "NHWC"}
DEPTHWISE: dict[str, Any] = {"groups": 4, "channels": 8, "kernel_size": [3, 3]}
INT8 = (T((1, 3, 5, 5), "int8", -100, 100), T((4, 3, 3, 3), "int8", -100, 100))
NEW = ("0.27",)
BLOCKS: dict[str, Any] = {"data_layout": "NCHW4c", "kernel_layout": "OIHW4i4o", "out_layout": "NCHW4c"}
BACK: dict[str, Any] = {"kernel_size": [3, 3], "kernel_layout": "NCHW", "out_layout": "OIHW"}


def conv(data, weight, **attrs):
    return both("nn.conv2d", T(data), T(weight), **attrs)


ROWS = [
    *conv((1, 3, 6, 7), (4, 3, 3, 2)),
    *conv((2, 3, 6, 7), (4, 3, 3, 3), padding=[1, 1]),
    *conv((1, 3, 6, 7), (4, 3, 3, 3), padding=[2]),
    *conv((1, 3, 6, 7), (4, 3, 3, 3), padding=[1, 0, 2, 3], strides=[2, 3]),
    *conv((1, 3, 9, 9), (4, 3, 3, 2), dilation=[2, 3], padding=[1, 2]),
    *conv((1, 3, 5, 5), (4, 3, 1, 1), strides=[2, 2]),
    *conv((1, 4, 5, 5), (6, 2, 3, 3), groups=2),
    *conv((1, 6, 5, 5), (6, 1, 3, 3), groups=6, padding=[1, 1]),
    *conv((1, 4, 5, 5), (8, 1, 3, 3), groups=4, strides=[2, 1]),
    *conv((1, 1, 5, 5), (3, 1, 2, 2)),
    *conv((1, 6, 5, 3), (3, 3, 3, 4), **NHWC, kernel_layout="HWIO"),
    *conv((1, 6, 5, 3), (4, 3, 3, 3), **NHWC, kernel_layout="OHWI", padding=[1, 1]),
    *conv((1, 5, 5, 4), (3, 3, 4, 1), **NHWC, kernel_layout="HWOI", groups=4),
    *conv((1, 5, 5, 4), (3, 3, 2, 6), **NHWC, kernel_layout="HWIO", groups=2),
    *conv((1, 3, 5, 5), (4, 2, 3, 3)),
    *conv((1, 3, 5, 5), (4, 3, 3, 3), groups=2),
    *conv((1, 3, 5), (4, 3, 3, 3)),
    relay("nn.conv2d", T((1, 3, 5, 5)), T((4, 3, 3, 3)), channels=4, kernel_size=[3, 3]),
    relay("nn.conv2d", T((1, 3, 5, 5)), T((4, 3, 3, 3)), channels=5, kernel_size=[3, 3]),
    relay("nn.conv2d", T((1, 3, 5, 5)), T((4, 3, 3, 3)), channels=5),
    relay("nn.conv2d", T((1, 3, 5, 5)), T((4, 3, 3, 3)), kernel_size=[5, 5]),
    relay("nn.conv2d", T((1, 4, 5, 5)), T((4, 2, 3, 3)), **DEPTHWISE),
    relay("nn.conv2d", T((1, 5, 5, 4)), T((3, 3, 4, 2)), **DEPTHWISE, **NHWC, kernel_layout="HWOI"),
    relay("nn.conv2d", T((1, 5, 5, 4)), T((3, 3, 2, 4)), **DEPTHWISE, **NHWC, kernel_layout="HWIO"),
    relax("nn.conv2d", T((1, 5, 5, 4)), T((3, 3, 4, 2)), groups=4, **NHWC, kernel_layout="HWOI"),
    relay("nn.conv2d", T((1, 3, 5, 5)), T((4, 3, 3, 3)), out_layout="NHWC"),
    relax("nn.conv2d", T((1, 3, 5, 5)), T((4, 3, 3, 3)), out_layout="NHWC"),
    relax("nn.conv2d", T((1, 3, 5, 5)), T((4, 3, 3, 3)), strides=2, padding=1, dilation=1),
    *both("nn.conv2d", *INT8),
    *both("nn.conv2d", *INT8, out_dtype="int32"),
    *both("nn.conv2d", T((1, 3, 5, 5), "uint8", 0, 200), INT8[1], out_dtype="int32"),
    *both("nn.conv2d", T((1, 8, 5, 5), "float16"), T((4, 8, 3, 3), "float16")),
    *both("nn.conv2d", T((1, 8, 5, 5), "float16"), T((4, 8, 3, 3), "float16"), out_dtype="float32"),
    *both("nn.conv1d", T((2, 3, 9)), T((4, 3, 3)), padding=[1, 2], strides=[2]),
    *both("nn.conv1d", T((2, 9, 3)), T((3, 3, 4)), data_layout="NWC", kernel_layout="WIO", dilation=[2]),
    relax("nn.conv1d", T((1, 4, 9)), T((6, 2, 3)), groups=2),
    relay("nn.conv1d", T((1, 4, 9)), T((6, 2, 3)), groups=2, channels=6, kernel_size=[3]),
    *both("nn.conv3d", T((1, 3, 4, 5, 6)), T((2, 3, 2, 2, 3)), padding=[1, 0, 1], strides=[1, 2, 1]),
    # transposes
    *both("nn.conv2d_transpose", T((1, 3, 4, 5)), T((3, 2, 3, 2))),
    *both("nn.conv2d_transpose", T((1, 3, 4, 5)), T((3, 2, 4, 4)), strides=[2, 2], padding=[1, 1]),
    *both(
        "nn.conv2d_transpose",
        T((1, 3, 4, 5)),
        T((3, 2, 3, 3)),
        strides=[2, 3],
        output_padding=[1, 2],
        padding=[1, 0, 2, 1],
    ),
    *both("nn.conv2d_transpose", T((1, 3, 4, 5)), T((3, 2, 2, 2)), strides=[3, 3], padding=[2, 2]),
    *both("nn.conv2d_transpose", T((1, 3, 4, 5)), T((2, 3, 3, 3))),
    *both(
        "nn.conv2d_transpose", T((1, 3, 4, 5), "int8", -100, 100), T((3, 2, 3, 3), "int8", -100, 100), out_dtype="int32"
    ),
    relax("nn.conv2d_transpose", T((1, 4, 4, 5)), T((4, 3, 3, 3)), groups=2, strides=[2, 1]),
    relay(
        "nn.conv2d_transpose",
        T((1, 4, 4, 5)),
        T((4, 3, 3, 3)),
        groups=2,
        strides=[2, 1],
        channels=6,
        kernel_size=[3, 3],
    ),
    relay("nn.conv2d_transpose", T((1, 3, 4, 5)), T((3, 2, 3, 3)), channels=5, kernel_size=[3, 3]),
    relay("nn.conv2d_transpose", T((1, 3, 4, 5)), T((2, 3, 3, 3)), kernel_layout="OIHW"),
    relay(
        "nn.conv2d_transpose",
        T((1, 4, 5, 3)),
        T((3, 3, 2, 3)),
        **NHWC,
        kernel_layout="HWOI",
        channels=2,
        kernel_size=[3, 3],
    ),
    relax("nn.conv2d_transpose", T((1, 4, 5, 3)), T((3, 3, 2, 3)), **NHWC, kernel_layout="HWOI"),
    relax("nn.conv2d_transpose", T((1, 3, 4, 5)), T((3, 2, 3, 3)), dilation=[2, 2], strides=[2, 2]),
    *both("nn.conv1d_transpose", T((1, 3, 5)), T((3, 2, 3)), strides=[2], padding=[1], output_padding=[1]),
    relay("nn.conv3d_transpose", T((1, 2, 3, 3, 3)), T((2, 2, 2, 2, 2)), strides=[2, 1, 1]),
    relax("nn.conv3d_transpose", T((1, 2, 3, 3, 3)), T((2, 2, 2, 2, 2)), strides=[2, 1, 1], releases=NEW),
    # layouts in blocks, and what layout alteration makes
    *[
        relay("nn.conv2d", T(data), T(weight), data_layout="NCHW4c", kernel_layout="OIHW4i4o", **more)
        for data, weight, more in (
            ((1, 2, 5, 6, 4), (3, 2, 3, 3, 4, 4), {"channels": 12, "kernel_size": [3, 3]}),
            ((1, 2, 5, 6, 4), (3, 2, 3, 3, 4, 4), {"padding": [1, 1], "out_layout": "NCHW"}),
            ((1, 2, 5, 6, 4), (3, 2, 3, 3, 4, 4), {"out_layout": "NCHW2c", "out_dtype": "float32"}),
            ((1, 2, 5, 6, 3), (3, 2, 3, 3, 4, 4), {}),
            ((1, 2, 5, 6), (3, 2, 3, 3, 4, 4), {}),
            ((1, 2, 5, 6, 4), (3, 1, 3, 3, 4, 4), {}),
        )
    ],
    relay("nn.conv2d", T((1, 5, 6, 2, 4)), T((3, 3, 8, 12)), data_layout="NHWC4c", kernel_layout="HWIO"),
    relay("nn.conv2d", T((1, 8, 5, 6)), T((3, 8, 3, 3, 4)), kernel_layout="OIHW4o"),
    relay("nn.conv2d", T((1, 3, 5, 6)), T((5, 3, 3, 3)), out_layout="NCHW4c"),
    relay("nn.conv2d_transpose", T((1, 2, 5, 6, 4)), T((8, 3, 3, 3)), data_layout="NCHW4c"),
    relay("nn.conv2d", T((1, 3, 5, 6)), T((5, 3, 3, 3)), data_layout="NCHX"),
    relay("nn.conv2d", T((1, 3, 5, 6)), T((5, 3, 3, 3)), data_layout="NCHW4h"),
    *[
        relay("nn.contrib_conv2d_NCHWc", T(data), T(weight), **{**BLOCKS, **more})
        for data, weight, more in (
            ((1, 2, 5, 6, 4), (3, 2, 3, 3, 4, 4), {"channels": 12, "kernel_size": [3, 3]}),
            (
                (1, 2, 5, 6, 4),
                (3, 2, 3, 3, 4, 8),
                {
                    "channels": 24,
                    "kernel_size": [3, 3],
                    "kernel_layout": "OIHW4i8o",
                    "out_layout": "NCHW8c",
                    "padding": [1, 1, 1, 1],
                    "strides": [2, 2],
                },
            ),
            ((1, 2, 5, 6, 4), (3, 2, 3, 3, 4, 4), {"channels": 12}),
            ((1, 2, 5, 6, 4), (3, 2, 3, 3, 4, 4), {}),
        )
    ],
    *[
        relay(
            "nn.contrib_depthwise_conv2d_NCHWc", T(data), T(weight), **{**BLOCKS, "kernel_layout": "OIHW1i4o", **more}
        )
        for data, weight, more in (
            ((1, 2, 5, 6, 4), (2, 1, 3, 3, 1, 4), {"groups": 8, "channels": 8, "kernel_size": [3, 3]}),
            ((1, 2, 5, 6, 4), (2, 1, 3, 3, 1, 4), {"groups": 8, "padding": [1, 1, 1, 1]}),
            ((1, 2, 5, 6, 4), (3, 1, 3, 3, 1, 4), {"groups": 8, "padding": [1, 1, 1, 1]}),
        )
    ],
    *[
        relay("nn.contrib_dense_pack", T(data), T(weight), attrs_type="relay.attrs.DensePackAttrs", **more)
        for data, weight, more in (
            ((3, 4), (2, 4, 8), {"units": 16, "weight_layout": "NC8n"}),
            ((3, 4), (2, 4, 8), {"units": 16, "weight_layout": "NC8n", "out_dtype": "float32"}),
            ((3, 8), (2, 2, 3, 4), {"units": 6, "weight_layout": "NC3n4c"}),
            ((3, 4, 5), (2, 4, 8), {"units": 16, "weight_layout": "NC8n"}),
            ((3, 4), (16, 4), {"units": 16, "weight_layout": "NC"}),
        )
    ],
    relay("nn.contrib_conv2d_winograd_weight_transform", T((4, 3, 3, 3)), tile_size=4),
    relay("nn.contrib_conv2d_winograd_weight_transform", T((4, 3, 3)), tile_size=4),
    relay("nn.contrib_conv3d_winograd_weight_transform", T((4, 3, 3, 3, 3)), tile_size=4),
    relay("nn.contrib_conv3d_winograd_weight_transform", T((4, 3, 1, 3, 3)), tile_size=4),
    relay("nn.contrib_conv2d_winograd_nnpack_weight_transform", T((4, 3, 3, 3)), convolution_algorithm=1),
    relay("nn.contrib_conv2d_gemm_weight_transform", T((3, 3, 5, 7)), tile_N=4, tile_K=16),
    relay("nn.contrib_conv2d_gemm_weight_transform", T((3, 3, 5, 7), "int8"), tile_N=4, tile_K=16),
    relay(
        "nn.contrib_conv2d_winograd_without_weight_transform",
        T((1, 3, 8, 8)),
        T((6, 6, 4, 3)),
        tile_size=4,
        channels=4,
        kernel_size=[3, 3],
        padding=[1, 1, 1, 1],
    ),
    relay("nn.contrib_conv2d_winograd_without_weight_transform", T((1, 3, 8, 8)), T((6, 6, 4, 3)), tile_size=4),
    relay(
        "nn.contrib_conv3d_winograd_without_weight_transform",
        T((1, 3, 8, 8, 8)),
        T((6, 6, 6, 4, 3)),
        tile_size=4,
        channels=4,
        kernel_size=[3, 3, 3],
        padding=[1, 1, 1],
    ),
    relay(
        "nn.contrib_conv2d_gemm_without_weight_transform",
        T((1, 8, 8, 3)),
        T((2, 12, 16, 4)),
        data_layout="NHWC",
        kernel_layout="HWIO",
        channels=7,
        kernel_size=[3, 3],
    ),
    *[
        relay("nn.conv2d_backward_weight", T(grad), T(data), **{**BACK, **more})
        for grad, data, more in (
            ((2, 4, 4, 5), (2, 3, 6, 7), {}),
            ((2, 4, 3, 3), (2, 3, 5, 6), {"strides": [2, 2], "padding": [1, 1, 1, 1]}),
            ((1, 4, 4, 4), (1, 4, 6, 6), {"groups": 4, "channels": 4}),
            ((1, 4, 4, 4), (1, 4, 6, 6), {"groups": 4}),
            ((1, 4, 4, 4), (1, 3, 8, 8), {"dilation": [2, 2], "out_layout": "HWIO"}),
            ((1, 4, 4, 4), (1, 6, 6, 3), {"kernel_layout": "NHWC"}),
            ((1, 4, 4, 4), (1, 3, 6, 6), {"kernel_size": None}),
        )
    ],
    *[
        relay("nn.deformable_conv2d", T(data), T(offset, "float32", -2, 2), T(weight), **more)
        for data, offset, weight, more in (
            ((1, 4, 6, 7), (1, 18, 4, 5), (3, 4, 3, 3), {}),
            (
                (2, 4, 6, 7),
                (2, 36, 3, 4),
                (3, 4, 3, 3),
                {
                    "deformable_groups": 2,
                    "strides": [2, 2],
                    "padding": [1, 1, 1, 1],
                    "channels": 3,
                    "kernel_size": [3, 3],
                },
            ),
            ((1, 6, 7, 4), (1, 4, 5, 18), (3, 3, 4, 3), {"data_layout": "NHWC", "kernel_layout": "HWIO"}),
            ((1, 4, 9, 9), (1, 18, 5, 5), (3, 4, 3, 3), {"dilation": [2, 2]}),
            ((1, 4, 6, 7), (1, 18, 4, 4), (3, 4, 3, 3), {}),
            ((1, 4, 6, 7), (1, 18, 4, 5), (3, 2, 3, 3), {}),
        )
    ],
]
