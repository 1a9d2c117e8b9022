"""sequence_mask and matrix_set_diag: tensors with some elements replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class SequenceMask:
    """Elements at or after the valid length along ``axis`` (0 or 1; the other is the batch) become ``mask_value``."""

    mask_value: float
    axis: int


@dataclass(frozen=True, slots=True)
class SetDiag:
    """The diagonals ``k1`` to ``k2`` (0: main, positive: above) are replaced.

    Diagonals shorter than the longest stand at the left or right end of their row of the operand.
    """

    k1: int
    k2: int
    super_diag_right_align: bool
    sub_diag_right_align: bool


# ---- sequence_mask


def _checked(params: SequenceMask, data: TensorType) -> TensorType:
    if params.axis not in (0, 1):
        raise Reject(f"axis {params.axis} must be 0 or 1")
    if data.rank < 2:
        raise Reject(f"expected two dimensions or more, got {rules.show(data.shape)}", 0)
    return data


def _infer_mask(params: SequenceMask, data: Type, lengths: Type) -> Type:
    source = _checked(params, rules.tensor(data, 0))
    rules.unified_shape((source.shape[1 - params.axis],), rules.tensor(lengths, 1).shape, 1)
    return source


def _mask(params: SequenceMask, x: Array, lengths: Array) -> Array:
    steps = rules.steps(x.shape[params.axis]).astype(lengths.dtype)
    outside: Array = steps[:, None] >= lengths[None, :]
    if params.axis == 1:
        outside = outside.T
    with np.errstate(all="ignore"):
        value = np.asarray(params.mask_value).astype(x.dtype)
    return np.where(outside.reshape(*outside.shape, *[1] * (x.ndim - 2)), value, x)


def _lower_mask(params: SequenceMask, b: LoopBuilder, x: Tensor, lengths: Tensor) -> Tensor:
    def element(*i: PrimExpr) -> PrimExpr:
        outside = i[params.axis].astype(lengths.dtype) >= lengths[i[1 - params.axis]]
        return prim.select(outside, prim.const(params.mask_value, x.dtype), x[i])

    return b.compute(x.shape, element, name="T_sequence_mask")


def _expand_mask(params: SequenceMask, f: Fragment[Any], data: Any, lengths: Any) -> Any:
    source, given = f.tensor_type(data), f.tensor_type(lengths)
    extent = source.shape[params.axis]
    if not isinstance(extent, int):
        raise Reject("the extent along the axis is symbolic, so that its positions are no constants")
    rest = (1,) * (source.rank - 2)
    outer, inner = ((extent, 1), (1, source.shape[1])) if params.axis == 0 else ((1, extent), (source.shape[0], 1))
    steps = f.call("arange", start=0, stop=extent, step=1, dtype=given.dtype)
    at, limit = f.call("reshape", steps, shape=(*outer, *rest)), f.call("reshape", lengths, shape=(*inner, *rest))
    with np.errstate(all="ignore"):
        value = np.asarray(params.mask_value).astype(dtypes.to_numpy(source.dtype))
    return f.call("where", f.call("greater_equal", at, limit), f.constant(value, source.dtype), data)


# ---- matrix_set_diag


def _infer_diag(params: SetDiag, data: Type, diagonal: Type) -> Type:
    source, given = rules.tensor(data, 0), rules.tensor(diagonal, 1)
    if params.k2 < params.k1:
        raise Reject(f"k2 = {params.k2} lies below k1 = {params.k1}")
    if source.rank < 2 or given.rank < 1:
        raise Reject(
            f"expected matrices and diagonals, got {rules.show(source.shape)} and {rules.show(given.shape)}", 0
        )
    return source


def _check_diagonals(params: SetDiag, shape: Shape, rank: int) -> None:
    """What TVM 0.19 looks at only when it makes a kernel."""
    several = params.k1 != params.k2
    if len(shape) != (rank if several else rank - 1):
        raise Reject(f"expected {rank if several else rank - 1} dimensions, got {rules.show(shape)}", 1)
    if several and shapes.prove_different(shape[-2], params.k2 - params.k1 + 1):
        raise Reject(f"expected {params.k2 - params.k1 + 1} diagonals, from k1 to k2, got {rules.show(shape)}", 1)


def _offset(params: SetDiag, k: int, rows: int, columns: int, longest: int) -> int:
    """Where the elements of diagonal ``k`` begin in their row of the operand."""
    if params.k1 == params.k2:
        return 0
    if k >= 0:
        return longest - min(columns - k, rows) if params.super_diag_right_align else 0
    return longest - min(columns, rows + k) if params.sub_diag_right_align else 0


def _diag(params: SetDiag, x: Array, diagonal: Array) -> Array:
    _check_diagonals(params, diagonal.shape, x.ndim)
    result = x.copy()
    rows, columns = x.shape[-2:]
    for k in range(max(params.k1, 1 - rows), min(params.k2, columns - 1) + 1):
        length = min(rows + min(k, 0), columns - max(k, 0))
        first = _offset(params, k, rows, columns, diagonal.shape[-1])
        values = diagonal if params.k1 == params.k2 else diagonal[..., params.k2 - k, :]
        steps = rules.steps(length)
        result[..., steps - min(k, 0), steps + max(k, 0)] = values[..., first : first + length]
    return result


def _lower_diag(params: SetDiag, b: LoopBuilder, x: Tensor, diagonal: Tensor) -> Tensor:
    _check_diagonals(params, diagonal.shape, x.rank)
    rows, columns, longest = shapes.static((*x.shape[-2:], diagonal.shape[-1]))
    result = x
    for k in range(max(params.k1, 1 - rows), min(params.k2, columns - 1) + 1):
        first = _offset(params, k, rows, columns, longest)
        result = b.compute(x.shape, _replaced(params, k, first, result, diagonal), name="T_matrix_set_diag")
    return result if result is not x else b.compute(x.shape, lambda *i: x[i], name="T_matrix_set_diag")


def _replaced(params: SetDiag, k: int, first: int, old: Tensor, diagonal: Tensor) -> Callable[..., PrimExpr]:
    def element(*i: PrimExpr) -> PrimExpr:
        row, column = i[-2:]
        step = row if k >= 0 else column
        place: Sequence[PrimExpr | int] = (*i[:-2], *([] if params.k1 == params.k2 else [params.k2 - k]), step + first)
        return prim.if_then_else((column - row).equal(k), diagonal[tuple(place)], old[i])

    return element


def _expand_diag(params: SetDiag, f: Fragment[Any], data: Any, diagonal: Any) -> Any:
    """One choice between the data and a diagonal after the other, by where rows and columns cross."""
    source, given = f.tensor_type(data), f.tensor_type(diagonal)
    _check_diagonals(params, given.shape, source.rank)
    dims = (*source.shape[-2:], given.shape[-1])
    if not shapes.is_static(dims):
        raise Reject(f"the extents of matrices and diagonals must be known, got {rules.show(dims)}")
    rows, columns, longest = shapes.static(dims)
    which = range(max(params.k1, 1 - rows), min(params.k2, columns - 1) + 1)
    if len(which) > _MOST_DIAGONALS:
        raise Reject(f"{len(which)} diagonals are too many to choose between")
    across = f.call("arange", start=0, stop=columns, step=1, dtype="int64")
    down = f.call("reshape", f.call("arange", start=0, stop=rows, step=1, dtype="int64"), shape=(rows, 1))
    apart = f.call("subtract", across, down)
    for k in which:
        values = diagonal
        if params.k1 != params.k2:
            row = f.constant(params.k2 - k, "int64")
            values = f.call("take", diagonal, row, axis=given.rank - 2, out_of_range="undefined")
        # The place along the shorter side, for positions that lie on the diagonal.
        steps = np.arange(rows if k >= 0 else columns) + _offset(params, k, rows, columns, longest)
        places = f.constant(np.clip(steps, 0, longest - 1), "int64")
        values = f.call("take", values, places, axis=source.rank - 2, out_of_range="undefined")
        values = f.call("expand_dims", values, axis=(source.rank - (1 if k >= 0 else 2),))
        data = f.call("where", f.call("equal", apart, f.constant(k, "int64")), values, data)
    return data


_MOST_DIAGONALS = 8


def _draw_mask(d: Draw) -> Drawn:
    shape, dtype, axis = d.shape(2), d.one_of(*draw.NUMBERS), d.integer(0, 1)
    value = draw.padding_value(d, dtype)
    lengths = TensorType((shape[1 - axis],), d.one_of("int32", "int64", "float32"))
    return Drawn(SequenceMask(value, axis), (TensorType(shape, dtype), lengths), {1: Domain(-1.0, shape[axis] + 1.0)})


def _draw_diag(d: Draw) -> Drawn:
    shape, dtype = d.shape(2), d.one_of(*draw.EVERY)
    *outer, rows, columns = shape
    low = d.integer(1 - rows, columns - 1)
    high = d.integer(low, columns - 1) if d.flag() else low
    longest = min(rows + min(high, 0), columns + min(-low, 0))
    diagonals = (*outer, *([high - low + 1] if high > low else []), longest)
    types = (TensorType(shape, dtype), TensorType(diagonals, dtype))
    return Drawn(SetDiag(low, high, d.flag(), d.flag()), types)


CARDS = (
    OpCard(
        name="sequence_mask",
        inputs=(Input("data"), Input("valid_length", Domain(0.0, 4.0))),
        params=SequenceMask,
        infer=_infer_mask,
        reference=_mask,
        lower=_lower_mask,
        expand=_expand_mask,
        relay=RelaySpelling(
            name="sequence_mask",
            attrs_type="relay.attrs.SequenceMaskAttrs",
            fields=(Field("mask_value", Kind.FLOAT, 0.0), Field("axis", Kind.INT, 0)),
        ),
        pattern=Pattern.INJECTIVE,
        draw=_draw_mask,
    ),
    OpCard(
        name="matrix_set_diag",
        inputs=(Input("input"), Input("diagonal")),
        params=SetDiag,
        infer=_infer_diag,
        reference=_diag,
        lower=_lower_diag,
        expand=_expand_diag,
        relay=RelaySpelling(
            name="matrix_set_diag",
            attrs_type="relay.attrs.MatrixSetDiagAttrs",
            fields=(
                Field("k1", Kind.INT, 0),
                Field("k2", Kind.INT, 0),
                Field("super_diag_right_align", Kind.BOOL, True),
                Field("sub_diag_right_align", Kind.BOOL, False),
            ),
        ),
        pattern=Pattern.INJECTIVE,
        draw=_draw_diag,
    ),
)
