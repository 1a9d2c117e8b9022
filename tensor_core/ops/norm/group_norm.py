"""group_norm and instance_norm: as layer_norm, over groups of channels, or over each channel of each instance.

Relay says the channel axis; group_norm then normalises every axis after it together with the group, instance_norm every
axis but the first and the channel's (SimplifyInference in TVM 0.19). Relax lists the axes besides the channel's; its
kernels apply gamma and beta whatever ``scale`` and ``center`` say (0.19 to 0.27), so that is what a Relax call means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import moments, rules
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
    Rounding,
    Value,
)
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class InstanceNorm:
    """``axes`` are normalised together; gamma and beta run along ``channel_axis``."""

    channel_axis: int
    axes: tuple[int, ...]
    epsilon: float = 1e-5
    center: bool = True
    scale: bool = True


@dataclass(frozen=True, slots=True)
class GroupNorm:
    """As :class:`InstanceNorm`; the channels of one of ``num_groups`` groups are normalised together."""

    num_groups: int
    channel_axis: int
    axes: tuple[int, ...]
    epsilon: float = 1e-5
    center: bool = True
    scale: bool = True


Params = InstanceNorm | GroupNorm


def _infer(params: Params, data: Type, *vectors: Type) -> Type:
    source = rules.tensor(data, 0)
    channels = source.shape[rules.axis(params.channel_axis, source.rank)]
    for n, item in enumerate(vectors, start=1):
        vector = rules.elements_of(item, source.dtype, n)
        if vector.rank != 1 or shapes.prove_different(vector.shape[0], channels):
            expected = rules.show((channels,))
            raise Reject(f"expected shape {expected}, one element a channel; got {rules.show(vector.shape)}", n)
    if isinstance(params, GroupNorm):
        rules.positive(params.num_groups, "num_groups")
    if isinstance(params, GroupNorm) and isinstance(channels, int) and channels % params.num_groups:
        raise Reject(f"{channels} channels cannot be divided into {params.num_groups} groups", 0)
    return source


def _assign(params: Params, data: Type | None, *vectors: Type | None) -> Sequence[Type | None]:
    if not isinstance(data, TensorType):
        return (data, *vectors)
    forced = TensorType((data.shape[rules.axis(params.channel_axis, data.rank)],), data.dtype)
    return (data, *(item or forced for item in vectors))


def _split(params: Params, shape: tuple[Dim, ...]) -> tuple[tuple[Dim, ...], tuple[int, ...]]:
    """The shape in which the axes that are normalised together are axes of their own, and those axes."""
    rank = len(shape)
    channel = rules.axis(params.channel_axis, rank)
    axes = tuple(sorted(rules.axis(axis, rank) for axis in params.axes))
    if isinstance(params, InstanceNorm):
        return shape, axes
    inner = shapes.floor_divide(shape[channel], params.num_groups)
    split = (*shape[:channel], params.num_groups, inner, *shape[channel + 1 :])
    shifted = (axis + 1 if axis > channel else axis for axis in axes)
    return split, tuple(sorted((*shifted, channel + 1)))


def _affine(params: Params, result: Array, gamma: Array, beta: Array) -> Array:
    channel = (rules.axis(params.channel_axis, result.ndim),)
    shape = shapes.static(moments.aligned(result.shape, channel))
    result = result * gamma.reshape(shape) if params.scale else result
    return result + beta.reshape(shape) if params.center else result


def _reference(params: Params, x: Array, gamma: Array, beta: Array) -> Array:
    split, axes = _split(params, x.shape)
    normal = moments.normalised(x.reshape(shapes.static(split)), axes, params.epsilon)
    return _affine(params, normal.reshape(x.shape), gamma, beta)


def _magnitude(params: Params, x: Array, gamma: Array, beta: Array) -> Array:
    split, axes = _split(params, x.shape)
    size = moments.normalised_size(x.reshape(shapes.static(split)), axes, params.epsilon)
    return _affine(params, size.reshape(x.shape), abs(gamma), abs(beta))


def _factor(params: Params, data: TensorType, *_: Type) -> float:
    split, axes = _split(params, data.shape)
    return 2 * moments.count(TensorType(split), axes)


def _expand(params: Params, f: Fragment[Any], data: Any, gamma: Any, beta: Any) -> Any:
    source = f.tensor_type(data)
    split, axes = _split(params, source.shape)
    regroup = isinstance(params, GroupNorm)
    result = f.call("reshape", data, shape=split) if regroup else data
    result = moments.expand(f, result, axes, params.epsilon)
    result = f.call("reshape", result, shape=source.shape) if regroup else result
    shape = moments.aligned(source.shape, (rules.axis(params.channel_axis, source.rank),))
    if params.scale:
        result = f.call("multiply", result, f.call("reshape", gamma, shape=shape))
    if params.center:
        result = f.call("add", result, f.call("reshape", beta, shape=shape))
    return result


_AFFINE = ("epsilon", "center", "scale")


def _read_group(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    rank = rules.tensor(types[0], 0).rank
    axes = tuple(range(rules.axis(attrs["axis"], rank) + 1, rank))
    kept = {key: attrs[key] for key in ("num_groups", *_AFFINE)}
    return {**kept, "channel_axis": attrs["axis"], "axes": axes}


def _read_instance(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    rank = rules.tensor(types[0], 0).rank
    channel = rules.axis(attrs["axis"], rank)
    axes = tuple(n for n in range(1, rank) if n != channel)
    return {**{key: attrs[key] for key in _AFFINE}, "channel_axis": attrs["axis"], "axes": axes}


def _write_relay(params: Params, types: Sequence[Type]) -> Mapping[str, Value]:
    written = {"axis": params.channel_axis, **{key: getattr(params, key) for key in _AFFINE}}
    read = _read_instance
    if isinstance(params, GroupNorm):
        written["num_groups"] = params.num_groups
        read = _read_group
    rank = rules.tensor(types[0], 0).rank
    if read(written, types)["axes"] != tuple(sorted(rules.axis(axis, rank) for axis in params.axes)):
        raise Reject(f"Relay cannot choose the normalised axes {params.axes}")
    return written


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    axes = rules.many(attrs["axes"])
    if "num_groups" in attrs:
        rank = rules.tensor(types[0], 0).rank
        if rules.axis(attrs["channel_axis"], rank) in rules.axes(axes, rank):
            raise Reject("channel_axis must not be among the axes")
    return {**attrs, "axes": axes, "center": True, "scale": True}


def _write_relax(params: Params, types: Sequence[Type]) -> Mapping[str, Value]:
    # The kernel of instance_norm counts channels from the start only.
    rank = rules.tensor(types[0], 0).rank
    written = {item.name: getattr(params, item.name) for item in fields(params)}
    return {**written, "channel_axis": rules.axis(params.channel_axis, rank), "axes": rules.axes(params.axes, rank)}


def _fits_relax(params: Params, types: Sequence[Type], release: str) -> str | None:
    return moments.fits_relax(params.scale, params.center, rules.tensor(types[0], 0), release)


def _draw(card: type[Params]) -> Callable[[Draw], Drawn]:
    def draw(d: Draw) -> Drawn:
        groups = d.integer(1, 3)
        rank = d.integer(2, 4)
        channel = d.integer(0, rank - 1)
        shape = tuple(groups * d.integer(1, 3) if n == channel else d.integer(1, 4) for n in range(rank))
        others = [n for n in range(rank) if n != channel]
        axes = moments.drawn_axes(d, others, rank)
        stated = (d.one_of(channel, channel - rank), axes, d.one_of(1e-5, 0.5), not d.flag(), not d.flag())
        dtype = d.one_of(*FLOATS)
        vector = TensorType(shape[channel : channel + 1], dtype)
        params = GroupNorm(groups, *stated) if card is GroupNorm else InstanceNorm(*stated)
        return Drawn(params, (TensorType(shape, dtype), vector, vector))

    return draw


_NAMES = ("data", "gamma", "beta")
_RELAY_FIELDS = (
    Field("axis", Kind.INT, 1),
    Field("epsilon", Kind.FLOAT, 1e-5),
    Field("center", Kind.BOOL, True),
    Field("scale", Kind.BOOL, True),
)
_RELAX_FIELDS = (Field("channel_axis", Kind.INT), Field("axes", Kind.INTS), *_RELAY_FIELDS[1:])

CARDS = (
    OpCard(
        name="nn.group_norm",
        inputs=tuple(map(Input, _NAMES)),
        params=GroupNorm,
        infer=_infer,
        assign=_assign,
        reference=_reference,
        expand=_expand,
        relay=RelaySpelling(
            name="nn.group_norm",
            attrs_type="relay.attrs.GroupNormAttrs",
            fields=(Field("num_groups", Kind.INT, 0), *_RELAY_FIELDS),
            read=_read_group,
            write=_write_relay,
        ),
        relax=(
            RelaxSpelling(
                name="relax.nn.group_norm",
                operands=tuple(map(Operand, _NAMES)),
                attrs_type="relax.attrs.GroupNormAttrs",
                fields=(Field("num_groups", Kind.INT), *_RELAX_FIELDS),
                read=_read_relax,
                write=_write_relax,
                fits=_fits_relax,
            ),
        ),
        pattern=Pattern.OPAQUE,
        error=Rounding(ulps=16, factor=_factor, magnitude=_magnitude),
        draw=_draw(GroupNorm),
    ),
    OpCard(
        name="nn.instance_norm",
        inputs=tuple(map(Input, _NAMES)),
        params=InstanceNorm,
        infer=_infer,
        assign=_assign,
        reference=_reference,
        expand=_expand,
        relay=RelaySpelling(
            name="nn.instance_norm",
            attrs_type="relay.attrs.InstanceNormAttrs",
            fields=_RELAY_FIELDS,
            read=_read_instance,
            write=_write_relay,
        ),
        relax=(
            RelaxSpelling(
                name="relax.nn.instance_norm",
                operands=tuple(map(Operand, _NAMES)),
                attrs_type="relax.attrs.InstanceNormAttrs",
                fields=_RELAX_FIELDS,
                since="0.21",
                read=_read_relax,
                write=_write_relax,
                fits=_fits_relax,
            ),
        ),
        pattern=Pattern.OPAQUE,
        error=Rounding(ulps=16, factor=_factor, magnitude=_magnitude),
        draw=_draw(InstanceNorm),
    ),
)
