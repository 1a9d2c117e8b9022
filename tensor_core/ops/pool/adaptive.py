"""nn.adaptive_avg_pool1d/2d/3d, nn.adaptive_max_pool1d/2d/3d, nn.global_avg_pool2d, nn.global_max_pool2d.

Relay's relations and kernels take no notice of ``out_layout``; Relax has no kernel for one that differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.loops.builder import Tensor
from tensor_core.ops import adaptive_pooling as core
from tensor_core.ops import layout, pooling_draw, rules, windows
from tensor_core.ops.adaptive_pooling import Adaptive
from tensor_core.ops.card import (
    ErrorModel,
    Exact,
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
    Rounding,
    Value,
)
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import Gradient, derivatives
from tensor_core.ops.rules import Array
from tensor_core.types import Type

_LINEAR = frozenset((Law.ODD, Law.SCALES))
_CHOICE = frozenset((Law.SCALES,))
_MIXED_WRONG = frozenset(f"0.{minor}" for minor in range(19, 27))
"""Releases whose kernels forget a part of the sum: 0.19 to 0.26."""
_AVERAGE_ERROR = Rounding(ulps=2, factor=core.terms, magnitude=core.magnitude)


def _relay(name: str, struct: str, count: int) -> RelaySpelling:
    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        del types
        return {"output_size": _output_size(attrs["output_size"], count), "layout": attrs["layout"]}

    def write(params: Adaptive, types: Sequence[Type]) -> Mapping[str, Value]:
        del types
        return {"output_size": params.output_size or (), "layout": params.layout}

    return RelaySpelling(
        name=name,
        attrs_type=f"relay.attrs.{struct}Attrs",
        fields=(
            Field("output_size", Kind.INTS, (), optional=True),
            Field("layout", Kind.STR, "NC" + layout.LETTERS[count]),
            Field("out_layout", Kind.STR, "", param=None),
        ),
        read=read,
        write=write,
    )


def _output_size(written: int | tuple[int, ...] | None, count: int) -> tuple[int, ...] | None:
    if written is None or written == ():
        return None
    return windows.per_dimension(written, count, "output_size")


def _fits_relax(params: Adaptive, types: Sequence[Type], release: str) -> str | None:
    if release in _MIXED_WRONG and core.is_mixed(params, rules.tensor(types[0], 0)):
        return f"Relax {release} sums windows wrongly whose length varies along some dimensions only"
    return None


def _relax(name: str, count: int) -> RelaxSpelling:
    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        del types
        if attrs["out_layout"] not in (None, "", attrs["layout"]):
            raise Reject("no release has a kernel for a result in another layout than the data's")
        return {"output_size": _output_size(attrs["output_size"], count), "layout": attrs["layout"]}

    def write(params: Adaptive, types: Sequence[Type]) -> Mapping[str, Value]:
        source, size = rules.tensor(types[0], 0), params.output_size
        if size is None:
            # The kernels of one dimension take no None.
            own = tuple(source.shape[axis] for axis in params.axes(source))
            size = own if all(isinstance(dim, int) for dim in own) else None
        return {"output_size": size, "layout": params.layout, "out_layout": params.layout}

    return RelaxSpelling(
        name=name,
        operands=(Operand("data"),),
        attrs_type=f"relax.attrs.AdaptivePool{count}DAttrs",
        fields=(
            Field("output_size", Kind.INTS, None, optional=True),
            Field("layout", Kind.STR, "NC" + layout.LETTERS[count]),
            Field("out_layout", Kind.STR, None, optional=True),
        ),
        read=read,
        write=write,
        fits=_fits_relax,
    )


def _expand_even(count: int) -> Callable[..., Any]:
    def expand(params: Adaptive, f: Fragment[Any], data: Any) -> Any:
        """Windows of one length are those of a plain pool."""
        source = f.tensor_type(data)
        lengths = core.even_windows(params, source)
        if lengths is None:
            raise Reject("the windows are not all of one length")
        none = (0,) * (2 * count)
        return f.call(
            f"nn.max_pool{count}d", data, pool_size=lengths, strides=lengths, dilation=(1,) * count, padding=none,
            layout=params.layout, out_layout=params.layout,
        )  # fmt: skip

    return expand


def _cards(count: int) -> Sequence[OpCard[Adaptive]]:
    return (
        OpCard(
            name=f"nn.adaptive_avg_pool{count}d",
            inputs=(Input("data"),),
            params=Adaptive,
            infer=core.infer,
            reference=core.avg_reference,
            lower=core.avg_lower,
            gradient=derivatives(_gradient) if count == 2 else None,
            relay=_relay(f"nn.adaptive_avg_pool{count}d", f"AdaptivePool{count}D", count),
            relax=(_relax(f"relax.nn.adaptive_avg_pool{count}d", count),),
            pattern=Pattern.OUT_FUSABLE,
            error=_AVERAGE_ERROR,
            laws=_LINEAR,
            draw=pooling_draw.adaptive(count),
        ),
        OpCard(
            name=f"nn.adaptive_max_pool{count}d",
            inputs=(Input("data"),),
            params=Adaptive,
            infer=core.infer,
            reference=core.max_reference,
            lower=core.max_lower,
            expand=_expand_even(count),
            relay=_relay(f"nn.adaptive_max_pool{count}d", f"AdaptivePool{count}D", count),
            pattern=Pattern.OUT_FUSABLE,
            error=Exact(),
            laws=_CHOICE,
            draw=pooling_draw.adaptive(count),
        ),
    )


def _expand_avg(params: Adaptive, f: Fragment[Any], data: Any) -> Any:
    return f.call("nn.adaptive_avg_pool2d", data, output_size=params.output_size, layout=params.layout)


def _expand_max(params: Adaptive, f: Fragment[Any], data: Any) -> Any:
    return f.call("max", data, axis=params.axes(f.tensor_type(data)), keepdims=True)


def _read_global(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"output_size": (1, 1), "layout": attrs["layout"]}


def _gradient(params: Adaptive, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    """Windows of one length, one behind the other, are those of a plain pool."""
    (x,) = args
    lengths = core.even_windows(params, x.type)
    if lengths is None:
        raise Reject("it handles windows of one length only")
    return [_of_plain_pool(params, x, g, lengths, lengths)]


def _global_gradient(params: Adaptive, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    (x,) = args
    extents = tuple(x.extents[axis] for axis in layout.spatial(params.layout, "HW")[1])
    return [_of_plain_pool(params, x, g, extents, (1, 1))]


def _of_plain_pool(params: Adaptive, x: F, g: F, lengths: tuple[int, ...], strides: tuple[int, ...]) -> F:
    return g.call(
        "nn.avg_pool2d_grad", x, pool_size=lengths, strides=strides, dilation=(1, 1), padding=(0, 0, 0, 0),
        layout=params.layout, out_layout=params.layout,
    )  # fmt: skip


def _global_card(
    name: str,
    reference: Callable[..., Array],
    lower: Callable[..., Tensor],
    expand: Callable[..., Any],
    error: ErrorModel,
    gradient: Gradient | None = None,
) -> OpCard[Adaptive]:
    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=Adaptive,
        infer=core.infer,
        reference=reference,
        lower=lower,
        expand=expand,
        gradient=gradient,
        relay=RelaySpelling(
            name=name,
            attrs_type="relay.attrs.GlobalPool2DAttrs",
            fields=(Field("layout", Kind.STR, "NCHW"), Field("out_layout", Kind.STR, "", param=None)),
            read=_read_global,
            write=_write_global,
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=error,
        laws=_CHOICE if isinstance(error, Exact) else _LINEAR,
        draw=pooling_draw.whole,
    )


def _write_global(params: Adaptive, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"layout": params.layout}


CARDS = (
    *_cards(1),
    *_cards(2),
    *_cards(3),
    _global_card(
        "nn.global_avg_pool2d",
        core.avg_reference,
        core.avg_lower,
        _expand_avg,
        _AVERAGE_ERROR,
        derivatives(_global_gradient),
    ),
    _global_card("nn.global_max_pool2d", core.max_reference, core.max_lower, _expand_max, Exact()),
)
