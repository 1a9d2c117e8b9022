"""nn.conv1d, nn.conv2d, nn.conv3d: sums of products over a sliding window, by groups of channels.

Besides the usual weight, Relay takes a depthwise one as (channel, multiplier, ...): there groups, the data's channels
and the weight's outputs are one number (Conv2DRel in TVM 0.19). Relax does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import contraction, convolution, convolution_draw, convolution_spelling, layout, windows
from tensor_core.ops.card import Input, OpCard, Operand, Pattern, Reject, RelaxSpelling, RelaySpelling, Value
from tensor_core.ops.convolution import Conv
from tensor_core.ops.convolution_reference import reference
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives, in_one_type
from tensor_core.types import Type


def _write_relay(params: Conv, types: Sequence[Type]) -> Mapping[str, Value]:
    return convolution_spelling.write_relay(params, convolution.geometry(params, types[0], types[1]))


def _write_relax(params: Conv, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return convolution_spelling.write_relax(params)


def _fits_relax(params: Conv, types: Sequence[Type], release: str) -> str | None:
    del release
    if params.is_blocked:
        return "no release has a kernel for every layout in blocks"
    if not params.is_ordered:
        return "the kernels of all releases pair the dimensions of data and weight by place"
    if params.out_layout != params.data_layout:
        return "no release has a kernel for a result in another layout than the data's"
    if convolution.geometry(params, types[0], types[1]).multiplier:
        return "Relax has no depthwise weight with a multiplier dimension"
    return None


def _expand(params: Conv, f: Fragment[Any], data: Any, weight: Any) -> Any:
    """The usual weight in place of a depthwise one with multiplier, and the result's layout as a transpose."""
    if params.is_blocked or not params.is_ordered:
        return convolution.in_blocks(params, f, data, weight)
    card = f"nn.conv{len(params.strides)}d"
    kernel_layout = params.kernel_layout
    g = convolution.geometry(params, f.type_of(data), f.type_of(weight))
    if g.multiplier:
        kernel_layout = "OI" + params.letters
        flat = f.call("transpose", weight, axes=params.kernel_axes)
        weight = f.call("reshape", flat, shape=(g.outputs, 1, *g.kernel))
    result = f.call(
        card,
        data,
        weight,
        strides=params.strides,
        padding=params.padding,
        dilation=params.dilation,
        groups=params.groups,
        data_layout=params.data_layout,
        kernel_layout=kernel_layout,
        out_layout=params.data_layout,
        out_dtype=params.out_dtype,
    )
    if params.out_layout == params.data_layout:
        return result
    return f.call("transpose", result, axes=layout.order(params.data_layout, params.out_layout))


_PLAIN = ("NCHW", "OIHW", "NCHW")


def _gradient(params: Conv, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    """That of a convolution in plain layouts. (TVM has it for NCHW and OIHW only.)"""
    written = (params.data_layout, params.kernel_layout, params.out_layout)
    is_multiplier = convolution.geometry(params, args[0].type, args[1].type).multiplier
    data, weight, seed = map(_turned, (*args, g), written, _PLAIN)
    adjoints = _plain_gradient(params, data, weight, seed, is_multiplier)
    return list(map(_turned, adjoints, _PLAIN, written))


def _turned(value: F, source: str, target: str) -> F:
    return value if source == target else value.call("layout_transform", src_layout=source, dst_layout=target)


def _plain_gradient(params: Conv, data: F, weight: F, g: F, is_multiplier: bool) -> Sequence[F]:
    """The transposed convolution of the adjoint for the data, its correlation with the data for the weight."""
    shape = weight.shape
    if is_multiplier:
        weight = weight.call("reshape", shape=(shapes.multiply(shape[0], shape[1]), 1, *shape[2:]))
    window = {"strides": params.strides, "padding": params.padding, "dilation": params.dilation}
    sizes = [value.extents[2:] for value in (data, weight, g)]
    # What the transposed convolution would fall short of the data's extents. TVM forgets the dilation.
    missing = [
        extent - ((steps - 1) * stride - before - after + (kernel - 1) * dilation + 1)
        for extent, kernel, steps, stride, dilation, before, after in zip(
            *sizes, params.strides, params.dilation, params.padding[:2], params.padding[2:], strict=True
        )
    ]
    for_data = g.call(
        "nn.conv2d_transpose",
        weight,
        **window,
        groups=params.groups,
        data_layout="NCHW",
        kernel_layout="IOHW",
        out_layout="NCHW",
        out_dtype=params.out_dtype,
        output_padding=tuple(missing),
        # Without it Relay takes the channels of one group for those of all.
        channels=data.shape[1] if params.groups > 1 else None,
    )
    for_weight = g.call(
        "nn.conv2d_backward_weight",
        data,
        **window,
        groups=params.groups,
        channels=params.channels or g.shape[1],
        kernel_size=sizes[1],
        grad_layout="NCHW",
        data_layout="NCHW",
        weight_layout="OIHW",
        out_dtype=params.out_dtype,
    )
    return [for_data, for_weight.call("reshape", shape=shape) if is_multiplier else for_weight]


def _check_relay_1d(attrs: Mapping[str, Value]) -> None:
    """What the type rule of nn.conv1d alone asks for (Conv1DRel in TVM 0.19)."""
    if len(attrs["padding"]) != 2:
        raise Reject("padding must state what comes before and what comes after")
    if attrs["groups"] > 1 and (attrs["channels"] is None or attrs["kernel_size"] is None):
        raise Reject("channels and kernel_size must be given for more than one group")


def _card(count: int, padding: tuple[int, ...]) -> OpCard[Conv]:
    spelled = convolution_spelling.window_fields(count, padding)
    window = tuple(spelled[name] for name in ("strides", "padding", "dilation", "groups"))
    layouts = tuple(spelled[name] for name in ("data_layout", "kernel_layout", "out_layout"))

    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        return convolution_spelling.read(count, attrs, types)

    def read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        windows.check_lengths(attrs, count, "strides", "dilation")
        if count == 1:
            _check_relay_1d(attrs)
        return read(attrs, types)

    def read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        params = read(attrs, types)
        if convolution.geometry(Conv(**params), types[0], types[1]).multiplier:
            raise Reject("the weight's input channels times the groups must be the data's channels", 1)
        return params

    return OpCard(
        name=f"nn.conv{count}d",
        inputs=(Input("data"), Input("weight")),
        params=Conv,
        infer=convolution.infer,
        assign=convolution.assign,
        reference=reference,
        lower=convolution.lower,
        expand=_expand,
        gradient=derivatives(in_one_type(_gradient)) if count == 2 else None,
        relay=RelaySpelling(
            name=f"nn.conv{count}d",
            attrs_type=f"relay.attrs.Conv{count}DAttrs",
            fields=(*window, spelled["channels"], spelled["kernel_size"], *layouts, contraction.RELAY_FIELD),
            read=read_relay,
            write=_write_relay,
        ),
        relax=contraction.relax_spellings(
            RelaxSpelling(
                name=f"relax.nn.conv{count}d",
                operands=(Operand("data"), Operand("weight")),
                attrs_type=f"relax.attrs.Conv{count}DAttrs",
                fields=(*window, *layouts),
                read=read_relax,
                fits=_fits_relax,
            ),
            _write_relax,
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=contraction.rounding(convolution.length, reference),
        draw=convolution_draw.convolution(count),
    )


CARDS = (_card(1, (0, 0)), _card(2, (0, 0)), _card(3, (0, 0, 0)))
