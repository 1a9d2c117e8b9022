"""Operators of object detection (tvm.relay.op.vision in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.ir.tuple_wrapper import TupleWrapper
from relay_compat.op.call import call
from relay_compat.op.declare import apply, declared
from relay_compat.op.normal import as_const
from relay_compat.op.wrappers import derived, names

__getattr__ = derived("vision.")


@declared("vision.multibox_prior")
def multibox_prior(
    data: Expr,
    sizes: Any = (1.0,),
    ratios: Any = (1.0,),
    steps: Any = (-1.0, -1.0),
    offsets: Any = (0.5, 0.5),
    clip: bool = False,
) -> None:
    """Prior boxes of a feature map."""


@declared("vision.multibox_transform_loc", results=2)
def multibox_transform_loc(
    cls_prob: Expr,
    loc_pred: Expr,
    anchor: Expr,
    clip: bool = True,
    threshold: float = 0.01,
    variances: Any = (0.1, 0.1, 0.2, 0.2),
    keep_background: bool = False,
) -> None:
    """Predicted boxes from anchors, with their number."""


def get_valid_counts(data: Expr, score_threshold: Any, id_index: int = 0, score_index: int = 1) -> TupleWrapper:
    """Boxes whose score is above a threshold: their number, the boxes, their indices."""
    threshold = as_const("float32")(score_threshold)
    attrs = {"score_threshold": None, "id_index": id_index, "score_index": score_index}
    return TupleWrapper(call("vision.get_valid_counts", data, threshold, **attrs), 3)


def non_max_suppression(
    data: Expr,
    valid_count: Expr,
    indices: Expr,
    max_output_size: Any = -1,
    iou_threshold: Any = 0.5,
    force_suppress: bool = False,
    top_k: int = -1,
    coord_start: int = 2,
    score_index: int = 1,
    id_index: int = 0,
    return_indices: bool = True,
    invalid_to_bottom: bool = False,
) -> Any:
    """Boxes that overlap a better one removed; indices and their number, or the boxes."""
    operands = (data, valid_count, indices, as_const("int32")(max_output_size), as_const("float32")(iou_threshold))
    flags = {"force_suppress": force_suppress, "return_indices": return_indices, "invalid_to_bottom": invalid_to_bottom}
    places = {"top_k": top_k, "coord_start": coord_start, "score_index": score_index, "id_index": id_index}
    made = call("vision.non_max_suppression", *operands, **flags, **places)
    return TupleWrapper(made, 2) if return_indices else made


def all_class_non_max_suppression(
    boxes: Expr,
    scores: Expr,
    max_output_boxes_per_class: Any = -1,
    iou_threshold: Any = -1.0,
    score_threshold: Any = -1.0,
    output_format: str = "onnx",
) -> TupleWrapper:
    """Boxes of each class that overlap a better one removed; two results in ONNX's form, else three."""
    limit = as_const("int32")(max_output_boxes_per_class)
    thresholds = map(as_const("float32"), (iou_threshold, score_threshold))
    name = "vision.all_class_non_max_suppression"
    made = call(name, boxes, scores, limit, *thresholds, output_format=output_format)
    return TupleWrapper(made, 2 if output_format == "onnx" else 3)


@declared("vision.regular_non_max_suppression", results=4)
def regular_non_max_suppression(
    boxes: Expr,
    scores: Expr,
    max_detections_per_class: int,
    max_detections: int,
    num_classes: int,
    iou_threshold: float,
    score_threshold: float,
) -> None:
    """Detections by class as TFLite has them: boxes, classes, scores and their number."""


@declared("vision.proposal")
def proposal(
    cls_prob: Expr,
    bbox_pred: Expr,
    im_info: Expr,
    scales: Any,
    ratios: Any,
    feature_stride: int,
    threshold: float,
    rpn_pre_nms_top_n: int,
    rpn_post_nms_top_n: int,
    rpn_min_size: int,
    iou_loss: bool,
) -> None:
    """Region proposals."""


def roi_align(
    data: Expr,
    rois: Expr,
    pooled_size: Any,
    spatial_scale: float,
    sample_ratio: int = -1,
    layout: str = "NCHW",
    mode: str = "avg",
) -> Expr:
    """Regions of a feature map, sampled at a fixed size."""
    attrs = {"pooled_size": pooled_size, "spatial_scale": spatial_scale, "layout": layout, "mode": mode}
    return apply("vision.roi_align", {"data": data, "rois": rois, "sample_ratio": sample_ratio, **attrs})


@declared("vision.roi_pool")
def roi_pool(data: Expr, rois: Expr, pooled_size: Any, spatial_scale: float, layout: str = "NCHW") -> None:
    """The greatest values of the parts of regions of a feature map."""


@declared("vision.yolo_reorg")
def yolo_reorg(data: Expr, stride: int) -> None:
    """Blocks of space moved into channels, as YOLO does it."""


def __dir__() -> list[str]:
    return sorted({*globals(), *names("vision.")})
