"""Drawing calls of pools, of their gradients and of adaptive pools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tensor_core.ops import layout, pooling, window_draw
from tensor_core.ops.adaptive_pooling import Adaptive
from tensor_core.ops.draw import FLOATS, NUMBERS, Draw, Drawn
from tensor_core.ops.pooling import CEIL, CEIL_INSIDE, FLOOR, Pool
from tensor_core.ops.rules import tensor
from tensor_core.types import TensorType


def pool(count: int, average: bool, *of: str) -> Callable[[Draw], Drawn]:
    """Calls of a pool over ``count`` spatial dimensions, of these element types (numbers)."""

    def draw(d: Draw) -> Drawn:
        rounding = d.one_of(FLOOR, CEIL, CEIL_INSIDE)
        window = window_draw.window(d, count, overhang=rounding != FLOOR)
        stated, shape = _laid_out(d, window.size)
        params = Pool(
            window.kernel,
            window.strides,
            window.dilation,
            window.padding,
            stated,
            stated if layout.is_blocked(stated) else d.one_of(stated, window_draw.whole_layout(d, stated)),
            rounding,
            average and d.flag(),
        )
        return Drawn(params, (TensorType(shape, d.one_of(*of or NUMBERS)),))

    return draw


def gradient(average: bool) -> Callable[[Draw], Drawn]:
    """Calls of the gradient of a pool over two dimensions."""
    forward = pool(2, average, *FLOATS)

    def draw(d: Draw) -> Drawn:
        plain = forward(d)
        params = replace(plain.params, dilation=(1, 1), out_layout=plain.params.layout)
        data = tensor(plain.types[0], 0)
        return Drawn(params, (tensor(pooling.infer(params, data), 0), data))

    return draw


def adaptive(count: int) -> Callable[[Draw], Drawn]:
    """Calls of an adaptive pool over ``count`` spatial dimensions."""

    def draw(d: Draw) -> Drawn:
        stated, shape = _laid_out(d, d.extents(count))
        params = Adaptive(d.some(lambda: d.extents(count, 1, 6)), stated)
        return Drawn(params, (TensorType(shape, d.one_of(*NUMBERS)),))

    return draw


def whole(d: Draw) -> Drawn:
    """Calls of a pool over all of two dimensions."""
    stated, shape = _laid_out(d, d.extents(2))
    return Drawn(Adaptive((1, 1), stated), (TensorType(shape, d.one_of(*NUMBERS)),))


def _laid_out(d: Draw, size: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """A layout, channels perhaps in blocks, and the shape in it of data of this size."""
    return window_draw.channels_in_blocks(d, "NC" + layout.LETTERS[len(size)], (*d.extents(2, 1, 3), *size))
