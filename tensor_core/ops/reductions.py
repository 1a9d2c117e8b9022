"""What reductions along axes share: their parameters, their spellings, and the index arithmetic of their lowerings.

Relay's ReduceAttrs hold ``axis`` (none or empty: all axes), ``keepdims`` and ``exclude`` (reduce the other axes); Relax
holds ``axis`` (none: all axes, empty: no axis) and ``keepdims``. The card's parameters are the resolved axes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tensor_core import dtypes, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import Tensor
from tensor_core.ops import rules
from tensor_core.ops.card import (
    Field,
    Kind,
    Operand,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Reduce:
    """``axis``: the axes to reduce, ascending; ``keepdims`` leaves them in the result with extent 1."""

    axis: tuple[int, ...]
    keepdims: bool = False


class HasAxes(Protocol):
    """Parameters of a reduction."""

    @property
    def axis(self) -> tuple[int, ...]:
        """The axes to reduce."""
        ...

    @property
    def keepdims(self) -> bool:
        """Whether reduced axes stay with extent 1."""
        ...


def reduced_shape(params: HasAxes, shape: Shape) -> Shape:
    """The result's shape; Reject for an axis out of range."""
    axes = {rules.axis(axis, len(shape)) for axis in params.axis}
    if params.keepdims:
        return tuple(1 if n in axes else dim for n, dim in enumerate(shape))
    return tuple(dim for n, dim in enumerate(shape) if n not in axes)


def infer(params: HasAxes, data: Type, *rest: Type) -> Type:
    """The input's element type over the remaining axes."""
    del rest
    source = rules.tensor(data, 0)
    return TensorType(reduced_shape(params, source.shape), source.dtype)


def extents(params: HasAxes, shape: Shape) -> tuple[Dim, ...]:
    """The extents of the reduced axes."""
    return tuple(shape[axis] for axis in params.axis)


def known_extents(params: HasAxes, shape: Shape) -> tuple[int, ...]:
    """The extents of the reduced axes; Reject when one is symbolic."""
    found = extents(params, shape)
    if not shapes.is_static(found):
        raise Reject("the extents of the reduced axes must be known", 0)
    return shapes.static(found)


def count(params: HasAxes, shape: Shape) -> Dim:
    """How many elements are joined into one."""
    return shapes.product(extents(params, shape))


def known_count(params: HasAxes, data: TensorType) -> float:
    """The count as a number for error models; 65536 where it is symbolic."""
    number = count(params, data.shape)
    return float(number) if isinstance(number, int) else 65536.0


def element(params: HasAxes, x: Tensor, value: Callable[[PrimExpr], PrimExpr] | None = None) -> Callable[..., PrimExpr]:
    """The body of a reduction: from result indices followed by reduced indices to ``value`` of the element joined."""
    spatial = x.rank if params.keepdims else x.rank - len(params.axis)

    def at(*indices: PrimExpr) -> PrimExpr:
        kept, reduced = iter(indices[:spatial]), dict(zip(params.axis, indices[spatial:], strict=True))
        place: list[PrimExpr] = []
        for n in range(x.rank):
            if n in reduced:
                place.append(reduced[n])
                if params.keepdims:
                    next(kept)
            else:
                place.append(next(kept))
        loaded = x[tuple(place)]
        return value(loaded) if value else loaded

    return at


def relay_axes(attrs: Mapping[str, Value], types: Sequence[Type]) -> tuple[int, ...]:
    """Relay's ``axis`` and ``exclude`` as resolved axes."""
    rank = rules.tensor(types[0], 0).rank
    chosen = _resolve(attrs["axis"], rank)
    if not chosen:
        return tuple(range(rank))
    return tuple(n for n in range(rank) if n not in chosen) if attrs.get("exclude") else chosen


def relay_written(axes: tuple[int, ...], types: Sequence[Type]) -> dict[str, Value]:
    """Resolved axes as Relay's ``axis`` and ``exclude``. No axis at all is spelled as excluding all of them."""
    rank = rules.tensor(types[0], 0).rank
    if not axes and rank:
        return {"axis": tuple(range(rank)), "exclude": True}
    return {"axis": None if len(axes) == rank else axes, "exclude": False}


def relax_axes(attrs: Mapping[str, Value], types: Sequence[Type]) -> tuple[int, ...]:
    """Relax's ``axis`` as resolved axes."""
    rank = rules.tensor(types[0], 0).rank
    return tuple(range(rank)) if attrs["axis"] is None else _resolve(attrs["axis"], rank)


def relax_written(axes: tuple[int, ...], types: Sequence[Type]) -> dict[str, Value]:
    """Resolved axes as Relax's ``axis``."""
    rank = rules.tensor(types[0], 0).rank
    return {"axis": None if rank and len(axes) == rank else axes}


def _resolve(written: Any, rank: int) -> tuple[int, ...]:
    axes = (written,) if isinstance(written, int) else tuple(written or ())
    resolved = sorted({rules.axis(axis, rank) for axis in axes})
    if len(resolved) != len(axes):
        raise Reject(f"an axis is given twice: {axes}")
    return tuple(resolved)


def some_axis(params: HasAxes, types: Sequence[Type], release: str) -> str | None:
    """Whether anything is reduced: a call that reduces nothing is the data itself, and Relax 0.19 cannot compile it."""
    del types, release
    return None if params.axis else "no axis is reduced"


def floats_only(params: HasAxes, types: Sequence[Type], release: str) -> str | None:
    """Relax 0.19 to 0.27 types a mean of int32 as int32 but computes int64, so integers are refused too."""
    dtype = rules.tensor(types[0], 0).dtype
    if not dtypes.is_float(dtype):
        return f"Relax {release} computes it in another element type than {dtype}"
    return some_axis(params, types, release)


def expand_nothing(params: HasAxes, _f: Fragment[Any], data: Any) -> Any:
    """A reduction over no axis."""
    if params.axis:
        raise Reject("the reduction is elementary")
    return data


RELAY_FIELDS = (
    Field("axis", Kind.INTS, None, optional=True),
    Field("keepdims", Kind.BOOL, False),
    Field("exclude", Kind.BOOL, False, param=None),
)
RELAX_FIELDS = (Field("axis", Kind.INTS, None, optional=True), Field("keepdims", Kind.BOOL, False))


def relay_spelling(name: str) -> RelaySpelling:
    """A Relay reduction with plain ReduceAttrs."""

    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        return {"axis": relay_axes(attrs, types), "keepdims": attrs["keepdims"]}

    def write(params: HasAxes, types: Sequence[Type]) -> Mapping[str, Value]:
        return {**relay_written(params.axis, types), "keepdims": params.keepdims}

    return RelaySpelling(name=name, attrs_type="relay.attrs.ReduceAttrs", fields=RELAY_FIELDS, read=read, write=write)


def relax_spelling(
    name: str,
    fits: Callable[[Any, Sequence[Type], str], str | None] = some_axis,
) -> RelaxSpelling:
    """A Relax reduction with StatisticalAttrs."""

    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        return {"axis": relax_axes(attrs, types), "keepdims": attrs["keepdims"]}

    def write(params: HasAxes, types: Sequence[Type]) -> Mapping[str, Value]:
        return {**relax_written(params.axis, types), "keepdims": params.keepdims}

    return RelaxSpelling(
        name=name,
        operands=(Operand("data"),),
        attrs_type="relax.attrs.StatisticalAttrs",
        fields=RELAX_FIELDS,
        read=read,
        write=write,
        fits=fits,
    )


def draw_reduction(*of: str) -> Callable[[Draw], Drawn]:
    """Calls that reduce any axes of tensors of these element types."""

    def draw(d: Draw) -> Drawn:
        source = TensorType(d.shape(), d.one_of(*of))
        return Drawn(Reduce(d.axes(source.rank), d.flag()), (source,))

    return draw


def unreduced(value: F, params: HasAxes) -> F:
    """A reduction's result, or its adjoint, with the reduced axes back, each of extent 1."""
    return value if params.keepdims else value.unreduced(params.axis)
