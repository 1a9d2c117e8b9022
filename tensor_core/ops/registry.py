"""All op cards, found by walking this package and the entry points of vendors' packages."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any

import tensor_core.ops
from tensor_core.ops.card import OpCard, RelaxSpelling

ENTRY_POINT_GROUP = "relay2relax.ops"
"""A vendor's package names a module with ``CARD`` or ``CARDS`` under this group."""
VARIABLE = "RELAY2RELAX_OPS"
"""The environment variable that names such modules of packages that are not installed, with commas between."""

Card = OpCard[Any]


class Registry:
    """Cards by semantic name and by either spelling. A name taken twice is an error at registration."""

    def __init__(self, cards: Iterable[Card] = ()) -> None:
        self.by_name: dict[str, Card] = {}
        self.by_relay: dict[str, Card] = {}
        self.by_relax: dict[str, Card] = {}
        self.by_library: dict[str, Card] = {}
        for card in cards:
            self.add(card)

    def add(self, card: Card) -> None:
        """Register one card; ValueError when one of its names is taken."""
        _claim(self.by_name, card.name, card)
        if card.relay:
            _claim(self.by_relay, card.relay.name, card)
        if card.library:
            _claim(self.by_library, card.library.function, card)
        for name in {spelling.name for spelling in card.relax}:
            _claim(self.by_relax, name, card)

    def relax_spelling(self, name: str, release: str) -> tuple[Card, RelaxSpelling] | None:
        """The card and spelling behind a Relax op name such as "relax.nn.conv2d" in a release."""
        card = self.by_relax.get(name)
        spelling = card.relax_for(release) if card else None
        return (card, spelling) if card and spelling and spelling.name == name else None

    def __iter__(self) -> Iterator[Card]:
        return iter(self.by_name.values())


def _claim(table: dict[str, Card], name: str, card: Card) -> None:
    if table.setdefault(name, card) is not card:
        raise ValueError(f"operator name {name!r} is claimed by two cards: {table[name].name} and {card.name}")


@lru_cache(maxsize=1)
def registry() -> Registry:
    """Every card of the product, of installed vendor packages and of the modules that :data:`VARIABLE` names; loaded
    once, on first use.
    """
    result = Registry()
    for own in pkgutil.walk_packages(tensor_core.ops.__path__, "tensor_core.ops."):
        if not own.ispkg and own.name.count(".") == 3:
            _add_module(result, own.name)
    named = (name for name in os.environ.get(VARIABLE, "").split(",") if name)
    for module in dict.fromkeys((*(point.value for point in entry_points(group=ENTRY_POINT_GROUP)), *named)):
        _add_module(result, module)
    return result


def _add_module(target: Registry, name: str) -> None:
    """Register what a module exports; one without ``CARD`` or ``CARDS`` holds code that cards share."""
    module = importlib.import_module(name)
    cards: tuple[Card, ...] = getattr(module, "CARDS", ()) or (*filter(None, [getattr(module, "CARD", None)]),)
    for card in cards:
        target.add(card)
