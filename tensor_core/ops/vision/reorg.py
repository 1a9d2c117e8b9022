"""vision.yolo_reorg: blocks of places as channels in the order of darknet, by addresses in memory, so of one image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import NUMBERS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Reorg:
    """``stride``: the height and width of a block."""

    stride: int


def _infer_reorg(params: Reorg, data: Type) -> Type:
    source, stride = rules.tensor(data, 0), params.stride
    if source.rank != 4:
        raise Reject(f"expected four dimensions, got {rules.show(source.shape)}", 0)
    if not stride:
        raise Reject("stride must not be zero")
    n, c, h, w = source.shape
    return TensorType(
        (n, shapes.multiply(c, stride * stride), shapes.floor_divide(h, stride), shapes.floor_divide(w, stride)),
        source.dtype,
    )


def _address(params: Reorg, k: Any, j: Any, i: Any, dims: tuple[int, int, int]) -> Any:
    """Where in the image's memory the element (k, j, i) of the regrouped one lies: of numbers, or of expressions."""
    stride, (channels, height, width) = params.stride, dims
    groups = channels // (stride * stride)
    place = k // groups
    row, column = (j * stride + place // stride) * stride, i * stride + place % stride
    return ((k % groups) * (stride * stride) * height + row) * width + column


def _check(params: Reorg, shape: tuple[Dim, ...]) -> tuple[int, int, int]:
    batch, channels, height, width = shapes.static(shape)
    stride = params.stride
    if batch != 1 or channels % (stride * stride) or height % stride or width % stride:
        raise Reject(
            "TVM regroups one image, whose channels and extents the stride divides; else it reads elsewhere", 0
        )
    return channels, height, width


def _reference(params: Reorg, x: Array) -> Array:
    dims = _check(params, tuple(map(int, x.shape)))
    k, j, i = np.indices(dims)
    moved = x.reshape(-1)[_address(params, k, j, i, dims)]
    stride = params.stride
    return moved.reshape(1, dims[0] * stride * stride, dims[1] // stride, dims[2] // stride)


def _lower(params: Reorg, b: LoopBuilder, x: Tensor) -> Tensor:
    dims = channels, height, width = _check(params, x.shape)
    stride = params.stride
    rows, columns = height // stride, width // stride

    def element(n: PrimExpr, c: PrimExpr, y: PrimExpr, z: PrimExpr) -> PrimExpr:
        linear = (c * as_expr(rows) + y) * as_expr(columns) + z
        plane = as_expr(height * width)
        place = _address(params, linear // plane, linear % plane // as_expr(width), linear % as_expr(width), dims)
        return x[n, place // plane, place % plane // as_expr(width), place % as_expr(width)]

    return b.compute((1, channels * stride * stride, rows, columns), element, name="reorg")


def _draw(d: Draw) -> Drawn:
    stride, (channels, height, width) = d.integer(1, 3), d.extents(3, 1, 2)
    shape = (1, channels * stride * stride, height * stride, width * stride)
    return Drawn(Reorg(stride), (TensorType(shape, d.one_of(*NUMBERS)),))


CARD = OpCard(
    name="vision.yolo_reorg",
    inputs=(Input("data"),),
    params=Reorg,
    infer=_infer_reorg,
    reference=_reference,
    lower=_lower,
    laws=frozenset((Law.MOVES,)),
    draw=_draw,
    relay=RelaySpelling(
        name="vision.yolo_reorg",
        attrs_type="relay.attrs.YoloReorgAttrs",
        fields=(Field("stride", Kind.INT, 1),),
    ),
    pattern=Pattern.INJECTIVE,
)
