"""Detection of objects."""

from typing import Any

from row_language import T, V, relay

ROI: dict[str, Any] = {"attrs_type": "relay.attrs.ROIAlignAttrs", "pooled_size": [3, 2], "spatial_scale": 0.5}
POOL: dict[str, Any] = {"attrs_type": "relay.attrs.ROIPoolAttrs", "pooled_size": [3, 2], "spatial_scale": 0.5}
COUNTS: dict[str, Any] = {"attrs_type": "relay.attrs.GetValidCountsAttrs", "score_threshold": None}
NMS: dict[str, Any] = {"attrs_type": "relay.attrs.NonMaximumSuppressionAttrs"}
ALL: dict[str, Any] = {"attrs_type": "relay.attrs.AllClassNonMaximumSuppressionAttrs"}
REGULAR: dict[str, Any] = {
    "attrs_type": "relay.attrs.RegularNonMaximumSuppressionAttrs", "max_detections_per_class": 3, "max_detections": 4,
    "num_classes": 2, "iou_threshold": 0.4, "score_threshold": 0.1,
}  # fmt: skip
PROPOSAL: dict[str, Any] = {"attrs_type": "relay.attrs.ProposalAttrs"}
REGIONS = V([[0, 1.0, 2.0, 9.0, 11.0], [1, 0.0, 0.0, 13.0, 15.0], [0, 7.0, 7.0, 6.0, 6.0], [1, -3.0, 2.0, 20.0, 19.5]])
# class, score, left, top, right, bottom
BOXES = V([[
    [0, 0.8, 1, 20, 25, 45], [1, 0.7, 30, 60, 50, 80], [0, 0.4, 4, 21, 19, 40], [2, 0.9, 35, 61, 52, 79],
    [1, 0.5, 100, 60, 70, 110], [0, -0.5, 3, 20, 25, 45], [-1, 0.6, 2, 20, 25, 45],
], [
    [0, 0.1, 1, 20, 25, 45], [1, 0.2, 30, 60, 50, 80], [1, 0.3, 31, 61, 51, 79], [1, 0.3, 5, 5, 6, 6],
    [2, 0.95, 0, 0, 10, 10], [2, 0.9, 1, 1, 10, 10], [2, 0.85, 20, 20, 30, 30],
]])  # fmt: skip
INDICES = V([[0, 1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1, 0]], "int32")
CORNERS = V([[[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1], [0, 100, 1, 101]]])
APART = V([[[0, 0, 1, 1], [0, 10, 1, 11], [0, 20, 1, 21]]])
SCORES = V([[[0.9, 0.75, 0.6, 0.95, 0.5, 0.3], [0.1, 0.2, 0.7, 0.7, 0.65, 0.8]]])


def nms(data, counts, most, threshold, **attrs: Any):
    operands = data, V(counts, "int32"), INDICES, V(most, "int32"), V(threshold)
    return relay("vision.non_max_suppression", *operands, **NMS, **attrs)


def every_class(boxes, scores, most, iou, score, **attrs: Any):
    operands = boxes, scores, V(most, "int64"), V(iou), V(score)
    return relay("vision.all_class_non_max_suppression", *operands, **ALL, **attrs)


PROBABLE = T((2, 3, 4), "float32", 0.1, 1.0)

# fmt: off
ROWS = [
    relay("vision.roi_align", T((2, 3, 8, 7)), REGIONS, **ROI),
    relay("vision.roi_align", T((2, 3, 8, 7)), REGIONS, **ROI, sample_ratio=2),
    relay("vision.roi_align", T((2, 3, 8, 7)), REGIONS, **ROI, sample_ratio=2, mode="max"),
    relay("vision.roi_align", T((2, 8, 7, 3)), REGIONS, **ROI, layout="NHWC"),
    relay("vision.roi_align", T((2, 8, 7)), REGIONS, **ROI),
    relay("vision.roi_align", T((2, 3, 8, 7)), V([1.0, 2.0]), **ROI),
    relay("vision.roi_pool", T((2, 3, 8, 7)), REGIONS, **POOL),
    relay("vision.roi_pool", T((2, 8, 7, 3)), REGIONS, **POOL, layout="NHWC"),
    relay("vision.roi_pool", T((2, 3, 8, 7)), REGIONS, **POOL, layout="NCWH"),
    relay("vision.get_valid_counts", BOXES, V(0.3), **COUNTS),
    relay("vision.get_valid_counts", BOXES, V(0.6), **COUNTS, id_index=-1),
    relay("vision.get_valid_counts", T((7, 6)), V(0.6), **COUNTS),
    nms(BOXES, [7, 7], -1, 0.5),
    nms(BOXES, [7, 5], -1, 0.5, force_suppress=True),
    nms(BOXES, [7, 7], 2, 0.5),
    nms(BOXES, [7, 7], -1, 0.5, top_k=3),
    nms(BOXES, [5, 0], -1, 0.0),
    nms(BOXES, [7, 7], -1, 0.7, id_index=-1),
    nms(BOXES, [7, 5], -1, 0.5, return_indices=False),
    nms(BOXES, [7, 7], 3, 0.5, return_indices=False, invalid_to_bottom=True),
    nms(T((7, 6)), [7, 7], -1, 0.5),
    every_class(CORNERS, SCORES, 3, 0.5, 0.0, output_format="tensorflow"),
    every_class(CORNERS, SCORES, 2, 0.9, 0.55, output_format="tensorflow"),
    every_class(CORNERS, SCORES, -1, 0.95, 0.0, output_format="tensorflow"),
    every_class(CORNERS, SCORES, 3, 0.0, 0.0, output_format="tensorflow"),
    every_class(APART, V([[[0.9, 0.75, 0.6], [0.1, 0.2, 0.7]]]), -1, 0.5, 0.0),
    every_class(APART, V([[0.9, 0.75, 0.6], [0.1, 0.2, 0.7]]), -1, 0.5, 0.0),
    relay("vision.regular_non_max_suppression", CORNERS, V([[[0, 0.9, 0.1], [0, 0.75, 0.2], [0, 0.6, 0.7],
          [0, 0.95, 0.7], [0, 0.5, 0.65], [0, 0.3, 0.05]]]), **REGULAR),
    relay("vision.regular_non_max_suppression", APART, V([[[0.9, 0.1], [0.05, 0.05], [0.6, 0.05]]]), **REGULAR),
    relay("vision.regular_non_max_suppression", T((3, 4)), T((3, 2)), **REGULAR),
    relay("vision.multibox_prior", T((1, 3, 4, 5))),
    relay("vision.multibox_prior", T((2, 3, 3, 2)), sizes=[0.5, 0.25], ratios=[1.0, 2.0, 0.5], steps=[0.3, 0.6],
          offsets=[0.25, 0.75]),
    relay("vision.multibox_prior", T((1, 3, 3, 2)), sizes=[0.9], ratios=[1.0, 3.0], clip=True),
    relay("vision.multibox_prior", T((1, 3, 3))),
    relay("vision.multibox_transform_loc", T((1, 3, 4), "float32", 0.1, 1.0), T((1, 16)), T((1, 4, 4), "float32", 0, 1),
          keep_background=True),
    relay("vision.multibox_transform_loc", PROBABLE, T((2, 16)), T((1, 4, 4), "float32", 0, 1),
          clip=False, variances=[0.2, 0.3, 0.1, 0.4]),
    relay("vision.multibox_transform_loc", PROBABLE, T((2, 12)), T((1, 4, 4), "float32", 0, 1)),
    relay("vision.yolo_reorg", T((1, 4, 4, 6)), stride=2),
    relay("vision.yolo_reorg", T((1, 8, 4, 2)), stride=2),
    relay("vision.yolo_reorg", T((1, 4, 4, 6))),
    relay("vision.yolo_reorg", T((4, 4, 6)), stride=2),
    *[relay("vision.proposal", T((1, 12, 4, 5), "float32", 0, 1), T((1, 24, 4, 5), "float32", -0.4, 0.4),
            V([[60.0, 70.0, 1.0]]), **PROPOSAL, scales=[1.0, 2.0], **more)
      for more in ({"rpn_post_nms_top_n": 9}, {"rpn_post_nms_top_n": 40, "rpn_pre_nms_top_n": 30, "threshold": 0.5},
                   {"rpn_post_nms_top_n": 6, "iou_loss": True})],
    relay("vision.proposal", T((1, 24, 4, 5)), T((1, 48, 4, 5)), T((1, 4)), **PROPOSAL),
]
