"""Operators of nn.* that are neither convolutions nor pools nor norms: upsampling, blocks, losses, gradients."""

from typing import Any

from row_language import T, V, relay


def grow(data, count=2, **attrs: Any):
    scales = ("scale_d", "scale_h", "scale_w")[3 - count :]
    by = attrs.pop("by", (2.0,) * count)
    return relay(
        "nn.upsampling" if count == 2 else "nn.upsampling3d", T(data), **dict(zip(scales, by, strict=True)), **attrs
    )


def classes(*shape):
    return T(shape, "int32", 0, 3)


POSITIVE = T((3, 4), "float32", 0.05, 1.0)
DILATE: dict[str, Any] = {"attrs_type": "relay.attrs.DilateAttrs"}
POOL: dict[str, Any] = {"attrs_type": "relay.attrs.AvgPool2DAttrs"}

# fmt: off
ROWS = [
    grow((1, 2, 3, 4)),
    grow((1, 2, 3, 4), by=(1.5, 2.5)),
    grow((1, 2, 3, 4), by=(0.5, 3.0), method="bilinear"),
    grow((1, 2, 3, 4), method="bilinear", align_corners=True),
    grow((1, 2, 3, 4), method="bicubic", by=(1.5, 2.0)),
    grow((1, 3, 4, 2), layout="NHWC"),
    grow((1, 2, 3, 4, 4), layout="NCHW4c"),
    grow((1, 2, 3)),
    *[grow((1, 2, 2, 3, 4), 3, method=method, coordinate_transformation_mode=mode)
      for method in ("nearest_neighbor", "trilinear") for mode in ("half_pixel", "align_corners", "asymmetric")],
    grow((1, 2, 3, 4, 2), 3, layout="NDHWC", by=(1.5, 2.0, 3.0)),
    relay("nn.depth_to_space", T((1, 8, 2, 3)), block_size=2),
    relay("nn.depth_to_space", T((1, 12, 2, 3)), block_size=2, mode="CRD"),
    relay("nn.depth_to_space", T((2, 2, 3, 18)), block_size=3, layout="NHWC"),
    relay("nn.depth_to_space", T((2, 2, 3, 8)), block_size=2, layout="NHWC", mode="CRD"),
    relay("nn.depth_to_space", T((1, 9, 2, 3)), block_size=2),
    relay("nn.depth_to_space", T((1, 9, 2, 3)), block_size=2, mode="CRD"),
    relay("nn.depth_to_space", T((1, 8, 2, 3)), block_size=2, mode="CDR"),
    relay("nn.depth_to_space", T((1, 8, 2, 3))),
    relay("nn.depth_to_space", T((1, 8, 2)), block_size=2),
    relay("nn.space_to_depth", T((1, 2, 4, 6)), block_size=2),
    relay("nn.space_to_depth", T((1, 4, 6, 2)), block_size=2, layout="NHWC", mode="CRD"),
    relay("nn.space_to_depth", T((1, 2, 5, 7)), block_size=2),
    relay("nn.space_to_batch_nd", T((1, 4, 4, 2)), block_shape=[2, 2], paddings=[[0, 0], [0, 0]]),
    relay("nn.space_to_batch_nd", T((2, 3, 5)), block_shape=[2], paddings=[[1, 0]], pad_value=3.5),
    relay("nn.space_to_batch_nd", T((2, 3, 4, 3)), block_shape=[3, 2], paddings=[[1, 2], [0, 2]]),
    relay("nn.space_to_batch_nd", T((2, 3, 4, 3)), block_shape=[2, 2], paddings=[[0, 0], [0, 0]]),
    relay("nn.space_to_batch_nd", T((2, 3, 4, 3)), block_shape=[2, 2], paddings=[[0, 0]]),
    relay("nn.batch_to_space_nd", T((4, 2, 2, 3)), block_shape=[2, 2], crops=[[0, 0], [0, 0]]),
    relay("nn.batch_to_space_nd", T((8, 2, 3)), block_shape=[2], crops=[[1, 0]]),
    relay("nn.batch_to_space_nd", T((12, 2, 3, 2)), block_shape=[3, 2], crops=[[1, 2], [0, 1]]),
    relay("nn.batch_to_space_nd", T((5, 2, 3, 2)), block_shape=[2, 2], crops=[[0, 0], [0, 1]]),
    relay("nn.batch_to_space_nd", T((12, 2, 3)), block_shape=[3, 2, 2], crops=[[0, 0], [0, 0], [0, 0]]),
    relay("nn.mirror_pad", T((3, 4)), pad_width=[[1, 2], [3, 4]]),
    relay("nn.mirror_pad", T((3, 4)), pad_width=[[1, 2], [3, 0]], mode="REFLECT"),
    relay("nn.mirror_pad", T((3, 4), "int32"), pad_width=[[0, 0], [1, 1]]),
    relay("nn.mirror_pad", T((3, 4)), pad_width=[[1, 2]]),
    relay("nn.mirror_pad", T((3, 4)), pad_width=[[1, -1], [0, 0]]),
    relay("nn.dilate", T((3, 4)), strides=[2, 3], **DILATE),
    relay("nn.dilate", T((3, 4)), strides=[2, 1], dilation_value=1.5, **DILATE),
    relay("nn.dilate", T((3, 4, 2)), strides=[2, 1], **DILATE),
    relay("nn.fifo_buffer", T((2, 3)), T((4, 3))),
    relay("nn.fifo_buffer", T((2, 3, 1)), T((2, 3, 5)), axis=2),
    relay("nn.fifo_buffer", T((2, 1, 2, 1, 2)), T((2, 4, 2, 1, 2)), axis=1),
    relay("nn.fifo_buffer", T((2, 3)), T((4, 3, 1))),
    relay("nn.cross_entropy", POSITIVE, T((3, 4))),
    relay("nn.cross_entropy_with_logits", T((3, 4)), T((3, 4))),
    relay("nn.cross_entropy", POSITIVE, T((3, 5))),
    relay("nn.cross_entropy", T((3, 4, 1)), T((3, 4, 1))),
    *[relay("nn.nll_loss", T((5, 4)), V([0, 3, 2, 1, 3], "int32"), T((4,), "float32", 0.1, 2.0), reduction=reduction,
            ignore_index=ignored) for reduction in ("mean", "sum", "none") for ignored in (-100, 3)],
    relay("nn.nll_loss", T((2, 4, 3, 2)), classes(2, 3, 2), T((4,), "float32", 0.1, 2.0), ignore_index=1),
    relay("nn.nll_loss", T((2, 4, 3)), classes(2, 3, 2), T((4,)), ignore_index=1),
    relay("nn.nll_loss", T((5, 4)), classes(5), T((3,)), ignore_index=1),
    relay("nn.nll_loss", T((5, 4)), T((5,), "uint8", 0, 3), T((4,)), ignore_index=1),
    relay("nn.lrn", T((1, 6, 3, 4))),
    relay("nn.lrn", T((1, 3, 4, 6)), size=3, axis=3, bias=1.5, alpha=0.5, beta=0.6),
    relay("nn.lrn", T((1, 6, 3, 4)), size=4),
    relay("nn.fast_softmax", T((3, 8))),
    relay("nn.fast_softmax", T((3, 8), "float32", -30, 30), axis=0),
    relay("nn.correlation", T((1, 3, 6, 7)), T((1, 3, 6, 7)), max_displacement=2),
    relay("nn.correlation", T((2, 3, 9, 8)), T((2, 3, 9, 8)), kernel_size=3, max_displacement=2, stride1=2, stride2=2,
          padding=[2, 2]),
    relay("nn.correlation", T((1, 3, 6, 7)), T((1, 3, 6, 7)), is_multiply=False, padding=[1, 0, 2, 1]),
    relay("nn.correlation", T((1, 3, 6, 7)), T((1, 3, 6, 7)), layout="NHWC"),
    *[relay("nn.max_pool2d_grad", T(grad), T(data), **more) for grad, data, more in (
        ((1, 2, 3, 3), (1, 2, 6, 6), {"pool_size": [2, 2], "strides": [2, 2]}),
        ((1, 2, 4, 4), (1, 2, 6, 6), {"pool_size": [3, 3], "dilation": []}),
        ((1, 2, 3, 3), (1, 2, 5, 5), {"pool_size": [3, 3], "strides": [2, 2], "padding": [1, 1]}),
        ((1, 3, 3, 2), (1, 5, 5, 2), {"pool_size": [2, 2], "strides": [2, 2], "ceil_mode": True, "layout": "NHWC"}),
    )],
    *[relay("nn.avg_pool2d_grad", T(grad), T(data), **POOL, **more) for grad, data, more in (
        ((1, 2, 3, 3), (1, 2, 6, 6), {"pool_size": [2, 2], "strides": [2, 2]}),
        ((1, 2, 4, 4), (1, 2, 6, 6), {"pool_size": [3, 3], "dilation": []}),
        ((1, 2, 3, 3), (1, 2, 5, 5), {"pool_size": [3, 3], "strides": [2, 2], "padding": [1, 1]}),
        ((1, 2, 3, 3), (1, 2, 5, 5), {"pool_size": [3, 3], "strides": [2, 2], "padding": [1, 1],
                                      "count_include_pad": True}),
        ((1, 3, 3, 2), (1, 5, 5, 2), {"pool_size": [2, 2], "strides": [2, 2], "ceil_mode": True, "layout": "NHWC"}),
    )],
]
