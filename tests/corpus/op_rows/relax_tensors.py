"""Operators on tensors that only Relax has, or that it spells quite differently."""

from typing import Any

from row_language import K, Map, S, Shape, T, V, relax

NEW = ("0.27",)
X = T((2, 3, 4))
WHOLE = T((2, 3), "int32", -9, 9)
HALVES = V([[-2.5, -1.5, -0.5, 0.5], [1.5, 2.5, 200.0, -200.0]])
BOXES = V([[
    [0, 0.8, 1, 20, 25, 45], [1, 0.7, 30, 60, 50, 80], [0, 0.4, 4, 21, 19, 40], [2, 0.9, 35, 61, 52, 79],
    [1, 0.5, 100, 60, 70, 110], [0, -0.5, 3, 20, 25, 45], [-1, 0.6, 2, 20, 25, 45],
], [
    [0, 0.1, 1, 20, 25, 45], [1, 0.2, 30, 60, 50, 80], [1, 0.3, 31, 61, 51, 79], [1, 0.35, 5, 5, 6, 6],
    [2, 0.95, 0, 0, 10, 10], [2, 0.9, 1, 1, 10, 10], [2, 0.85, 20, 20, 30, 30],
]])  # fmt: skip
INDICES = V([[0, 1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1, 0]], "int32")
CORNERS = V([[[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1], [0, 100, 1, 101]]])
SCORES = V([[[0.9, 0.75, 0.6, 0.95, 0.5, 0.3], [0.1, 0.2, 0.7, 0.7, 0.65, 0.8]]])
REGIONS = V([[0, 1.0, 2.0, 9.0, 11.0], [1, 0.0, 0.0, 13.0, 15.0], [0, 7.0, 7.0, 6.5, 6.5], [1, -3.0, 2.0, 20.0, 19.5]])
ROI: dict[str, Any] = {"pooled_size": [3, 2], "spatial_scale": 0.5}
PICTURE, CUBE = T((1, 2, 5, 6)), T((1, 2, 3, 4, 5))


RESIZES: list[tuple[str, str, dict[str, Any]]] = [
    ("nearest_neighbor", "asymmetric", {"rounding_method": "floor"}), ("linear", "half_pixel", {}),
    ("linear", "align_corners", {}), ("cubic", "half_pixel", {}), ("cubic", "half_pixel", {"cubic_alpha": -0.5}),
]  # fmt: skip


def nms(counts, **attrs):
    return relax("vision.non_max_suppression", BOXES, V(counts, "int32"), INDICES, releases=NEW, **attrs)


def put(data, places, values, **attrs):
    return relax("index_put", data, tuple(V(place, "int64") for place in places), values, releases=NEW, **attrs)


def scattered(data, src, start, end, step, **attrs):
    operands = data, src, *(S(n, "int64") for n in (start, end, step))
    return relax("slice_scatter", *operands, releases=NEW, **attrs)


def unique(data, *flags):
    *wanted, axis = flags if len(flags) == 5 else (*flags, None)
    place = () if axis is None else (S(axis, "int64"),)
    return relax("unique", data, *(S(flag, "bool") for flag in wanted), *place)


# fmt: off
ROWS = [
    relax("atan2", T((2, 3)), T((2, 3)), releases=NEW),
    relax("atan2", V([0.0, -0.0, 0.0, -0.0, 1.0]), V([1.0, 1.0, -1.0, -1.0, 0.0]), releases=NEW),
    relax("log_add_exp", T((2, 3)), T((3,)), releases=NEW),
    relax("log_add_exp", T((2, 3), "float64"), T((2, 1), "float64"), releases=NEW),
    relax("square", T((2, 3))),
    relax("square", WHOLE),
    relax("ewise_fma", T((2, 3)), T((2, 3)), T((2, 3))),
    relax("ewise_fma", T((2, 3)), T((2, 3)), T((3,))),
    relax("outer", T((3,)), T((4,)), releases=NEW),
    relax("outer", T((3, 1)), T((4,)), releases=NEW),
    relax("flatten", X),
    relax("flatten", T(())),
    *[relax("eye", S(n, "int64"), S(m, "int64"), S(k, "int64")) for n, m, k in ((3, 3, 0), (2, 4, 1), (4, 2, -2))],
    relax("eye", S(2, "int64"), S(3, "int64"), S(0, "int64"), dtype="int32"),
    relax("eye_like", T((2, 3)), S(1, "int64")),
    relax("eye_like", T((3, 3)), S(-1, "int64")),
    *[
        relax("hamming_window", S(size, "int64"), S(periodic, "bool"), S(0.54, "float32"), S(0.46, "float32"),
              dtype="float32", releases=NEW)
        for size, periodic in ((10, True), (9, False), (1, True), (2, False))
    ],
    *[
        relax("bucketize", V([[1.0, 3.0, 3.5], [-1.0, 9.0, 5.0]]), V([1.0, 3.0, 5.0, 7.0]), releases=NEW, **attrs)
        for attrs in ({}, {"right": True}, {"out_int32": True})
    ],
    relax("collapse_sum_like", X, T((3, 1))),
    relax("collapse_sum_like", T((2, 3)), T((1, 3))),
    relax("collapse_sum_like", T((2, 3)), T((2, 3))),
    relax("collapse_sum_to", X, Shape((3, 1))),
    relax("collapse_sum_to", X, Shape((2, 1, 4))),
    relax("collapse_sum_to", X, Shape((2, 2))),
    relax("quantize", HALVES, K(1.0), K(0, "int8"), out_dtype="int8"),
    relax("quantize", HALVES, K(0.5), K(3, "int8"), out_dtype="uint8"),
    relax("quantize", HALVES, V([0.5, 2.0]), V([1, -1], "int8"), axis=0, out_dtype="int8"),
    relax("quantize", T((2, 4)), V([0.5, 2.0, 0.1, 0.02]), V([1, -1, 0, 3], "int8")),
    relax("dequantize", T((2, 4), "int8", -128, 127), K(0.1), K(3, "int8"), out_dtype="float32"),
    relax("dequantize", T((2, 4), "uint8", 0, 255), V([0.5, 2.0]), V([1, -1], "int8"), axis=0),
    relax("dequantize", T((2, 4), "int8", -128, 127), K(0.1), K(3, "int8"), out_dtype="float16"),
    relax("dynamic_strided_slice", T((8, 9)), V([1, 0], "int64"), V([8, 9], "int64"), V([2, 3], "int64")),
    relax("dynamic_strided_slice", T((8, 9)), V([6, 8], "int64"), V([0, 1], "int64"), V([-2, -3], "int64")),
    relax("dynamic_strided_slice", T((8, 9)), V([6, -1], "int64"), V([0, -20], "int64"), V([-2, -3], "int64"),
          releases=NEW),
    relax("gather_nd", X, V([[0, 1], [1, 2]], "int64")),
    relax("gather_nd", X, V([[0], [1], [1]], "int32")),
    relax("gather_nd", X, V([[[0], [2]], [[1], [1]]], "int64"), batch_dims=1),
    relax("gather_nd", X, V([[0, 1, 2, 3]], "int64")),
    *[relax("scatter_nd", T((4, 4)), V([[0, 1], [3, 2], [0, 1]], "int64"), T((3,)), reduction=reduction)
      for reduction in ("update", "add", "mul", "min", "max")],
    relax("scatter_nd", T((4, 3)), V([[2], [0]], "int64"), T((2, 3))),
    relax("scatter_nd", T((8,)), V([[2, 1]], "int64"), T((1,))),
    put(T((5,)), [[0, 3, -1]], T((3,))),
    put(T((5,)), [[0, 3, 3]], T((3,)), accumulate=True),
    put(T((3, 4)), [[[0], [2]], [1, 3]], T((2, 2))),
    put(T((3, 4)), [[0, 2], [1, 3]], T((2,))),
    put(T((3, 4)), [[0, 2]], T((2, 4))),
    relax("index_tensor", T((4, 5)), (V([0, 3, 1], "int64"), V([4, 0, 2], "int64")), releases=NEW),
    relax("index_tensor", T((4, 5, 2)), (V([[0], [3]], "int32"), V([4, 0, 2], "int32")), releases=NEW),
    relax("index_tensor", T((4, 5)), (V([0, 3, 1], "int64"),), releases=NEW),
    *[relax("median", T((3, 4)), axis=axis, releases=NEW, **more)
      for axis, more in ((0, {}), (1, {}), (-1, {"keepdims": True}), (None, {}))],
    relax("meshgrid", (T((2,)), T((3,))), releases=NEW),
    relax("meshgrid", (T((2,)), T((2,)), T((4,))), indexing="xy", releases=NEW),
    relax("nonzero", V([[0, 1, 2], [3, 0, 0]], "int32")),
    relax("nonzero", V([0.0, 1.5, -2.0])),
    relax("nonzero", V([[False, True], [True, True]], "bool")),
    unique(V([3, 1, 1, 2, 3, 5], "int32"), True, False, False, False),
    unique(V([[3, 1, 1], [2, 3, 5]], "int32"), False, False, False, False),
    unique(V([3, 1, 1, 2, 3, 5], "int32"), True, True, True, True),
    unique(V([3, 1, 1, 2, 3, 5], "int32"), False, True, True, True),
    unique(V([[1, 2], [0, 5], [1, 2]], "int32"), True, True, False, True, 0),
    unique(V([[1, 2], [0, 5], [1, 2]], "int32"), False, False, False, False, 0),
    relax("one_hot", V([0, 2, 5, -1], "int32"), S(1, "int64"), S(0, "int64"), depth=4),
    relax("one_hot", V([[0, 2], [1, 3]], "int64"), S(2.5, "float32"), S(-1.0, "float32"), depth=4, axis=0),
    relax("one_hot", V([[0, 2], [1, 3]], "int64"), S(2.5, "float32"), S(-1.0, "float32"), depth=3, axis=1),
    *[relax("reverse_sequence", T((4, 3, 2)), V(counts, kind), releases=NEW, **attrs) for counts, kind, attrs in (
        ([1, 2, 3, 0], "int32", {}), ([4, 1, 9], "int64", {"seq_axis": 0, "batch_axis": 1}), ([4, 1], "int64", {}),
    )],
    relax("size", X, releases=NEW),
    relax("size", T(()), releases=NEW),
    scattered(T((8, 4)), T((3, 4)), 2, 8, 2),
    scattered(T((2, 8)), T((2, 3)), 1, 4, 1, axis=1),
    scattered(T((2, 8)), T((2, 8)), 0, 8, 1, axis=-1),
    scattered(T((8, 4)), T((2, 4)), 2, 8, 2),
    relax("layout_transform", X, index_map=Map("n, h, w", "(n, w, h)")),
    relax("layout_transform", T((8, 3)), index_map=Map("a, b", "(a // 4, b, a % 4)")),
    relax("layout_transform", T((7, 3)), index_map=Map("a, b", "(a // 4, b, a % 4)"), pad_value=2.0),
    relax("layout_transform", T((4, 6)), index_map=Map("a, b", "(a * 6 + b,)")),
    # images
    *[relax("image.resize2d", PICTURE, Shape(size), method=method, coordinate_transformation_mode=mode, **more)
      for method, mode, more in RESIZES for size in ((7, 9), (3, 2))],
    relax("image.resize2d", T((1, 5, 6, 2)), Shape((7, 9)), layout="NHWC"),
    relax("image.resize2d", PICTURE, Shape((7, 9)), layout="NHCW"),
    *[relax("image.resize3d", CUBE, Shape((4, 6, 3)), method=method, releases=NEW)
      for method in ("nearest_neighbor", "linear")],
    relax("image.resize3d", CUBE, Shape((4, 6, 3)), method="linear", layout="NCDHW", releases=NEW,
          coordinate_transformation_mode="align_corners"),
    *[relax("image.grid_sample", PICTURE, T((1, 2, 3, 4), "float32", -1.2, 1.2), releases=NEW, **attrs)
      for attrs in ({}, {"method": "nearest"}, {"method": "bicubic"}, {"padding_mode": "border"},
                    {"padding_mode": "reflection"}, {"align_corners": True})],
    relax("image.affine_grid", T((2, 2, 3)), Shape((4, 5)), releases=NEW),
    relax("image.affine_grid", T((2, 2, 3)), Shape((4, 5)), align_corners=False, releases=NEW),
    relax("image.affine_grid", T((2, 3, 3)), Shape((4, 5)), releases=NEW),
    # detection
    relax("vision.roi_align", T((2, 3, 8, 7)), REGIONS, releases=NEW, **ROI),
    relax("vision.roi_align", T((2, 3, 8, 7)), REGIONS, sample_ratio=2, releases=NEW, **ROI),
    relax("vision.roi_align", T((2, 3, 8, 7)), REGIONS, sample_ratio=2, aligned=True, releases=NEW, **ROI),
    relax("vision.roi_align", T((2, 3, 8, 7)), REGIONS, sample_ratio=2, mode="max", releases=NEW, **ROI),
    relax("vision.roi_align", T((2, 8, 7, 3)), REGIONS, layout="NHWC", releases=NEW, **ROI),
    relax("vision.roi_align", T((2, 8, 7)), REGIONS, releases=NEW, **ROI),
    relax("vision.roi_pool", T((2, 3, 8, 7)), REGIONS, releases=NEW, **ROI),
    relax("vision.get_valid_counts", BOXES, score_threshold=0.3, releases=NEW),
    relax("vision.get_valid_counts", BOXES, score_threshold=0.6, id_index=-1, releases=NEW),
    nms([7, 7]),
    nms([7, 5], force_suppress=True),
    nms([7, 7], max_output_size=2),
    nms([7, 7], top_k=3, iou_threshold=0.3),
    nms([7, 7], return_indices=False),
    nms([7, 7], return_indices=False, invalid_to_bottom=True),
    nms([7, 7], id_index=-1),
    nms([7, 7], soft_nms_sigma=0.5, score_threshold=0.25),
    nms([7, 6], soft_nms_sigma=0.5, max_output_size=3, force_suppress=True),
    relax("vision.all_class_non_max_suppression", CORNERS, SCORES, K(3, "int64"), K(0.5), K(0.4), releases=NEW),
    relax("vision.all_class_non_max_suppression", CORNERS, SCORES, K(3, "int64"), K(0.5), K(0.4),
          output_format="tensorflow", releases=NEW),
    *[relax("vision.multibox_transform_loc", T((2, 3, 4)), T((2, 16), "float32", -0.3, 0.3),
            T((1, 4, 4), "float32", 0.0, 1.0), releases=NEW, **attrs)
      for attrs in ({}, {"clip": True, "variances": (0.1, 0.1, 0.2, 0.2)}, {"threshold": 0.4, "keep_background": False},
                    {"apply_softmax": False})],
]
