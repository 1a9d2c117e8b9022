"""Programs of one drawn call, for oracles to judge."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from converted_calls import drawn, relay_module

from migrate.verify.generate.program import Program
from relay_compat.types.infer import infer_types
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.registry import registry


def programs(draws: int, cards: frozenset[str] | None = None) -> Iterator[tuple[str, Program]]:
    """So many calls of each of Relay's operators (of ``cards`` if given), with the name of the card."""
    for card in sorted(registry(), key=lambda card: card.name):
        if not card.relay or not card.draw or (cards is not None and card.name not in cards):
            continue
        for call in drawn(card, draws):
            module = relay_module(call)
            if module is None:
                continue
            flat: list = []
            for n, arg in enumerate(call.args):
                if n not in call.given:
                    flat += arg if isinstance(arg, tuple) else [arg]
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    yield card.name, Program(infer_types(module), tuple(flat))
            except DiagnosticError:
                continue
