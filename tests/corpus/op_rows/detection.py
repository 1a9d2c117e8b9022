"""Detection: every attribute of its operators at several values, in both IRs."""

from itertools import product
from typing import Any

from row_language import K, T, V, relax, relay

NEW = ("0.27",)
ROI: dict[str, Any] = {"attrs_type": "relay.attrs.ROIAlignAttrs"}
POOL: dict[str, Any] = {"attrs_type": "relay.attrs.ROIPoolAttrs"}
COUNTS: dict[str, Any] = {"attrs_type": "relay.attrs.GetValidCountsAttrs", "score_threshold": None}
NMS: dict[str, Any] = {"attrs_type": "relay.attrs.NonMaximumSuppressionAttrs"}
ALL: dict[str, Any] = {"attrs_type": "relay.attrs.AllClassNonMaximumSuppressionAttrs"}
REGULAR: dict[str, Any] = {
    "attrs_type": "relay.attrs.RegularNonMaximumSuppressionAttrs", "max_detections_per_class": 3, "max_detections": 4,
    "num_classes": 2, "iou_threshold": 0.4, "score_threshold": 0.1,
}  # fmt: skip
PROPOSAL: dict[str, Any] = {
    "attrs_type": "relay.attrs.ProposalAttrs", "scales": [1.0, 2.0], "ratios": [1.0], "rpn_post_nms_top_n": 9,
}  # fmt: skip

# One region reaches beyond the image, one is turned round, one lies on an element, one outside.
REGIONS = V([
    [0, 1.0, 2.0, 9.0, 11.0], [1, -3.0, 2.0, 20.0, 19.5], [0, 7.0, 7.0, 6.0, 6.0], [1, 3.0, 3.0, 3.0, 3.0],
    [0, 2.5, 0.5, 6.5, 7.5], [1, 30.0, 30.0, 40.0, 40.0],
])  # fmt: skip
# class, score, left, top, right, bottom
BOXES = V([[
    [0, 0.8, 1, 20, 25, 45], [1, 0.7, 30, 60, 50, 80], [0, 0.4, 4, 21, 19, 40], [2, 0.9, 35, 61, 52, 79],
    [1, 0.5, 100, 60, 70, 110], [0, -0.5, 3, 20, 25, 45], [-1, 0.6, 2, 20, 25, 45],
], [
    [0, 0.1, 1, 20, 25, 45], [1, 0.2, 30, 60, 50, 80], [1, 0.3, 31, 61, 51, 79], [1, 0.35, 5, 5, 6, 6],
    [2, 0.95, 0, 0, 10, 10], [2, 0.9, 1, 1, 10, 10], [2, 0.85, 20, 20, 30, 30],
]])  # fmt: skip
# left, top, right, bottom, score, class, something else
TURNED = V([[
    [1, 20, 25, 45, 0.8, 1, 7], [4, 21, 19, 40, 0.4, 1, 7], [2, 20, 25, 45, 0.6, 0, 7], [35, 61, 52, 79, 0.9, 2, 7],
]])  # fmt: skip
INDICES = V([[0, 1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1, 0]], "int32")
FEW = V([[3, 2, 1, 0]], "int32")
CORNERS = V([[
    [0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1], [0, 100, 1, 101],
], [
    [1, 1, 0, 0], [0, 10, 1, 11], [0, 10, 1, 11], [0, 3, 1, 4], [0, 3.25, 1, 4.25], [0, 3.5, 1, 4.5],
]])  # fmt: skip
SCORES = V([
    [[0.9, 0.75, 0.6, 0.95, 0.5, 0.3], [0.1, 0.2, 0.7, 0.7, 0.65, 0.8]],
    [[0.5, 0.5, 0.5, 0.4, 0.4, 0.4], [0.0, -0.25, 0.7, 0.7, 0.65, 0.8]],
])  # fmt: skip
BY_BOX = V([
    [[0, 0.9, 0.1], [0, 0.75, 0.2], [0, 0.6, 0.7], [0, 0.95, 0.7], [0, 0.5, 0.65], [0, 0.3, 0.05]],
    [[1, 0.5, 0.5], [0, 0.5, 0.5], [1, 0.5, 0.7], [0, 0.05, 0.7], [0, 0.5, 0.65], [0, 0.1, 0.25]],
])  # fmt: skip
PROBABLE = T((2, 3, 4), "float32", 0.1, 1.0)
ANCHORS = T((1, 4, 4), "float32", 0.0, 1.0)
SUPPRESSIONS: list[dict[str, Any]] = [
    {"id_index": -1}, {"id_index": -1, "force_suppress": True}, {"top_k": 0}, {"top_k": 1}, {"top_k": 100},
    {"top_k": 4, "force_suppress": True}, {"return_indices": False, "top_k": 2},
    {"return_indices": False, "id_index": -1}, {"return_indices": False, "invalid_to_bottom": True, "top_k": 3},
    {"invalid_to_bottom": True}, {"return_indices": False, "force_suppress": True, "invalid_to_bottom": True},
]  # fmt: skip
OTHERWISE: dict[str, Any] = {"coord_start": 0, "score_index": 4}


def nms(most: int, threshold: float, counts: Any = (7, 7), data: Any = BOXES, indices: Any = INDICES, **attrs: Any):
    operands = data, V(counts, "int32"), indices, V(most, "int32"), V(threshold)
    return relay("vision.non_max_suppression", *operands, **NMS, **attrs)


def suppress(counts: Any = (7, 7), data: Any = BOXES, indices: Any = INDICES, **attrs: Any):
    return relax("vision.non_max_suppression", data, V(counts, "int32"), indices, releases=NEW, **attrs)


def every_class(most, iou, score, **attrs: Any):
    operands = CORNERS, SCORES, V(most, "int64"), V(iou), V(score)
    return relay("vision.all_class_non_max_suppression", *operands, **ALL, **attrs)


def align(**attrs: Any):
    """In both IRs, in both layouts."""
    rows = []
    for layout, shape in (("NCHW", (2, 3, 8, 7)), ("NHWC", (2, 8, 7, 3))):
        said = {"layout": layout, **attrs}
        rows.append(relax("vision.roi_align", T(shape), REGIONS, releases=NEW, **said))
        if "aligned" not in attrs:
            rows.append(relay("vision.roi_align", T(shape), REGIONS, **ROI, **said))
    return rows


# fmt: off
ROWS = [
    *[row for mode, ratio in product(("avg", "max"), (-1, 0, 1, 3)) for row in
      align(pooled_size=[2, 3], spatial_scale=0.5, sample_ratio=ratio, mode=mode)],
    *align(pooled_size=[1, 4], spatial_scale=1.0, sample_ratio=2),
    *align(pooled_size=[4, 1], spatial_scale=0.3),
    *[row for mode, ratio in product(("avg", "max"), (-1, 2)) for row in
      align(pooled_size=[2, 3], spatial_scale=0.5, sample_ratio=ratio, mode=mode, aligned=True)],
    *align(pooled_size=[2, 2], spatial_scale=1.0, mode="sum"),
    *[call("vision.roi_pool", T((2, 3, 8, 7)), REGIONS, pooled_size=size, spatial_scale=scale, **more)
      for size, scale in (([1, 1], 1.0), ([2, 3], 0.5), ([4, 5], 0.3), ([8, 7], 1.0))
      for call, more in ((relay, POOL), (relax, {"releases": NEW}))],
    relax("vision.roi_pool", T((2, 8, 7, 3)), REGIONS, pooled_size=[2, 2], spatial_scale=1.0, layout="NHWC",
          releases=NEW),
    *[relay("vision.get_valid_counts", data, V(least), **COUNTS, **more) for data, least, more in (
        (BOXES, 0.0, {}), (BOXES, -1.0, {"id_index": -1}), (TURNED, 0.5, {"id_index": 5, "score_index": 4}),
        (TURNED, 20.0, {"id_index": -1, "score_index": 1}), (BOXES, 2.0, {}))],
    *[relax("vision.get_valid_counts", data, score_threshold=least, releases=NEW, **more) for data, least, more in (
        (BOXES, 0.0, {}), (BOXES, -1.0, {"id_index": -1}), (TURNED, 0.5, {"id_index": 5, "score_index": 4}),
        (TURNED, 20.0, {"id_index": -1, "score_index": 1}), (BOXES, 2.0, {}))],
    *[nms(-1, 0.5, **attrs) for attrs in SUPPRESSIONS],
    *[nms(most, iou, **attrs) for most, iou, attrs in (
        (0, 0.5, {}), (1, 0.5, {"id_index": -1}), (3, 0.3, {}), (2, 0.5, {"top_k": 4}), (-1, 0.01, {}), (-1, 1.0, {}),
        (-1, -0.5, {"return_indices": False}), (2, 0.0, {"return_indices": False, "invalid_to_bottom": True}))],
    *[nms(-1, 0.3, (4,), TURNED, FEW, **OTHERWISE, **attrs) for attrs in (
        {"id_index": 5}, {"id_index": -1}, {"id_index": 5, "force_suppress": True},
        {"id_index": 5, "return_indices": False}, {"id_index": 5, "return_indices": False, "invalid_to_bottom": True})],
    *[suppress(**attrs) for attrs in SUPPRESSIONS],
    *[suppress(**attrs) for attrs in (
        {"max_output_size": 0}, {"max_output_size": 1, "id_index": -1}, {"max_output_size": 3, "iou_threshold": 0.3},
        {"iou_threshold": 0.01}, {"iou_threshold": 1.0}, {"iou_threshold": 0.0}, {"counts": (3, 0)},
        {"soft_nms_sigma": 0.3}, {"soft_nms_sigma": 0.3, "id_index": -1, "score_threshold": 0.2},
        {"soft_nms_sigma": 2.0, "top_k": 4}, {"soft_nms_sigma": 0.5, "return_indices": False, "iou_threshold": 0.9},
        {"soft_nms_sigma": 0.5, "iou_threshold": 0.2, "force_suppress": True}, {"score_threshold": 0.6})],
    *[suppress((4,), TURNED, FEW, iou_threshold=0.3, **OTHERWISE, **attrs) for attrs in (
        {"id_index": 5}, {"id_index": -1}, {"id_index": 5, "force_suppress": True},
        {"id_index": 5, "return_indices": False}, {"id_index": 5, "return_indices": False, "invalid_to_bottom": True},
        {"id_index": 5, "soft_nms_sigma": 0.5})],
    *[every_class(most, iou, score, output_format=form) for form in ("onnx", "tensorflow") for most, iou, score in (
        (-1, 0.5, 0.0), (0, 0.5, 0.0), (1, 0.5, 0.0), (2, 0.3, 0.3), (-1, 1.0, -1.0), (-1, 0.0, 0.0), (-1, 0.5, 0.9))],
    *[relax("vision.all_class_non_max_suppression", CORNERS, SCORES, K(most, "int64"), K(iou), K(score),
            output_format=form, releases=NEW)
      # Without a limit TVM 0.27 keeps no box, and of none it cuts off too much memory.
      for form, least in (("onnx", 6), ("tensorflow", -1)) for most, iou, score in (
        (least, 0.5, 0.0), (1, 0.5, 0.0), (2, 0.3, 0.3), (6, 1.0, -1.0), (6, 0.5, 0.9))],
    *[relay("vision.regular_non_max_suppression", CORNERS, BY_BOX, **{**REGULAR, **more}) for more in (
        {}, {"max_detections_per_class": 1}, {"max_detections": 2}, {"max_detections": 9}, {"num_classes": 1},
        {"iou_threshold": 0.9}, {"iou_threshold": 0.05}, {"score_threshold": 0.5}, {"score_threshold": 2.0})],
    *[relay("vision.multibox_prior", T((1, 3, 3, 2)), **attrs) for attrs in (
        {"sizes": [0.5]}, {"sizes": [0.9, 0.3, 0.1]}, {"ratios": [2.0]}, {"ratios": [1.0, 3.0, 0.25]},
        {"steps": [0.3, 0.6]}, {"steps": [0.5, -1.0]}, {"offsets": [0.0, 1.0]}, {"clip": True},
        {"sizes": [0.7, 0.2], "ratios": [0.5, 2.0], "clip": True})],
    *[relay("vision.multibox_transform_loc", PROBABLE, T((2, 16)), ANCHORS, **attrs) for attrs in (
        {"clip": False}, {"clip": True}, {"threshold": 0.5}, {"threshold": 0.9, "keep_background": True},
        {"threshold": 1.5}, {"variances": [1.0, 0.5, 0.25, 0.125], "clip": False}, {"keep_background": True})],
    *[relax("vision.multibox_transform_loc", T((2, 3, 4)), T((2, 16), "float32", -0.3, 0.3), ANCHORS, releases=NEW,
            **attrs)
      for attrs in ({"clip": True}, {"threshold": 0.3}, {"threshold": 2.0}, {"variances": (1.0, 0.5, 0.25, 0.125)},
                    {"keep_background": False}, {"apply_softmax": False, "threshold": 0.25},
                    {"apply_softmax": False, "keep_background": False})],
    *[relay("vision.proposal", T((1, 4 * 1, 4, 5), "float32", 0, 1), T((1, 8, 4, 5), "float32", -0.4, 0.4),
            V([[60.0, 70.0, scale]]), **{**PROPOSAL, **more})
      for scale, more in (
        (1.0, {}), (1.0, {"feature_stride": 8}), (1.0, {"threshold": 0.3}), (1.0, {"rpn_pre_nms_top_n": 5}),
        (1.0, {"rpn_pre_nms_top_n": -1}), (1.0, {"rpn_min_size": 30}), (2.0, {"rpn_min_size": 10}),
        (1.0, {"iou_loss": True}), (1.0, {"scales": [1.0], "ratios": [0.5, 2.0]}))],
]
