"""shape_of and ndarray_size: the dimensions of a tensor, and their product, as numbers.

vm.shape_of is what the virtual machine runs for shape_of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import vanishing
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, const, select
from tensor_core.types import TensorType, Type

_SCALAR = "the shape of a scalar has no value"


@dataclass(frozen=True, slots=True)
class Measure:
    """``dtype``: the element type of the numbers."""

    dtype: str


def _infer_shape(params: Measure, data: Type) -> Type:
    rank = rules.tensor(data, 0).rank
    # A scalar has a scalar shape (RankShape in TVM 0.19), which no kernel of TVM computes.
    return TensorType((rank,) if rank else (), rules.known_dtype(params.dtype))


def _shape(params: Measure, x: Array) -> Array:
    if not x.shape:
        raise ValueError(_SCALAR)
    return np.asarray(x.shape, dtypes.to_numpy(params.dtype))


def _lower_shape(params: Measure, b: LoopBuilder, x: Tensor) -> Tensor:
    if not x.rank:
        raise Reject(_SCALAR)

    def dim(i: PrimExpr) -> PrimExpr:
        value = const(0, params.dtype)
        for place, extent in enumerate(x.shape):
            value = select(i.equal(place), shapes.as_expr(extent).astype(params.dtype), value)
        return value

    return b.compute((x.rank,), dim, params.dtype, name="T_shape_of")


def _expand_shape(params: Measure, f: Fragment[Any], data: Any) -> Any:
    shape = f.tensor_type(data).shape
    if not shape:
        raise Reject(_SCALAR)
    if not shapes.is_static(shape):
        raise Reject(f"the dimensions of {rules.show(shape)} are not all known")
    return f.constant(np.asarray(shape, np.int64), params.dtype)


def _infer_size(params: Measure, data: Type) -> Type:
    rules.tensor(data, 0)
    return TensorType((), rules.known_dtype(params.dtype))


def _size(params: Measure, x: Array) -> Array:
    return np.asarray(math.prod(x.shape), dtypes.to_numpy(params.dtype))


def _lower_size(params: Measure, b: LoopBuilder, x: Tensor) -> Tensor:
    total = shapes.as_expr(shapes.product(x.shape))
    return b.compute((), lambda: total.astype(params.dtype), params.dtype, name="T_ndarray_size")


def _expand_size(params: Measure, f: Fragment[Any], data: Any) -> Any:
    total = shapes.product(f.tensor_type(data).shape)
    if isinstance(total, int):
        return f.constant(total, params.dtype)
    if params.dtype == "int64":
        raise Reject("the number of elements is not known")
    return f.call("cast", f.call("ndarray_size", data, dtype="int64"), dtype=params.dtype)


def _draw(d: Draw) -> Drawn:
    return Drawn(Measure(d.one_of("int32", "int64")), (TensorType(d.any_shape(1), d.one_of(*draw.EVERY)),))


def _shape_card(name: str) -> OpCard[Measure]:
    return _card(name, "ShapeOfAttrs", _infer_shape, _shape, _lower_shape, _expand_shape, Pattern.OPAQUE)


def _card(
    name: str,
    attrs: str,
    infer: Callable[..., Type],
    reference: Callable[..., Array],
    lower: Callable[..., Tensor],
    expand: Callable[..., Any],
    pattern: Pattern,
    relax: tuple[RelaxSpelling, ...] = (),
) -> OpCard[Measure]:
    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=Measure,
        infer=infer,
        reference=reference,
        lower=lower,
        expand=expand,
        gradient=vanishing(1) if name == "shape_of" else None,
        draw=_draw,
        relay=RelaySpelling(
            name=name,
            attrs_type=f"relay.attrs.{attrs}",
            fields=(Field("dtype", Kind.DTYPE, "", python="int32"),),
        ),
        relax=relax,
        pattern=pattern,
    )


def _read_size(_attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"dtype": "int64"}


def _write_size(_params: Measure, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {}


def _fits_size(params: Measure, _types: Sequence[Type], release: str) -> str | None:
    return None if params.dtype == "int64" else f"Relax {release} counts elements in int64"


_RELAX_SIZE = RelaxSpelling(
    name="relax.size", operands=(Operand("data"),), since="0.25", read=_read_size, write=_write_size, fits=_fits_size
)

CARDS = (
    _shape_card("shape_of"),
    _shape_card("vm.shape_of"),
    _card(
        "ndarray_size",
        "NdarraySizeAttrs",
        _infer_size,
        _size,
        _lower_size,
        _expand_size,
        Pattern.INJECTIVE,
        (_RELAX_SIZE,),
    ),
)
