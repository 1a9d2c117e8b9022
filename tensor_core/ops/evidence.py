"""From outside: for which cards results of real TVM are on record, and of which releases.

``evidence.json`` lists them; it is written by ``tests/corpus/list_evidence.py`` from the recordings that the tests
replay through every card. A card without an entry, and without ``evidence`` of its own, is unproven: what rests on it
must say so.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any, cast

from tensor_core.ops.card import OpCard


@lru_cache(maxsize=1)
def _recorded() -> dict[str, tuple[str, ...]]:
    table = json.loads(files("tensor_core.ops").joinpath("evidence.json").read_text(encoding="utf-8"))
    return {name: tuple(sources) for name, sources in cast("dict[str, list[str]]", table).items()}


def evidence(card: OpCard[Any]) -> tuple[str, ...]:
    """What a card was judged by, e.g. ``("Relay 0.19", "Relax 0.27")``; empty when it is unproven."""
    return (*_recorded().get(card.name, ()), *card.evidence)


def is_proven(card: OpCard[Any]) -> bool:
    """Whether anything from outside speaks for the card."""
    return bool(evidence(card))
