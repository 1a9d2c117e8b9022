"""layout_transform of Relax, meta_schedule_layout_transform of Relay: the same elements at the places to which a map of
indices leads; what it misses is padded.

Sizes are those of the map's range (IndexMap.map_shape in TVM 0.27). The padding is zero unless a value is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.arith import Analyzer
from tensor_core.loops.builder import LoopBuilder, Tensor, nest, store
from tensor_core.loops.nodes import Stmt
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
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, as_expr
from tensor_core.tir.expr import IndexMap
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True, eq=False)
class MapLayout:
    """``index_map`` has ``initial_indices`` (variables) and ``final_indices`` (expressions of them).

    ``pad_value``: a number, or None for zero. The separators of axes say nothing about values.
    """

    index_map: Any
    pad_value: float | None = None
    axis_separators: tuple[int, ...] = ()
    input_axis_separators: tuple[int, ...] = ()


def _initial(params: MapLayout, rank: int) -> Sequence[prim.Var]:
    if not hasattr(params.index_map, "initial_indices"):
        raise Reject(f"index_map must be a map of indices, not {params.index_map}")
    initial: Sequence[prim.Var] = tuple(params.index_map.initial_indices)
    if len(initial) != rank:
        raise Reject(f"the map takes {len(initial)} indices, the data has {rank} dimensions", 0)
    return initial


def mapped_shape(initial: Sequence[prim.Var], final: Sequence[PrimExpr], shape: Sequence[Dim]) -> tuple[Dim, ...]:
    """The extents of a map's range, where indices are padded to whole multiples of what divides them."""
    extents = dict(zip(initial, shape, strict=True))
    return tuple(_extent(expr, extents) for expr in final)


def _extent(expr: PrimExpr, extents: Mapping[prim.Var, Dim]) -> Dim:
    """One more than the greatest value of an expression that no index makes negative."""
    match expr:
        case prim.IntImm():
            return expr.value + 1
        case prim.Var():
            return extents[expr]
        case prim.Add():
            return shapes.subtract(shapes.add(_extent(expr.a, extents), _extent(expr.b, extents)), 1)
        case prim.Mul(b=prim.IntImm()) | prim.Mul(a=prim.IntImm()):
            a, b = (shapes.subtract(_extent(side, extents), 1) for side in (expr.a, expr.b))
            return shapes.add(shapes.multiply(a, b), 1)
        case prim.FloorDiv(b=prim.IntImm() as by):
            whole = _extent(expr.a, extents)
            if isinstance(whole, shapes.AnyDim):
                return whole
            if isinstance(whole, int):
                return -(-whole // by.value)
            more = prim.FloorMod(prim.Sub(as_expr(0), whole), as_expr(by.value))
            result = Analyzer().simplify(prim.FloorDiv(prim.Add(whole, more), as_expr(by.value)))
            return result.value if isinstance(result, prim.IntImm) else result
        case prim.FloorMod(b=prim.IntImm() as by):
            return by.value
        case prim.Sub(b=prim.IntImm() as less):
            return shapes.subtract(_extent(expr.a, extents), less.value)
        case _:
            raise Reject(f"the range of {type(expr).__name__} in a map of indices is not known")


def _infer(params: MapLayout, data: Type) -> Type:
    source = rules.tensor(data, 0)
    initial = _initial(params, source.rank)
    return TensorType(mapped_shape(initial, params.index_map.final_indices, source.shape), source.dtype)


def _reference(params: MapLayout, x: Array) -> Array:
    initial = _initial(params, x.ndim)
    shape = shapes.static(mapped_shape(initial, params.index_map.final_indices, x.shape))
    result = np.full(shape, 0 if params.pad_value is None else params.pad_value, x.dtype)
    places = dict(zip(initial, rules.places(x.shape), strict=True))
    result[tuple(np.broadcast_to(_at(expr, places), x.shape) for expr in params.index_map.final_indices)] = x
    return result


def _at(expr: PrimExpr, places: Mapping[prim.Var, Any]) -> Any:
    """An expression over arrays of indices, or over variables of a tensor program."""
    match expr:
        case prim.IntImm():
            return expr.value
        case prim.Var():
            return places[expr]
        case prim.Add():
            return _at(expr.a, places) + _at(expr.b, places)
        case prim.Sub():
            return _at(expr.a, places) - _at(expr.b, places)
        case prim.Mul():
            return _at(expr.a, places) * _at(expr.b, places)
        case prim.FloorDiv():
            return _at(expr.a, places) // _at(expr.b, places)
        case prim.FloorMod():
            return _at(expr.a, places) % _at(expr.b, places)
        case _:
            raise Reject(f"{type(expr).__name__} in a map of indices is not computed")


def _lower(params: MapLayout, b: LoopBuilder, x: Tensor) -> Tensor:
    initial = _initial(params, x.rank)
    shape = mapped_shape(initial, params.index_map.final_indices, x.shape)
    result = b.compute(shape, lambda *_: params.pad_value or 0, x.dtype, name="T_layout_transform")

    def move(i: tuple[prim.Var, ...]) -> Stmt:
        places = dict(zip(initial, i, strict=True))
        return store(result, [_at(expr, places) for expr in params.index_map.final_indices], x[i])

    b.emit(nest(x.shape, move))
    return result


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    pad = attrs["pad_value"]
    dtype = getattr(pad, "dtype", None) or getattr(getattr(pad, "value", None), "dtype", None)
    source = rules.tensor(types[0], 0).dtype
    if dtype is not None and source and dtype != source:
        raise Reject(f"the padding is of type {dtype}, the data of type {source}")
    number = rules.constant_number(getattr(getattr(pad, "value", pad), "value", getattr(pad, "value", pad)))
    separators = {name: tuple(attrs.get(name) or ()) for name in ("axis_separators", "input_axis_separators")}
    return {"index_map": attrs["index_map"], "pad_value": number, **separators}


def _write(params: MapLayout, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {
        "index_map": params.index_map,
        "pad_value": params.pad_value,
        "axis_separators": params.axis_separators,
        "input_axis_separators": params.input_axis_separators,
    }


def _write_newest(params: MapLayout, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"index_map": params.index_map, "pad_value": params.pad_value}


_FIELDS = (Field("index_map", Kind.OBJECT), Field("pad_value", Kind.OBJECT, None, optional=True))


def _read_relay(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"index_map": attrs["index_map"]}


def _write_relay(params: MapLayout, _types: Sequence[Type]) -> Mapping[str, Value]:
    if params.pad_value:
        raise Reject("Relay's maps of indices pad with zero")
    return {"index_map": params.index_map}


def _draw(d: Draw) -> Drawn:
    """Dimensions in another order, some cut in blocks."""
    source = TensorType(d.shape(1), d.one_of(*draw.NUMBERS))
    initial = tuple(prim.Var(f"i{n}") for n in range(source.rank))
    final: list[PrimExpr] = []
    for n in d.permutation(source.rank):
        block = d.integer(1, 3)
        place, size = initial[n], as_expr(block)
        final += [place] if block == 1 else [prim.FloorDiv(place, size), prim.FloorMod(place, size)]
    kind = float if dtypes.is_float(source.dtype) else int
    pad = d.some(lambda: kind(draw.padding_value(d, source.dtype)))
    return Drawn(MapLayout(IndexMap(initial, tuple(final)), pad), (source,))


CARD = OpCard(
    name="map_layout",
    inputs=(Input("x"),),
    params=MapLayout,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(
        name="meta_schedule_layout_transform",
        attrs_type="relay.attrs.MetaScheduleLayoutTransformAttrs",
        fields=(Field("index_map", Kind.OBJECT),),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.layout_transform",
            operands=(Operand("x"),),
            attrs_type="relax.attrs.LayoutTransformAttrs",
            fields=(
                *_FIELDS,
                Field("axis_separators", Kind.INTS, (), optional=True),
                Field("input_axis_separators", Kind.INTS, (), optional=True),
            ),
            until="0.26",
            read=_read,
            write=_write,
        ),
        RelaxSpelling(
            name="relax.layout_transform",
            operands=(Operand("x"),),
            attrs_type="relax.attrs.LayoutTransformAttrs",
            fields=_FIELDS,
            since="0.26",
            read=_read,
            write=_write_newest,
        ),
    ),
    pattern=Pattern.INJECTIVE,
    draw=_draw,
)
