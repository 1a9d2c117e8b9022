"""Which operators a generated program may hold: one row each.

An operator whose shape rule is like that of one in the table becomes reachable by one more row; one with a new kind of
shape rule needs its inverse first (:mod:`~migrate.verify.generate.inverses`). Nothing is ever drawn and thrown away:
every inverse gives operands that the operator takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from migrate.verify.generate import inverse_places as places
from migrate.verify.generate import inverse_shapes as shapes
from migrate.verify.generate import inverse_sums as sums
from migrate.verify.generate import inverse_windows as windows
from migrate.verify.generate.element_types import (
    ALL_FLOATS,
    ALL_INTS,
    ALL_NUMBERS,
    BOOL,
    EVERY,
    INDICES,
    NUMBERS,
)
from migrate.verify.generate.inverses import (
    Inverse,
    along_an_axis,
    broadcast,
    cast,
    clip,
    compared,
    expanded,
    index_of,
    joined,
    normalised,
    piece,
    reshaped,
    same,
    spread,
    squeezed,
    stacked,
    tested,
    transposed,
    where,
)
from tensor_core.ops.card import Domain
from tensor_core.ops.registry import registry
from tensor_core.shapes import static
from tensor_core.types import TensorType


@dataclass(frozen=True, slots=True)
class Production:
    """How calls of one card come to be: for results of these element types and ``ranks`` (and ``fits``, if given)."""

    card: str
    inverse: Inverse
    dtypes: tuple[str, ...] = NUMBERS
    ranks: range = range(9)
    fits: Callable[[tuple[int, ...]], bool] | None = None

    def reaches(self, type_: TensorType) -> bool:
        """Whether a call can have this type."""
        return (
            type_.dtype in self.dtypes
            and type_.rank in self.ranks
            and (self.fits is None or self.fits(static(type_.shape)))
        )

    def domains(self) -> tuple[Domain | None, ...]:
        """Where the values of each operand must lie; None for anywhere."""
        anywhere = Domain()
        return tuple(None if item.domain == anywhere else item.domain for item in registry().by_name[self.card].inputs)


def _has_one(shape: tuple[int, ...]) -> bool:
    return 1 in shape


def _can_be_joined(shape: tuple[int, ...]) -> bool:
    return any(dim > 1 for dim in shape)


def _can_be_stacked(shape: tuple[int, ...]) -> bool:
    return any(0 < dim <= 3 for dim in shape)


def _rows(cards: str, inverse: Inverse, dtypes: tuple[str, ...] = NUMBERS) -> tuple[Production, ...]:
    return tuple(Production(card, inverse, dtypes) for card in cards.split())


def _is_full(shape: tuple[int, ...]) -> bool:
    return 0 not in shape


def _is_pooled(shape: tuple[int, ...]) -> bool:
    return 0 not in shape and (shape[2:] == (1, 1) or shape[1:3] == (1, 1))


def _is_image(shape: tuple[int, ...]) -> bool:
    return len(shape) == 4 or (0 not in shape and shape[4] in (1, 2, 4))


_SEVERAL = range(1, 7)
_SIGNED = (*NUMBERS, "float16", "int8", "int16")

PRODUCTIONS: tuple[Production, ...] = (
    *_rows("add subtract multiply maximum minimum", broadcast, ALL_NUMBERS),
    *_rows("nn.relu abs", same, ALL_NUMBERS),
    *_rows("negative sign", same, _SIGNED),
    *_rows("copy", same, EVERY),
    *_rows("divide floor_divide floor_mod trunc_divide trunc_mod mod", broadcast, ALL_NUMBERS),
    *_rows("power", broadcast, ALL_FLOATS),
    *_rows("exp log sqrt rsqrt tanh sigmoid erf sin cos tan atan floor ceil trunc round log2", same, ALL_FLOATS),
    *_rows("bitwise_and bitwise_or bitwise_xor left_shift right_shift", broadcast, ALL_INTS),
    *_rows("bitwise_not", same, ALL_INTS),
    *_rows("equal not_equal less less_equal greater greater_equal", compared, BOOL),
    *_rows("logical_and logical_or logical_xor", broadcast, BOOL),
    *_rows("logical_not", same, BOOL),
    *_rows("isnan isfinite isinf", tested, BOOL),
    *_rows("cast", cast, EVERY),
    *_rows("cast_like", shapes.cast_like, EVERY),
    *_rows("reinterpret", shapes.reread, ALL_NUMBERS),
    *_rows("clip", clip, ALL_NUMBERS),
    *_rows("where", where, EVERY),
    *_rows("zeros_like ones_like", shapes.filled_alike, EVERY),
    *_rows("zeros ones", shapes.filled, EVERY),
    *_rows("full", shapes.filled_with, EVERY),
    *_rows("full_like", shapes.filled_like, EVERY),
    Production("arange_of_tensors", shapes.counted, ALL_NUMBERS, range(1, 2), _is_full),
    # Those whose operand has one more dimension stop below the highest rank.
    Production("reshape", reshaped, EVERY, range(5)),
    Production("reshape_like", shapes.shaped_like, EVERY, range(5)),
    Production("nn.batch_flatten", shapes.flattened, EVERY, range(2, 3)),
    Production("transpose", transposed, EVERY, range(1, 9)),
    Production("squeeze", squeezed, EVERY, range(5)),
    *_rows("broadcast_to", spread, EVERY),
    *_rows("broadcast_to_like", shapes.broadcast_like, EVERY),
    Production("collapse_sum_like", shapes.collapsed_like, ALL_NUMBERS, range(5)),
    Production("expand_dims", expanded, EVERY, fits=_has_one),
    Production("tile", shapes.tiled, EVERY, _SEVERAL),
    Production("repeat", shapes.repeated, EVERY, _SEVERAL),
    Production("reverse", places.mirrored, EVERY, _SEVERAL),
    Production("nn.pad", shapes.padded, ALL_NUMBERS, _SEVERAL, _is_full),
    Production("layout_transform", shapes.relaid, EVERY, range(4, 6), _is_image),
    Production("sum", sums.reduced, ALL_NUMBERS, range(5)),
    Production("mean", sums.reduced, ALL_FLOATS, range(5)),
    Production("max", sums.reduced, ALL_NUMBERS, range(5)),
    Production("min", sums.reduced, ALL_NUMBERS, range(5)),
    Production("prod", sums.reduced, ALL_FLOATS, range(3)),
    Production("all", sums.reduced, BOOL, range(5)),
    Production("any", sums.reduced, BOOL, range(5)),
    Production("variance_about", sums.spread_about, ALL_FLOATS, range(5)),
    Production("cumsum", sums.scanned, ALL_NUMBERS, _SEVERAL),
    Production("argmax", index_of, ("int32",), range(5)),
    Production("argmin", index_of, ("int32",), range(5)),
    Production("shape_of", shapes.measured, INDICES, range(1, 2), _is_full),
    Production("concatenate", joined, EVERY, range(1, 9), _can_be_joined),
    Production("stack", stacked, EVERY, range(1, 9), _can_be_stacked),
    Production("split", piece, EVERY, range(1, 9)),
    Production("strided_slice", places.sliced, EVERY, _SEVERAL),
    Production("slice_like", places.sliced_like, EVERY, _SEVERAL),
    Production("take", places.taken, EVERY, range(5)),
    Production("gather", places.gathered, EVERY, _SEVERAL, _is_full),
    Production("gather_nd", places.gathered_by_rows(), EVERY, range(5), _is_full),
    Production("scatter_elements", places.scattered, ALL_NUMBERS, _SEVERAL, _is_full),
    Production("scatter_nd", places.scattered_by_rows("add", "update", "min", "max"), ALL_NUMBERS, _SEVERAL, _is_full),
    Production("one_hot", places.one_hot, EVERY, _SEVERAL, _is_full),
    Production("topk", places.largest, ALL_NUMBERS, _SEVERAL, _is_full),
    Production("sort", places.ordered, ALL_NUMBERS, _SEVERAL),
    Production("argsort", places.order, INDICES, _SEVERAL),
    Production("trilu", places.triangle, EVERY, range(2, 7)),
    Production("nn.dense", sums.dense, ALL_NUMBERS, range(2, 5)),
    Production("nn.matmul", sums.multiplied, ALL_NUMBERS, range(2, 5)),
    Production("nn.batch_matmul", sums.batched, ALL_NUMBERS, range(3, 4)),
    Production("einsum", sums.contracted, ALL_NUMBERS, range(1, 4)),
    Production("nn.softmax", along_an_axis, ALL_FLOATS, _SEVERAL),
    Production("nn.log_softmax", along_an_axis, ALL_FLOATS, _SEVERAL),
    Production("nn.bias_add", sums.biased, ALL_NUMBERS, _SEVERAL),
    Production("nn.layer_norm", normalised, ALL_FLOATS, _SEVERAL),
    Production("nn.batch_norm", sums.batch_norm, ALL_FLOATS, _SEVERAL, _is_full),
    Production("nn.group_norm", sums.grouped, ALL_FLOATS, range(3, 6), _is_full),
    Production("nn.l2_normalize", sums.of_length_one, ALL_FLOATS, _SEVERAL),
    Production("nn.lrn", sums.of_neighbours, ALL_FLOATS, range(4, 5)),
    *_rows("nn.dropout", sums.dropped, ALL_NUMBERS),
    *_rows("nn.leaky_relu", sums.sloped("alpha"), ALL_FLOATS),
    Production("nn.prelu", sums.biased, ALL_FLOATS, _SEVERAL),
    Production("nn.conv1d", windows.convolution(1), ALL_NUMBERS, range(3, 4), _is_full),
    Production("nn.conv2d", windows.convolution(2), ALL_NUMBERS, range(4, 5), _is_full),
    Production("nn.conv3d", windows.convolution(3), ALL_NUMBERS, range(5, 6), _is_full),
    Production("nn.conv1d_transpose", windows.transposed(1), ALL_NUMBERS, range(3, 4), _is_full),
    Production("nn.conv2d_transpose", windows.transposed(2), ALL_NUMBERS, range(4, 5), _is_full),
    Production("nn.conv3d_transpose", windows.transposed(3), ALL_NUMBERS, range(5, 6), _is_full),
    Production("nn.max_pool1d", windows.pool(1, average=False), ALL_NUMBERS, range(3, 4), _is_full),
    Production("nn.max_pool2d", windows.pool(2, average=False), ALL_NUMBERS, range(4, 5), _is_full),
    Production("nn.max_pool3d", windows.pool(3, average=False), ALL_NUMBERS, range(5, 6), _is_full),
    Production("nn.avg_pool1d", windows.pool(1, average=True), ALL_NUMBERS, range(3, 4), _is_full),
    Production("nn.avg_pool2d", windows.pool(2, average=True), ALL_NUMBERS, range(4, 5), _is_full),
    Production("nn.avg_pool3d", windows.pool(3, average=True), ALL_NUMBERS, range(5, 6), _is_full),
    Production("nn.adaptive_avg_pool2d", windows.adaptive(2), ALL_NUMBERS, range(4, 5), _is_full),
    Production("nn.adaptive_max_pool2d", windows.adaptive(2), ALL_NUMBERS, range(4, 5), _is_full),
    Production("nn.global_avg_pool2d", windows.whole, ALL_NUMBERS, range(4, 5), _is_pooled),
    Production("nn.global_max_pool2d", windows.whole, ALL_NUMBERS, range(4, 5), _is_pooled),
    Production("image.resize2d", windows.resized(2), ALL_FLOATS, range(4, 5), _is_full),
    Production("nn.depth_to_space", windows.unfolded, EVERY, range(4, 5), _is_full),
    Production("nn.space_to_depth", windows.folded, EVERY, range(4, 5), _is_full),
    *_rows("qnn.quantize", shapes.quantized, ("int8", "uint8", "int32")),
    *_rows("qnn.dequantize", shapes.dequantized, ("float32", "float16")),
)
"""All rows, the plainest first."""
