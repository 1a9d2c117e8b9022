"""What takes several calls of Relax to say, and cards do not know: one function by operator, in a file by family.

A composition is asked where the target has no one call that means the same as the operator's, before the expansion.
It writes what to say through a :class:`~migrate.adapters.writer.Writer`, and raises :class:`Reject` before it writes
anything where it does not apply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from migrate.adapters import boxes, norms, positions, quantized, reductions, views

Composition = Callable[..., Any]
"""(parameters, writer, the card's arguments) to the value, or a tuple of values: as a card's expansion."""

COMPOSITIONS: Mapping[str, Composition] = {
    **boxes.COMPOSITIONS,
    **norms.COMPOSITIONS,
    **positions.COMPOSITIONS,
    **quantized.COMPOSITIONS,
    **reductions.COMPOSITIONS,
    **views.COMPOSITIONS,
}
"""By the card's name."""
