"""Convolutions with weights transformed beforehand, and the transformations: every size, depth and layout."""

from typing import Any

from row_language import T, relay

PLAIN: dict[str, Any] = {"channels": 4, "kernel_size": [3, 3], "data_layout": "NHWC", "kernel_layout": "HWIO"}
WITHOUT = "nn.contrib_conv2d_winograd_without_weight_transform"

# fmt: off
ROWS = [
    *[relay("nn.contrib_conv2d_winograd_weight_transform", T((2, 3, kernel, kernel)), tile_size=tile)
      for tile, kernel in ((2, 3), (6, 3), (8, 3), (4, 5), (2, 7), (3, 4))],
    relay("nn.contrib_conv2d_winograd_weight_transform", T((2, 3, 3, 3), "float64"), tile_size=4),
    *[relay("nn.contrib_conv3d_winograd_weight_transform", T((2, 3, depth, 3, 3)), tile_size=2) for depth in (1, 2, 3)],
    relay("nn.contrib_conv3d_winograd_weight_transform", T((2, 1, 8, 3, 3)), tile_size=4),
    # TVM 0.19 computes tiles of 4 in this layout only.
    *[relay(WITHOUT, T((1, 8, 7, 3)), T((6, 6, 4, 3)), tile_size=4, **PLAIN, **more)
      for more in ({}, {"padding": [1, 1]}, {"padding": [0, 1, 2, 1]}, {"out_dtype": "float32"})],
    relay(WITHOUT, T((2, 5, 12, 1)), T((6, 6, 4, 1)), tile_size=4, padding=[1, 1], **PLAIN),
    relay(WITHOUT, T((1, 8, 7, 3), "float64"), T((6, 6, 4, 3), "float64"), tile_size=4, **PLAIN),
    relay(WITHOUT, T((1, 8, 7, 3)), T((6, 6, 4, 3)), tile_size=4, strides=[2, 2], **PLAIN),
    *[relay("nn.contrib_conv2d_gemm_weight_transform", T((height, 2, 3, 5), dtype), tile_N=columns, tile_K=rows)
      for height, columns, rows, dtype in ((1, 4, 4, "float32"), (3, 4, 16, "uint8"), (3, 2, 1, "float16"),
                                           (2, 5, 3, "int32"))],
]
