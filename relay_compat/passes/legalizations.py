"""What TVM 0.19 legalizes whatever the target: the values of FTVMLegalize.

Its other legalizations belong to targets of its code generation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.op.call import call
from relay_compat.op_attributes import declare
from relay_compat.passes.building import as_tensor, is_call_of
from tensor_core.loops.builder import limits


def _clip(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr | None:
    """A clip of requantized numbers to all of their range goes."""
    if not is_call_of(args[0], "qnn.requantize"):
        return None
    return args[0] if (attrs.a_min, attrs.a_max) == limits(as_tensor(types[0]).dtype) else None


def _conv2d_backward_weight(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr | None:
    """A convolution in which each channel of each example is a group, summed over the examples."""
    grad, data = args
    batch, inputs, height, width = as_tensor(types[1]).shape
    _, outputs, grad_height, grad_width = as_tensor(types[0]).shape
    _, _, kernel_height, kernel_width = as_tensor(types[2]).shape
    dims = (batch, inputs, height, width, outputs, grad_height, grad_width, kernel_height, kernel_width)
    if not all(isinstance(dim, int) for dim in dims):
        return None
    each = inputs // attrs.groups
    tiled = call("reshape", call("tile", grad, reps=(1, each, 1, 1)), newshape=(-1, 1, 0, 0))
    product = call(
        "nn.conv2d",
        call("reshape", data, newshape=(1, -1, 0, 0)),
        tiled,
        strides=attrs.dilation,
        padding=attrs.padding,
        dilation=attrs.strides,
        groups=inputs * batch,
        out_dtype=attrs.out_dtype,
    )
    top, left, bottom, right = attrs.padding
    sizes = (
        (size - (over - 1) * stride - 1 + before + behind) // dilation + 1
        for size, over, stride, dilation, before, behind in (
            (height, grad_height, attrs.strides[0], attrs.dilation[0], top, bottom),
            (width, grad_width, attrs.strides[1], attrs.dilation[1], left, right),
        )
    )
    found = (*sizes,)
    parts = call("reshape", product, newshape=(batch, each, outputs, *found))
    result = call("transpose", call("sum", parts, axis=(0,)), axes=(1, 0, 2, 3))
    if found[0] <= kernel_height and found[1] <= kernel_width:
        return result
    end = (outputs, each, kernel_height, kernel_width)
    return call("strided_slice", result, begin=(0, 0, 0, 0), end=end, strides=(1,), axes=None)


declare("FTVMLegalize", {"clip": _clip, "nn.conv2d_backward_weight": _conv2d_backward_weight}.get)
