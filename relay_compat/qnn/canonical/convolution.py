"""qnn.conv2d in plain operators (QNN of TVM 0.19).

Like a product (see ``products``): the convolution of the integers themselves, padded by the zero point, and three terms
for the zero points, of which the sums over windows are averages of a multiple. What dilates under a zero point of the
weight, groups other than depthwise ones, and results of other types than int32 subtract the zero points first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.op.call import call
from relay_compat.passes.building import as_tensor, expand_to_axis, scalar
from relay_compat.qnn.canonical.products import combined, extent, known, wrapped
from relay_compat.qnn.canonical.rescaling import cast, equals, is_number
from tensor_core import codes
from tensor_core.diagnostics import fail

_KERNELS = ("OIHW", "HWIO", "HWOI", "OHWI")


@dataclass(frozen=True, slots=True)
class _Work:
    """A call's attributes, the extents of its weight, and whether each channel has kernels of its own."""

    attrs: Any
    outer: int
    inner: int
    taps: int
    channels: int
    is_depthwise: bool

    @property
    def axis(self) -> int:
        """Where the data's channels are."""
        return self.attrs.data_layout.index("C")

    def beside_data(self, count: int) -> tuple[int, ...]:
        """The shape of a vector along the data's channels."""
        return tuple(count if n == self.axis else 1 for n in range(4))


def conv2d(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr:
    """qnn.conv2d. DiagnosticError R2R0602 for layouts, kernels and dynamic shapes that TVM 0.19 does not take."""
    work = _work(attrs, types)
    data, weight, data_zero, weight_zero = args[:4]
    zeros = known(data_zero, weight_zero)
    flat = (zeros is not None and zeros[1] == 0) or tuple(attrs.dilation) == (1, 1)
    # The terms of zero points are int32; TVM's sum of them with results of other types is ill-typed.
    sums = attrs.out_dtype == "int32" or zeros == (0, 0)
    fits = flat and sums and (attrs.groups == 1 or work.is_depthwise)
    if zeros is None:
        axis = work.axis if fits else attrs.kernel_layout.index("O")
        weight_zero = expand_to_axis(call("reshape", weight_zero, newshape=(-1,)), 4, axis)
    if not fits:
        return _subtracted_first(attrs, data, weight, data_zero, weight_zero)
    padded = _padded(work, data, data_zero)
    first = call("nn.conv2d", padded, weight, **{**attrs, "padding": (0, 0, 0, 0)})
    second = (_windows_of_channels if work.is_depthwise else _windows)(work, padded, weight_zero)
    third = _kernels(work, weight, data_zero)
    return combined((first, second, third, _last(work, zeros, data_zero, weight_zero)), zeros)


def _work(attrs: Any, types: Sequence[Any]) -> _Work:
    if attrs.data_layout not in ("NCHW", "NHWC") or attrs.kernel_layout not in _KERNELS or attrs.kernel_size is None:
        raise fail(
            codes.EXECUTION_FAILED,
            f"qnn.conv2d of {attrs.data_layout} by {attrs.kernel_layout}",
            hint=f"NCHW or NHWC by {', '.join(_KERNELS)}, and a kernel_size",
        )
    data, weight = as_tensor(types[0]).shape, as_tensor(types[1]).shape
    sizes = {letter: extent(weight[n]) for n, letter in enumerate(attrs.kernel_layout)}
    depthwise = attrs.channels is not None and attrs.channels == attrs.groups and attrs.groups != 1
    channels = extent(data[attrs.data_layout.index("C")])
    return _Work(attrs, sizes["O"], sizes["I"], sizes["H"] * sizes["W"], channels, depthwise)


def _subtracted_first(attrs: Any, data: Expr, weight: Expr, data_zero: Expr, weight_zero: Expr) -> Expr:
    wide = _wide(attrs)
    zeros = [cast(zero, wide) for zero in (data_zero, weight_zero)]
    moved = [cast(value, wide) for value in (data, weight)]
    for n, (value, zero) in enumerate(((data, data_zero), (weight, weight_zero))):
        if not equals(zero, 0, wide):
            moved[n] = call("subtract", cast(value, wide), zeros[n])
    return call("nn.conv2d", *moved, **attrs)


def _wide(attrs: Any) -> str:
    return "int64" if attrs.out_dtype == "int64" else "int32"


def _padded(work: _Work, data: Expr, zero: Expr) -> Expr:
    top, left, bottom, right = work.attrs.padding
    if not any((top, left, bottom, right)):
        return data
    sides = {"N": (0, 0), "C": (0, 0), "H": (top, bottom), "W": (left, right)}
    width = tuple(sides[letter] for letter in work.attrs.data_layout)
    return call("nn.pad", data, zero, pad_width=width, pad_mode="constant")


def _pooled(work: _Work, value: Expr) -> Expr:
    """Sums over windows, as averages of what is multiplied by the number of taps."""
    if work.taps != 1:
        value = call("multiply", value, scalar(work.taps, "int32"))
    elif work.attrs.strides[0] * work.attrs.strides[1] == 1:
        return value
    return call(
        "nn.avg_pool2d",
        value,
        pool_size=work.attrs.kernel_size,
        strides=work.attrs.strides,
        dilation=work.attrs.dilation,
        padding=(0, 0),
        layout=work.attrs.data_layout,
        ceil_mode=False,
        count_include_pad=False,
    )


def _windows(work: _Work, padded: Expr, zero: Expr) -> Expr:
    sums = _pooled(work, call("sum", cast(padded, "int32"), axis=(work.axis,), keepdims=True))
    if equals(zero, 1, "int32"):
        return sums
    if not is_number(zero):
        sums = call("repeat", sums, repeats=work.outer, axis=work.axis)
    return call("multiply", zero, sums)


def _windows_of_channels(work: _Work, padded: Expr, zero: Expr) -> Expr:
    sums = _pooled(work, cast(padded, "int32"))
    if not equals(zero, 1, "int32"):
        factor = zero if is_number(zero) else call("repeat", zero, repeats=work.inner, axis=0)
        sums = call("multiply", factor, sums)
    return sums if work.inner == 1 else call("repeat", sums, repeats=work.inner, axis=work.axis)


def _kernels(work: _Work, weight: Expr, zero: Expr) -> Expr:
    layout = work.attrs.kernel_layout
    summed = "HW" if work.is_depthwise else "IHW"
    if work.is_depthwise and layout == "OHWI":
        raise fail(codes.EXECUTION_FAILED, "a depthwise qnn.conv2d of an OHWI kernel", hint="OIHW, HWIO or HWOI")
    axes = tuple(n for n, letter in enumerate(layout) if letter in summed)
    count = work.outer * (work.inner if work.is_depthwise else 1)
    sums = call("reshape", call("sum", cast(weight, "int32"), axis=axes), newshape=work.beside_data(count))
    return sums if equals(zero, 1, "int32") else call("multiply", zero, sums)


def _last(work: _Work, zeros: tuple[int, ...] | None, data_zero: Expr, weight_zero: Expr) -> Expr:
    count = work.taps * (1 if work.is_depthwise else work.channels)
    if zeros is None:
        return call("multiply", scalar(count, "int32"), call("multiply", data_zero, weight_zero))
    return scalar(wrapped(zeros[0] * zeros[1] * count), "int32")
