"""Pools over sliding windows in any number of spatial dimensions: parameters and extents.

How many windows there are when the stride does not divide is the parameter ``rounding``:

* ``floor``: only windows that lie within the padded data;
* ``ceil``: one more where elements are left over, even if it starts behind the data (Relay, Relax before 0.23);
* ``ceil_inside``: as ``ceil``, without a last window that starts behind the data (Relax from 0.23 on, as PyTorch).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tensor_core import shapes
from tensor_core.ops import layout, rules, windows
from tensor_core.ops.card import Reject
from tensor_core.prim import Max, Min
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, Type

FLOOR, CEIL, CEIL_INSIDE = "floor", "ceil", "ceil_inside"


@dataclass(frozen=True, slots=True)
class Pool:
    """``padding`` is all befores then all afters. ``count_include_pad``: averages divide by padding elements too."""

    pool_size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[int, ...]
    layout: str
    out_layout: str
    rounding: str = FLOOR
    count_include_pad: bool = False

    @property
    def letters(self) -> str:
        """The spatial letters, outermost first."""
        return layout.LETTERS[len(self.pool_size)]

    def axes(self, source: TensorType) -> tuple[int, ...]:
        """Where the spatial dimensions stand in the data."""
        rank, axes = layout.spatial(self.layout, self.letters)
        if rank != source.rank:
            raise Reject(f"layout {self.layout} has {rank} dimensions, the data {rules.show(source.shape)}", 0)
        return axes


def extent(params: Pool, n: int, size: Dim) -> Dim:
    """How many windows there are along the n-th spatial dimension."""
    stride, before = params.strides[n], windows.pairs(params.padding)[n][0]
    slack = 0 if params.rounding == FLOOR else stride - 1
    count = windows.extent(
        size, windows.pairs(params.padding)[n], params.pool_size[n], stride, params.dilation[n], slack
    )
    if params.rounding != CEIL_INSIDE or isinstance(count, shapes.AnyDim):
        return count
    # One less when the last window starts at or behind the end of the data.
    overhang = shapes.subtract(shapes.multiply(shapes.subtract(count, 1), stride), shapes.add(size, before))
    if isinstance(overhang, int):
        return shapes.subtract(count, int(overhang >= 0))
    beyond = Min(as_expr(1), Max(as_expr(0), as_expr(shapes.add(overhang, 1))))
    return shapes.subtract(count, shapes.simplify(beyond))


def pooled_shape(params: Pool, source: TensorType) -> tuple[Dim, ...]:
    """The result's shape in the data's layout."""
    shape = list(source.shape)
    for n, axis in enumerate(params.axes(source)):
        shape[axis] = extent(params, n, source.shape[axis])
    return tuple(shape)


def infer(params: Pool, data: Type) -> Type:
    """The type of a pool."""
    source = rules.tensor(data, 0)
    for size in params.pool_size:
        rules.positive(size, "each element of pool_size")
    shape = pooled_shape(params, source)
    return TensorType(relaid(shape, params.layout, params.out_layout), source.dtype)


def relaid(shape: Sequence[Dim], source: str, target: str) -> tuple[Dim, ...]:
    """A shape in another layout of the same letters."""
    return tuple(shape) if source == target else tuple(shape[a] for a in layout.order(source, target))


def tail(params: Pool, source: TensorType) -> windows.Padding:
    """Padding with as much after the data as the windows reach, so that every window lies within the padded data."""
    result: list[tuple[int, int]] = []
    for n, (before, after) in enumerate(windows.pairs(params.padding)):
        if params.rounding != FLOOR:
            size = source.shape[params.axes(source)[n]]
            reach = after + params.strides[n] - 1
            if isinstance(size, int):
                count = extent(params, n, size)
                covered = shapes.static((windows.dilated(params.pool_size[n], params.dilation[n]), count))
                reach = max(after, (covered[1] - 1) * params.strides[n] + covered[0] - size - before)
            after = reach
        result.append((before, after))
    return result


def same_extents(params: Pool, source: TensorType) -> bool:
    """Whether both kinds of rounding up give the same windows."""
    shapes_of = [pooled_shape(replace(params, rounding=kind), source) for kind in (CEIL, CEIL_INSIDE)]
    return all(map(shapes.prove_equal, *shapes_of)) or not params.axes(source)
