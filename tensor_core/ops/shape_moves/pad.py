"""nn.pad: elements around a tensor; a negative width cuts off.

Modes: ``constant`` writes one value, ``edge`` repeats the border (Relax: "replicate"), ``reflect`` mirrors without the
border, ``circular`` continues at the other end (Relax only). The value is an operand in Relay and in Relax 0.19, a
floating-point attribute in Relax from 0.20 on; Relax 0.19 pads with the constant whatever mode a call names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules, windows
from tensor_core.ops.card import (
    Domain,
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
from tensor_core.prim import FloorMod, Max, Min, PrimExpr
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, Type

_RELAX_MODES = {"constant": "constant", "edge": "replicate", "reflect": "reflect", "circular": "circular"}


@dataclass(frozen=True, slots=True)
class Pad:
    """``pad_width``: elements before and after, for each dimension; ``pad_value`` counts when no operand is given."""

    pad_width: tuple[tuple[int, int], ...]
    mode: str = "constant"
    pad_value: float = 0.0


def _infer(params: Pad, data: Type, value: Type | None = None) -> Type:
    source = rules.tensor(data, 0)
    if value is not None and rules.tensor(value, 1).rank:
        raise Reject("the padding value must be a scalar", 1)
    if len(params.pad_width) != source.rank:
        raise Reject(f"{len(params.pad_width)} pairs of widths given for {source.rank} dimensions")
    if params.mode == "reflect":
        _check_reflection(params, source)
    return TensorType(tuple(map(_extent, source.shape, params.pad_width)), source.dtype)


def _check_reflection(params: Pad, source: TensorType) -> None:
    for size, pair in zip(source.shape, params.pad_width, strict=True):
        if isinstance(size, int) and max(pair) >= max(size, 1):
            raise Reject(f"widths {pair} reflect past the {size} elements there are; TVM reads out of bounds there")


def _extent(size: Dim, width: tuple[int, int]) -> Dim:
    result = shapes.add(size, sum(width))
    if isinstance(result, int) and result < 0:
        raise Reject(f"widths {width} cut more than the {shapes.to_text(size)} elements there are")
    return result


def _reference(params: Pad, x: Array, value: Array | None = None) -> Array:
    if params.mode == "constant":
        filler = np.asarray(params.pad_value if value is None else value).astype(x.dtype)
        return windows.pad_array(x, range(x.ndim), params.pad_width, filler.item())
    for axis, (before, after) in enumerate(params.pad_width):
        size = int(x.shape[axis])
        x = x.take(_places(params.mode, np.arange(-before, size + after), size), axis)
    return x


def _places(mode: str, place: Array, size: int) -> Array:
    if mode == "circular":
        return place % size
    if mode == "edge":
        return np.clip(place, 0, size - 1)
    return (size - 1) - np.abs((size - 1) - np.abs(place))


def _lower(params: Pad, b: LoopBuilder, x: Tensor, value: Tensor | None = None) -> Tensor:
    axes = [n for n, width in enumerate(params.pad_width) if any(width)]
    shape = tuple(map(_extent, x.shape, params.pad_width))

    def element(*i: PrimExpr) -> PrimExpr:
        place, inside = list(i), list[PrimExpr]()
        for axis in axes:
            before, after = params.pad_width[axis]
            size = as_expr(x.shape[axis])
            place[axis] = i[axis] - before if before else i[axis]
            if params.mode != "constant":
                place[axis] = _place(params.mode, place[axis], size)
            else:
                inside += [place[axis] >= 0] if before > 0 else []
                inside += [place[axis] < size] if after > 0 else []
        here = x[tuple(place)]
        if not inside:
            return here
        filler = prim.const(params.pad_value, x.dtype) if value is None else value[()].astype(x.dtype)
        return prim.if_then_else(prim.all_of(inside), here, filler)

    return b.compute(shape, element, name="T_pad")


def _place(mode: str, place: PrimExpr, size: PrimExpr) -> PrimExpr:
    """The element that a position in or around the data repeats."""
    if mode == "circular":
        return FloorMod(place, size)
    if mode == "edge":
        return Max(as_expr(0), Min(place, size - 1))
    from_start = Max(place, 0 - place)
    return Min(from_start, (size - 1) * 2 - from_start)


def _expand(params: Pad, f: Fragment[Any], data: Any, value: Any = None) -> Any:
    """The value in the form that the target takes: an operand, or an attribute where that is exact."""
    moves = {"pad_width": params.pad_width, "mode": params.mode}
    if value is None:
        if params.mode != "constant":
            return _selected(params, f, data)
        return f.call("nn.pad", data, f.constant(params.pad_value, f.tensor_type(data).dtype), **moves)
    if params.mode != "constant":
        return f.call("nn.pad", data, **moves)
    known = f.known(value)
    if known is not None and float(known) == known:
        return f.call("nn.pad", data, **moves, pad_value=float(known))
    return _joined(params, f, data, value)


def _selected(params: Pad, f: Fragment[Any], data: Any) -> Any:
    """A mode that repeats elements: each dimension's elements by a constant list of places."""
    for axis, (before, after) in enumerate(params.pad_width):
        size = f.tensor_type(data).shape[axis]
        if not isinstance(size, int):
            raise Reject(f"padding mode {params.mode} around an unknown extent has no expansion")
        if before or after:
            places = _places(params.mode, np.arange(-before, size + after, dtype=np.int64), size)
            data = f.call("take", data, f.constant(places, "int64"), axis=axis, out_of_range="undefined")
    return data


def _joined(params: Pad, f: Fragment[Any], data: Any, value: Any) -> Any:
    """A computed value: blocks of it before and after, dimension by dimension."""
    own, wanted = f.tensor_type(value).dtype, f.tensor_type(data).dtype
    value = value if own == wanted else f.call("cast", value, dtype=wanted)
    for axis, width in enumerate(params.pad_width):
        source = f.tensor_type(data)
        if min(width) < 0:
            keep = shapes.add(source.shape[axis], min(width[1], 0))
            data = f.call(
                "strided_slice", data, axes=(axis,), begin=(max(-width[0], 0),), end=(keep,), strides=(1,)
            )  # fmt: skip
        before, after = (
            [f.call("broadcast_to", value, shape=(*source.shape[:axis], count, *source.shape[axis + 1 :]))]
            if count > 0
            else []
            for count in width
        )
        if before or after:
            data = f.call("concatenate", f.tuple(*before, data, *after), axis=axis)
    return data


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    mode: str = attrs["pad_mode"]
    if mode not in ("constant", "edge", "reflect"):
        raise Reject(f"pad_mode {mode!r} is unknown")
    widths: tuple[tuple[int, ...], ...] = attrs["pad_width"]
    pairs = tuple(tuple(pair) for pair in widths)
    if any(len(pair) != 2 for pair in pairs):
        raise Reject("the widths must be pairs, before and after each dimension")
    return {"pad_width": pairs, "mode": mode}


def _write_relay(params: Pad, types: Sequence[Type]) -> Mapping[str, Value]:
    if len(types) < 2:
        raise Reject("Relay takes the value as an operand")
    if params.mode == "circular":
        raise Reject("Relay has no circular padding")
    return {"pad_width": params.pad_width, "pad_mode": params.mode}


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    modes = {spelled: mode for mode, spelled in _RELAX_MODES.items()}
    if attrs["pad_mode"] not in modes:
        raise Reject(f"pad_mode {attrs['pad_mode']!r} is unknown")
    flat = attrs["pad_width"]
    if len(flat) % 2:
        raise Reject("pad_width must hold a width before and one after for each dimension")
    width = tuple(zip(flat[::2], flat[1::2], strict=True))
    return {"pad_width": width, "mode": modes[attrs["pad_mode"]], "pad_value": attrs.get("pad_value", 0.0)}


def _read_relax_0_19(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {**_read_relax(attrs, types), "mode": "constant"}


def _write_relax_0_19(params: Pad, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"pad_width": tuple(n for pair in params.pad_width for n in pair), "pad_mode": _RELAX_MODES[params.mode]}


def _write_relax(params: Pad, types: Sequence[Type]) -> Mapping[str, Value]:
    width, mode = _write_relax_0_19(params, types).items()
    return dict((width, ("pad_value", float(params.pad_value)), mode))


def _fits_relax_0_19(params: Pad, types: Sequence[Type], release: str) -> str | None:
    if params.mode != "constant":
        return f"Relax {release} pads with a constant whatever the mode"
    return None if len(types) == 2 else f"the padding value is an operand in Relax {release}"


def _fits_relax(params: Pad, types: Sequence[Type], release: str) -> str | None:
    del params
    return None if len(types) == 1 else f"the padding value is an attribute in Relax {release}"


def _draw(d: Draw) -> Drawn:
    source = TensorType(d.shape(), d.one_of(*draw.EVERY))
    mode = d.one_of("constant", "edge", "reflect", "circular")
    width = tuple(_draw_width(d, mode, size) for size in shapes.static(source.shape))
    if d.flag():
        return Drawn(Pad(width, mode), (source, TensorType((), d.one_of(source.dtype, "int32"))), {1: Domain(0.0, 5.0)})
    value = draw.padding_value(d, source.dtype)
    return Drawn(Pad(width, mode, value), (source,))


def _draw_width(d: Draw, mode: str, size: int) -> tuple[int, int]:
    most = size - 1 if mode == "reflect" else 3
    before = d.integer(1 - size if mode == "constant" else 0, most)
    least = 1 - size - min(before, 0) if mode == "constant" else 0
    return before, d.integer(least, most)


CARD = OpCard(
    name="nn.pad",
    inputs=(Input("data"), Input("pad_value", optional=True)),
    params=Pad,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.pad",
        attrs_type="relay.attrs.PadAttrs",
        fields=(Field("pad_width", Kind.NESTED_INTS), Field("pad_mode", Kind.STR, "constant", param="mode")),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.nn.pad",
            operands=(Operand("data"), Operand("pad_value", constant=True)),
            attrs_type="relay.attrs.PadAttrs",
            fields=(Field("pad_width", Kind.INTS), Field("pad_mode", Kind.STR, "constant", param="mode")),
            until="0.20",
            read=_read_relax_0_19,
            write=_write_relax_0_19,
            fits=_fits_relax_0_19,
        ),
        RelaxSpelling(
            name="relax.nn.pad",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.PadAttrs",
            fields=(
                Field("pad_width", Kind.INTS),
                Field("pad_value", Kind.FLOAT, 0.0),
                Field("pad_mode", Kind.STR, "constant", param="mode"),
            ),
            since="0.20",
            read=_read_relax,
            write=_write_relax,
            fits=_fits_relax,
        ),
    ),
    pattern=Pattern.INJECTIVE,
    draw=_draw,
)
