"""dropout at inference: the data unchanged, and a mask of ones.

Relay has no kernel for it (SimplifyInference removes it); Relax compiles it to this meaning from
release 0.20 on, Relax 0.19 cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules
from tensor_core.ops.card import (
    Exact,
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    RelaxSpelling,
    RelaySpelling,
)
from tensor_core.ops.draw import NUMBERS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.releases import older
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Dropout:
    """``rate``: the probability with which training would drop an element; no effect here."""

    rate: float = 0.5


def _infer(_params: Dropout, data: Type) -> Type:
    source = rules.tensor(data, 0)
    return TupleType((source, source))


def _reference(_params: Dropout, x: Array) -> tuple[Array, Array]:
    return x, np.ones_like(x)


def _lower(_params: Dropout, b: LoopBuilder, x: Tensor) -> tuple[Tensor, Tensor]:
    return x, b.compute(x.shape, lambda *_: 1, x.dtype, name="T_mask")


def _expand(_params: Dropout, f: Fragment[Any], data: Any) -> Any:
    return f.tuple(data, f.call("ones_like", data, dtype=f.tensor_type(data).dtype))


def _draw(d: Draw) -> Drawn:
    return Drawn(Dropout(d.one_of(0.5, 0.0, 0.25)), (TensorType(d.any_shape(), d.one_of(*NUMBERS)),))


_FIELDS = (Field("rate", Kind.FLOAT, 0.5),)


def _fits(_params: Dropout, _types: Sequence[Type], release: str) -> str | None:
    return f"Relax {release} cannot compile it" if older(release, "0.20") else None


CARD = OpCard(
    name="nn.dropout",
    inputs=(Input("data"),),
    params=Dropout,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.dropout", attrs_type="relay.attrs.DropoutAttrs", fields=_FIELDS, python="nn.dropout_raw"
    ),
    relax=(
        RelaxSpelling(
            name="relax.nn.dropout",
            operands=(Operand("data"),),
            attrs_type="relax.attrs.DropoutAttrs",
            fields=_FIELDS,
            fits=_fits,
        ),
    ),
    pattern=Pattern.OPAQUE,
    error=Exact(),
    draw=_draw,
)
