"""Two operators of a fork: one that its runtime has a function for, and one that is only typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core.ops import rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    Library,
    NoParams,
    OpCard,
    Pattern,
    Reject,
    RelaySpelling,
    Rounding,
)
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class Blend:
    """The weighted sum of any number of tensors, ``sharpness`` times their distance from the first on top."""

    sharpness: float = 0.0
    rounds: int = 1


def _infer(params: Blend, first: Type, others: Type) -> Type:
    shape = rules.tensor(first, 0)
    if not isinstance(others, TupleType) or not others.fields:
        raise Reject("expected a tuple of tensors to blend with", 1)
    if any(rules.tensor(item, 1) != shape for item in others.fields):
        raise Reject(f"every tensor must be a {shape}", 1)
    if params.rounds < 1:
        raise Reject("rounds must be at least 1")
    return shape


def blend(params: Blend, first: np.ndarray, others: tuple[np.ndarray, ...]) -> np.ndarray:
    """What the fork computes."""
    result = first
    for _ in range(params.rounds):
        for other in others:
            result = (result + other) / first.dtype.type(2) + first.dtype.type(params.sharpness) * (result - first)
    return result


def _magnitude(params: Blend, first: np.ndarray, others: tuple[np.ndarray, ...]) -> np.ndarray:
    widest = np.max([np.abs(item) for item in (first, *others)], axis=0)
    return widest * (1 + abs(params.sharpness)) ** (2 * params.rounds * len(others))


def _draw(d: Draw) -> Drawn:
    type_ = TensorType(d.shape(), d.one_of(*FLOATS))
    others = TupleType((type_,) * d.integer(1, 3))
    return Drawn(Blend(d.one_of(0.0, 0.5, -0.25), d.integer(1, 2)), (type_, others))


BLEND = OpCard(
    name="acme.blend",
    inputs=(Input("first", Domain(-4.0, 4.0)), Input("others", Domain(-4.0, 4.0), variadic=True)),
    params=Blend,
    infer=_infer,
    reference=blend,
    relay=RelaySpelling(
        name="acme.blend",
        attrs_type="relay.attrs.AcmeBlendAttrs",
        fields=(Field("sharpness", Kind.FLOAT, 0.0), Field("rounds", Kind.INT, 1)),
    ),
    library=Library("acme.runtime.blend", ("sharpness", "rounds")),
    pattern=Pattern.OPAQUE,
    error=Rounding(ulps=16, magnitude=_magnitude),
    draw=_draw,
)

PROBE = OpCard(
    name="acme.probe",
    inputs=(Input("data"),),
    params=NoParams,
    infer=rules.identity,
    relay=RelaySpelling(name="acme.probe"),
    pattern=Pattern.OPAQUE,
    refused="reads a counter of the accelerator",
)

CARDS: tuple[OpCard[Any], ...] = (BLEND, PROBE)
