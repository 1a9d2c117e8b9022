"""Shape rules of windows that slide over data, read backwards: choose kernel, stride and padding, derive the input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from migrate.verify.generate.element_types import accumulated
from migrate.verify.generate.inverses import Choose, Inverse, Plan
from tensor_core.ops import layout
from tensor_core.ops.pooling import CEIL, FLOOR
from tensor_core.ops.window_draw import divisors
from tensor_core.shapes import static
from tensor_core.types import TensorType


@dataclass(frozen=True, slots=True)
class Slide:
    """A window along one dimension, and how many elements it slides over."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int


def slide(out: int, choose: Choose, inside: bool = False, dilated: bool = True) -> Slide:
    """A window that takes ``out`` places; with ``inside`` every place holds data, not padding alone."""
    kernel, stride = choose((1, 2, 3)), choose((1, 2))
    dilation = choose((1, 2)) if kernel > 1 and dilated else 1
    total = (out - 1) * stride + (kernel - 1) * dilation + 1 + choose(range(stride))
    most = kernel - 1 if not inside or dilation == 1 else 0
    before = choose(range(min(most, total - 1) + 1))
    after = choose(range(min(most, total - 1 - before) + 1))
    return Slide(total - before - after, kernel, stride, dilation, before, after)


def laid_out(type_: TensorType, letters: str, choose: Choose) -> tuple[str, dict[str, int]]:
    """A layout of a type's dimensions, channels second or last, and the extents by letter."""
    stated = choose((f"NC{letters}", f"N{letters}C"))
    return stated, dict(zip(stated, static(type_.shape), strict=True))


def shaped(stated: str, extents: dict[str, int], **changed: int) -> tuple[int, ...]:
    """The shape in a layout, some extents changed."""
    return tuple(changed.get(letter, extents[letter]) for letter in stated)


def convolution(count: int) -> Inverse:
    """A convolution over ``count`` dimensions, of one group or several, depthwise among them."""
    letters = layout.LETTERS[count]

    def inverse(type_: TensorType, choose: Choose) -> Plan:
        stated, extents = laid_out(type_, letters, choose)
        slides = [slide(extents[letter], choose) for letter in letters]
        groups, inner = choose(divisors(extents["C"])), choose((1, 2, 3))
        data = shaped(stated, extents, C=groups * inner, **_by(letters, [item.size for item in slides]))
        weight = {"O": extents["C"], "I": inner, **_by(letters, [item.kernel for item in slides])}
        padding = (*(item.before for item in slides), *(item.after for item in slides))
        return _contracted(type_, choose, stated, data, weight, slides, groups, padding)

    return inverse


def transposed(count: int) -> Inverse:
    """A transposed convolution over ``count`` dimensions."""
    letters = layout.LETTERS[count]

    def inverse(type_: TensorType, choose: Choose) -> Plan:
        stated, extents = laid_out(type_, letters, choose)
        each = [_spread(extents[letter], choose) for letter in letters]
        slides, extra = [item for item, _ in each], tuple(more for _, more in each)
        groups, inner = choose(divisors(extents["C"])), choose((1, 2, 3))
        data = shaped(stated, extents, C=groups * inner, **_by(letters, [item.size for item in slides]))
        weight = {"O": extents["C"] // groups, "I": groups * inner, **_by(letters, [item.kernel for item in slides])}
        padding = (*(item.before for item in slides), *(item.after for item in slides))
        return _contracted(type_, choose, stated, data, weight, slides, groups, padding, output_padding=extra)

    return inverse


def _spread(out: int, choose: Choose) -> tuple[Slide, int]:
    """A window whose marks cover ``out`` places, and how many places are added at the end."""
    kernel, stride = choose((1, 2, 3)), choose((1, 2))
    dilation = choose((1, 2)) if kernel > 1 else 1
    size = (out - 1) // stride + 1 + choose((0, 1))
    over = (size - 1) * stride + (kernel - 1) * dilation + 1 - out
    before = choose(range(max(over, 0) + 1))
    return Slide(size, kernel, stride, dilation, before, max(over, 0) - before), max(-over, 0)


def _contracted(
    type_: TensorType,
    choose: Choose,
    stated: str,
    data: tuple[int, ...],
    weight: dict[str, int],
    slides: Sequence[Slide],
    groups: int,
    padding: tuple[int, ...],
    **more: Any,
) -> Plan:
    left, right, out = accumulated(type_.dtype, choose)
    letters = layout.LETTERS[len(slides)]
    kernel = choose((f"OI{letters}", f"{letters}IO", f"IO{letters}"))
    params = {
        "strides": tuple(item.stride for item in slides),
        "padding": padding,
        "dilation": tuple(item.dilation for item in slides),
        "groups": groups,
        "data_layout": stated,
        "kernel_layout": kernel,
        "out_layout": stated,
        "out_dtype": out,
        **more,
    }
    return Plan((TensorType(data, left), TensorType(tuple(weight[letter] for letter in kernel), right)), params)


def pool(count: int, average: bool, dilated: bool = True) -> Inverse:
    """A pool over ``count`` dimensions, every window of which holds data."""
    letters = layout.LETTERS[count]

    def inverse(type_: TensorType, choose: Choose) -> Plan:
        stated, extents = laid_out(type_, letters, choose)
        slides = [slide(extents[letter], choose, inside=True, dilated=dilated) for letter in letters]
        params = {
            "pool_size": tuple(item.kernel for item in slides),
            "strides": tuple(item.stride for item in slides),
            "dilation": tuple(item.dilation for item in slides),
            "padding": (*(item.before for item in slides), *(item.after for item in slides)),
            "layout": stated,
            "out_layout": stated,
            # Where the stride divides, nothing is left over to be rounded.
            "rounding": choose((FLOOR, CEIL)) if all(item.stride == 1 for item in slides) else FLOOR,
            "count_include_pad": average and choose((False, True)),
        }
        data = shaped(stated, extents, **_by(letters, [item.size for item in slides]))
        return Plan((TensorType(data, type_.dtype),), params)

    return inverse


def adaptive(count: int) -> Inverse:
    """A pool with as many places as the result has."""
    letters = layout.LETTERS[count]

    def inverse(type_: TensorType, choose: Choose) -> Plan:
        stated, extents = laid_out(type_, letters, choose)
        out = tuple(extents[letter] for letter in letters)
        sizes = [choose((dim, 2 * dim, dim + 1, 1, 3)) for dim in out]
        data = shaped(stated, extents, **_by(letters, sizes))
        return Plan((TensorType(data, type_.dtype),), {"output_size": out, "layout": stated})

    return inverse


def whole(type_: TensorType, choose: Choose) -> Plan:
    """A pool over all of two dimensions."""
    stated = choose([name for name in ("NCHW", "NHWC") if all_ones(type_, name)])
    extents = dict(zip(stated, static(type_.shape), strict=True))
    data = shaped(stated, extents, H=choose((1, 2, 3)), W=choose((1, 2, 3)))
    return Plan((TensorType(data, type_.dtype),), {"output_size": (1, 1), "layout": stated})


def all_ones(type_: TensorType, stated: str) -> bool:
    """Whether the spatial dimensions of a layout hold one element each."""
    return all(dim == 1 for letter, dim in zip(stated, type_.shape, strict=True) if letter in "HW")


def resized(count: int) -> Inverse:
    """An image of another size, with one of the usual ways of finding elements."""
    letters = layout.LETTERS[count]

    def inverse(type_: TensorType, choose: Choose) -> Plan:
        stated, extents = laid_out(type_, letters, choose)
        out = tuple(extents[letter] for letter in letters)
        sizes = [choose((dim, 2 * dim, dim + 1, 1, 3)) for dim in out]
        params = {
            "size": out,
            "roi": (0.0,) * (2 * count),
            "layout": stated,
            "method": choose(("nearest_neighbor", "linear", "cubic")),
            # One place has no corners to align.
            "coordinate_transformation_mode": choose(
                ("half_pixel", "asymmetric", *(("align_corners",) if min(out) > 1 else ()))
            ),
            "rounding_method": choose(("round", "floor", "ceil")),
            "cubic_alpha": -0.5,
            "cubic_exclude": 0,
            "extrapolation_value": 0.0,
        }
        data = shaped(stated, extents, **_by(letters, sizes))
        return Plan((TensorType(data, type_.dtype),), params)

    return inverse


def unfolded(type_: TensorType, choose: Choose) -> Plan:
    """An image whose channels become places (depth_to_space)."""
    stated, extents = laid_out(type_, "HW", choose)
    block = choose([n for n in (1, 2, 3) if extents["H"] % n == 0 == extents["W"] % n])
    data = shaped(stated, extents, C=extents["C"] * block * block, H=extents["H"] // block, W=extents["W"] // block)
    params = {"block_size": block, "layout": stated, "mode": choose(("DCR", "CRD"))}
    return Plan((TensorType(data, type_.dtype),), params)


def folded(type_: TensorType, choose: Choose) -> Plan:
    """An image whose places become channels (space_to_depth)."""
    stated, extents = laid_out(type_, "HW", choose)
    block = choose([n for n in (1, 2) if extents["C"] % (n * n) == 0])
    data = shaped(stated, extents, C=extents["C"] // (block * block), H=extents["H"] * block, W=extents["W"] * block)
    return Plan((TensorType(data, type_.dtype),), {"block_size": block, "layout": stated, "mode": "DCR"})


def _by(letters: str, extents: Sequence[int]) -> dict[str, int]:
    return dict(zip(letters, extents, strict=True))
