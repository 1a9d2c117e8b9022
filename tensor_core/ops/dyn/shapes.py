"""dyn.reshape, broadcast_to, tile, expand_dims, squeeze, zeros, ones, full: result shapes given by operands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.ops import draw as drawing
from tensor_core.ops import rules
from tensor_core.ops.card import Domain, Field, Input, Kind, NoParams, OpCard, Pattern, Reject, RelaySpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.dynamic import by_value, numbers, static_call
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import Gradient, derivatives, vanishing
from tensor_core.shapes import ANY
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Reshape:
    """``allowzero``: 0 is a size, not the code for a dimension of the data."""

    allowzero: bool


@dataclass(frozen=True, slots=True)
class ExpandDims:
    """``num_newaxis``: how many new dimensions."""

    num_newaxis: int


@dataclass(frozen=True, slots=True)
class Filled:
    """``dtype``: the result's element type; empty for dyn.full: that of the value."""

    dtype: str


def _open(rank: int, dtype: str) -> TensorType:
    return TensorType((ANY,) * rules.rank(rank), dtype)


def _infer_sized(_params: Any, data: Type, shape: Type) -> Type:
    """The second operand's length is the rank."""
    return _open(rules.known_length(shape, 1), rules.tensor(data, 0).dtype)


def _infer_tile(_params: NoParams, data: Type, reps: Type) -> Type:
    source = rules.tensor(data, 0)
    return _open(max(source.rank, rules.known_length(reps, 1)), source.dtype)


def _infer_expand(params: ExpandDims, data: Type, axis: Type) -> Type:
    source = rules.tensor(data, 0)
    if rules.tensor(axis, 1).rank:
        raise Reject(f"the axis must be a scalar, got {axis}", 1)
    return _open(source.rank + params.num_newaxis, source.dtype)


def _infer_squeeze(_params: NoParams, data: Type, axes: Type) -> Type:
    source = rules.tensor(data, 0)
    dropped = rules.known_length(axes, 1)
    if dropped > source.rank:
        raise Reject(f"{dropped} dimensions are to be dropped of {source.rank}", 1)
    return _open(source.rank - dropped, source.dtype)


def _infer_filled(params: Filled, shape: Type) -> Type:
    return _open(rules.known_length(shape, 0), rules.known_dtype(params.dtype))


def _infer_full(params: Filled, value: Type, shape: Type) -> Type:
    fill = rules.tensor(value, 0)
    if fill.rank:
        raise Reject(f"the fill value must be a scalar, got {fill}", 0)
    return _open(rules.known_length(shape, 1), rules.known_dtype(params.dtype or fill.dtype))


def _reshape(params: Reshape, f: Fragment[Any], data: Any, shape: Any) -> Any:
    codes = numbers(f, shape)
    if -2 in codes or -4 in codes:
        raise Reject("the codes -2 and -4 have no meaning where the shape is an operand")
    return static_call(f, "reshape", {"newshape": codes, "allowzero": params.allowzero}, data)


def _broadcast_to(_params: NoParams, f: Fragment[Any], data: Any, shape: Any) -> Any:
    return static_call(f, "broadcast_to", {"shape": numbers(f, shape)}, data)


def _tile(_params: NoParams, f: Fragment[Any], data: Any, reps: Any) -> Any:
    return static_call(f, "tile", {"reps": numbers(f, reps)}, data)


def _expand_dims(params: ExpandDims, f: Fragment[Any], data: Any, axis: Any) -> Any:
    (place,) = numbers(f, axis)
    return static_call(f, "expand_dims", {"axis": place, "num_newaxis": params.num_newaxis}, data)


def _squeeze(_params: NoParams, f: Fragment[Any], data: Any, axes: Any) -> Any:
    return static_call(f, "squeeze", {"axis": numbers(f, axes)}, data)


def _filled(name: str) -> Callable[..., Any]:
    def expand(params: Filled, f: Fragment[Any], shape: Any) -> Any:
        return static_call(f, name, {"shape": numbers(f, shape), "dtype": params.dtype})

    return expand


def _full(params: Filled, f: Fragment[Any], value: Any, shape: Any) -> Any:
    return static_call(f, "full", {"shape": numbers(f, shape), "dtype": params.dtype}, value)


def _read_reshape(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"allowzero": attrs["allowzero"]}


def _write_reshape(params: Reshape, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"newshape": (), "allowzero": params.allowzero}


def _read_dtype(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"dtype": attrs["dtype"]}


def _write_dtype(params: Filled, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"shape": None, "dtype": params.dtype}


def _write_reps(_params: NoParams, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"reps": None}


def _write_shape(_params: NoParams, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"shape": None}


def _unsaid(name: str) -> Field:
    """An attribute of the struct that dyn operators leave null."""
    return Field(name, Kind.INTS, optional=True, param=None)


_SIZES = Domain(1.0, 4.0)
_DATA = Input("data")
_INIT = "relay.attrs.InitOpAttrs"
_INIT_FIELDS = (_unsaid("shape"), Field("dtype", Kind.DTYPE, ""))


def _draw_reshape(d: Draw) -> Drawn:
    """The codes of a shape that fits: sizes, copies of dimensions, one that is inferred."""
    shape = d.shape()
    codes = list(d.grouped(shape))
    if codes and d.flag():
        codes[d.integer(0, len(codes) - 1)] = -1
    copies = [n for n, size in enumerate(codes) if n < len(shape) and size == shape[n]]
    if copies and d.flag():
        codes[copies[0]] = 0
    allow_zero = 0 not in codes and d.flag()
    type_, operand = drawing.known(d, codes)
    source = TensorType(shape, d.one_of(*drawing.EVERY))
    return Drawn(Reshape(allow_zero), (source, type_), values={1: operand})


def _draw_broadcast_to(d: Draw) -> Drawn:
    shape = d.shape()
    type_, operand = drawing.known(d, shape)
    return Drawn(NoParams(), (TensorType(d.narrowed(shape), d.one_of(*drawing.EVERY)), type_), values={1: operand})


def _draw_tile(d: Draw) -> Drawn:
    type_, operand = drawing.known(d, d.shape(most=3))
    return Drawn(NoParams(), (TensorType(d.shape(0, 3), d.one_of(*drawing.EVERY)), type_), values={1: operand})


def _draw_expand_dims(d: Draw) -> Drawn:
    source = TensorType(d.shape(), d.one_of(*drawing.EVERY))
    type_, operand = drawing.known(d, d.axis(source.rank + 1))
    return Drawn(ExpandDims(d.integer(0, 2)), (source, type_), values={1: operand})


def _draw_squeeze(d: Draw) -> Drawn:
    shape = list(d.shape())
    axes = d.some_axes(len(shape), d.integer(0, len(shape)))
    for axis in axes:
        shape[axis] = 1
    type_, operand = drawing.known(d, axes)
    return Drawn(NoParams(), (TensorType(tuple(shape), d.one_of(*drawing.EVERY)), type_), values={1: operand})


def _draw_filled(d: Draw) -> Drawn:
    type_, operand = drawing.known(d, d.shape())
    return Drawn(Filled(d.one_of(*drawing.EVERY)), (type_,), values={0: operand})


def _draw_full(d: Draw) -> Drawn:
    dtype, (type_, operand) = d.one_of(*drawing.EVERY), drawing.known(d, d.shape())
    return Drawn(Filled(d.one_of("", dtype)), (TensorType((), dtype), type_), values={1: operand})


def _card(
    relay: RelaySpelling,
    inputs: tuple[Input, ...],
    params: type[Any],
    infer: Any,
    expand: Any,
    pattern: Pattern,
    draw: Callable[[Draw], Drawn],
    gradient: Gradient | None = None,
) -> OpCard[Any]:
    return OpCard(
        name=relay.name,
        inputs=inputs,
        params=params,
        infer=infer,
        reference=by_value(expand),
        expand=expand,
        gradient=gradient,
        draw=draw,
        relay=relay,
        pattern=pattern,
    )


def _gradient_reshape(_params: Any, args: Sequence[F], _result: F, g: F) -> Sequence[F | None]:
    return [g.shaped_as(args[0]), None]


CARDS = (
    _card(
        RelaySpelling(
            name="dyn.reshape",
            attrs_type="relay.attrs.ReshapeAttrs",
            fields=(_unsaid("newshape"), Field("allowzero", Kind.BOOL, False)),
            read=_read_reshape,
            write=_write_reshape,
        ),
        (_DATA, Input("newshape", _SIZES)),
        Reshape,
        _infer_sized,
        _reshape,
        Pattern.INJECTIVE,
        _draw_reshape,
        derivatives(_gradient_reshape),
    ),
    _card(
        RelaySpelling(
            name="dyn.broadcast_to",
            attrs_type=_INIT,
            fields=(_unsaid("shape"), Field("dtype", Kind.DTYPE, "", param=None)),
            write=_write_shape,
        ),
        (_DATA, Input("shape", _SIZES)),
        NoParams,
        _infer_sized,
        _broadcast_to,
        Pattern.BROADCAST,
        _draw_broadcast_to,
    ),
    _card(
        RelaySpelling(
            name="dyn.tile", attrs_type="relay.attrs.TileAttrs", fields=(_unsaid("reps"),), write=_write_reps
        ),
        (_DATA, Input("reps", _SIZES)),
        NoParams,
        _infer_tile,
        _tile,
        Pattern.INJECTIVE,
        _draw_tile,
    ),
    _card(
        RelaySpelling(
            name="dyn.expand_dims",
            attrs_type="relay.attrs.DynExpandDimsAttrs",
            declared=False,
            fields=(Field("num_newaxis", Kind.INT, 1),),
        ),
        (_DATA, Input("axis", Domain(0.0, 0.0))),
        ExpandDims,
        _infer_expand,
        _expand_dims,
        Pattern.INJECTIVE,
        _draw_expand_dims,
    ),
    _card(
        RelaySpelling(
            name="dyn.squeeze",
            attrs_type="relay.attrs.SqueezeAttrs",
            fields=(Field("axis", Kind.INTS, None, optional=True, param=None),),
        ),
        (_DATA, Input("axes", Domain(0.0, 0.0))),
        NoParams,
        _infer_squeeze,
        _squeeze,
        Pattern.INJECTIVE,
        _draw_squeeze,
    ),
    *(
        _card(
            RelaySpelling(
                name=f"dyn.{name}", attrs_type=_INIT, fields=_INIT_FIELDS, read=_read_dtype, write=_write_dtype
            ),
            (Input("shape", _SIZES),),
            Filled,
            _infer_filled,
            _filled(name),
            Pattern.ELEMENTWISE,
            _draw_filled,
            vanishing(1),
        )
        for name in ("zeros", "ones")
    ),
    _card(
        RelaySpelling(name="dyn.full", attrs_type=_INIT, fields=_INIT_FIELDS, read=_read_dtype, write=_write_dtype),
        (Input("fill_value"), Input("shape", _SIZES)),
        Filled,
        _infer_full,
        _full,
        Pattern.ELEMENTWISE,
        _draw_full,
    ),
)
