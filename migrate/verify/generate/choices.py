"""Where the choices of a generated program come from: hypothesis, which can shrink them, or a seed, which is fast."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from tensor_core.ops.draw import Draw


class Choices(Draw):
    """The choices of :class:`~tensor_core.ops.draw.Draw`, and bytes for the elements of arrays. Smaller is simpler."""

    __slots__ = ("data",)

    def __init__(self, integer: Callable[[int, int], int], data: Callable[[int], bytes]) -> None:
        super().__init__(integer)
        self.data = data

    def choose(self, options: Sequence[Any]) -> Any:
        """One of several, the plainest given first."""
        return options[self.integer(0, len(options) - 1)] if len(options) > 1 else options[0]


def of_hypothesis(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Choices:
    """Choices that hypothesis makes, records and shrinks."""
    return Choices(
        lambda low, high: draw(st.integers(low, high)), lambda size: draw(st.binary(min_size=size, max_size=size))
    )


def of_seed(seed: int | str) -> Choices:
    """Choices that follow from a seed, the same on every machine."""
    source = random.Random(seed)
    return Choices(source.randint, source.randbytes)
