"""random.multinomial: classes drawn from rows of probabilities, and the key after them.

Each number of [0, 1) takes the first class whose cumulative probability, computed in float32, exceeds it by least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, nest, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import rules, threefry, threefry_loops
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Reject, RelaySpelling
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.random.keys import check_key, draw_key
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, Var
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Multinomial:
    """``num_samples``: how many classes are drawn from each row of probabilities."""

    num_samples: int


def _infer(params: Multinomial, key: Type, probs: Type) -> Type:
    source = rules.tensor(probs, 1)
    check_key(key)
    if not source.rank:
        raise Reject("probabilities must have at least one dimension", 1)
    return TupleType((threefry.KEY, TensorType((*source.shape[:-1], params.num_samples), "int32")))


def _assign(_params: Multinomial, key: Type | None, probs: Type | None) -> Sequence[Type | None]:
    return key or threefry.KEY, probs


def _reference(params: Multinomial, key: Array, probs: Array) -> tuple[Array, Array]:
    weights = np.maximum(probs.astype(np.float32), np.float32(0))
    # One after the other, as TVM adds: the last bit may decide for another class.
    total = np.cumsum(weights, axis=-1, dtype=np.float32)[..., -1:]
    cumulative = np.cumsum(weights / total, axis=-1, dtype=np.float32)
    key, values = threefry.unit(key, (*probs.shape[:-1], params.num_samples), "float32")
    above: Array = cumulative[..., :, None] - values[..., None, :]
    return key, np.argmin(np.where(above > 0, above, np.float32(1)), axis=-2).astype(np.int32)


def _lower(params: Multinomial, b: LoopBuilder, key: Tensor, probs: Tensor) -> tuple[Tensor, Tensor]:
    if not shapes.is_static(probs.shape):
        raise Reject("how many numbers are drawn is not known", 1)
    *rows, classes = shapes.static(probs.shape)
    shape = (*rows, params.num_samples)
    key, unit = threefry_loops.unit(b, key, shape, "float32")
    result = b.compute(shape, lambda *_: 0, "int32", name="T_multinomial")
    total, running, least = (b.scratch((), "float32", name) for name in ("total", "running", "least"))

    def weight(row: Sequence[PrimExpr], k: PrimExpr) -> PrimExpr:
        return prim.Max(probs[(*row, k)].astype("float32"), prim.const(0, "float32"))

    def sample(place: tuple[Var, ...]) -> Stmt:
        *row, _ = place

        def visit(k: Var) -> Stmt:
            above = running[()] - unit[place]
            above = prim.select(prim.const(0, "float32") < above, above, 1)
            better = sequence(store(least, (), above), store(result, place, k.astype("int32")))
            is_first = k.equal(0)
            return sequence(
                store(running, (), running[()] + weight(row, k) / total[()]),
                when(prim.Or(is_first, above < least[()]), better),
            )

        return sequence(
            store(total, (), 0),
            loop(classes, lambda k: store(total, (), total[()] + weight(row, k))),
            store(running, (), 0),
            store(least, (), 0),
            loop(classes, visit),
        )

    b.emit(nest(shape, sample))
    return key, result


def _margin(params: Multinomial, key: Array, probs: Array) -> tuple[Array, Array]:
    weights = np.maximum(probs, 0)
    sums = np.cumsum(weights / weights.sum(-1, keepdims=True), axis=-1)
    _, values = threefry.unit(key, (*probs.shape[:-1], params.num_samples), "float32")
    return np.asarray(np.inf), np.abs(sums[..., :, None] - values[..., None, :]).min(-2, initial=np.inf)


def _draw(d: Draw) -> Drawn:
    probs = TensorType(d.shape(1, 3), d.one_of(*FLOATS))
    return Drawn(Multinomial(d.integer(1, 4)), (threefry.KEY, probs), values={0: draw_key(d)})


CARD = OpCard(
    name="random.multinomial",
    inputs=(Input("key"), Input("probs", Domain(-0.25, 1.0))),
    params=Multinomial,
    infer=_infer,
    assign=_assign,
    reference=_reference,
    lower=_lower,
    draw=_draw,
    margin=_margin,
    relay=RelaySpelling(
        name="random.multinomial",
        attrs_type="relay.attrs.MultinomialAttrs",
        fields=(Field("num_samples", Kind.INT, 1),),
    ),
)
