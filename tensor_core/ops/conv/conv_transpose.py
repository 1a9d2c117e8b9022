"""nn.conv1d_transpose, nn.conv2d_transpose, nn.conv3d_transpose: the adjoint of a convolution in its data.

The weight is (input, output / groups, *kernel) under the default layout "IOHW". The lowering is a convolution of the
data, spread out by the strides and padded, with the kernel turned around.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.from_card import LoopFragment
from tensor_core.ops import contraction, convolution, convolution_draw, convolution_spelling, layout, rules, windows
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
    Value,
)
from tensor_core.ops.convolution import Conv, Geometry, index
from tensor_core.ops.convolution_reference import convolve
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.reference import NumpyFragment
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, Type

_UNDILATED = frozenset(f"0.{minor}" for minor in range(19, 26))


def _geometry(params: Conv, data: Type, weight: Type) -> Geometry:
    x, w = rules.tensor(data, 0), rules.tensor(weight, 1)
    batch, inputs, *size = layout.merged(x.shape, params.data_layout, params.data_letters, 0)
    outer, inner, *kernel = layout.merged(w.shape, params.kernel_layout, params.kernel_letters, 1)
    if shapes.prove_different(inner, inputs):
        raise Reject(f"the data has {shapes.to_text(inputs)} channels, the weight {shapes.to_text(inner)}", 1)
    outputs = shapes.multiply(outer, params.groups)
    if params.channels is not None and shapes.prove_different(outputs, params.channels):
        raise Reject(
            f"channels is {shapes.to_text(params.channels)}, but the weight makes {shapes.to_text(outputs)}", 1
        )
    convolution.check_kernel(params, kernel)
    return Geometry(batch, inputs, outputs, tuple(size), tuple(kernel))


def _around(params: Conv, kernel: Sequence[int]) -> windows.Padding:
    """Padding of the spread-out data, so that a plain convolution of stride 1 gives the result."""
    return [
        (d * (k - 1) - before, d * (k - 1) - after + extra)
        for k, d, (before, after), extra in zip(
            kernel, params.dilation, windows.pairs(params.padding), params.output_padding, strict=True
        )
    ]


def _extent(size: Dim, kernel: Dim, padding: tuple[int, int], stride: int, dilation: int, extra: int) -> Dim:
    if isinstance(size, shapes.AnyDim) or isinstance(kernel, shapes.AnyDim):
        return shapes.ANY
    covered = shapes.add(shapes.multiply(shapes.subtract(size, 1), stride), windows.dilated(kernel, dilation))
    result = shapes.add(covered, extra - sum(padding))
    if isinstance(result, int) and result < 0:
        raise Reject(f"padding {padding} leaves nothing of {shapes.to_text(covered)} elements")
    return result


def _infer(params: Conv, data: Type, weight: Type) -> Type:
    if any(
        extra >= max(s, d) for extra, s, d in zip(params.output_padding, params.strides, params.dilation, strict=True)
    ):
        raise Reject(f"output_padding {params.output_padding} must be smaller than strides {params.strides}")
    g = _geometry(params, data, weight)
    padding = windows.pairs(params.padding)
    spatial = map(_extent, g.size, g.kernel, padding, params.strides, params.dilation, params.output_padding)
    dims = (g.batch, g.outputs, *spatial)
    dtype = contraction.result_dtype(params, rules.tensor(data, 0).dtype)
    return TensorType(layout.split(dims, params.out_layout, params.data_letters), dtype)


def _assign(params: Conv, data: Type | None, weight: Type | None) -> Sequence[Type | None]:
    if weight is not None or not isinstance(data, TensorType):
        return data, weight
    if params.channels is None or params.kernel_size is None:
        return data, weight
    inputs = layout.merged(data.shape, params.data_layout, params.data_letters, 0)[1]
    dims = (shapes.floor_divide(params.channels, params.groups), inputs, *params.kernel_size)
    return data, TensorType(layout.split(dims, params.kernel_layout, params.kernel_letters), data.dtype)


def _length(params: Conv, data: TensorType, weight: TensorType) -> Dim:
    g = _geometry(params, data, weight)
    return shapes.product((shapes.floor_divide(g.inputs, params.groups), *g.kernel))


def _reference(params: Conv, data: Array, weight: Array) -> Array:
    rules.positive(params.groups, "groups")
    if params.is_blocked:
        return _expand(params, NumpyFragment(), data, weight)
    x = np.transpose(data, params.data_axes)
    spread = np.zeros(
        (*x.shape[:2], *((n - 1) * s + 1 for n, s in zip(x.shape[2:], params.strides, strict=True))), x.dtype
    )
    spread[(..., *(slice(None, None, s) for s in params.strides))] = x
    outer, inner, *kernel = (weight.shape[a] for a in params.kernel_axes)
    padded = windows.pad_array(spread, range(2, x.ndim), _around(params, kernel), 0)
    # (input, output, *kernel), the inputs split by group, becomes (group x output, input, *kernel turned around).
    w = np.transpose(weight, params.kernel_axes)[(slice(None), slice(None), *(slice(None, None, -1),) * len(kernel))]
    w = w.reshape(outer, params.groups, inner // params.groups, *kernel).swapaxes(0, 1)
    w = w.reshape(params.groups * outer, inner // params.groups, *kernel)
    dtype = contraction.result_dtype(params, dtypes.from_numpy(data.dtype))
    result = convolve(padded, w, (1,) * len(kernel), params.dilation, params.groups, dtype)
    return np.transpose(result, np.argsort(params.out_axes))


def _lower(params: Conv, b: LoopBuilder, data: Tensor, weight: Tensor) -> Tensor:
    rules.positive(params.groups, "groups")
    if params.is_blocked:
        return _expand(params, LoopFragment(b), data, weight)
    types = TensorType(data.shape, data.dtype), TensorType(weight.shape, weight.dtype)
    g = _geometry(params, *types)
    result = rules.tensor(_infer(params, *types), 0)
    around = _around(params, shapes.static(g.kernel))
    padded = windows.pad_stage(b, data, params.data_axes[2:], around, 0, params.strides)
    outer = shapes.floor_divide(g.outputs, params.groups)
    inputs = shapes.floor_divide(g.inputs, params.groups)

    def weight_at(output: PrimExpr, inner: PrimExpr, taps: Sequence[PrimExpr]) -> PrimExpr:
        turned = [as_expr(extent) - 1 - tap for extent, tap in zip(g.kernel, taps, strict=True)]
        if params.groups > 1:
            group = output // as_expr(outer)
            output, inner = output % as_expr(outer), group * as_expr(inputs) + inner
        return weight[index((output, inner, *turned), params.kernel_axes)]

    return convolution.reduce_taps(params, b, padded, weight_at, g, result, (1,) * len(g.kernel))


def _write_relay(params: Conv, types: Sequence[Type]) -> Mapping[str, Value]:
    g = _geometry(params, types[0], types[1])
    return {**convolution_spelling.write_relay(params, g), "output_padding": params.output_padding}


def _write_relax(params: Conv, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    strides, padding, *others = convolution_spelling.write_relax(params).items()
    return dict((strides, padding, ("output_padding", params.output_padding), *others))


def _plain_layouts(params: Conv) -> tuple[str, str, str]:
    """The only layouts of data, weight and result that Relax has kernels for."""
    return "NC" + params.letters, "IO" + params.letters, "NC" + params.letters


def _fits_relax(params: Conv, types: Sequence[Type], release: str) -> str | None:
    del types
    if (params.data_layout, params.kernel_layout, params.out_layout) != _plain_layouts(params):
        return "no release has a kernel for these layouts"
    if any(extra >= stride for extra, stride in zip(params.output_padding, params.strides, strict=True)):
        return "Relax takes no output padding of a stride or more"
    if max(params.dilation) > 1 and release in _UNDILATED:
        return f"Relax {release} has no kernel for a dilated transposed convolution"
    return None


def _expand(params: Conv, f: Fragment[Any], data: Any, weight: Any) -> Any:
    """Transposed into the layouts that have a kernel, and back."""
    data_layout, kernel_layout, out_layout = _plain_layouts(params)
    if (params.data_layout, params.kernel_layout, params.out_layout) == (data_layout, kernel_layout, out_layout):
        raise Reject("a transposed convolution of plain layouts has no expansion")
    same = {
        name: getattr(params, name)
        for name in ("strides", "padding", "dilation", "groups", "out_dtype", "output_padding")
    }
    result = f.call(
        f"nn.conv{len(params.strides)}d_transpose",
        layout.unpack(f, data, params.data_layout, data_layout),
        layout.unpack(f, weight, params.kernel_layout, kernel_layout),
        data_layout=data_layout,
        kernel_layout=kernel_layout,
        out_layout=out_layout,
        **same,
    )
    return layout.pack(f, result, params.out_layout, out_layout)


def _check_square(params: Conv, weight: Type) -> None:
    """Without channels and kernel_size, TVM 0.19 takes height and width of the kernel for each other, but computes
    right; such a call is typed and does not run.
    """
    kernel = layout.merged(rules.tensor(weight, 1).shape, params.kernel_layout, "IO" + params.letters, 1)[2:]
    height, width = (windows.dilated(k, d) for k, d in zip(kernel[1:], params.dilation[1:], strict=True))
    if shapes.prove_different(height, width):
        raise Reject("channels and kernel_size must be given: TVM infers another size without them", 1)


def _card(count: int, padding: tuple[int, ...], since: str) -> OpCard[Conv]:
    letters = layout.LETTERS[count]
    spelled = convolution_spelling.window_fields(count, padding)
    spelled["kernel_layout"] = Field("kernel_layout", Kind.STR, "IO" + letters)
    layouts = tuple(spelled[name] for name in ("dilation", "groups", "data_layout", "kernel_layout", "out_layout"))

    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        extra = windows.per_dimension(attrs["output_padding"], count, "output_padding")
        return {**convolution_spelling.read(count, attrs, types), "output_padding": extra}

    def read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        windows.check_lengths(attrs, count, "strides", "dilation", "output_padding")
        if attrs["groups"] > 1 and attrs["channels"] is None:
            raise Reject("channels must be given for more than one group: TVM infers too few without it")
        params = read(attrs, types)
        if count == 3 and (attrs["channels"] is None or attrs["kernel_size"] is None):
            _check_square(Conv(**params), types[1])
        return params

    return OpCard(
        name=f"nn.conv{count}d_transpose",
        inputs=(Input("data"), Input("weight")),
        params=Conv,
        infer=_infer,
        assign=_assign,
        reference=_reference,
        lower=_lower,
        expand=_expand,
        relay=RelaySpelling(
            name=f"nn.conv{count}d_transpose",
            attrs_type=f"relay.attrs.Conv{count}DTransposeAttrs",
            fields=(
                *(spelled[name] for name in ("channels", "kernel_size", "strides", "output_padding", "padding")),
                *layouts,
                contraction.RELAY_FIELD,
            ),
            read=read_relay,
            write=_write_relay,
        ),
        relax=contraction.relax_spellings(
            RelaxSpelling(
                name=f"relax.nn.conv{count}d_transpose",
                operands=(Operand("data"), Operand("weight")),
                attrs_type=f"relax.attrs.Conv{count}DTransposeAttrs",
                fields=(*(spelled[name] for name in ("strides", "padding", "output_padding")), *layouts),
                since=since,
                read=read,
                fits=_fits_relax,
            ),
            _write_relax,
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=contraction.rounding(_length, _reference),
        draw=convolution_draw.transposed(count),
    )


CARDS = (_card(1, (0,), "0.19"), _card(2, (0, 0), "0.19"), _card(3, (0, 0, 0), "0.24"))
