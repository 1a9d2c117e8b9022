"""How both IRs spell pools, and how a release that rounds otherwise says the same windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tensor_core.ops import layout, rules, windows
from tensor_core.ops.card import Field, Kind, Operand, Read, Reject, RelaxSpelling, RelaySpelling, Value, Write
from tensor_core.ops.pooling import CEIL, CEIL_INSIDE, FLOOR, Pool, same_extents
from tensor_core.types import TensorType, Type


def relay_spelling(name: str, struct: str, count: int, average: bool) -> RelaySpelling:
    """The Relay spelling of a pool. Its relation and kernel take no notice of ``out_layout``."""
    includes = (Field("count_include_pad", Kind.BOOL, False),) if average else ()

    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        del types
        windows.check_lengths(attrs, count, "pool_size", "strides", "dilation")
        return {**_read(count, attrs), "out_layout": attrs["layout"], "rounding": CEIL if attrs["ceil_mode"] else FLOOR}

    def write(params: Pool, types: Sequence[Type]) -> Mapping[str, Value]:
        source = rules.tensor(types[0], 0)
        if params.out_layout != params.layout:
            raise Reject("Relay has no pool whose result is in another layout than the data")
        if params.rounding == CEIL_INSIDE and not same_extents(params, source):
            raise Reject("Relay keeps a last window that starts behind the data")
        return {**_window(params), "layout": params.layout, "out_layout": "", **_flags(params, average)}

    return RelaySpelling(
        name=name,
        attrs_type=f"relay.attrs.{struct}Attrs",
        fields=(
            *_window_fields(count, (0,) * count),
            Field("layout", Kind.STR, "NC" + layout.LETTERS[count]),
            Field("out_layout", Kind.STR, ""),
            Field("ceil_mode", Kind.BOOL, False),
            *includes,
        ),
        read=read,
        write=write,
    )


def relax_spellings(name: str, count: int, average: bool) -> tuple[RelaxSpelling, ...]:
    """The Relax spellings of a pool.

    From 0.21 on averages over one and three dimensions include padding unless told otherwise; from 0.23 on windows are
    rounded up otherwise.
    """

    def reader(ceil: str) -> Read:
        def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
            del types
            if attrs["ceil_mode"] and ceil == FLOOR:
                raise Reject("TVM infers no type of a pool over one dimension that rounds up before 0.21")
            rounding = ceil if attrs["ceil_mode"] else FLOOR
            return {**_read(count, attrs), "out_layout": attrs["out_layout"] or attrs["layout"], "rounding": rounding}

        return read

    def writer(ceil: str) -> Write:
        def write(params: Pool, types: Sequence[Type]) -> Mapping[str, Value]:
            params = _sayable(params, rules.tensor(types[0], 0), ceil)
            flags = {"ceil_mode": params.rounding != FLOOR, "count_include_pad": params.count_include_pad}
            return {**_window(params), **flags, "layout": params.layout, "out_layout": params.out_layout}

        return write

    def fitter(ceil: str) -> Callable[[Pool, Sequence[Type], str], str | None]:
        def fits(params: Pool, types: Sequence[Type], release: str) -> str | None:
            del release
            if params.out_layout != params.layout:
                return "no release has a kernel for a result in another layout than the data's"
            if _sayable(params, rules.tensor(types[0], 0), ceil).rounding not in (FLOOR, ceil):
                return "the release counts windows at the end of the data differently"
            return None

        return fits

    def since(release: str, until: str | None, ceil: str, includes: bool) -> RelaxSpelling:
        return RelaxSpelling(
            name=name,
            operands=(Operand("data"),),
            attrs_type=f"relax.attrs.Pool{count}DAttrs",
            fields=(
                *_window_fields(count, (0,) * (count * (2 if count == 1 else 1))),
                Field("ceil_mode", Kind.BOOL, False),
                Field("count_include_pad", Kind.BOOL, includes),
                Field("layout", Kind.STR, "NC" + layout.LETTERS[count]),
                Field("out_layout", Kind.STR, None, optional=True),
            ),
            since=release,
            until=until,
            read=reader(ceil),
            write=writer(ceil),
            fits=fitter(ceil),
        )

    includes = average and count != 2
    return (
        since("0.19", "0.21", FLOOR if count == 1 else CEIL, False),
        since("0.21", "0.23", CEIL, includes),
        since("0.23", None, CEIL_INSIDE, includes),
    )


def _sayable(params: Pool, source: TensorType, ceil: str) -> Pool:
    """The same pool in terms of ``floor`` and the release's own ``ceil``, where that is possible."""
    if params.rounding in (FLOOR, ceil):
        return params
    if same_extents(params, source):
        # The two ways of rounding up agree here, but a release may know neither.
        params = replace(params, rounding=CEIL if ceil == FLOOR else ceil)
        if ceil != FLOOR:
            return params
    if params.rounding == CEIL and not params.count_include_pad:
        # Padding that is not counted makes the last window as well.
        after = [
            end + stride - 1 for (_, end), stride in zip(windows.pairs(params.padding), params.strides, strict=True)
        ]
        return replace(params, rounding=FLOOR, padding=(*params.padding[: len(after)], *after))
    return params


def _window_fields(count: int, padding: tuple[int, ...]) -> tuple[Field, ...]:
    ones = (1,) * count
    return (
        Field("pool_size", Kind.INTS, python=ones),
        Field("strides", Kind.INTS, ones),
        Field("dilation", Kind.INTS, ones),
        Field("padding", Kind.INTS, padding),
    )


def _read(count: int, attrs: Mapping[str, Value]) -> dict[str, Value]:
    return {
        **{name: windows.per_dimension(attrs[name], count, name) for name in ("pool_size", "strides", "dilation")},
        "padding": windows.full_padding(attrs["padding"], count),
        "layout": attrs["layout"],
        "count_include_pad": attrs.get("count_include_pad", False),
    }


def _window(params: Pool) -> dict[str, Value]:
    return {name: getattr(params, name) for name in ("pool_size", "strides", "dilation", "padding")}


def _flags(params: Pool, average: bool) -> dict[str, Value]:
    ceil = {"ceil_mode": params.rounding != FLOOR}
    return {**ceil, "count_include_pad": params.count_include_pad} if average else ceil
