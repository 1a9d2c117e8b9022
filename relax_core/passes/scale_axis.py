"""What both directions of FoldScaleAxis ask on Relax: the axes of a scale, the scale itself, and who takes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from relax_core.analysis.uses import get_var2val
from relax_core.analysis.walk import walk
from relax_core.ir.expr import Binding, Call, Constant, Expr, Function, If, Op, ShapeExpr, Var, VarBinding
from relax_core.ir.types import TensorType
from relax_core.passes.call_lowering import CallLowering
from relax_core.types.deduce import type_of
from relax_core.visit import op_name
from tensor_core import dtypes, shapes
from tensor_core.ops.layout import merged, parts
from tensor_core.scaling import Scaling, broadcasts_along
from tensor_core.shapes import Shape

CONVOLUTIONS = ("nn.conv1d", "nn.conv2d", "nn.conv3d")
THROUGH = ("nn.relu", "nn.leakyrelu")
"""What commutes with factors that are not negative."""
SUMS = ("add", "subtract")


def called(expr: Expr | None) -> str:
    """The name of the operator that an expression calls, without "relax."; "" for any other."""
    return "" if expr is None else op_name(expr).removeprefix("relax.")


def dims_of(expr: Expr) -> Shape:
    """The sizes of a floating-point tensor; none where they are not known, or where it is something else."""
    type_ = type_of(expr)
    if not isinstance(type_, TensorType) or not dtypes.is_float(type_.dtype):
        return ()
    return type_.dims or ()


def is_barrier(binding: Binding) -> bool:
    """Whether a binding may have effects, or change a tensor in place: what was computed before it stays there."""
    value = binding.value if isinstance(binding, VarBinding) else None
    if isinstance(value, Call):
        return not isinstance(value.op, Op) or value.op.card is None or not value.op.card.is_pure
    return isinstance(value, If)


@dataclass(frozen=True, slots=True)
class Scale:
    """A factor with extents along the axes that it stretches over, and one anywhere else; of no extents, a scalar."""

    factor: Expr
    extents: Shape

    def along(self, at: CallLowering, axes: tuple[int, ...], rank: int) -> Expr:
        """The factor, as it broadcasts with a tensor of this rank along these axes."""
        if not self.extents:
            return self.factor
        found = dict(zip(axes, self.extents, strict=True))
        shape = tuple(found.get(axis, 1) for axis in range(axes[0], rank))
        type_: Any = type_of(self.factor)
        return self.factor if type_.dims == shape else at.op("reshape", self.factor, ShapeExpr(shape))


class Facts:
    """What a function says of its variables: what they are bound to, and how often each is used."""

    def __init__(self, function: Function) -> None:
        self._values = get_var2val(function)
        self.uses: Counter[Expr] = Counter(
            node for node, done in walk(function, once=False) if not done and isinstance(node, Var)
        )

    def scale(self, value: Expr, factor: Expr, scaling: Scaling) -> Scale | None:
        """The factor along the axes of a value; None where it is no scale along them, or may not be one."""
        dims, of_factor, axes = dims_of(value), type_of(factor), scaling.axes
        if not isinstance(of_factor, TensorType) or of_factor.dims is None or of_factor.dtype != _dtype(value):
            return None
        if of_factor.dims and not broadcasts_along(dims, of_factor.dims, axes):
            return None
        if (scaling.positive or scaling.divides) and not self._is_fit(factor, scaling):
            return None
        return Scale(factor, tuple(dims[axis] for axis in axes) if of_factor.dims else ())

    def _is_fit(self, factor: Expr, scaling: Scaling) -> bool:
        """Whether a factor is known, and has no element that the scaling does not allow."""
        value: Expr | None = factor
        while not isinstance(value, Constant):
            if isinstance(value, Var):
                value = self._values.get(value)
            elif isinstance(value, Call) and called(value) in _MOVES:
                value = value.args[0]
            else:
                return False
        data = value.data.astype("float64")
        fits = np.isfinite(data) & ((data >= 0) | (not scaling.positive)) & ((data != 0) | (not scaling.divides))
        return bool(np.all(fits))


_MOVES = ("expand_dims", "reshape", "permute_dims", "squeeze", "repeat", "broadcast_to")


def _dtype(expr: Expr) -> str:
    type_ = type_of(expr)
    return type_.dtype if isinstance(type_, TensorType) else ""


def is_uniform(call: Call) -> bool:
    """Whether the data, the weight and the result of a call are floats of one type, of known sizes."""
    values = (*call.args, call)
    return all(map(dims_of, values)) and len(set(map(_dtype, values))) == 1


def channel_scaling(conv: Call, layout: str) -> Scaling | None:
    """Along which axes a tensor of a convolution may be scaled: its channels, for full and depthwise convolutions whose
    layouts are all plain or all in blocks.
    """
    if not is_uniform(conv) or not (_attr(conv, "groups") == 1 or is_depthwise(conv)):
        return None
    axes = channels(layout, "C")
    weight = (channels(str(_attr(conv, "kernel_layout")), letter) for letter in "OI")
    return Scaling(axes) if all(len(found) == len(axes) for found in weight) else None


def channels(layout: str, letter: str) -> tuple[int, ...]:
    """Where a dimension and its blocks stand; nowhere where a block stands before what it is a block of."""
    found = [(n, block) for n, (name, block) in enumerate(parts(layout)) if name == letter]
    return tuple(n for n, _ in found) if found and not found[0][1] else ()


def is_depthwise(conv: Call) -> bool:
    """Whether every group has one input channel and as many groups as outputs."""
    letters = "OI" + "DHW"[-int(called(conv)[-2]) :]
    outputs, inputs, *_ = merged(dims_of(conv.args[1]), str(_attr(conv, "kernel_layout")), letters, 1)
    return shapes.prove_equal(outputs, _attr(conv, "groups")) and inputs == 1


def data_layout(conv: Call) -> str:
    """The layout of what a convolution takes."""
    return str(_attr(conv, "data_layout"))


def out_layout(conv: Call) -> str:
    """The layout of what it gives."""
    return str(_attr(conv, "out_layout") or _attr(conv, "data_layout"))


def scaled_conv(at: CallLowering, conv: Call, data: Expr, scale: Scale, letter: str) -> Call:
    """The convolution of ``data``, its kernel scaled along its output ("O") or input ("I") channels."""
    axes = channels(str(_attr(conv, "kernel_layout")), letter)
    return with_weight(at, conv, data, scale.along(at, axes, len(dims_of(conv.args[1]))))


def with_weight(at: CallLowering, call: Call, data: Expr, factor: Expr) -> Call:
    """The product of ``data``, its weight multiplied by a factor."""
    return call.replace(args=(data, at.op("multiply", call.args[1], factor)))


def is_product_with_matrix(call: Call) -> bool:
    """Whether a matmul is with one matrix, whose rows or columns can be scaled."""
    return is_uniform(call) and len(dims_of(call.args[1])) == 2


def _attr(call: Call, name: str) -> Any:
    attrs: Mapping[str, Any] = call.attrs or {}
    return attrs[name]
