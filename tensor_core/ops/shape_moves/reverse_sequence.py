"""reverse_sequence: the first elements of each sequence in reverse order, as many as its length says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class ReverseSequence:
    """``seq_axis``: along which to reverse; ``batch_axis``: along which the sequences are counted."""

    seq_axis: int
    batch_axis: int


def _infer(params: ReverseSequence, data: Type, lengths: Type) -> Type:
    source, counts = rules.tensor(data, 0), rules.tensor(lengths, 1)
    if counts.rank != 1 or not dtypes.is_signed_int(counts.dtype):
        raise Reject(f"the lengths must be a vector of signed integers, got {counts}", 1)
    rules.axis(params.seq_axis, source.rank)
    batch = source.shape[rules.axis(params.batch_axis, source.rank)]
    if shapes.prove_different(batch, counts.shape[0]):
        # Programs look for TVM's words, spelling included.
        raise Reject(
            "For reverse_sequnece seq_lengths size should match with dimension of batch axis, but got dimension of "
            f"batch_axis = {shapes.to_text(batch)}, and seq_length size = {shapes.to_text(counts.shape[0])}",
            1,
        )
    return source


def _reference(params: ReverseSequence, x: Array, lengths: Array) -> Array:
    seq, batch = (rules.axis(axis, x.ndim) for axis in (params.seq_axis, params.batch_axis))
    grids = rules.places(x.shape)
    counts = np.minimum(lengths.astype(np.int64), x.shape[seq])[grids[batch]]
    places = grids[seq]
    grids[seq] = np.where(places < counts, counts - 1 - places, places)
    return x[tuple(grids)]


def _lower(params: ReverseSequence, b: LoopBuilder, x: Tensor, lengths: Tensor) -> Tensor:
    seq, batch = (rules.axis(axis, x.rank) for axis in (params.seq_axis, params.batch_axis))

    def element(*i: PrimExpr) -> PrimExpr:
        count = prim.Min(lengths[i[batch]].astype("int64"), shapes.as_expr(x.shape[seq]))
        place = i[seq].astype("int64")
        return x[(*i[:seq], prim.select(place < count, count - 1 - place, place), *i[seq + 1 :])]

    return b.compute(x.shape, element, name="T_reverse_sequence")


def _draw(d: Draw) -> Drawn:
    shape = d.any_shape(2)
    seq, batch = d.some_axes(len(shape), 2)
    lengths = TensorType((shape[batch],), d.one_of("int32", "int64"))
    domain = Domain(-1.0, shape[seq] + 1.0)
    return Drawn(ReverseSequence(seq, batch), (TensorType(shape, d.one_of(*draw.EVERY)), lengths), {1: domain})


_FIELDS = (Field("seq_axis", Kind.INT, 1), Field("batch_axis", Kind.INT, 0))

CARD = OpCard(
    name="reverse_sequence",
    inputs=(Input("data"), Input("seq_lengths", Domain(0.0, 4.0))),
    params=ReverseSequence,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(
        name="reverse_sequence",
        attrs_type="relay.attrs.ReverseSequenceAttrs",
        fields=_FIELDS,
    ),
    relax=(
        RelaxSpelling(
            name="relax.reverse_sequence",
            operands=(Operand("data"), Operand("seq_lengths")),
            attrs_type="relax.attrs.ReverseSequenceAttrs",
            fields=_FIELDS,
            since="0.26",
        ),
    ),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.MOVES}),
    draw=_draw,
)
