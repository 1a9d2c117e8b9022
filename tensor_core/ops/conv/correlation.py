"""nn.correlation: patches of one image compared with displaced patches of another, by products or by differences.

The mean over channels and patch of each displacement is one channel of the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import rules, windows
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding, Value
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type, tensor_type_of


@dataclass(frozen=True, slots=True)
class Correlation:
    """``stride1`` moves the patches, ``stride2`` the displacements; ``padding`` is all befores then all afters."""

    kernel_size: int
    max_displacement: int
    stride1: int
    stride2: int
    padding: tuple[int, ...]
    is_multiply: bool

    @property
    def radius(self) -> int:
        """How many displacements there are to each side."""
        return self.max_displacement // self.stride2

    @property
    def border(self) -> int:
        """How far from the border patches stay."""
        return self.max_displacement + (self.kernel_size - 1) // 2


def _infer(params: Correlation, first: Type, second: Type) -> Type:
    a, b = rules.tensor(first, 0), rules.tensor(second, 1)
    for argument, operand in enumerate((a, b)):
        if operand.rank != 4:
            raise Reject(f"expected four dimensions, got {rules.show(operand.shape)}", argument)
    for name in ("stride1", "stride2"):
        if getattr(params, name) < 1:
            raise Reject(f"{name} must be positive, not {getattr(params, name)}")
    if params.max_displacement < 0:
        raise Reject(f"max_displacement must not be negative, it is {params.max_displacement}")
    # The width is the second image's (CorrelationRel in TVM 0.19).
    sizes = zip((a.shape[2], b.shape[3]), windows.pairs(params.padding), strict=True)
    spatial = [_places(params, shapes.add(size, sum(around))) for size, around in sizes]
    return TensorType((a.shape[0], (2 * params.radius + 1) ** 2, *spatial), a.dtype)


def _places(params: Correlation, size: Dim) -> Dim:
    return shapes.floor_divide(shapes.add(size, params.stride1 - 1 - 2 * params.border), params.stride1)


def _check(params: Correlation, first: Sequence[Dim], second: Sequence[Dim]) -> None:
    if any(map(shapes.prove_different, first, second)):
        raise Reject(f"shapes {rules.show(tuple(first))} and {rules.show(tuple(second))} differ", 1)
    if params.kernel_size < 1 or params.kernel_size % 2 == 0:
        raise Reject(f"kernel_size must be odd, not {params.kernel_size}")


def _reference(params: Correlation, first: Array, second: Array) -> Array:
    _check(params, first.shape, second.shape)
    around, side = windows.pairs(params.padding), 2 * params.radius + 1
    a, b = (windows.pad_array(x, (2, 3), around, 0) for x in (first, second))
    result = rules.tensor(_infer(params, tensor_type_of(first), tensor_type_of(second)), 0)
    _, channels, *extents = shapes.static(result.shape)
    wide = np.result_type(first.dtype, np.float32)
    planes: list[Array] = []
    for q in range(channels):
        shift = [(q // side - params.radius) * params.stride2, (q % side - params.radius) * params.stride2]
        total = np.zeros((first.shape[0], *extents), wide)
        for tap in np.ndindex(params.kernel_size, params.kernel_size):
            x = a[(..., *(_cut(params, t, n) for t, n in zip(tap, extents, strict=True)))]
            moved = (t + s for t, s in zip(tap, shift, strict=True))
            y = b[(..., *(_cut(params, t, n) for t, n in zip(moved, extents, strict=True)))]
            term: Array = np.multiply(x, y) if params.is_multiply else np.abs(np.subtract(x, y))
            total = total + term.astype(wide).sum(1)
        planes.append(total)
    count = params.kernel_size**2 * first.shape[1]
    return (np.stack(planes, 1) / wide.type(count)).astype(first.dtype)


def _cut(params: Correlation, tap: int, count: int) -> slice:
    first = params.max_displacement + tap
    return slice(first, first + (count - 1) * params.stride1 + 1, params.stride1)


def _lower(params: Correlation, b: LoopBuilder, first: Tensor, second: Tensor) -> Tensor:
    _check(params, first.shape, second.shape)
    around, side = windows.pairs(params.padding), 2 * params.radius + 1
    x, y = (windows.pad_stage(b, item, (2, 3), around, 0) for item in (first, second))
    types = [TensorType(item.shape, item.dtype) for item in (first, second)]
    result = rules.tensor(_infer(params, *types), 0)
    channels = first.shape[1]

    def term(*v: PrimExpr) -> PrimExpr:
        n, q, i, j, channel, *taps = v
        spots = [place * params.stride1 + params.max_displacement for place in (i, j)]
        shifts = [(q // side - params.radius) * params.stride2, (q % side - params.radius) * params.stride2]
        one = x[(n, channel, *(spot + tap for spot, tap in zip(spots, taps, strict=True)))]
        moved = (spot + shift + tap for spot, shift, tap in zip(spots, shifts, taps, strict=True))
        other = y[(n, channel, *moved)]
        return one * other if params.is_multiply else prim.intrinsic("fabs", one - other)

    patch = (channels, params.kernel_size, params.kernel_size)
    total = b.reduce(result.shape, patch, term, Combiner.SUM, name="correlation")
    count = shapes.as_expr(shapes.multiply(channels, params.kernel_size**2)).astype(result.dtype)
    return b.compute(result.shape, lambda *i: total[i] / count, name="correlation_mean")


def _factor(params: Correlation, first: TensorType, second: TensorType) -> float:
    del second
    channels = first.shape[1]
    return float(params.kernel_size**2 * (channels if isinstance(channels, int) else 256))


def _magnitude(params: Correlation, first: Array, second: Array) -> Array:
    if params.is_multiply:
        return _reference(params, np.abs(first), np.abs(second))
    return np.abs(_reference(params, np.abs(first), -np.abs(second)))


def _draw(d: Draw) -> Drawn:
    kernel, displacement, padding = 2 * d.integer(0, 1) + 1, d.integer(0, 2), d.extents(4, 0, 2)
    params = Correlation(kernel, displacement, d.integer(1, 2), d.integer(1, 2), padding, not d.flag())
    size = [max(1, 2 * params.border + 1 - sum(around)) + d.integer(0, 2) for around in windows.pairs(padding)]
    image = TensorType((*d.extents(2, 1, 2), *size), d.one_of(*FLOATS))
    return Drawn(params, (image, image))


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    if attrs["layout"] != "NCHW":
        raise Reject(f"layout {attrs['layout']} is not taken, only NCHW")
    names = ("kernel_size", "max_displacement", "stride1", "stride2", "is_multiply")
    return {**{name: attrs[name] for name in names}, "padding": windows.full_padding(attrs["padding"], 2)}


CARD = OpCard(
    name="nn.correlation",
    inputs=(Input("data1"), Input("data2")),
    params=Correlation,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(
        name="nn.correlation",
        attrs_type="relay.attrs.CorrelationAttrs",
        fields=(
            Field("kernel_size", Kind.INT, 1),
            Field("max_displacement", Kind.INT, 1),
            Field("stride1", Kind.INT, 1),
            Field("stride2", Kind.INT, 1),
            Field("padding", Kind.INTS, (0, 0)),
            Field("is_multiply", Kind.BOOL, True),
            Field("layout", Kind.STR, "NCHW", param=None),
        ),
        read=_read,
    ),
    pattern=Pattern.OUT_FUSABLE,
    error=Rounding(ulps=4, factor=_factor, magnitude=_magnitude),
    draw=_draw,
)
