"""What both directions of FoldScaleAxis ask: along which axes a tensor is scaled, and by what (TVM 0.19).

The rule of an operator works on a :class:`Scaling`, the axes that a scale stretches over, and on the scale itself,
which has these axes only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from relay_compat.ir.expr import Call, Constant, Expr
from relay_compat.ir.types import TensorType
from relay_compat.layouts.layout import Layout
from relay_compat.op.call import call
from relay_compat.passes.building import expand_to_axis, is_call_of, tensor_type
from tensor_core import shapes
from tensor_core.ops.layout import merged
from tensor_core.scaling import Scaling, broadcasts_along

CONVOLUTIONS = ("nn.conv2d", "nn.conv3d")


def intersect(left: Scaling | None, right: Scaling | None) -> Scaling | None:
    """What both users of a value can take."""
    if left is None or right is None:
        return None
    return Scaling(tuple(axis for axis in left.axes if axis in right.axes), left.positive or right.positive)


def scale_along(left: TensorType, right: Expr, type_: TensorType, scaling: Scaling) -> Expr | None:
    """A factor with nothing but the axes of the scaling; None where it is no scale along them, or has not the sign."""
    axes = scaling.axes
    if not type_.rank and left.rank and axes:
        extent = left.shape[axes[0]]
        if not isinstance(extent, int):
            return None
        found: Expr = call("expand_dims", right, axis=0, num_newaxis=len(axes))
        for place in range(len(axes)):
            # As in TVM, each axis gets the extent of the first.
            found = call("repeat", found, repeats=extent, axis=place)
    elif broadcasts_along(left.shape, type_.shape, axes):
        ahead = left.rank - type_.rank
        ones = tuple(axis - ahead for axis in range(ahead, left.rank) if axis not in axes)
        found = call("squeeze", right, axis=ones) if ones else right
    else:
        return None
    return found if not scaling.positive or is_positive(found) else None


def is_positive(expr: Expr) -> bool:
    """Whether an expression is a constant without negative elements, moved around at most."""
    while is_call_of(expr, "expand_dims", "reshape", "transpose", "squeeze", "repeat"):
        assert isinstance(expr, Call)
        expr = expr.args[0]
    known = ("float32", "float64", "int8", "int32", "uint8", "uint32")
    return isinstance(expr, Constant) and expr.data.dtype.name in known and bool(np.all(expr.data >= 0))


def to_axes(scale: Expr, shape: Any, axes: tuple[int, ...]) -> Expr | None:
    """A scale in the rank of a tensor that it scales along the axes; None for several axes of unknown extent."""
    if len(axes) == 1:
        return expand_to_axis(scale, len(shape), axes[0])
    if not shapes.is_static([shape[axis] for axis in axes]):
        return None
    return call("reshape", scale, newshape=tuple(dim if axis in axes else 1 for axis, dim in enumerate(shape)))


def channel_scaling(conv: Call, layout: str) -> Scaling | None:
    """Along which axes a tensor of a convolution may be scaled: its channels, for full and depthwise convolutions whose
    layouts are all plain or all in blocks.
    """
    assert conv.attrs is not None
    if not (conv.attrs.groups == 1 or is_depthwise(conv)):
        return None
    axes = Layout(layout)
    kernel = Layout(conv.attrs.kernel_layout)
    blocked = [axes.index_of("c") >= 0, kernel.index_of("o") >= 0, kernel.index_of("i") >= 0]
    if any(blocked) and not all(blocked):
        return None
    found = [axes.index_of("C"), axes.index_of("c")]
    return Scaling(tuple(axis for axis in found if axis >= 0))


def out_layout(conv: Call) -> str:
    """The layout of a convolution's result."""
    assert conv.attrs is not None
    return conv.attrs.out_layout or conv.attrs.data_layout


def is_depthwise(conv: Call) -> bool:
    """Whether every group has one input channel and as many groups as outputs."""
    assert conv.attrs is not None
    letters = "OIHW" if is_call_of(conv, "nn.conv2d") else "OIDHW"
    outputs, inputs, *_ = merged(tensor_type(conv.args[1]).shape, conv.attrs.kernel_layout, letters, 1)
    return outputs == conv.attrs.groups and inputs == 1


def scaled_weight(conv: Call, weight: Expr, scale: Expr, letter: str) -> Expr | None:
    """A kernel scaled along its output ("O") or input ("I") channels."""
    assert conv.attrs is not None
    kernel = Layout(conv.attrs.kernel_layout)
    axes = tuple(axis for axis in (kernel.index_of(letter), kernel.index_of(letter.lower())) if axis >= 0)
    factor = to_axes(scale, tensor_type(conv.args[1]).shape, axes)
    return None if factor is None else call("multiply", weight, factor)
