"""Calls that cards draw, as hypothesis strategies: one legal call with values for its arguments."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tensor_core.ops.card import OpCard
from tensor_core.ops.draw import Draw, Drawn, arguments
from tensor_core.ops.registry import registry
from tensor_core.types import Type

DRAWING = tuple(card for card in registry() if card.draw is not None)
"""The cards that calls can be drawn of."""


@dataclass(frozen=True)
class DrawnCall:
    """A card, parameters, and arguments with their types."""

    card: OpCard[Any]
    params: Any
    types: tuple[Type, ...]
    args: tuple[Any, ...]
    given: frozenset[int] = frozenset()
    """Which arguments the draw gave outright."""

    def __repr__(self) -> str:
        return f"{self.card.name}({', '.join(map(str, self.types))}; {self.params})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """How hypothesis shows the call."""
        printer.text(repr(self))

    def infer(self) -> Type:
        return self.card.infer(self.params, *self.types)


@st.composite
def calls(draw: st.DrawFn, card: OpCard[Any]) -> DrawnCall:
    """Calls of one card."""
    drawn = draw_one(card, lambda low, high: draw(st.integers(low, high)))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    return DrawnCall(card, drawn.params, drawn.types, arguments(card, drawn, rng), frozenset(drawn.values))


def draw_one(card: OpCard[Any], integer: Any) -> Drawn:
    assert card.draw is not None
    return card.draw(Draw(integer))


def examples(count: int) -> settings:
    """So many calls of each card by default; with RELAY2RELAX_EXPLORE=1 a hundred times as many, and new ones."""
    factor = 100 if os.environ.get("RELAY2RELAX_EXPLORE") == "1" else 1
    slow = (HealthCheck.too_slow, HealthCheck.data_too_large)
    return settings(max_examples=count * factor, suppress_health_check=slow, database=None)
