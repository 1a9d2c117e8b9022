"""multinomial_from_uniform: indices drawn from rows of probabilities by uniform samples.

Each sample takes the first index at which the row's running sum exceeds it, the last index when rounding keeps the sum
below it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, sequence, store, when
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Operand, Reject, RelaxSpelling
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import Var
from tensor_core.shapes import as_expr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Multinomial:
    """``dtype``: the element type of the indices."""

    dtype: str


def _infer(params: Multinomial, prob: Type, uniform_sample: Type, sample_indices: Type) -> Type:
    rows, samples, places = (rules.tensor(item, n) for n, item in enumerate((prob, uniform_sample, sample_indices)))
    for argument, item in enumerate((rows, samples, places)):
        if item.rank != 2:
            raise Reject(f"expected a matrix, got {rules.show(item.shape)}", argument)
    if not dtypes.is_int(places.dtype):
        raise Reject(f"the rows must be named by integers, got {places.dtype}", 2)
    for argument, item in ((1, samples), (2, places)):
        if shapes.prove_different(item.shape[1], 1):
            raise Reject(f"expected one column, got {rules.show(item.shape)}", argument)
    if shapes.prove_different(samples.shape[0], places.shape[0]):
        raise Reject("samples and rows differ in number", 2)
    return TensorType((samples.shape[0], 1), rules.known_dtype(params.dtype))


def _reference(params: Multinomial, prob: Array, uniform_sample: Array, sample_indices: Array) -> Array:
    totals = np.cumsum(prob, axis=1, dtype=prob.dtype)[sample_indices.reshape(-1).astype(np.int64)]
    beyond: Array = totals > uniform_sample.reshape(-1, 1)
    first: Array = beyond.argmax(1)
    first[~beyond.any(1)] = prob.shape[1] - 1
    return np.asarray(first, dtypes.to_numpy(params.dtype)).reshape(-1, 1)


def _lower(params: Multinomial, b: LoopBuilder, prob: Tensor, uniform_sample: Tensor, sample_indices: Tensor) -> Tensor:
    classes = as_expr(prob.shape[1])
    count = uniform_sample.shape[0]
    wide = max(prob.dtype, uniform_sample.dtype, key=dtypes.bits)
    result = b.compute((count, 1), lambda *_: (classes - 1).astype(params.dtype), name="T_multinomial")
    total, is_found = b.scratch((), prob.dtype, "total"), b.scratch((), "bool", "found")

    def sample(n: Var) -> Stmt:
        row = sample_indices[n, 0].astype("int64")

        def visit(k: Var) -> Stmt:
            exceeds = prim.And(uniform_sample[n, 0].astype(wide) < total[()].astype(wide), prim.Not(is_found[()]))
            take = sequence(store(result, (n, 0), k.astype(params.dtype)), store(is_found, (), True))
            return sequence(store(total, (), total[()] + prob[row, k]), when(exceeds, take))

        return sequence(store(total, (), 0), store(is_found, (), False), loop(classes, visit))

    b.emit(loop(count, sample))
    return result


def _margin(params: Multinomial, prob: Array, uniform_sample: Array, sample_indices: Array) -> Array:
    del params
    totals = np.cumsum(prob, axis=1)[sample_indices.reshape(-1).astype(np.int64)]
    return np.abs(totals - uniform_sample.reshape(-1, 1)).min(1, initial=np.inf, keepdims=True)


def _draw(d: Draw) -> Drawn:
    rows, classes, samples = d.extents(3)
    types = (
        TensorType((rows, classes), d.one_of(*FLOATS)),
        TensorType((samples, 1), d.one_of(*FLOATS)),
        TensorType((samples, 1), d.one_of("int64", "int32")),
    )
    return Drawn(Multinomial(d.one_of("int64", "int32", "uint8")), types, domains={2: Domain(0.0, rows - 1.0)})


CARD = OpCard(
    name="multinomial_from_uniform",
    inputs=(
        Input("prob", Domain(0.0, 1.0)),
        Input("uniform_sample", Domain(0.0, 1.0)),
        Input("sample_indices", Domain(0.0, 1.0)),
    ),
    params=Multinomial,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    draw=_draw,
    margin=_margin,
    relax=(
        RelaxSpelling(
            name="relax.multinomial_from_uniform",
            operands=tuple(Operand(name) for name in ("prob", "uniform_sample", "sample_indices")),
            attrs_type="relax.attrs.MultinomialFromUniformAttrs",
            fields=(Field("dtype", Kind.DTYPE),),
        ),
    ),
)
