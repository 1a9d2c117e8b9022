"""What an interpreter tells of a call of an operator, whichever IR it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tensor_core.ops.card import OpCard
from tensor_core.types import Type


@dataclass(frozen=True, slots=True, eq=False)
class OpCall:
    """A call that is about to be evaluated: its card, the card's parameters, and the arguments with their types.

    ``types`` have the sizes of this call and the element types that the program states; in a widened run the arrays
    have others. A tensor program that is called has a card made for it.
    """

    card: OpCard[Any]
    params: Any
    types: tuple[Type, ...]
    args: tuple[Any, ...]
