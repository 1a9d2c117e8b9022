"""hamming_window: alpha - beta * cos(2 pi i / N), where N is the size, or one less when the window is not periodic.

A window of one element is 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Carrier, Field, Kind, OpCard, Operand, Pattern, Reject, RelaxSpelling, Rounding
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import vanishing
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class HammingWindow:
    """``window_size`` elements. ``periodic``: the window is the first part of one that is an element longer."""

    window_size: Dim
    periodic: bool
    alpha: float
    beta: float
    dtype: str


def _infer(params: HammingWindow) -> Type:
    rules.whole(params.window_size, "window_size")
    if isinstance(params.window_size, int) and params.window_size < 1:
        raise Reject(f"a window has at least one element, not {params.window_size}")
    dtype = rules.known_dtype(params.dtype)
    if dtypes.is_int(dtype):
        raise Reject(f"a window is of floats, not of {dtype}")
    return TensorType((params.window_size,), dtype)


def _reference(params: HammingWindow) -> Array:
    (size,) = shapes.static((params.window_size,))
    whole = size if params.periodic else size - 1
    kind = dtypes.to_numpy(params.dtype)
    if size == 1:
        return np.ones(1, kind)
    return np.asarray(params.alpha - params.beta * np.cos(np.arange(size) * (2 * math.pi / whole))).astype(kind)


def _lower(params: HammingWindow, b: LoopBuilder) -> Tensor:
    (size,) = shapes.static((params.window_size,))
    whole = size if params.periodic else size - 1

    def element(i: PrimExpr) -> PrimExpr:
        if size == 1:
            return prim.const(1, params.dtype)
        step = i.astype("float64") * (2 * math.pi / whole)
        value = prim.const(params.alpha, "float64") - prim.intrinsic("cos", step) * params.beta
        return value.astype(params.dtype)

    return b.compute((size,), element, name="T_hamming_window")


def _one(params: HammingWindow) -> Array:
    return np.full(_reference(params).shape, abs(params.alpha) + abs(params.beta))


def _draw(d: Draw) -> Drawn:
    alpha, beta = d.one_of((0.54, 0.46), (0.5, 0.5), (-1.0, 0.25))
    return Drawn(HammingWindow(d.integer(1, 9), d.flag(), alpha, beta, d.one_of(*draw.FLOATS)), ())


CARD = OpCard(
    name="hamming_window",
    inputs=(),
    params=HammingWindow,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    gradient=vanishing(0),
    relax=(
        RelaxSpelling(
            name="relax.hamming_window",
            operands=tuple(Operand(name, Carrier.SCALAR) for name in ("window_size", "periodic", "alpha", "beta")),
            attrs_type="relax.attrs.InitAttrs",
            fields=(Field("dtype", Kind.DTYPE, None, optional=True),),
            since="0.21",
        ),
    ),
    pattern=Pattern.INJECTIVE,
    error=Rounding(ulps=16, magnitude=_one),
    draw=_draw,
)
