"""Images of both IRs: every attribute by itself away from its default."""

from typing import Any

from row_language import Shape, T, V, relax, relay, wrong

NEW = ("0.27",)
PICTURE, CUBE, LINE = (1, 2, 4, 5), (1, 2, 3, 4, 5), (1, 2, 5)
LONG, DEEP = (7, 9), (4, 6, 3)
MODES = ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel", "tf_half_pixel_for_nn")
ROUNDINGS = ("", "round", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
CROP: dict[str, Any] = {"coordinate_transformation_mode": "tf_crop_and_resize"}
NEAREST: dict[str, Any] = {"method": "nearest_neighbor"}
ROI: dict[str, Any] = {"roi": [-0.2, 0.1, 0.9, 1.3]}
ROI3: dict[str, Any] = {"roi": [-0.2, 0.1, 0.2, 0.9, 1.3, 0.7]}


def picture(*shape: int, size=LONG, releases=("0.19", "0.27"), dtype="float32", **attrs: Any):
    return relax("image.resize2d", T(shape or PICTURE, dtype), Shape(size), releases=releases, **attrs)


def cube(*shape: int, size=DEEP, **attrs: Any):
    return relax("image.resize3d", T(shape or CUBE), Shape(size), releases=NEW, **attrs)


def dynamic(data, size, roi=(), dtype="float32", **attrs: Any):
    return relay("dyn.image.resize2d", T(data, dtype), V(list(size), "int64"), V(list(roi)), **attrs)


# fmt: off
ROWS = [
    *[picture(method=method, coordinate_transformation_mode=mode)
      for method in ("nearest_neighbor", "linear", "cubic") for mode in MODES],
    *[picture(1, 1, 9, 8, size=size, **NEAREST, rounding_method=rounding, coordinate_transformation_mode=mode)
      for rounding in ROUNDINGS for size, mode in (((5, 6), "half_pixel"), ((18, 13), "align_corners"), ((6, 16),
            "asymmetric"))],
    picture(),
    picture(**CROP, **ROI),
    picture(**CROP, **ROI, extrapolation_value=0.5),
    picture(**CROP, **ROI, extrapolation_value=-2.0, **NEAREST),
    picture(**CROP),
    picture(method="cubic", cubic_alpha=-0.25),
    picture(method="cubic", cubic_exclude=1),
    picture(method="cubic", cubic_exclude=1, cubic_alpha=-0.25, coordinate_transformation_mode="align_corners"),
    picture(1, 4, 5, 2, layout="NHWC"),
    picture(1, 4, 5, 2, layout="NHWC", **NEAREST),
    *wrong("keeps the element type", picture(dtype="float16", out_dtype="float32"),
           picture(dtype="int8", out_dtype="float32"), picture(out_dtype="float64"), cube(out_dtype="float64")),
    *[cube(method=method, coordinate_transformation_mode=mode)
      for method in ("nearest_neighbor", "linear", "cubic") for mode in MODES],
    *[cube(**NEAREST, rounding_method=rounding, coordinate_transformation_mode=mode)
      for rounding in ROUNDINGS for mode in ("half_pixel", "asymmetric")],
    cube(),
    cube(**CROP, **ROI3),
    cube(**CROP, **ROI3, extrapolation_value=0.5),
    cube(**CROP),
    cube(method="cubic", cubic_alpha=-0.25),
    cube(method="cubic", cubic_exclude=1),
    cube(1, 3, 4, 5, 2, layout="NDHWC"),
    *[relay("image.resize1d", T((1, 2, 9)), size=[14], roi=[0.0, 0.0], **NEAREST, rounding_method=rounding,
            coordinate_transformation_mode=mode)
      for rounding in ROUNDINGS for mode in ("half_pixel", "asymmetric", "align_corners")],
    relay("image.resize1d", T(LINE), size=[9], roi=[0.0, 0.0], method="cubic", cubic_alpha=-0.25),
    relay("image.resize1d", T(LINE), size=[9], roi=[0.1, 0.8], **CROP, extrapolation_value=1.5),
    relay("image.resize1d", T(LINE, "float16"), size=[9], roi=[0.0, 0.0], out_dtype="float32"),
    *[relay("image.resize1d", T((1, 2, 7)), size=[3], roi=[0.0, 0.0], coordinate_transformation_mode=mode)
      for mode in MODES],
    *[relay("image.resize1d", T((1, 2, 7)), size=[1], roi=[0.0, 0.0], coordinate_transformation_mode=mode)
      for mode in MODES],
    *[relay("image.resize3d", T(CUBE), size=[4, 6, 3], roi=[0.0] * 6, **NEAREST, rounding_method=rounding,
            coordinate_transformation_mode=mode) for rounding in ROUNDINGS for mode in ("half_pixel", "asymmetric")],
    relay("image.resize3d", T(CUBE), size=[4, 6, 3], roi=[0.0] * 6, method="cubic", cubic_alpha=-0.25),
    relay("image.resize3d", T(CUBE, "float16"), size=[4, 6, 3], roi=[0.0] * 6, out_dtype="float32"),
    relay("image.resize2d", T(PICTURE, "float16"), size=[7, 9], roi=[0.0] * 4, out_dtype="float32"),
    *[dynamic((1, 1, 9, 8), size, **NEAREST, rounding_method=rounding, coordinate_transformation_mode=mode)
      for rounding in ROUNDINGS for size, mode in (((5, 6), "half_pixel"), ((18, 13), "align_corners"))],
    dynamic(PICTURE, LONG, method="cubic", cubic_alpha=-0.25),
    dynamic(PICTURE, LONG, method="cubic", cubic_exclude=1),
    dynamic(PICTURE, LONG, (-0.2, 0.1, 0.9, 1.3), **CROP, extrapolation_value=0.5),
    dynamic(PICTURE, LONG, dtype="int8", out_dtype="float32"),
    dynamic(PICTURE, LONG, coordinate_transformation_mode="asymmetric"),
    *[relax("image.grid_sample", T(PICTURE), T((1, 2, 3, 4), "float32", -1.6, 1.6), method=method, padding_mode=mode,
            align_corners=corners, releases=NEW)
      for method in ("bilinear", "nearest", "bicubic") for mode in ("zeros", "border", "reflection")
        for corners in (True, False)],
    relax("image.grid_sample", T((1, 4, 5, 2)), T((1, 2, 3, 4)), layout="NHWC", releases=NEW),
    relax("image.grid_sample", T(CUBE), T((1, 3, 3, 4, 2), "float32", -1.6, 1.6), layout="NCDHW", releases=NEW),
    relay("image.affine_grid", T((1, 2, 3)), target_shape=[3, 7]),
    relax("image.affine_grid", T((1, 2, 3)), Shape((3, 7)), releases=NEW),
    *[relay("image.crop_and_resize", T(shape), V([[0.1, 0.2, 0.8, 0.7], [-0.3, 0.0, 1.0, 1.2]]), V([0, 1], "int32"),
          **more)
      for shape, more in (
          ((2, 3, 5, 6), {"crop_size": [2, 5], "layout": "NCHW"}),
          ((2, 5, 6, 3), {"crop_size": [2, 5], "layout": "NHWC"}),
          ((2, 3, 5, 6), {"crop_size": [2, 5], "layout": "NCHW", "method": "nearest_neighbor"}),
          ((2, 3, 5, 6), {"crop_size": [2, 5], "layout": "NCHW", "extrapolation_value": 2.5}))],
    *[relay("image.dilation2d", T((1, 2, 7, 8), dtype), T((2, 3, 2), dtype), **more) for dtype, more in (
        ("float32", {"strides": [1, 2]}), ("float32", {"padding": [0, 1, 2, 3]}), ("float32", {"dilations": [1, 2]}),
        ("float16", {"out_dtype": "float32"}), ("float32", {"out_dtype": "float64"}), ("int8",
              {"out_dtype": "int32"}))],
]
