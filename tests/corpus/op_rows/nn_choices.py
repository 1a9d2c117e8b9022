"""Normalisations, attention, losses and other operators of nn.*: every attribute by itself away from its default."""

from typing import Any

from row_language import K, T, V, both, refused, relax, relay

NEW = ("0.27",)
X = T((2, 3, 4))
C, LAST = T((3,)), T((4,))
POSITIVE = T((3,), "float32", 0.25, 4.0)
G, GC = T((2, 6, 4, 3)), T((6,))
GROUPS: dict[str, Any] = {"num_groups": 3, "channel_axis": 1, "axes": [2, 3]}


def heads(*shape, dtype="float32"):
    return T(shape, dtype, -1, 1)


Q = heads(1, 3, 2, 4)
QKV = (Q, heads(1, 5, 2, 4), heads(1, 5, 2, 4))
SQUARE = (heads(1, 4, 2, 4), heads(1, 4, 2, 4), heads(1, 4, 2, 4))

# fmt: off
ROWS = [
    # In Relax 0.19 none of these compiles in this build; their types are on record.
    relax("nn.layer_norm", X, LAST, LAST, axes=[-1]),
    relax("nn.layer_norm", X, LAST, LAST, axes=-1, epsilon=0.25),
    relax("nn.layer_norm", X, T((3, 4)), T((3, 4)), axes=[1, 2]),
    relax("nn.layer_norm", X, T((3, 4)), T((3, 4)), axes=[-2, -1], center=False),
    relax("nn.layer_norm", X, LAST, LAST, axes=[-1], scale=False),
    relax("nn.layer_norm", X, C, C, axes=[1], center=False, scale=False),
    relax("nn.layer_norm", X, C, C, axes=[-1]),
    relax("nn.layer_norm", X, T((4,), "float16"), LAST, axes=[-1]),
    relax("nn.layer_norm", T((2, 4), "float16"), T((4,), "float16"), T((4,), "float16"), axes=[-1]),
    relay("nn.layer_norm", X, LAST, LAST, scale=False),
    relay("nn.layer_norm", X, LAST, LAST, center=False),
    relay("nn.layer_norm", X, C, C, axis=-2),
    relay("nn.layer_norm", X, T((2,)), T((2,)), axis=0),
    relay("nn.layer_norm", X, C, C),
    relax("nn.group_norm", G, GC, GC, **GROUPS),
    relax("nn.group_norm", G, GC, GC, **GROUPS, epsilon=0.25),
    relax("nn.group_norm", G, GC, GC, **GROUPS, center=False),
    relax("nn.group_norm", G, GC, GC, **GROUPS, scale=False),
    relax("nn.group_norm", G, GC, GC, num_groups=2, channel_axis=-3, axes=[-1, -2]),
    relax("nn.group_norm", T((2, 4, 3, 6)), GC, GC, num_groups=2, channel_axis=3, axes=[1, 2]),
    relax("nn.group_norm", G, GC, GC, num_groups=4, channel_axis=1, axes=[2, 3]),
    relax("nn.group_norm", G, GC, GC, num_groups=2, channel_axis=1, axes=[1, 2]),
    relax("nn.group_norm", G, C, C, num_groups=2, channel_axis=1, axes=[2, 3]),
    relay("nn.group_norm", G, GC, GC, num_groups=2, center=False),
    relay("nn.group_norm", G, GC, GC, num_groups=2, scale=False),
    relay("nn.group_norm", G, GC, GC, num_groups=6, axis=-3),
    *refused("6 channels in 4 groups", relay("nn.group_norm", G, GC, GC, num_groups=4)),
    relax("nn.instance_norm", X, C, C, channel_axis=1, axes=[2], releases=NEW),
    relax("nn.instance_norm", X, C, C, channel_axis=1, axes=[2], epsilon=0.25, releases=NEW),
    relax("nn.instance_norm", X, C, C, channel_axis=1, axes=[2], center=False, releases=NEW),
    relax("nn.instance_norm", X, C, C, channel_axis=1, axes=[2], scale=False, releases=NEW),
    relax("nn.instance_norm", T((2, 4, 5, 3)), C, C, channel_axis=3, axes=[1, 2], releases=NEW),
    relax("nn.instance_norm", T((2, 4, 5, 3)), C, C, channel_axis=-1, axes=[-3, -2], releases=NEW),
    relax("nn.instance_norm", T((2, 3, 4, 5)), C, C, channel_axis=1, axes=[2, 3], releases=NEW),
    relax("nn.instance_norm", X, LAST, LAST, channel_axis=1, axes=[2], releases=NEW),
    relay("nn.instance_norm", X, C, C, scale=False),
    relay("nn.instance_norm", X, C, C, epsilon=0.25),
    relay("nn.instance_norm", T((2, 4, 3)), C, C, axis=-1),
    relay("nn.batch_norm", X, C, C, C, POSITIVE, axis=-2),
    relay("nn.batch_norm", X, C, C, C, POSITIVE, center=False, scale=False),
    relax("nn.batch_norm", T((2, 4, 3)), C, C, C, POSITIVE, axis=-1),
    relax("nn.batch_norm", T((2, 4, 3)), C, C, C, POSITIVE, axis=2),
    relax("nn.batch_norm", X, C, C, C, POSITIVE, axis=1, scale=False),
    relax("nn.batch_norm", X, C, C, C, POSITIVE, axis=1, center=False),
    relax("nn.batch_norm", X, C, C, C, POSITIVE, axis=1, momentum=0.75),
    relax("nn.batch_norm", X, C, C, C, POSITIVE, axis=1, epsilon=0.25),
    relax("nn.batch_norm", X, C, C, C, POSITIVE, axis=1, training=False, momentum=0.75, releases=NEW),
    relax("nn.batch_norm", X, C, C, C, POSITIVE, axis=1, training=False, scale=False, releases=NEW),
    relax("nn.batch_norm", X, C, C, C, POSITIVE, axis=1, training=False, center=False, releases=NEW),
    relax("nn.dropout", X, rate=0.3),
    relax("nn.dropout", X),
    relax("nn.dropout", X, rate=0.0),
    relay("nn.dropout", X),
    relay("nn.dropout", X, rate=0.25),
    *[relay("nn.l2_normalize", X, eps=0.25, axis=axis) for axis in ([1], [0, 1], [-1], [0, 2], None, [2, 0])],
    relay("nn.lrn", T((1, 6, 3, 4)), size=3),
    relay("nn.lrn", T((1, 6, 3, 4)), axis=2),
    relay("nn.lrn", T((1, 6, 3, 4)), bias=1.5, alpha=0.25),
    relay("nn.lrn", T((1, 6, 3, 4)), alpha=0.25, beta=0.25),
    *[row for name in ("nn.softmax", "nn.log_softmax") for axis in (0, -1, -3) for row in both(name, X, axis=axis)],
    *[relay("nn.fast_softmax", X, axis=axis) for axis in (1, -2)],
    relay("nn.bias_add", T((2, 3, 4)), T((2,)), axis=0),
    relay("nn.bias_add", T((2, 3, 4)), C, axis=-2),
    relay("nn.bias_add", T((2, 3, 4)), C, axis=2),
    *[relay("nn.prelu", T((2, 3, 4)), T((size,)), axis=axis) for axis, size in ((2, 4), (-1, 4), (-2, 3), (0, 3))],
    *[relax("nn.prelu", T((2, 3, 4)), T((size,)), axis=axis, releases=NEW)
      for axis, size in ((2, 4), (-1, 4), (-2, 3), (0, 2))],
    relax("nn.prelu", T((2, 3, 4)), C, releases=NEW),
    relax("nn.prelu", T((2, 3, 4)), T((1,)), releases=NEW),
    relay("nn.leaky_relu", X, alpha=0.25),
    relax("nn.leakyrelu", X, alpha=0.25),
    relax("nn.pixel_shuffle", T((1, 9, 2, 3)), upscale_factor=3, releases=NEW),
    relay("nn.cross_entropy_with_logits", T((3, 4)), T((3, 4), "float32", 0.1, 0.9)),
    relax("nn.cross_entropy_with_logits", T((3, 4)), T((3, 4), "float32", 0.1, 0.9)),
    # attention
    relax("nn.attention", *QKV, scale=0.25),
    relax("nn.attention", *QKV, scale=0.25, causal_mask="TopLeft"),
    relax("nn.attention", *SQUARE, causal_mask="TopLeft", window_size=2),
    relax("nn.attention", *SQUARE, causal_mask="BottomRight", window_size=2),
    relax("nn.attention", *SQUARE, causal_mask="TopLeft", window_size=3),
    relax("nn.attention", *SQUARE, causal_mask="Middle"),
    relax("nn.attention", *QKV, heads(1, 2, 3, 5), scale=0.25),
    relax("nn.attention", *QKV, heads(1, 2, 3, 5), causal_mask="TopLeft"),
    relax("nn.attention", *QKV, heads(1, 2, 3, 5), causal_mask="BottomRight"),
    relax("nn.attention", *SQUARE, heads(1, 2, 4, 4), causal_mask="TopLeft", window_size=2),
    relax("nn.attention", *SQUARE, heads(1, 2, 4, 4), causal_mask="BottomRight", window_size=3),
    relax("nn.attention_var_len", heads(1, 6, 2, 4), heads(1, 6, 2, 4), heads(1, 6, 2, 4), V([0, 2, 6], "int32"),
          V([0, 2, 6], "int32"), V(4, "int32"), V(4, "int32")),
    relax("nn.attention_var_len", heads(1, 6, 2, 4), heads(1, 6, 2, 4), heads(1, 6, 2, 4), V([0, 2, 6], "int32"),
          V([0, 2, 6], "int32"), V(4, "int32"), V(4, "int32"), scale=0.25, causal_mask="BottomRight", window_size=3),
    relax("nn.attention_var_len", heads(1, 6, 2, 4), heads(1, 5, 2, 4), heads(1, 5, 2, 7), V([0, 2, 6], "int32"),
          V([0, 2, 5], "int32"), V(4, "int32"), V(3, "int32"), causal_mask="TopLeft"),
    # products
    *[relay("nn.dense", T(data, dtype), T((5, 4), dtype), **more) for data, dtype, more in (
        ((3, 4), "float32", {"units": 5}), ((3, 4), "float32", {"units": 4}), ((2, 3, 4), "float32", {"units": 5}),
        ((3, 4), "float16", {"units": 5, "out_dtype": "float32"}), ((3, 4), "int8", {"units": 5, "out_dtype": "int32"}),
        ((4,), "float32", {"units": 5}), ((3, 4), "float32", {"units": None}))],
    *[relay("nn.matmul", T(a, dtype), T(b, dtype), **more) for a, b, dtype, more in (
        ((3, 4), (4, 5), "float32", {"units": 5}), ((3, 4), (4, 5), "float32", {"units": 4}),
        ((4, 3), (4, 5), "float32", {"units": None, "transpose_a": True}),
        ((3, 4), (5, 4), "float32", {"units": 5, "transpose_b": True}),
        ((3, 4), (5, 4), "float32", {"units": 4, "transpose_b": True}),
        ((4, 3), (5, 4), "float32", {"units": None, "transpose_a": True, "transpose_b": True}),
        ((3, 4), (4, 5), "float16", {"units": 5, "out_dtype": "float32"}),
        ((3, 4), (4, 5), "int8", {"units": None, "out_dtype": "int32"}), ((3, 3), (3, 3), "float32", {"units": 3}))],
    *[relay("nn.batch_matmul", T(a, dtype), T(b, dtype), **more) for a, b, dtype, more in (
        ((2, 3, 4), (2, 5, 4), "float32", {"transpose_b": True}),
        ((2, 4, 3), (2, 4, 5), "float32", {"transpose_a": True}),
        ((2, 4, 3), (2, 5, 4), "float32", {"transpose_a": True, "transpose_b": True}),
        ((2, 3, 4), (2, 4, 5), "float32", {}), ((2, 3, 4), (1, 4, 5), "float32", {}),
        ((2, 3, 4), (2, 4, 5), "float16", {"out_dtype": "float32"}),
        ((2, 3, 4), (2, 4, 5), "int8", {"out_dtype": "int32"}))],
    *[relax("matmul", T((2, 3, 4), dtype), T((4, 5), dtype), out_dtype=out)
      for dtype, out in (("float16", "float32"), ("int8", "int32"), ("float32", None), ("float32", "float64"))],
    relax("matmul", T((4,)), T((4,)), out_dtype="float64"),
    # space and depth, padding, enlarging
    *[relay(f"nn.{name}", T(shape), block_size=2, layout=layout, **mode)
      for name, wide in (("depth_to_space", 8), ("space_to_depth", 4))
      for layout in ("NCHW", "NHWC") for mode in ({}, {"mode": "DCR"}, {"mode": "CRD"})
      for shape in [(1, wide, 4, 6) if layout == "NCHW" else (1, 4, 6, wide)]],
    relay("nn.space_to_depth", T((1, 2, 4, 6)), block_size=2, mode="CDR"),
    relay("nn.space_to_depth", T((1, 2, 6, 9)), block_size=3),
    relay("nn.depth_to_space", T((1, 18, 2, 1)), block_size=3),
    *[relay("nn.upsampling", T((1, 2, 3, 4)), scale_h=2.0, scale_w=3.0, **more) for more in (
        {}, {"method": "bilinear"}, {"method": "bilinear", "align_corners": True}, {"method": "bicubic"},
        {"method": "bicubic", "align_corners": True})],
    relay("nn.upsampling", T((1, 3, 4, 2)), scale_h=2.0, scale_w=3.0, layout="NHWC", method="bilinear"),
    *[relay("nn.upsampling3d", T((1, 2, 2, 3, 4)), scale_d=2.0, scale_h=3.0, scale_w=1.0, **more) for more in (
        {}, {"method": "trilinear"}, {"method": "trilinear", "coordinate_transformation_mode": "align_corners"},
        {"coordinate_transformation_mode": "asymmetric"})],
    relay("nn.upsampling3d", T((1, 2, 3, 4, 2)), scale_d=2.0, scale_h=3.0, scale_w=1.0, layout="NDHWC"),
    *[relay("nn.pad", T((3, 4)), K(1.5), pad_width=[[1, 2], [2, 1]], pad_mode=mode)
      for mode in ("constant", "edge", "reflect")],
    *[relax("nn.pad", T((2, 3)), pad_width=[1, 2, 0, 1], pad_mode=mode, pad_value=1.5, releases=NEW)
      for mode in ("constant", "replicate", "circular")],
    relax("nn.pad", T((2, 3)), pad_width=[1, 1, 2, 0], pad_mode="reflect", releases=NEW),
    relax("nn.pad", T((2, 3)), pad_width=[1, 2, 0, 1], releases=NEW),
    *[relax("nn.pad", T((2, 3), dtype), V(value, dtype), pad_width=[1, 2, 0, 1], releases=("0.19",), **mode)
      for dtype, value, mode in (("float32", 1.5, {}), ("int32", -2, {}), ("float32", 0.0, {}),
                                 ("float32", 1.5, {"pad_mode": "constant"}))],
    relay("nn.mirror_pad", T((3, 4)), pad_width=[[1, 2], [3, 1]], mode="REFLECT"),
    relay("nn.mirror_pad", T((3, 4)), pad_width=[[1, 2], [3, 1]], mode="SYMMETRIC"),
    relay("nn.fifo_buffer", T((2, 1)), T((2, 4)), axis=-1),
    relay("nn.dilate", T((3, 4)), strides=[1, 3], dilation_value=-2.0, attrs_type="relay.attrs.DilateAttrs"),
    relay("nn.space_to_batch_nd", T((2, 3, 4, 3)), block_shape=[2, 3], paddings=[[0, 1], [2, 0]], pad_value=-1.5),
    relay("nn.batch_to_space_nd", T((12, 2, 3, 2)), block_shape=[2, 3], crops=[[1, 0], [0, 2]]),
]
