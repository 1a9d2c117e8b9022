"""Neural, quantized, image and detection operators of tensors whose dimensions the program leaves open."""

from typing import Any

from row_language import K, Open, T, V, relay

F, I = "float32", "int32"  # noqa: E741


def f(value):
    return K(value, F)


def i(value):
    return K(value, I)


def floats(*dims, size=4, low=-3.0, high=3.0):
    """A tensor that has `size` where a dimension is open."""
    return Open(T(tuple(size if dim is None else dim for dim in dims), F, low, high), dims)


def int8(*dims, size=4):
    return Open(T(tuple(size if dim is None else dim for dim in dims), "int8", -128, 127), dims)


TWO = (f(0.5), i(3))
FOUR = (*TWO, f(0.25), i(-2))
SIX = (*FOUR, f(0.75), i(1))
PRODUCT = (i(3), i(-2), f(0.5), f(0.25))
ROI: dict[str, Any] = {"pooled_size": [3, 2], "spatial_scale": 0.5}
REGIONS = Open(V([[0, 1.0, 2.0, 9.0, 11.0], [0, 0.0, 0.0, 13.0, 15.0]]), (None, 5))
APART = V([[[0, 0, 1, 1], [2, 2, 3, 3], [4, 4, 5, 5.0]]])
PREFERRED = V([[[0.9, 0.75, 0.6], [0.1, 0.2, 0.7]]])

# fmt: off
ROWS = [
    relay("qnn.quantize", floats(None, 3), *TWO, out_dtype="int8"),
    relay("qnn.quantize", floats(None, 3), f([0.5, 0.25, 0.125]), i(3), out_dtype="int8"),
    relay("qnn.quantize", floats(3, None), f([0.5, 0.25, 0.125, 1.0]), i(3), out_dtype="int8"),
    relay("qnn.dequantize", int8(None, 3), *TWO, out_dtype=F),
    relay("qnn.dequantize", int8(3, None), f([0.5, 0.25, 0.125, 1.0]), i(3), out_dtype=F),
    relay("qnn.requantize", int8(None, 3), *FOUR, out_dtype="int8"),
    relay("qnn.requantize", int8(3, None), f([0.5, 0.25, 0.125, 1.0]), *FOUR[1:], out_dtype="int8"),
    relay("qnn.add", int8(None, 3), int8(1, 3), *SIX),
    relay("qnn.mul", int8(None, 3), int8(None, 3), *SIX),
    relay("qnn.conv2d", int8(None, 3, 5, 5), int8(4, 3, 3, 3), *PRODUCT, channels=4, kernel_size=[3, 3], out_dtype=I),
    relay("qnn.conv2d", int8(1, 3, None, None, size=5), int8(4, 3, 3, 3), *PRODUCT, channels=4, kernel_size=[3, 3],
          out_dtype=I),
    relay("qnn.dense", int8(None, 3), int8(5, 3), *PRODUCT, units=5, out_dtype=I),
    relay("qnn.batch_matmul", int8(None, 2, 3), int8(None, 5, 3), *PRODUCT, transpose_b=True, out_dtype=I),
    relay("qnn.avg_pool2d", int8(None, 2, None, 5), *FOUR, pool_size=[2, 2]),
    relay("qnn.tanh", int8(None, 3), *FOUR),
    relay("qnn.concatenate", (int8(None, 3), int8(2, 3)), (f(0.5), f(0.25)), (i(3), i(4)), f(0.5), i(3), axis=0),
    relay("nn.conv2d", floats(None, 2, None, 6, 4), floats(3, 2, 3, 3, 4, 4), data_layout="NCHW4c",
          kernel_layout="OIHW4i4o"),
    relay("nn.conv2d_transpose", floats(None, 3, None, 5), floats(3, 2, 3, 3)),
    relay("nn.contrib_conv2d_NCHWc", floats(None, 2, 5, None, 4), floats(3, 2, 3, 3, 4, 4), data_layout="NCHW4c",
          kernel_layout="OIHW4i4o", out_layout="NCHW4c", channels=12, kernel_size=[3, 3]),
    relay("nn.deformable_conv2d", floats(None, 4, 6, 7), floats(None, 18, 4, 5), floats(3, 4, 3, 3)),
    relay("nn.conv2d_backward_weight", floats(None, 4, 4, 5), floats(None, 3, 6, 7), kernel_size=[3, 3],
          kernel_layout="NCHW", out_layout="OIHW"),
    relay("nn.conv2d_backward_weight", floats(2, None, 4, 5), floats(2, 3, 6, 7), kernel_size=[3, 3],
          kernel_layout="NCHW", out_layout="OIHW"),
    relay("nn.max_pool2d", floats(None, 2, None, 5, 4), pool_size=[2, 2], layout="NCHW4c"),
    relay("image.resize2d", floats(None, 2, None, None), size=[7, 9], roi=[0.0] * 4, method="nearest_neighbor"),
    relay("image.resize2d", floats(1, None, 4, 5, 4), size=[7, 9], roi=[0.0] * 4, layout="NCHW4c"),
    relay("image.grid_sample", floats(None, 3, 4, 5), floats(None, 2, None, 7)),
    relay("image.affine_grid", floats(None, 2, 3), target_shape=[4, 5]),
    relay("image.affine_grid", floats(2, None, 3, size=2), target_shape=[4, 5]),
    relay("image.crop_and_resize", floats(1, 3, None, 6), floats(None, 4, low=0, high=1), V([0] * 4, I),
          crop_size=[3, 4]),
    relay("image.dilation2d", floats(None, 2, None, 6), floats(2, 3, 2)),
    relay("nn.depth_to_space", floats(None, None, 2, None, size=8), block_size=2),
    relay("nn.space_to_depth", floats(None, None, 4, None), block_size=2),
    relay("nn.space_to_batch_nd", floats(1, None, 4, 2), block_shape=[2, 2], paddings=[[0, 0], [0, 0]]),
    relay("nn.batch_to_space_nd", floats(None, 2, None, 3), block_shape=[2, 2], crops=[[0, 0], [0, 1]]),
    relay("nn.mirror_pad", floats(None, 4), pad_width=[[1, 2], [0, 0]]),
    relay("nn.dilate", floats(None, 4), strides=[2, 3], attrs_type="relay.attrs.DilateAttrs"),
    relay("nn.fifo_buffer", floats(2, 3), floats(None, 3)),
    relay("nn.cross_entropy", floats(None, 4, size=3, low=0.1, high=1), floats(3, 4)),
    relay("nn.nll_loss", floats(None, 4), Open(T((4,), I, 0, 3), (None,)), floats(4), ignore_index=-1,
          reduction="none"),
    relay("nn.lrn", floats(None, 6, 3, 4)),
    relay("nn.correlation", floats(None, 3, 6, 7), floats(None, 3, 6, 7)),
    relay("nn.max_pool2d_grad", floats(1, 2, None, 3, size=3), floats(1, 2, None, 6, size=6), pool_size=[2, 2],
          strides=[2, 2]),
    relay("vision.roi_align", floats(1, None, 8, 7), REGIONS, attrs_type="relay.attrs.ROIAlignAttrs", **ROI),
    relay("vision.get_valid_counts", floats(1, None, 6), V(0.3), attrs_type="relay.attrs.GetValidCountsAttrs",
          score_threshold=None),
    relay("vision.non_max_suppression", floats(1, None, 6), V([4], I), Open(V([[0, 1, 2, 3]], I), (1, None)),
          V(-1, I), V(0.5), attrs_type="relay.attrs.NonMaximumSuppressionAttrs"),
    *[relay("vision.all_class_non_max_suppression", Open(APART, (1, None, 4)), Open(PREFERRED, (1, 2, None)),
            V(-1, "int64"), V(0.5), V(0.0), attrs_type="relay.attrs.AllClassNonMaximumSuppressionAttrs",
            output_format=form)
      for form in ("onnx", "tensorflow")],
    relay("vision.regular_non_max_suppression", floats(None, 5, 4), floats(None, 5, 2), max_detections_per_class=3,
          attrs_type="relay.attrs.RegularNonMaximumSuppressionAttrs", max_detections=4, num_classes=2,
          iou_threshold=0.4,
          score_threshold=0.1),
    relay("vision.multibox_prior", floats(1, 3, None, 5)),
    relay("vision.multibox_transform_loc", floats(None, 3, 4), floats(None, 16), floats(1, 4, 4)),
    relay("vision.yolo_reorg", floats(None, 4, None, 6), stride=2),
    relay("vision.proposal", floats(None, 24, 4, 5), floats(None, 48, 4, 5), floats(None, 3),
          attrs_type="relay.attrs.ProposalAttrs"),
    relay("nn.sparse_dense", floats(None, 4), floats(None), Open(V([0, 1, 2, 3], I), (None,)), V([0, 2, 2, 4], I)),
    relay("nn.bitserial_dense", Open(T((4, 32), "int16", 0, 3), (None, 32)), T((8, 32), "int16", 0, 3), units=8,
          pack_dtype="uint16", out_dtype="int16", data_bits=2, weight_bits=2),
]
