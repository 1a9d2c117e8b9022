"""Drawing calls of convolutions and of what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tensor_core.ops import layout, window_draw
from tensor_core.ops.convolution import Conv
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.window_draw import Accumulation, Window
from tensor_core.types import TensorType


@dataclass(frozen=True, slots=True)
class Sizes:
    """Channels and places of one convolution; ``weight`` holds the extents of the weight's two channel dimensions."""

    groups: int
    inputs: int
    outputs: int
    weight: tuple[int, int]
    out: tuple[int, ...]


def convolution(count: int, stated: bool = False) -> Callable[[Draw], Drawn]:
    """Calls of a convolution in ``count`` spatial dimensions; ``stated``: with what repeats the weight's type."""

    def draw(d: Draw) -> Drawn:
        window = window_draw.window(d, count)
        sizes = channels(d, window)
        plain = call(d, window, sizes)
        if not stated:
            return plain
        return replace(plain, params=replace(plain.params, channels=sizes.outputs, kernel_size=window.kernel))

    return draw


def transposed(count: int) -> Callable[[Draw], Drawn]:
    """Calls of a transposed convolution in ``count`` spatial dimensions."""

    return lambda d: transposed_call(d, count)[1]


def transposed_call(d: Draw, count: int, whole: bool = False, types: Accumulation | None = None) -> tuple[Sizes, Drawn]:
    """A call of a transposed convolution, as :func:`call` makes one, and its sizes."""
    size, kernel = d.extents(count, 1, 3), d.extents(count, 1, 3)
    strides, dilation = d.extents(count, 1, 3), d.extents(count, 1, 2)
    extra = tuple(d.integer(0, max(pair) - 1) for pair in zip(strides, dilation, strict=True))
    covered = [
        (n - 1) * s + (k - 1) * gap + more
        for n, k, s, gap, more in zip(size, kernel, strides, dilation, extra, strict=True)
    ]
    # At least one place of the result is left.
    before = tuple(d.integer(0, min(2, most)) for most in covered)
    after = tuple(d.integer(0, min(2, most - cut)) for most, cut in zip(covered, before, strict=True))
    out = tuple(most + 1 - a - b for most, a, b in zip(covered, before, after, strict=True))
    groups, inner, outer = d.integer(1, 3), d.integer(1, 3), d.integer(1, 3)
    sizes = Sizes(groups, groups * inner, groups * outer, (outer, groups * inner), out)
    plain = call(d, Window(size, kernel, strides, dilation, before + after), sizes, whole, types)
    return sizes, replace(plain, params=replace(plain.params, output_padding=extra))


def channels(d: Draw, window: Window, multiplier: bool = True) -> Sizes:
    """Channels of any number of groups, depthwise with a multiplier among them."""
    groups, inner, outer = d.integer(1, 3), d.integer(1, 3), d.integer(1, 3)
    if multiplier and groups > 1 and inner > 1 and d.flag():
        return Sizes(groups, groups, groups * inner, (groups, inner), window.extents)
    return Sizes(groups, groups * inner, groups * outer, (groups * outer, inner), window.extents)


def call(d: Draw, window: Window, sizes: Sizes, whole: bool = False, types: Accumulation | None = None) -> Drawn:
    """The call with these sizes, in any layouts; in ``whole`` ones without blocks."""
    letters, types = layout.LETTERS[len(window.size)], types or window_draw.accumulation(d)
    batch = d.integer(1, 2)
    data, weight = (batch, sizes.inputs, *window.size), (*sizes.weight, *window.kernel)
    result = (batch, sizes.outputs, *sizes.out)

    def drawn(names: str, dims: tuple[int, ...]) -> str:
        return window_draw.whole_layout(d, names) if whole else window_draw.layout(d, names, dims)

    params = Conv(
        strides=window.strides,
        padding=window.padding,
        dilation=window.dilation,
        groups=sizes.groups,
        data_layout=drawn("NC" + letters, data),
        kernel_layout=drawn("OI" + letters, weight),
        out_layout=drawn("NC" + letters, result),
        out_dtype=types.out,
        channels=d.some(lambda: sizes.outputs),
        kernel_size=d.some(lambda: window.kernel),
    )
    shapes = (
        layout.split(data, params.data_layout, params.data_letters),
        layout.split(weight, params.kernel_layout, params.kernel_letters),
    )
    return Drawn(params, (TensorType(shapes[0], types.left), TensorType(shapes[1], types.right)))
