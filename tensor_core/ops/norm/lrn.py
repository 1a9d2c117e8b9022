"""nn.lrn: local response normalisation, ``x / (bias + alpha * s / size) ** beta`` with s the sum of the squares of
``size`` neighbours along one axis. TVM 0.19 computes it on four dimensions, along the second or the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import rules, windows
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Reject, RelaySpelling, Rounding
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType


@dataclass(frozen=True, slots=True)
class LRN:
    """``size``: how many neighbours count, an odd number."""

    size: int = 5
    axis: int = 1
    bias: float = 2.0
    alpha: float = 1e-4
    beta: float = 0.75


def _check(params: LRN, rank: int, dtype: str) -> None:
    if rank != 4 or params.axis not in (1, 3) or params.size % 2 != 1 or not dtypes.is_float(dtype):
        raise Reject("TVM computes nn.lrn of four-dimensional floats, along axis 1 or 3, of an odd size")


def _reference(params: LRN, x: Array) -> Array:
    _check(params, x.ndim, dtypes.from_numpy(x.dtype))
    radius, kind = params.size // 2, x.dtype.type
    squares = windows.pad_array(x * x, (params.axis,), [(radius, radius)], 0)
    count = x.shape[params.axis]
    total = np.zeros_like(x)
    for n in range(params.size):
        total = total + np.take(squares, range(n, n + count), params.axis)
    return x / (kind(params.bias) + kind(params.alpha) * total / kind(params.size)) ** kind(params.beta)


def _lower(params: LRN, b: LoopBuilder, x: Tensor) -> Tensor:
    _check(params, x.rank, x.dtype)
    radius = params.size // 2
    padded = windows.pad_stage(b, x, (params.axis,), [(radius, radius)], 0)

    def square(*i: PrimExpr) -> PrimExpr:
        place = list(i[:4])
        place[params.axis] = place[params.axis] + i[4]
        return padded[tuple(place)] * padded[tuple(place)]

    total = b.reduce(x.shape, (params.size,), square, Combiner.SUM, name="sqr_sum")

    def element(*i: PrimExpr) -> PrimExpr:
        base = total[i] * params.alpha / prim.const(params.size, x.dtype) + params.bias
        return x[i] / prim.intrinsic("pow", base, prim.const(params.beta, x.dtype))

    return b.compute(x.shape, element, name="lrn")


def _expand(params: LRN, f: Fragment[Any], data: Any) -> Any:
    """The squares' mean over neighbours is an average pool along the axis, of one image each with one channel."""
    source = f.tensor_type(data)
    _check(params, source.rank, source.dtype)
    if 0 in source.shape:
        # No window of a pool fits into it.
        return data
    n, c, h, w = source.shape
    radius, along = params.size // 2, params.axis == 1
    line = (n, 1, c, shapes.multiply(h, w)) if along else (n, 1, shapes.multiply(c, h), w)
    window, padding = ((params.size, 1), (radius, 0)) if along else ((1, params.size), (0, radius))
    squares = f.call("reshape", f.call("multiply", data, data), shape=line)
    mean = f.call(
        "nn.avg_pool2d", squares, pool_size=window, strides=(1, 1), dilation=(1, 1), padding=(*padding, *padding),
        layout="NCHW", out_layout="NCHW", count_include_pad=True,
    )  # fmt: skip
    mean = f.call("reshape", mean, shape=source.shape)
    scaled = f.call("multiply", mean, f.constant(params.alpha, source.dtype))
    base = f.call("add", scaled, f.constant(params.bias, source.dtype))
    return f.call("divide", data, f.call("power", base, f.constant(params.beta, source.dtype)))


def _factor(params: LRN, data: TensorType) -> float:
    del data
    return float(params.size)


def _draw(d: Draw) -> Drawn:
    params = LRN(
        d.one_of(5, 1, 3, 7), d.one_of(1, 3), d.one_of(2.0, 1.0), d.one_of(1e-4, 0.5), d.one_of(0.75, 0.5, 1.0)
    )
    return Drawn(params, (TensorType(d.extents(4, 1, 4), d.one_of(*FLOATS)),))


CARD = OpCard(
    name="nn.lrn",
    inputs=(Input("data"),),
    params=LRN,
    infer=rules.identity,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.lrn",
        attrs_type="relay.attrs.LRNAttrs",
        fields=(
            Field("size", Kind.INT, 5),
            Field("axis", Kind.INT, 1),
            Field("bias", Kind.FLOAT, 2.0),
            Field("alpha", Kind.FLOAT, 1e-4, python=1e-5),
            Field("beta", Kind.FLOAT, 0.75),
        ),
    ),
    error=Rounding(ulps=16, factor=_factor),
    laws=frozenset((Law.ODD,)),
    draw=_draw,
)
