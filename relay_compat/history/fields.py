"""Attribute fields by release: what a missing one meant, and how fields were stored in JSON before."""

from __future__ import annotations

from typing import Any, NamedTuple


class Field(NamedTuple):
    """Before ``since`` the struct ``kind`` had no field ``name``, or another default for it: it meant ``value``."""

    since: tuple[int, int]
    kind: str
    name: str
    value: Any


class Stored(NamedTuple):
    """Before ``until`` the JSON of ``kind`` had these fields, with storage letters as in relay_compat.json.layout."""

    until: tuple[int, int]
    kind: str
    fields: str


_PADDED_POOLS = ("AvgPool", "MaxPool")

FIELDS: tuple[Field, ...] = (
    Field((0, 7), "DequantizeAttrs", "axis", -1),
    Field((0, 7), "QuantizeAttrs", "axis", -1),
    Field((0, 7), "RequantizeAttrs", "axis", -1),
    Field((0, 7), "StridedSliceAttrs", "slice_mode", "end"),
    *(Field((0, 8), f"AdaptivePool{n}DAttrs", "out_layout", "") for n in (2, 3)),
    *(Field((0, 8), f"{pool}{n}DAttrs", "dilation", (1,) * n) for pool in _PADDED_POOLS for n in (1, 2, 3)),
    *(Field((0, 8), f"{pool}{n}DAttrs", "out_layout", "") for pool in _PADDED_POOLS for n in (1, 2, 3)),
    Field((0, 8), "GlobalPool2DAttrs", "out_layout", ""),
    Field((0, 8), "ROIAlignAttrs", "mode", "avg"),
    Field((0, 8), "SparseDenseAttrs", "sparse_lhs", False),
    Field((0, 8), "StridedSliceAttrs", "axes", None),
    Field((0, 8), "TakeAttrs", "batch_dims", 0),
    Field((0, 9), "Conv1DAttrs", "out_layout", ""),
    Field((0, 9), "GridSampleAttrs", "padding_mode", "zeros"),
    Field((0, 9), "GridSampleAttrs", "align_corners", True),
    # Rounding "None" is resolved by a configuration since, and the width of the arithmetic by the target.
    Field((0, 9), "RequantizeAttrs", "rounding", "UPWARD"),
    Field((0, 9), "RequantizeAttrs", "compute_dtype", "int64"),
    Field((0, 9), "ReshapeAttrs", "allowzero", False),
    *(Field((0, 9), f"Resize{n}DAttrs", "roi", (0.0,) * (2 * n)) for n in (1, 2, 3)),
    *(Field((0, 9), f"Resize{n}DAttrs", "extrapolation_value", 0.0) for n in (1, 2, 3)),
    Field((0, 12), "Conv1DTransposeAttrs", "kernel_layout", "OIW"),
    Field((0, 12), "Conv2DTransposeAttrs", "kernel_layout", "OIHW"),
    Field((0, 12), "Conv3DTransposeAttrs", "kernel_layout", "OIDHW"),
    Field((0, 14), "DequantizeAttrs", "out_dtype", "float32"),
    Field((0, 14), "MultiBoxTransformLocAttrs", "keep_background", False),
)

NODE_FIELDS: tuple[Field, ...] = (
    Field((0, 8), "IRModule", "attrs", None),
    Field((0, 16), "IRModule", "global_infos", None),
)
"""Like :data:`FIELDS`, of kinds of nodes that are no attribute structs."""

_LAYOUTS = "data_layout:s kernel_layout:s out_layout:s"

STORED: tuple[Stored, ...] = (
    Stored((0, 7), "ArgWhereAttrs", ""),
    Stored((0, 7), "Conv2DWinogradWeightTransformAttrs", "tile_size:i"),
    Stored((0, 7), "DequantizeAttrs", "input_zero_point:i input_scale:f"),
    Stored((0, 7), "QuantizeAttrs", "output_zero_point:i output_scale:f"),
    Stored((0, 7), "RequantizeAttrs", "input_scale:f input_zero_point:i output_scale:f output_zero_point:i"),
    Stored((0, 7), "QnnBinaryOpAttrs",
           "lhs_zero_point:i lhs_scale:f rhs_zero_point:i rhs_scale:f output_zero_point:i output_scale:f"),
    Stored((0, 7), "QnnConcatenateAttrs",
           "input_scales input_zero_points output_zero_point:i output_scale:f axis:i"),
    Stored((0, 7), "QnnConv2DAttrs",
           f"strides padding dilation groups:i channels kernel_size {_LAYOUTS} out_dtype:d"
           " input_zero_point:i kernel_zero_point:i input_scale:f kernel_scale:f"),
    Stored((0, 7), "QnnDenseAttrs",
           "units out_dtype:d input_zero_point:i kernel_zero_point:i input_scale:f kernel_scale:f"),
    Stored((0, 7), "ResizeAttrs", "align_corners:b"),
    Stored((0, 7), "TopkAttrs", "k:i"),
    Stored((0, 8), "AvgPool2DAttrs", "layout:s"),
    Stored((0, 8), "Conv2DAttrs", _LAYOUTS),
    Stored((0, 8), "Conv2DWinogradAttrs", _LAYOUTS),
    Stored((0, 8), "Conv3DAttrs", _LAYOUTS),
    Stored((0, 8), "GetValidCountsAttrs", "score_threshold:f"),
    Stored((0, 8), "GlobalPool2DAttrs", "layout:s"),
    Stored((0, 8), "MaxPool2DAttrs", "layout:s"),
    Stored((0, 8), "NonMaximumSuppressionAttrs", "max_output_size iou_threshold:f"),
    Stored((0, 8), "PadAttrs", "pad_value:f"),
    Stored((0, 8), "ReshapeAttrs", "reverse:b"),
    Stored((0, 8), "Resize3dAttrs", "size layout method coordinate_transformation_mode out_dtype:d"),
    Stored((0, 8), "ResizeAttrs", "size layout:s method:s coordinate_transformation_mode:s out_dtype:d"),
    Stored((0, 8), "UpSamplingAttrs", "layout:s method:s"),
    Stored((0, 9), "AllocStorageAttrs", "device_id:i device_type:i"),
    Stored((0, 9), "Conv1DAttrs", "data_layout:s kernel_layout:s"),
    Stored((0, 9), "Conv3DTransposeAttrs", _LAYOUTS),
    Stored((0, 9), "DeviceCopyAttrs", "src_dev_type:i dst_dev_type:i"),
    Stored((0, 9), "OnDeviceAttrs", "device_type:i is_fixed:b"),
    Stored((0, 9), "PadAttrs", "pad_mode:s"),
    Stored((0, 9), "StridedSliceAttrs", "slice_mode:s"),
    Stored((0, 9), "TakeAttrs", "mode:s"),
    Stored((0, 12), "ScatterAddAttrs", "axis"),
    Stored((0, 12), "ScatterAttrs", "axis"),
    Stored((0, 15), "ConvGemmWeightTransformAttrs", "tile_rows:i tile_cols:i"),
)  # fmt: skip
