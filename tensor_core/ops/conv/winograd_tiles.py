"""nn.contrib_conv2d_winograd_without_weight_transform and nn.contrib_conv3d_winograd_without_weight_transform:
convolutions computed tile by tile, with a weight that was transformed beforehand.

The type rules look at no weight (Conv2DWinogradRel and Conv3DWinogradRel in TVM 0.19). It is what the transformation
makes, one dimension for each that is transformed, then the kernel's depth where that is not, then output and input
channels; TVM's kernels for NCHW take input channels first. A kernel of depth 1, 2 or more than 7 keeps its depth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.from_card import LoopFragment
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import contraction, convolution_spelling, cook_toom, rules, windows
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding, Value
from tensor_core.ops.conv.conv import CARDS as CONVOLUTIONS
from tensor_core.ops.conv.packed import infer_by_attributes, write_attributes
from tensor_core.ops.convolution import Conv, index, placed
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type, tensor_type_of


@dataclass(frozen=True, slots=True)
class Tiled:
    """A convolution computed in tiles of ``tile_size`` results along each dimension that is transformed."""

    conv: Conv
    tile_size: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one call is computed: ``kept`` is the depth of a kernel that is not transformed along it, if there is one."""

    batch: int
    inputs: int
    outputs: int
    out: tuple[int, ...]
    kept: tuple[int, ...]
    is_inner_first: bool
    matrices: cook_toom.Matrices
    tiles: tuple[int, ...]
    padding: windows.Padding


def _infer(params: Tiled, data: Type, weight: Type) -> Type:
    return infer_by_attributes(params.conv, data, weight)


def _plan(params: Tiled, data: TensorType, weight: TensorType) -> _Plan:
    conv, tile = params.conv, params.tile_size
    if conv.groups != 1 or any(step != 1 for step in (*conv.strides, *conv.dilation)):
        raise Reject("TVM's tiles have no strides, dilations or groups")
    if conv.data_layout not in ("NCHW", "NHWC", "NCDHW") or conv.out_layout != conv.data_layout:
        raise Reject(f"TVM has no tiles of {conv.data_layout} to {conv.out_layout}")
    kernel = shapes.static(conv.kernel_size or ())
    batch, inputs, *size = shapes.static([data.shape[axis] for axis in conv.data_axes])
    outputs = rules.tensor(_infer(params, data, weight), 0).shape[conv.data_axes[1]]
    assert isinstance(outputs, int)
    kept = _kept(kernel)
    changed = kernel[len(kept) :]
    matrices = cook_toom.matrices(tile, changed[0])
    is_inner_first = conv.data_layout == "NCHW"
    pair = (inputs, outputs) if is_inner_first else (outputs, inputs)
    wanted = (*[len(matrices.before)] * len(changed), *kept, *pair)
    if len(set(changed)) > 1 or weight.shape != wanted:
        raise Reject(f"a transformed weight has the shape {rules.show(wanted)}, not {rules.show(weight.shape)}", 1)
    around = windows.pairs(conv.padding)
    out = tuple(n + before + after - k + 1 for n, (before, after), k in zip(size, around, kernel, strict=True))
    tiles = tuple(-(-n // tile) for n in out[len(kept) :])
    # Tiles are whole: what they have beyond the padded data is zero, and what comes of it is cut off.
    reach = [*out[: len(kept)], *(n * tile for n in tiles)]
    padding = [
        (before, more + k - 1 - n - before) for (before, _), more, k, n in zip(around, reach, kernel, size, strict=True)
    ]
    return _Plan(batch, inputs, outputs, out, kept, is_inner_first, matrices, tiles, padding)


def _kept(kernel: tuple[int, ...]) -> tuple[int, ...]:
    """The depth of a kernel that is not transformed along it, if there is one."""
    return kernel[:1] if len(kernel) == 3 and not 2 < kernel[0] < 8 else ()


def _reference(params: Tiled, data: Array, weight: Array, size: bool = False) -> Array:
    result = contraction.result_dtype(params.conv, dtypes.from_numpy(data.dtype))
    kind = np.result_type(dtypes.to_numpy(result), np.float32)
    plan = _plan(params, tensor_type_of(data), tensor_type_of(weight))
    _, before, after = (_sizes(matrix.astype(kind), size) for matrix in plan.matrices)
    x = np.transpose(data, params.conv.data_axes).astype(kind)
    x = windows.pad_array(_sizes(x, size), range(2, x.ndim), plan.padding, 0)
    count, kept, tile = len(plan.tiles), len(plan.kept), params.tile_size
    for n, tiles in enumerate(plan.tiles):
        axis = 2 + kept + n
        places = np.arange(tiles)[:, None] * tile + np.arange(len(before))
        # The tile stands where the dimension stood, its elements at the end.
        cut = np.moveaxis(np.take(x, places, axis), axis + 1, -1)
        x = contraction.einsum("...a,ea->...e", cut, before)
    weights = _sizes(weight.astype(kind), size)
    weights = np.swapaxes(weights, -1, -2) if plan.is_inner_first else weights
    letters = "efg"[:count]
    spots = "xyz"[:count]
    if plan.kept:
        x = np.lib.stride_tricks.sliding_window_view(x, plan.kept[0], 2)
        total = np.einsum(f"ncd{spots}{letters}k,{letters}koc->nod{spots}{letters}", x, weights)
    else:
        total = np.einsum(f"nc{spots}{letters},{letters}oc->no{spots}{letters}", x, weights)
    for n in range(count):
        # The first of the remaining products' dimensions, whose results join their tiles.
        axis = 2 + kept + n
        joined = np.moveaxis(np.tensordot(total, after, ([axis + count - n], [1])), -1, axis + 1)
        total = joined.reshape(*joined.shape[:axis], -1, *joined.shape[axis + 2 :])
    total = total[(..., *(slice(n) for n in plan.out))]
    return np.transpose(total, np.argsort(params.conv.data_axes)).astype(dtypes.to_numpy(result))


def _sizes(x: Array, size: bool) -> Array:
    return np.abs(x) if size else x


def _lower(params: Tiled, b: LoopBuilder, data: Tensor, weight: Tensor) -> Tensor:
    plan = _plan(params, *(TensorType(item.shape, item.dtype) for item in (data, weight)))
    result = contraction.result_dtype(params.conv, data.dtype)
    work = dtypes.from_numpy(np.result_type(dtypes.to_numpy(result), np.float32))
    _, before, after = (LoopFragment(b).constant(matrix, work) for matrix in plan.matrices)
    padded = windows.pad_stage(b, data, params.conv.data_axes[2:], plan.padding, 0)
    pack = _packed(params, plan, b, padded, before, work)
    total = _multiplied(plan, b, pack, weight, work)
    total = _inverse(params, plan, b, total, after)
    lead, count, tile = 2 + len(plan.kept), len(plan.tiles), params.tile_size
    shape = placed((plan.batch, plan.outputs, *plan.out), params.conv.data_axes)

    def element(*i: PrimExpr) -> PrimExpr:
        place = [i[axis] for axis in params.conv.data_axes]
        tiles, within = ([step(place[lead + n]) for n in range(count)] for step in (_tile(tile), _rest(tile)))
        return total[(*place[:lead], *tiles, *within)]

    return b.compute(shape, element, result, name="conv_winograd")


def _tile(size: int) -> Callable[[PrimExpr], PrimExpr]:
    return lambda place: place // size


def _rest(size: int) -> Callable[[PrimExpr], PrimExpr]:
    return lambda place: place % size


def _packed(params: Tiled, plan: _Plan, b: LoopBuilder, x: Tensor, before: Tensor, work: str) -> Tensor:
    """Transformed tiles: batch, channel, depth if it is kept, the tiles, the products of each."""
    lead, count = 2 + len(plan.kept), len(plan.tiles)
    axes, size = params.conv.data_axes, plan.matrices.before.shape[0]
    dims = [x.shape[axis] for axis in axes]

    def at(i: Sequence[PrimExpr]) -> PrimExpr:
        return x[index(i, axes)].astype(work)

    def stage(n: int, value: Callable[[Sequence[PrimExpr]], PrimExpr]) -> Tensor:
        shape = (*dims[:lead], *plan.tiles[: n + 1], *dims[lead + n + 1 :], *[size] * (n + 1))
        return b.reduce(shape, (size,), _change(params.tile_size, lead + n, value, before), Combiner.SUM, name="pack")

    made = stage(0, at)
    for n in range(1, count):
        made = stage(n, _loader(made))
    return made


def _change(
    tile: int, axis: int, x: Callable[[Sequence[PrimExpr]], PrimExpr], before: Tensor
) -> Callable[..., PrimExpr]:
    def term(*i: PrimExpr) -> PrimExpr:
        *place, row, tap = i
        place[axis] = place[axis] * tile + tap
        return before[row, tap] * x(place)

    return term


def _loader(x: Tensor) -> Callable[[Sequence[PrimExpr]], PrimExpr]:
    return lambda i: x[tuple(i)]


def _multiplied(plan: _Plan, b: LoopBuilder, pack: Tensor, weight: Tensor, work: str) -> Tensor:
    """The products of the transforms, summed over input channels and a depth that is kept."""
    count, depth = len(plan.tiles), len(plan.kept)
    products = pack.shape[2 + depth + count :]
    shape = (plan.batch, plan.outputs, *plan.out[:depth], *plan.tiles, *products)

    def term(*i: PrimExpr) -> PrimExpr:
        place, (channel, *taps) = i[: len(shape)], i[len(shape) :]
        moved = [spot + tap for spot, tap in zip(place[2 : 2 + depth], taps, strict=True)]
        pair = (channel, place[1]) if plan.is_inner_first else (place[1], channel)
        factor = weight[(*place[len(shape) - count :], *taps, *pair)].astype(work)
        return pack[(place[0], channel, *moved, *place[2 + depth :])] * factor

    return b.reduce(shape, (plan.inputs, *plan.kept), term, Combiner.SUM, name="products")


def _inverse(params: Tiled, plan: _Plan, b: LoopBuilder, total: Tensor, after: Tensor) -> Tensor:
    """The results of each tile, in the place of its products."""
    first = total.rank - len(plan.tiles)

    def stage(x: Tensor, axis: int) -> Tensor:
        def term(*i: PrimExpr) -> PrimExpr:
            *place, tap = i
            row, place[axis] = place[axis], tap
            return after[row, tap] * x[tuple(place)]

        shape = (*x.shape[:axis], params.tile_size, *x.shape[axis + 1 :])
        return b.reduce(shape, x.shape[axis : axis + 1], term, Combiner.SUM, name="inverse")

    for axis in range(first, total.rank):
        total = stage(total, axis)
    return total


def _factor(params: Tiled, data: TensorType, weight: TensorType) -> float:
    channels = data.shape[params.conv.data_axes[1]]
    size = weight.shape[0]
    kept = _kept(shapes.static(params.conv.kernel_size or ()))
    terms = math.prod(kept, start=channels if isinstance(channels, int) else 10**4)
    return float(terms) + 6.0 * (2 + (size if isinstance(size, int) else 14))


def _magnitude(params: Tiled, data: Array, weight: Array) -> Array:
    return _reference(params, data, weight, size=True)


def _draw(count: int) -> Callable[[Draw], Drawn]:
    def draw(d: Draw) -> Drawn:
        tile, side = d.integer(2, 4), d.integer(3, 4)
        kernel = (*(d.one_of(side, 1, 2) for _ in range(count - 2)), side, side)
        padding = d.extents(2 * count, 0, 2)
        size = tuple(
            max(1, k - a - b) + d.integer(0, 3)
            for k, a, b in zip(kernel, padding[:count], padding[count:], strict=True)
        )
        inputs, outputs = d.extents(2, 1, 3)
        order = "NCDHW" if count == 3 else d.one_of("NHWC", "NCHW")
        dtype = d.one_of(*FLOATS)
        kernel_layout = "OIDHW" if count == 3 else "OIHW"
        conv = Conv(
            (1,) * count, padding, (1,) * count, 1, order, kernel_layout, order,
            d.one_of("", *FLOATS), channels=outputs, kernel_size=kernel,
        )  # fmt: skip
        kept = kernel[: count - 2] if kernel[0] != side else ()
        pair = (inputs, outputs) if order == "NCHW" else (outputs, inputs)
        weight = TensorType((*[side + tile - 1] * (count - len(kept)), *kept, *pair), dtype)
        data = placed((d.integer(1, 2), inputs, *size), conv.data_axes)
        return Drawn(Tiled(conv, tile), (TensorType(data, dtype), weight))

    return draw


def _card(count: int) -> OpCard[Tiled]:
    name = f"nn.contrib_conv{count}d_winograd_without_weight_transform"
    plain = CONVOLUTIONS[count - 1].relay
    assert plain is not None

    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        return {"conv": Conv(**convolution_spelling.read(count, attrs, types)), "tile_size": attrs["tile_size"]}

    def write(params: Tiled, types: Sequence[Type]) -> Mapping[str, Value]:
        del types
        return {"tile_size": params.tile_size, **write_attributes(params.conv)}

    return OpCard(
        name=name,
        inputs=(Input("data"), Input("weight")),
        params=Tiled,
        infer=_infer,
        reference=_reference,
        lower=_lower,
        relay=RelaySpelling(
            name=name,
            attrs_type=f"relay.attrs.Conv{count}DWinogradAttrs",
            fields=(Field("tile_size", Kind.INT), *plain.fields),
            read=read,
            write=write,
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=Rounding(ulps=1, factor=_factor, magnitude=_magnitude),
        draw=_draw(count),
    )


CARDS = (_card(2), _card(3))
