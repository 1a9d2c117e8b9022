"""Gradients of convolution and pooling."""

from __future__ import annotations

from relax_core.gradients.table import Step, gradient
from relax_core.ir.expr import Expr
from tensor_core import codes, shapes
from tensor_core.diagnostics import fail


@gradient("relax.nn.max_pool2d")
def max_pool2d(step: Step) -> list[Expr]:
    """The largest element of each window gets its adjoint."""
    return _pool(step, "grad.max_pool2d_backward")


@gradient("relax.nn.avg_pool2d")
def avg_pool2d(step: Step) -> list[Expr]:
    """The elements of each window share its adjoint."""
    return _pool(step, "grad.avg_pool2d_backward")


_POOL = ("pool_size", "strides", "padding", "dilation", "ceil_mode", "count_include_pad", "layout", "out_layout")


def _pool(step: Step, name: str) -> list[Expr]:
    attrs = step.attrs
    return [step.op(name, step.grad, step.call.args[0], *[attrs[key] for key in _POOL])]


@gradient("relax.nn.conv2d")
def conv2d(step: Step) -> list[Expr]:
    """A transposed convolution, and one of the data with the adjoint as its kernel. R2R0608 for layouts other than
    NCHW and OIHW.
    """
    attrs = step.attrs
    attrs["out_layout"] = attrs["out_layout"] or attrs["data_layout"]
    if (attrs["data_layout"], attrs["kernel_layout"], attrs["out_layout"]) != ("NCHW", "OIHW", "NCHW"):
        raise fail(codes.NO_GRADIENT, "conv2d has a gradient for the layouts NCHW and OIHW only", step.call.span)
    data, weight = step.call.args
    batch, out_channels, grad_h, grad_w = _sizes(step, step.var)
    _, in_channels, in_h, in_w = _sizes(step, data)
    _, _, filter_h, filter_w = _sizes(step, weight)
    top, left, bottom, right = attrs["padding"] = _four(attrs["padding"])
    (stride_h, stride_w), (dilation_h, dilation_w) = attrs["strides"], attrs["dilation"]
    groups: int = attrs["groups"]
    # TVM forgets the dilation here, and gives data an adjoint of another shape than its own.
    out_h = (grad_h - 1) * stride_h - top - bottom + (filter_h - 1) * dilation_h + 1
    out_w = (grad_w - 1) * stride_w - left - right + (filter_w - 1) * dilation_w + 1
    data_grad = step.op(
        "nn.conv2d_transpose",
        step.grad,
        weight,
        attrs["strides"],
        attrs["padding"],
        (in_h - out_h, in_w - out_w),
        attrs["dilation"],
        groups,
        attrs["out_layout"],
        "IOHW",
        attrs["data_layout"],
        attrs["out_dtype"] or None,
    )
    source: Expr = data
    if groups != 1:
        source = step.op("reshape", source, (batch, groups, in_channels // groups, in_h, in_w))
        source = step.op("permute_dims", source, [1, 0, 2, 3, 4])
        source = step.op("reshape", source, (batch * groups, in_channels // groups, in_h, in_w))
    weight_grad = step.op(
        "nn.conv2d",
        source,
        step.grad,
        strides=attrs["dilation"],
        padding=attrs["padding"],
        dilation=attrs["strides"],
        groups=groups,
        out_dtype=attrs["out_dtype"] or None,
        data_layout="CNHW",
        kernel_layout="IOHW",
        out_layout="CNHW",
    )
    height = (in_h - (grad_h - 1) * stride_h - 1 + top + bottom) // dilation_h + 1
    width = (in_w - (grad_w - 1) * stride_w - 1 + left + right) // dilation_w + 1
    if height > filter_h or width > filter_w:
        weight_grad = step.op(
            "strided_slice",
            weight_grad,
            axes=[0, 1, 2, 3],
            begin=[0, 0, 0, 0],
            end=[out_channels, in_channels // groups, filter_h, filter_w],
        )
    return [data_grad, weight_grad]


def _sizes(step: Step, expr: Expr) -> tuple[int, ...]:
    dims = step.dims(expr)
    if not shapes.is_static(dims):
        raise fail(codes.NO_GRADIENT, "the gradient of conv2d needs dimensions that are known", step.call.span)
    return tuple(map(int, shapes.static(dims)))


def _four(padding: list[int]) -> list[int]:
    """Padding at the top, left, bottom and right, from one number, two, or all."""
    return padding * (4 // len(padding))
