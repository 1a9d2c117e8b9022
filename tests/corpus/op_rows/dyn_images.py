"""Resizing to sizes and by scales that are operands."""

from row_language import T, V, relay


def resize(data, size, roi=(), **attrs):
    return relay("dyn.image.resize2d", data, V(list(size), "int64"), V(list(roi)), **attrs)


ROWS = [
    resize(T((1, 2, 4, 4)), (8, 6)),
    resize(T((1, 4, 4, 2)), (3, 2), layout="NHWC", method="nearest_neighbor", rounding_method="floor",
           coordinate_transformation_mode="asymmetric"),
    resize(T((1, 2, 4, 4)), (7, 5), method="linear", coordinate_transformation_mode="align_corners"),
    resize(T((1, 2, 4, 4)), (7, 5), method="cubic"),
    resize(T((1, 2, 4, 4)), (7, 5), (0.1, 0.2, 0.8, 0.9), coordinate_transformation_mode="tf_crop_and_resize"),
    resize(T((1, 2, 4)), (7, 5)),
    resize(T((1, 2, 4, 4)), (7, 5), layout="NCH"),
]  # fmt: skip
