"""random.threefry_generate and random.threefry_split: random words and new keys from a key.

Every draw gives the key to use next; the same key gives the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules, threefry, threefry_loops
from tensor_core.ops.card import Field, Input, Kind, NoParams, OpCard, Reject, RelaySpelling
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, TupleType, Type, may_be


@dataclass(frozen=True, slots=True)
class Generate:
    """``out_shape``: the shape of the random words."""

    out_shape: tuple[int, ...]


def check_key(type_: Type) -> None:
    """Reject an argument that is no key."""
    if not may_be(rules.tensor(type_, 0), threefry.KEY):
        raise Reject(f"expected a key, {threefry.KEY}, got {type_}", 0)


def _infer_generate(params: Generate, key: Type) -> Type:
    check_key(key)
    return TupleType((threefry.KEY, TensorType(params.out_shape, "uint64")))


def _infer_split(_params: NoParams, key: Type) -> Type:
    check_key(key)
    return TupleType((threefry.KEY, threefry.KEY))


def _assign(_params: object, key: Type | None) -> Sequence[Type | None]:
    return (key or threefry.KEY,)


def _generate(params: Generate, key: Array) -> tuple[Array, Array]:
    return threefry.generate(key, params.out_shape)


def _split(_params: NoParams, key: Array) -> tuple[Array, Array]:
    return threefry.split(key)


def _lower_generate(params: Generate, b: LoopBuilder, key: Tensor) -> tuple[Tensor, Tensor]:
    return threefry_loops.generate(b, key, params.out_shape)


def _lower_split(_params: NoParams, b: LoopBuilder, key: Tensor) -> tuple[Tensor, Tensor]:
    return threefry_loops.split(b, key)


def draw_key(d: Draw) -> Array:
    """A key that begins somewhere, after splits and draws or before any."""
    words = (d.integer(0, 1000), 0, 0, d.integer(0, 3), d.integer(0, 9), 0, d.one_of(0, 7, 2**32 - 1), d.integer(0, 2))
    return np.array((*words, 2 ** d.integer(1, 63), 0), np.uint64)


def _draw_generate(d: Draw) -> Drawn:
    return Drawn(Generate(d.any_shape()), (threefry.KEY,), values={0: draw_key(d)})


CARDS = (
    OpCard(
        name="random.threefry_generate",
        inputs=(Input("key"),),
        params=Generate,
        infer=_infer_generate,
        assign=_assign,
        reference=_generate,
        draw=_draw_generate,
        lower=_lower_generate,
        relay=RelaySpelling(
            name="random.threefry_generate",
            attrs_type="relay.attrs.ThreefryGenerateAttrs",
            fields=(Field("out_shape", Kind.INTS),),
        ),
    ),
    OpCard(
        name="random.threefry_split",
        inputs=(Input("key"),),
        params=NoParams,
        infer=_infer_split,
        assign=_assign,
        reference=_split,
        draw=lambda d: Drawn(NoParams(), (threefry.KEY,), values={0: draw_key(d)}),
        lower=_lower_split,
        relay=RelaySpelling(name="random.threefry_split"),
    ),
)
