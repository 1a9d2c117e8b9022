"""Programs with exactly one broken rule: what a verifier must refuse, each by the code of that rule.

A generated program is legal; a breaker adds to its ``main`` one thing that is not. What it adds is first or
last in the function, so that nothing else becomes wrong by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from migrate.verify.generate import broken_relax, broken_relay
from migrate.verify.generate.breaker import Breaker
from migrate.verify.generate.choices import Choices
from migrate.verify.generate.draw import draw_program
from migrate.verify.generate.features import PLAIN
from migrate.verify.generate.relax import draw_relax_program
from tensor_core.module import IRModule


@dataclass(frozen=True, slots=True)
class NearValid:
    """A module that breaks the rule of ``breaker`` and no other."""

    module: IRModule
    breaker: Breaker


def breakers(relax: bool) -> tuple[Breaker, ...]:
    """Those of Relay's verifier, which is type inference, or of Relax's."""
    return broken_relax.BREAKERS if relax else broken_relay.BREAKERS


def draw_near_valid(choices: Choices, *, relax: bool = False, size: int = 5) -> NearValid:
    """A generated module of an IR with one broken rule."""
    program = draw_relax_program(choices, size) if relax else draw_program(choices, size, features=PLAIN)
    breaker: Breaker = choices.choose(breakers(relax))
    return NearValid(breaker.broken(program.module), breaker)
