"""eye and eye_like: ones on one diagonal of a matrix, zeros elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Carrier,
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import vanishing
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Eye:
    """``n`` rows and ``m`` columns; ``k`` counts diagonals upwards from the main one."""

    n: Dim
    m: Dim
    k: int | PrimExpr
    dtype: str


@dataclass(frozen=True, slots=True)
class EyeLike:
    """The shape is that of the data."""

    k: int | PrimExpr
    dtype: str


def _infer(params: Eye) -> Type:
    for name in ("n", "m", "k"):
        rules.whole(getattr(params, name), name)
    return TensorType((params.n, params.m), rules.known_dtype(params.dtype))


def _infer_like(params: EyeLike, data: Type) -> Type:
    source = rules.tensor(data, 0)
    rules.whole(params.k, "k")
    if source.rank != 2:
        raise Reject(f"expected a matrix, got {rules.show(source.shape)}", 0)
    return TensorType(source.shape, rules.known_dtype(params.dtype))


def _eye(rows: int, columns: int, k: int | PrimExpr, dtype: str) -> Array:
    assert isinstance(k, int)
    return np.eye(rows, columns, k, dtypes.to_numpy(dtype))


def _reference(params: Eye) -> Array:
    rows, columns = shapes.static((params.n, params.m))
    return _eye(rows, columns, params.k, params.dtype)


def _reference_like(params: EyeLike, x: Array) -> Array:
    rows, columns = x.shape
    return _eye(rows, columns, params.k, params.dtype)


def _element(k: int | PrimExpr, dtype: str, i: PrimExpr, j: PrimExpr) -> PrimExpr:
    one, zero = prim.const(1, dtype), prim.const(0, dtype)
    return prim.select((i + prim.wrap(k, "int64")).equal(j), one, zero)


def _lower(params: Eye, b: LoopBuilder) -> Tensor:
    return b.compute((params.n, params.m), lambda *i: _element(params.k, params.dtype, *i), name="T_eye")


def _lower_like(params: EyeLike, b: LoopBuilder, x: Tensor) -> Tensor:
    return b.compute(x.shape, lambda *i: _element(params.k, params.dtype, *i), name="T_eye_like")


def _read_like(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {"k": attrs["k"], "dtype": attrs["dtype"] or rules.tensor(types[0], 0).dtype}


def _fits_like(params: EyeLike, types: Sequence[Type], release: str) -> str | None:
    source = rules.tensor(types[0], 0).dtype
    return None if params.dtype == source else f"the kernel of Relax {release} keeps the element type {source}"


def _draw(d: Draw) -> Drawn:
    rows, columns = d.extents(2, least=0)
    return Drawn(Eye(rows, columns, d.integer(-5, 5), d.one_of(*draw.EVERY)), ())


def _draw_like(d: Draw) -> Drawn:
    params = EyeLike(d.integer(-5, 5), d.one_of(*draw.EVERY))
    return Drawn(params, (TensorType(d.any_shape(2, 2), d.one_of(*draw.EVERY)),))


CARDS = (
    OpCard(
        name="eye",
        inputs=(),
        params=Eye,
        infer=_infer,
        reference=_reference,
        lower=_lower,
        gradient=vanishing(0),
        draw=_draw,
        relax=(
            RelaxSpelling(
                name="relax.eye",
                operands=tuple(Operand(name, Carrier.SCALAR) for name in ("n", "m", "k")),
                attrs_type="relax.attrs.InitAttrs",
                fields=(Field("dtype", Kind.DTYPE, "float32", optional=True),),
            ),
        ),
        pattern=Pattern.INJECTIVE,
    ),
    OpCard(
        name="eye_like",
        inputs=(Input("x"),),
        params=EyeLike,
        infer=_infer_like,
        reference=_reference_like,
        lower=_lower_like,
        gradient=vanishing(1),
        draw=_draw_like,
        relax=(
            RelaxSpelling(
                name="relax.eye_like",
                operands=(Operand("x"), Operand("k", Carrier.SCALAR)),
                attrs_type="relax.attrs.InitAttrs",
                fields=(Field("dtype", Kind.DTYPE, None, optional=True),),
                read=_read_like,
                fits=_fits_like,
            ),
        ),
        pattern=Pattern.INJECTIVE,
    ),
)
