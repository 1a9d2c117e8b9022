"""Residual networks over two or three axes, as :mod:`relay_compat.testing.resnet` and ``resnet_3d`` spell them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from relay_compat.ir.expr import Expr, Function
from relay_compat.ir.make import var
from relay_compat.op import add, nn
from relay_compat.testing import layers

_EPSILON = 2e-5
_UNITS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3),
          200: (3, 24, 36, 3), 269: (3, 30, 48, 8)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """How convolutions are written: over which axes, in which layouts, and along which axis values are normalised."""

    conv: Callable[..., Expr]
    axes: int
    data_layout: str
    kernel_layout: str
    norm: dict[str, Any]

    def convolve(self, data: Expr, channels: int, window: Any, stride: Any, padding: Any, name: str) -> Expr:
        """A convolution; window, stride and padding are one number for all axes or one for each."""
        sizes = {"kernel_size": self._all(window), "strides": self._all(stride), "padding": self._all(padding)}
        layouts = {"data_layout": self.data_layout, "kernel_layout": self.kernel_layout}
        return self.conv(data, channels=channels, name=name, **sizes, **layouts)

    def _all(self, value: Any) -> tuple[int, ...]:
        return (value,) * self.axes if isinstance(value, int) else value

    def normalise(self, data: Expr, name: str, **options: Any) -> Expr:
        """A batch normalisation."""
        return layers.batch_norm_infer(data, epsilon=_EPSILON, name=name, **self.norm, **options)


def unit(style: Style, data: Expr, channels: int, stride: Any, same: bool, name: str, narrow: bool) -> Expr:
    """Normalised convolutions beside a shortcut; ``same``: the shortcut is the input; ``narrow``: three convolutions
    with a quarter of the channels in the middle, else two.
    """
    inner = int(channels * 0.25) if narrow else channels
    three = ((inner, 1, stride), (inner, 3, 1), (channels, 1, 1))
    two = ((channels, 3, stride), (channels, 3, 1))
    body = data
    first: Expr | None = None
    for place, (width, window, step) in enumerate(three if narrow else two, 1):
        body = nn.relu(style.normalise(body, f"{name}_bn{place}"))
        first = body if first is None else first
        body = style.convolve(body, width, window, step, window // 2, f"{name}_conv{place}")
    assert first is not None
    return add(body, data if same else style.convolve(first, channels, 1, stride, 0, f"{name}_sc"))


def network(
    style: Style,
    units: Sequence[int],
    filter_list: Sequence[int],
    num_classes: int,
    narrow: bool,
    stem: Callable[[Style, Expr], Expr],
    pool: Callable[..., Expr],
    data: Expr,
) -> Function:
    """Stages of units behind a stem, then a pool over all places and a classifier."""
    body = stem(style, style.normalise(data, "bn_data", scale=False))
    for stage, (count, channels) in enumerate(zip(units, filter_list[1:], strict=True), 1):
        for place in range(1, count + 1):
            stride = 1 if stage == 1 or place > 1 else 2
            body = unit(style, body, channels, stride, place > 1, f"stage{stage}_unit{place}", narrow)
    body = nn.relu(style.normalise(body, "bn1"))
    body = nn.batch_flatten(pool(body, layout=style.data_layout))
    return layers.closed(nn.softmax(layers.dense_add_bias(body, units=num_classes, name="fc1")))


def plan(num_layers: int, height: int) -> tuple[list[int], list[int], bool]:
    """Units of each stage, channels, and whether units are narrow. ValueError where nobody tried the number of
    layers.
    """
    unknown = ValueError(f"no experiments done on num_layers {num_layers}")
    if height > 28:
        if num_layers not in _UNITS:
            raise unknown
        narrow = num_layers >= 50
        return list(_UNITS[num_layers]), [64, 256, 512, 1024, 2048] if narrow else [64, 64, 128, 256, 512], narrow
    if num_layers >= 164 and (num_layers - 2) % 9 == 0:
        return [(num_layers - 2) // 9] * 3, [16, 64, 128, 256], True
    if num_layers < 164 and (num_layers - 2) % 6 == 0:
        return [(num_layers - 2) // 6] * 3, [16, 16, 32, 64], False
    raise unknown


def image(data_shape: Sequence[int], dtype: str) -> Expr:
    """The network's input."""
    return var("data", shape=data_shape, dtype=dtype)
