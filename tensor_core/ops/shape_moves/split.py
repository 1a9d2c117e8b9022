"""split: cut a tensor into consecutive parts along one dimension.

An integer asks for that many parts of one size, the last one shorter when the size does not divide (Relax); Relay
requires that it does (SplitRel in TVM 0.19). A list gives the positions of the cuts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.rules import Array
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, TupleType, Type

_MOST_PARTS = 1 << 16


@dataclass(frozen=True, slots=True)
class Split:
    """``sections``: the number of equal parts, or the positions where a new part begins; ``axis``: along what."""

    sections: int | tuple[int, ...]
    axis: int = 0


def bounds(params: Split, length: Dim) -> list[tuple[Dim, Dim]]:
    """Begin and end of each part of a dimension."""
    if isinstance(params.sections, int):
        count = parts(params.sections)
        size = shapes.floor_divide(shapes.add(length, count - 1), count)
        if isinstance(length, int) and count > 1 and cast(int, size) * (count - 1) > length:
            raise Reject(f"a dimension of {length} has too few elements for {count} parts")
        starts: list[Dim] = [shapes.multiply(size, n) for n in range(count)]
    else:
        starts = [0, *(_clamp(cut, length) for cut in params.sections)]
        # Cuts beyond the end, or before the previous cut, make empty parts.
        rising = [after > before for before, after in pairwise((0, *params.sections))]
        ends = [end if more else begin for more, (begin, end) in zip(rising, pairwise(starts), strict=True)]
        return list(zip(starts, [*ends, length], strict=True))
    return list(zip(starts, [*starts[1:], length], strict=True))


def parts(sections: int) -> int:
    """A number of parts, or a rejection; each is a tensor of the result, so their number is bounded."""
    if not 1 <= sections <= _MOST_PARTS:
        raise Reject(f"indices_or_sections must be from 1 to {_MOST_PARTS} if it is one number, not {sections}")
    return sections


def _clamp(cut: int, length: Dim) -> Dim:
    if isinstance(length, int):
        return max(0, min(cut, length))
    return shapes.simplify(prim.Min(as_expr(cut), length))


def _size(begin: Dim, end: Dim) -> Dim:
    if isinstance(end, shapes.AnyDim):
        return shapes.ANY
    size = shapes.subtract(end, begin)
    if isinstance(size, int):
        return max(size, 0)
    return size


def _ascending(begin: Dim, end: Dim) -> Dim:
    return max(begin, end) if isinstance(begin, int) and isinstance(end, int) else end


def _infer(params: Split, data: Type) -> Type:
    source = rules.tensor(data, 0)
    axis = rules.axis(params.axis, source.rank)
    length = source.shape[axis]
    if isinstance(length, shapes.AnyDim):
        sizes = _open_sizes(params)
    else:
        sizes = [_size(begin, end) for begin, end in bounds(params, length)]
    return TupleType(
        tuple(TensorType((*source.shape[:axis], size, *source.shape[axis + 1 :]), source.dtype) for size in sizes)
    )


def _open_sizes(params: Split) -> Sequence[Dim]:
    if isinstance(params.sections, int):
        return [shapes.ANY] * parts(params.sections)
    starts = (0, *params.sections)
    return [*(max(end - begin, 0) for begin, end in zip(starts, params.sections, strict=False)), shapes.ANY]


def _reference(params: Split, x: Array) -> tuple[Array, ...]:
    axis = rules.axis(params.axis, x.ndim)
    before = (slice(None),) * axis
    parts = cast("list[tuple[int, int]]", bounds(params, int(x.shape[axis])))
    return tuple(x[(*before, slice(begin, max(begin, end)))] for begin, end in parts)


def _lower(params: Split, b: LoopBuilder, x: Tensor) -> tuple[Tensor, ...]:
    axis = rules.axis(params.axis, x.rank)

    def part(begin: Dim, end: Dim) -> Tensor:
        shape = (*x.shape[:axis], _size(begin, end), *x.shape[axis + 1 :])
        return b.compute(shape, lambda *i: x[(*i[:axis], i[axis] + as_expr(begin), *i[axis + 1 :])], name="T_split")

    return tuple(part(begin, end) for begin, end in bounds(params, x.shape[axis]))


def _expand(params: Split, f: Fragment[Any], data: Any) -> Any:
    source = f.tensor_type(data)
    axis = rules.axis(params.axis, source.rank)
    parts = bounds(params, source.shape[axis])
    if len(parts) == 1:
        return f.tuple(data)
    slices = (
        f.call("strided_slice", data, axes=(axis,), begin=(begin,), end=(_ascending(begin, end),), strides=(1,))
        for begin, end in parts
    )
    return f.tuple(*slices)


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    source = rules.tensor(types[0], 0)
    sections: int | tuple[int, ...] = attrs["indices_or_sections"]
    length = source.shape[rules.axis(attrs["axis"], source.rank)]
    if isinstance(sections, int):
        if sections < 1 or (isinstance(length, int) and length % sections):
            raise Reject(f"{sections} parts do not divide a dimension of {shapes.to_text(length)}")
    else:
        ordered = (0, *sections, length) if isinstance(length, int) and sections else (0, *sections)
        if any(end <= begin for begin, end in pairwise(ordered)):
            raise Reject(f"cuts {sections} must ascend within a dimension of {shapes.to_text(length)}")
    return {"sections": sections, "axis": attrs["axis"]}


def _fits_relax(params: Split, types: Sequence[Type], release: str) -> str | None:
    if params.sections in (1, ()):
        return "a split into one part is a tensor in Relax, not a tuple: in the types after 0.19, in what 0.19 builds"
    if release == "0.19" and isinstance(params.sections, int):
        source = rules.tensor(types[0], 0)
        length = source.shape[rules.axis(params.axis, source.rank)]
        if not isinstance(length, int) or length % params.sections:
            return "Relax 0.19 splits into parts of one size only"
    if isinstance(params.sections, tuple) and any(end <= begin for begin, end in pairwise(params.sections)):
        return "Relax compiles ascending cuts only"
    return None


def _gradient(params: Split, _args: Sequence[F], _result: F, parts: F) -> Sequence[F]:
    if isinstance(params.sections, tuple) and any(end < begin for begin, end in pairwise(params.sections)):
        raise Reject("it handles cuts in ascending order only")
    return [parts.call("concatenate", axis=params.axis)]


def _draw(d: Draw) -> Drawn:
    count, most = d.integer(1, 4), d.integer(1, 3)
    length = most * (count - 1) + d.integer(1, most)
    others = d.any_shape(0, 3)
    place = d.integer(0, len(others))
    source = TensorType((*others[:place], length, *others[place:]), d.one_of(*draw.EVERY))
    cuts = tuple(d.integer(0, length) for _ in range(count - 1))
    sections = d.one_of(count, tuple(sorted(cuts)), cuts)
    return Drawn(Split(sections, d.signed(place, source.rank)), (source,))


CARD = OpCard(
    name="split",
    inputs=(Input("data"),),
    params=Split,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    gradient=derivatives(_gradient),
    relay=RelaySpelling(
        name="split",
        attrs_type="relay.attrs.SplitAttrs",
        fields=(Field("indices_or_sections", Kind.INT_OR_INTS, param="sections"), Field("axis", Kind.INT, 0)),
        read=_read_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.split",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.SplitAttrs",
            fields=(Field("indices_or_sections", Kind.INT_OR_INTS, param="sections"), Field("axis", Kind.INT, 0)),
            fits=_fits_relax,
        ),
    ),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.MOVES}),
    draw=_draw,
)
