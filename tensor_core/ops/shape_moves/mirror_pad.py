"""nn.mirror_pad: elements around a tensor that mirror it, with its border ("SYMMETRIC") or without ("REFLECT")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Pattern, Reject, RelaySpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class MirrorPad:
    """``pad_width``: elements before and after, for each dimension."""

    mode: str
    pad_width: tuple[tuple[int, int], ...]


def _infer(params: MirrorPad, data: Type) -> Type:
    source = rules.tensor(data, 0)
    if len(params.pad_width) != source.rank:
        raise Reject(f"{len(params.pad_width)} pairs of widths given for {source.rank} dimensions")
    if any(width < 0 for pair in params.pad_width for width in pair):
        raise Reject(f"widths must not be negative, got {params.pad_width}")
    return TensorType(
        tuple(shapes.add(dim, sum(pair)) for dim, pair in zip(source.shape, params.pad_width, strict=True)),
        source.dtype,
    )


_MOST_PLACES = 1 << 24


def _expand(params: MirrorPad, f: Fragment[Any], data: Any) -> Any:
    if params.mode not in ("SYMMETRIC", "REFLECT"):
        raise Reject(f"mode {params.mode!r} is unknown")
    if params.mode == "REFLECT":
        return f.call("nn.pad", data, pad_width=params.pad_width, mode="reflect")
    border = int(params.mode == "SYMMETRIC")
    for axis, (before, after) in enumerate(params.pad_width):
        size = f.tensor_type(data).shape[axis]
        if not before and not after:
            continue
        if not isinstance(size, int):
            raise Reject("mirroring an extent that is not known has no expansion")
        if max(before, after) > size - 1 + border:
            raise Reject(f"widths ({before}, {after}) mirror more than the {size} elements there are")
        if size + before + after > _MOST_PLACES:
            raise Reject(f"mirroring {size} elements needs a constant that is too large")
        place = np.arange(-before, size + after, dtype=np.int64)
        place = np.where(place < 0, -place - border, place)
        place = np.where(place >= size, 2 * (size - 1) - place + border, place)
        data = f.call("take", data, f.constant(place, "int64"), axis=axis, out_of_range="undefined")
    return data


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    if any(len(pair) != 2 for pair in attrs["pad_width"]):
        raise Reject("each dimension takes a pair of widths")
    return {"mode": attrs["mode"], "pad_width": tuple((before, after) for before, after in attrs["pad_width"])}


def _draw(d: Draw) -> Drawn:
    source, mode = TensorType(d.shape(1), d.one_of(*draw.EVERY)), d.one_of("SYMMETRIC", "REFLECT")
    most = [size - (mode == "REFLECT") for size in shapes.static(source.shape)]
    return Drawn(MirrorPad(mode, tuple((d.integer(0, size), d.integer(0, size)) for size in most)), (source,))


CARD = OpCard(
    name="nn.mirror_pad",
    inputs=(Input("data"),),
    params=MirrorPad,
    infer=_infer,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.mirror_pad",
        attrs_type="relay.attrs.MirrorPadAttrs",
        fields=(Field("mode", Kind.STR, "SYMMETRIC"), Field("pad_width", Kind.NESTED_INTS)),
        read=_read,
    ),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.MOVES}),
    draw=_draw,
)
