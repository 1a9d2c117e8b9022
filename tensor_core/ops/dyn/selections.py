"""dyn.strided_slice and dyn.nn.pad: positions and widths given by operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import draw, rules
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
from tensor_core.ops.dynamic import by_value, known, numbers, static_call
from tensor_core.shapes import ANY
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Slice:
    """``slice_mode``: "size" when the end is a size."""

    slice_mode: str


@dataclass(frozen=True, slots=True)
class Pad:
    """``pad_mode``: constant, edge or reflect."""

    pad_mode: str


def _infer_slice(_params: Slice, data: Type, begin: Type, end: Type, strides: Type) -> Type:
    source, count = rules.tensor(data, 0), rules.known_length(begin, 1)
    rules.tensor(end, 2)
    rules.tensor(strides, 3)
    if count > source.rank:
        raise Reject(f"{count} positions are given for {source.rank} dimensions", 1)
    return TensorType((*(ANY,) * count, *source.shape[count:]), source.dtype)


def _slice(params: Slice, f: Fragment[Any], data: Any, begin: Any, end: Any, strides: Any) -> Any:
    positions = {"begin": numbers(f, begin), "end": numbers(f, end), "strides": numbers(f, strides)}
    return static_call(f, "strided_slice", {**positions, "slice_mode": params.slice_mode, "axes": None}, data)


def _infer_pad(_params: Pad, data: Type, width: Type, value: Type) -> Type:
    source = rules.tensor(data, 0)
    rules.tensor(value, 2)
    if not source.rank:
        raise Reject("a scalar cannot be padded", 0)
    if rules.tensor(width, 1).rank != 2:
        raise Reject(f"the widths must be pairs, got {width}", 1)
    return TensorType((ANY,) * source.rank, source.dtype)


def _pad(params: Pad, f: Fragment[Any], data: Any, width: Any, value: Any) -> Any:
    pairs = tuple((int(before), int(after)) for before, after in known(f, width))
    own, wanted = f.tensor_type(data).dtype, f.tensor_type(value).dtype
    fill = value if own == wanted else f.call("cast", value, dtype=own)
    return static_call(f, "nn.pad", {"pad_width": pairs, "pad_mode": params.pad_mode}, data, fill)


def _read_slice(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"slice_mode": attrs["slice_mode"]}


def _write_slice(params: Slice, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"begin": None, "end": None, "strides": None, "slice_mode": params.slice_mode, "axes": None}


def _read_relax_slice(_attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"slice_mode": "end"}


def _write_relax_slice(_params: Slice, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {}


def _fits_relax_slice(params: Slice, types: Sequence[Type], release: str) -> str | None:
    if params.slice_mode != "end":
        return f"Relax {release} has no sizes in place of ends"
    rank = rules.tensor(types[0], 0).rank
    positions = [rules.tensor(types[argument], argument) for argument in (1, 2, 3)]
    if all(item.dtype == "int64" and item.shape == (rank,) for item in positions):
        return None
    return f"Relax {release} takes a position of type int64 for each of {rank} dimensions"


def _read_pad(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"pad_mode": attrs["pad_mode"]}


def _write_pad(params: Pad, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"pad_width": (), "pad_mode": params.pad_mode}


def _draw_slice(d: Draw) -> Drawn:
    """Positions of the leading dimensions, from either end; or sizes, of which -1 is all that is left."""
    shape, by_size = d.shape(1), d.flag()
    entries: list[tuple[int, int, int]] = []
    for size in shape[: d.integer(1, len(shape))]:
        begin = d.integer(0, size - 1)
        if by_size:
            entries.append((begin, d.one_of(-1, d.integer(0, size - begin)), 1))
        elif d.flag():
            entries.append((d.signed(begin, size), d.one_of(-size - 1, d.integer(0, begin)), -d.integer(1, 2)))
        else:
            entries.append((d.signed(begin, size), d.integer(begin, size + 1), d.integer(1, 3)))
    columns = [draw.known(d, column) for column in zip(*entries, strict=True)]
    types = (TensorType(shape, d.one_of(*draw.EVERY)), *(type_ for type_, _ in columns))
    values = {n: operand for n, (_, operand) in enumerate(columns, 1)}
    return Drawn(Slice("size" if by_size else "end"), types, values=values)


def _draw_pad(d: Draw) -> Drawn:
    source = TensorType(d.shape(1), d.one_of(*draw.NUMBERS))
    mode = d.one_of("constant", "edge", "reflect")
    most = [size - 1 if mode == "reflect" else 3 for size in shapes.static(source.shape)]
    type_, widths = draw.known(d, [(d.integer(0, size), d.integer(0, size)) for size in most])
    value = np.asarray(d.integer(0, 3), dtypes.to_numpy(source.dtype))
    return Drawn(Pad(mode), (source, type_, TensorType((), source.dtype)), values={1: widths, 2: value})


CARDS = (
    OpCard(
        name="dyn.strided_slice",
        inputs=(
            Input("data"),
            Input("begin", Domain(0.0, 0.0)),
            Input("end", Domain(1.0, 4.0)),
            Input("strides", Domain(1.0, 2.0)),
        ),
        params=Slice,
        infer=_infer_slice,
        reference=by_value(_slice),
        expand=_slice,
        relay=RelaySpelling(
            name="dyn.strided_slice",
            attrs_type="relay.attrs.StridedSliceAttrs",
            fields=(
                Field("begin", Kind.INTS, optional=True, param=None),
                Field("end", Kind.INTS, optional=True, param=None),
                Field("strides", Kind.INTS, optional=True, param=None),
                Field("slice_mode", Kind.STR, "end"),
                Field("axes", Kind.INTS, optional=True, param=None),
            ),
            read=_read_slice,
            write=_write_slice,
        ),
        relax=(
            RelaxSpelling(
                name="relax.dynamic_strided_slice",
                operands=tuple(Operand(name) for name in ("data", "begin", "end", "strides")),
                read=_read_relax_slice,
                write=_write_relax_slice,
                fits=_fits_relax_slice,
            ),
        ),
        pattern=Pattern.INJECTIVE,
        draw=_draw_slice,
    ),
    OpCard(
        name="dyn.nn.pad",
        inputs=(Input("data"), Input("pad_width", Domain(0.0, 2.0)), Input("pad_val")),
        params=Pad,
        infer=_infer_pad,
        reference=by_value(_pad),
        expand=_pad,
        relay=RelaySpelling(
            name="dyn.nn.pad",
            attrs_type="relay.attrs.PadAttrs",
            fields=(
                Field("pad_width", Kind.NESTED_INTS, optional=True, param=None),
                Field("pad_mode", Kind.STR, "constant"),
            ),
            read=_read_pad,
            write=_write_pad,
        ),
        pattern=Pattern.INJECTIVE,
        draw=_draw_pad,
    ),
)
