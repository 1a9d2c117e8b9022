"""What a user may ask of a conversion. The arguments of ``convert`` and the options of the command are these fields."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ops.registry import registry


@dataclass(frozen=True, slots=True)
class Options:
    """``target``: the release of TVM to say it for. ``expand``: cards to write out although the target has them."""

    target: str = "0.27"
    expand: frozenset[str] = frozenset()


def expandable(names: Collection[str]) -> frozenset[str]:
    """The names as a set; R2R0405 for one that no card with an expansion has."""
    for name in names:
        card = registry().by_name.get(name)
        if card is None or card.expand is None:
            raise fail(
                codes.BAD_OPTION, f"no card called {name!r} has an expansion", hint="docs/reference lists the cards"
            )
    return frozenset(names)
