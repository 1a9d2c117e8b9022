"""Images: resizing, cropping, sampling, dilation."""

from typing import Any

from row_language import T, V, relay

MODES = ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel", "tf_half_pixel_for_nn")
ROUNDINGS = ("", "round", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


def resize(count, shape, size, *, dtype="float32", low: Any = -3.0, high: Any = 3.0, roi=None, **attrs: Any):
    return relay(
        f"image.resize{count}d", T(shape, dtype, low, high), size=size, roi=[0.0] * (2 * count) if roi is None else roi,
        **attrs,
    )  # fmt: skip


CROP = {"coordinate_transformation_mode": "tf_crop_and_resize", "extrapolation_value": 0.5}
NEAREST = {"method": "nearest_neighbor"}
OWNERS = V([0, 1, 1], "int32")
BOXES = V([[0.1, 0.2, 0.8, 0.7], [-0.3, 0.0, 1.0, 1.2], [0.9, 0.9, 0.1, 0.1]])

# fmt: off
ROWS = [
    *[
        resize(2, (1, 2, 4, 5), [7, 9], method=method, coordinate_transformation_mode=mode)
        for method in ("nearest_neighbor", "linear", "cubic")
        for mode in MODES
    ],
    *[
        resize(2, (1, 1, 9, 8), size, **NEAREST, coordinate_transformation_mode=mode, rounding_method=rounding)
        for mode in ("half_pixel", "align_corners", "asymmetric")
        for rounding in ROUNDINGS
        for size in ([5, 6], [18, 13])
    ],
    resize(2, (1, 2, 4, 5), [7, 9]),
    resize(2, (1, 2, 4, 5), [2, 3]),
    resize(2, (1, 2, 4, 5), [1, 1], coordinate_transformation_mode="pytorch_half_pixel"),
    resize(2, (1, 2, 4, 5), [4, 5], coordinate_transformation_mode="align_corners"),
    resize(2, (1, 2, 3, 3), [6, 9], **NEAREST, coordinate_transformation_mode="asymmetric", rounding_method="ceil"),
    resize(2, (1, 4, 5, 2), [7, 9], layout="NHWC"),
    resize(2, (1, 2, 4, 5, 3), [7, 9], layout="NCHW3c", **NEAREST),
    resize(2, (1, 2, 4, 5), [7, 9], method="cubic", cubic_alpha=-0.75),
    resize(2, (1, 2, 4, 5), [7, 9], method="cubic", cubic_exclude=1),
    resize(2, (1, 2, 6, 7), [3, 4], method="cubic", cubic_exclude=1, coordinate_transformation_mode="asymmetric"),
    resize(2, (1, 2, 4, 5), [7, 9], dtype="uint8", low=0, high=255),
    resize(2, (1, 2, 4, 5), [7, 9], dtype="int32", low=-90, high=90, **NEAREST),
    resize(2, (1, 2, 4, 5), [7, 9], dtype="float16"),
    resize(2, (1, 2, 4, 5), [7, 9], dtype="int8", low=-90, high=90, out_dtype="float32"),
    resize(2, (1, 2, 4, 5), [7, 9], roi=[-0.2, 0.1, 0.9, 1.3], **CROP),
    resize(2, (1, 2, 4, 5), [1, 9], roi=[0.2, 0.1, 0.9, 0.8], **CROP),
    resize(2, (1, 2, 4, 5), [5, 4], roi=[-0.2, 0.1, 0.9, 1.3], **CROP, **NEAREST),
    resize(2, (1, 2, 4, 5), [7]),
    resize(2, (1, 2, 4), [7, 9]),
    resize(2, (1, 2, 4, 5), [7, 9], roi=[0.0, 0.0]),
    resize(2, (1, 2, 4, 5), [7, 9], layout="NCW"),
    *[resize(1, (1, 2, 5), [9], method=method, coordinate_transformation_mode=mode)
      for method in ("nearest_neighbor", "linear", "cubic") for mode in MODES],
    resize(1, (1, 2, 5), [10], **NEAREST, coordinate_transformation_mode="asymmetric", rounding_method="ceil"),
    resize(1, (1, 5, 2), [3], layout="NWC"),
    resize(1, (1, 2, 5), [9], roi=[-0.2, 0.9], **CROP),
    resize(1, (1, 2, 5), [9], method="cubic", cubic_exclude=1),
    *[resize(3, (1, 2, 3, 4, 5), [5, 6, 7], method=method, coordinate_transformation_mode=mode)
      for method in ("nearest_neighbor", "linear", "cubic") for mode in ("half_pixel", "align_corners", "asymmetric")],
    resize(3, (1, 3, 4, 5, 2), [2, 6, 7], layout="NDHWC"),
    resize(3, (1, 1, 3, 4, 5), [5, 6, 7], roi=[-0.2, 0.1, 0.2, 0.9, 1.3, 0.7], **CROP),
    resize(3, (1, 1, 3, 4, 5), [5, 6, 7], method="cubic", cubic_exclude=1),
    *[
        relay("image.grid_sample", T((2, 3, 4, 5)), T((2, 2, 6, 7), "float32", -1.6, 1.6), method=method,
              padding_mode=mode, align_corners=corners)
        for method in ("bilinear", "nearest", "bicubic")
        for mode in ("zeros", "border", "reflection")
        for corners in (True, False)
    ],
    *[
        relay("image.grid_sample", T((1, 2, 3, 4, 5)), T((1, 3, 3, 4, 2), "float32", -1.6, 1.6), method=method,
              padding_mode=mode, align_corners=corners, layout="NCDHW")
        for method in ("bilinear", "nearest")
        for mode in ("zeros", "border", "reflection")
        for corners in (True, False)
    ],
    relay("image.grid_sample", T((2, 3, 4, 5)), T((2, 2, 6, 7))),
    relay("image.grid_sample", T((2, 3, 4)), T((2, 2, 6, 7))),
    relay("image.grid_sample", T((2, 4, 5, 3)), T((2, 2, 6, 7)), layout="NHWC"),
    relay("image.grid_sample", T((2, 3, 4, 5)), T((2, 2, 6))),
    relay("image.affine_grid", T((2, 2, 3)), target_shape=[4, 5]),
    relay("image.affine_grid", T((2, 2, 4)), target_shape=[4, 5]),
    relay("image.affine_grid", T((2, 3)), target_shape=[4, 5]),
    relay("image.affine_grid", T((2, 2, 3)), target_shape=[4]),
    *[
        relay("image.crop_and_resize", T(shape), BOXES, OWNERS, crop_size=[3, 4], **more)
        for shape, more in (
            ((2, 3, 5, 6), {}),
            ((2, 3, 5, 6), {"method": "nearest_neighbor", "extrapolation_value": 7.5}),
            ((2, 5, 6, 3), {"layout": "NHWC", "extrapolation_value": -1.0}),
            ((2, 3, 5), {}),
        )
    ],
    relay("image.crop_and_resize", T((2, 3, 5, 6)), BOXES, OWNERS, crop_size=[3, 4], out_dtype="float16"),
    *[
        relay("image.dilation2d", T(data), T(weight), **more)
        for data, weight, more in (
            ((1, 2, 5, 6), (2, 3, 2), {}),
            ((2, 2, 7, 6), (2, 3, 3), {"strides": [2, 1], "padding": [1, 2]}),
            ((1, 2, 9, 9), (2, 3, 3), {"dilations": [2, 3], "padding": [1, 0, 2, 1]}),
            ((1, 5, 6, 2), (3, 3, 2), {"data_layout": "NHWC", "kernel_layout": "HWI", "padding": [1, 1]}),
            ((1, 2, 5), (2, 3, 2), {}),
            ((1, 2, 5, 6), (2, 3, 2), {"strides": [1, 2, 3, 4], "dilations": [2, 1, 5, 6]}),
            ((1, 2, 5, 6), (3, 2), {}),
        )
    ],
]
