"""Which operators a generated program may hold: one row each.

An operator whose shape rule is like that of one in the table becomes reachable by one more row; one with a new kind of
shape rule needs its inverse first (:mod:`~migrate.verify.generate.inverses`). Nothing is ever drawn and thrown away:
every inverse gives operands that the operator takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from migrate.verify.generate.inverses import (
    BOOL,
    EVERY,
    FLOATS,
    INTS,
    NUMBERS,
    Inverse,
    along_an_axis,
    batched,
    biased,
    broadcast,
    cast,
    clip,
    compared,
    dense,
    expanded,
    index_of,
    joined,
    normalised,
    piece,
    reduced,
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


PRODUCTIONS: tuple[Production, ...] = (
    *_rows("add subtract multiply maximum minimum", broadcast),
    *_rows("nn.relu negative abs sign", same),
    *_rows("divide", broadcast, FLOATS),
    *_rows("floor_divide floor_mod", broadcast),
    *_rows("exp log sqrt rsqrt tanh sigmoid erf sin cos atan floor ceil trunc", same, FLOATS),
    *_rows("bitwise_and bitwise_or bitwise_xor left_shift right_shift", broadcast, INTS),
    *_rows("bitwise_not", same, INTS),
    *_rows("equal not_equal less less_equal greater greater_equal", compared, BOOL),
    *_rows("logical_and logical_or logical_xor", broadcast, BOOL),
    *_rows("logical_not", same, BOOL),
    *_rows("isnan isfinite isinf", tested, BOOL),
    *_rows("cast", cast, EVERY),
    *_rows("clip", clip),
    *_rows("where", where, EVERY),
    # Those whose operand has one more dimension stop at three.
    Production("reshape", reshaped, EVERY, range(4)),
    Production("transpose", transposed, EVERY, range(1, 9)),
    Production("squeeze", squeezed, EVERY, range(4)),
    *_rows("broadcast_to", spread, EVERY),
    Production("expand_dims", expanded, EVERY, fits=_has_one),
    Production("sum", reduced, NUMBERS, range(3)),
    Production("mean", reduced, FLOATS, range(3)),
    Production("max", reduced, NUMBERS, range(3)),
    Production("min", reduced, NUMBERS, range(3)),
    Production("prod", reduced, FLOATS, range(3)),
    Production("argmax", index_of, ("int32",), range(3)),
    Production("argmin", index_of, ("int32",), range(3)),
    Production("concatenate", joined, EVERY, range(1, 9), _can_be_joined),
    Production("stack", stacked, EVERY, range(1, 9), _can_be_stacked),
    Production("split", piece, EVERY, range(1, 9)),
    Production("nn.dense", dense, FLOATS, range(2, 4)),
    Production("nn.batch_matmul", batched, FLOATS, range(3, 4)),
    Production("nn.softmax", along_an_axis, FLOATS, range(1, 9)),
    Production("nn.log_softmax", along_an_axis, FLOATS, range(1, 9)),
    Production("nn.bias_add", biased, FLOATS, range(1, 9)),
    Production("nn.layer_norm", normalised, FLOATS, range(1, 9)),
)
"""All rows, the plainest first."""
