"""unique of Relax: the distinct elements, or slices along an axis, and on request where they are and how many.

Results are as long as there are distinct elements, which only the run tells (numpy.unique behind TVM 0.19 and 0.27).
Unsorted ones stand in the order in which they first occur. Relay's unique is another card: it pads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core.ops import draw, rules
from tensor_core.ops.card import Carrier, Input, OpCard, Operand, RelaxSpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.shapes import ANY
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Distinct:
    """``axis``: None for the elements of the flattened data."""

    sorted: bool
    return_index: bool
    return_inverse: bool
    return_counts: bool
    axis: int | None


def _infer(params: Distinct, data: Type) -> Type:
    source = rules.tensor(data, 0)
    axis = None if params.axis is None else rules.axis(params.axis, source.rank, 0)
    rank = 1 if axis is None else source.rank
    values = TensorType((ANY,) * rank, source.dtype)
    positions = (params.return_index, params.return_inverse, params.return_counts)
    fields = (values, *(TensorType((ANY,), "int64") for wanted in positions if wanted))
    return TupleType(fields) if len(fields) > 1 else values


def _reference(params: Distinct, x: Array) -> Array | tuple[Array, ...]:
    values, first, member, counts = np.unique(x, True, True, True, axis=params.axis)
    along = params.axis or 0
    if not params.sorted:
        order = np.argsort(first, kind="stable")
        values, first, counts = np.take(values, order, along), first[order], counts[order]
        member = np.argsort(order, kind="stable")[member]
    found = ((params.return_index, first), (params.return_inverse, member), (params.return_counts, counts))
    more = [np.asarray(item, np.int64).reshape(-1) for wanted, item in found if wanted]
    return (values, *more) if more else values


def _read(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    flags = {name: bool(attrs[name]) for name in ("sorted", "return_index", "return_inverse", "return_counts")}
    return {**flags, "axis": attrs.get("axis")}


def _draw(d: Draw) -> Drawn:
    source = TensorType(d.shape(1), d.one_of(*draw.NUMBERS))
    axis = d.some(lambda: d.axis(source.rank))
    return Drawn(Distinct(d.flag(), d.flag(), d.flag(), d.flag(), axis), (source,))


CARD = OpCard(
    name="distinct",
    inputs=(Input("x"),),
    params=Distinct,
    infer=_infer,
    reference=_reference,
    relax=(
        RelaxSpelling(
            name="relax.unique",
            operands=(
                Operand("x"),
                *(
                    Operand(name, Carrier.SCALAR)
                    for name in ("sorted", "return_index", "return_inverse", "return_counts")
                ),
                Operand("axis", Carrier.SCALAR, optional=True),
            ),
            read=_read,
        ),
    ),
    draw=_draw,
)
