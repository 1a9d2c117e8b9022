"""Images: resizing, cropping, sampling, dilation."""

from typing import Any

from row_language import T, relay

MODES = ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel", "tf_half_pixel_for_nn")
ROUNDINGS = ("", "round", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


def resize(count, shape, size, *, dtype="float32", low=-3.0, high=3.0, roi=None, **attrs: Any):
    return relay(
        f"image.resize{count}d", T(shape, dtype, low, high), size=size, roi=[0.0] * (2 * count) if roi is None else roi,
        **attrs,
    )  # fmt: skip


CROP = {"coordinate_transformation_mode": "tf_crop_and_resize", "extrapolation_value": 0.5}
NEAREST = {"method": "nearest_neighbor"}

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
]
