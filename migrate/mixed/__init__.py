"""Programs whose functions are Relay and Relax side by side: a model moves function by function, each state checked.

state = mixed.begin(mixed.outline(module, parts=8))
state = mixed.convert_function(state, "main_part1")
mixed.run(state, arguments)
journey = mixed.walk(state)
"""

from __future__ import annotations

from migrate.mixed.journey import Journey, Move, walk
from migrate.mixed.linked import program, run
from migrate.mixed.module import MixedModule, adopt, begin, check, convert_function
from migrate.mixed.outline import outline

__all__ = [
    "Journey",
    "MixedModule",
    "Move",
    "adopt",
    "begin",
    "check",
    "convert_function",
    "outline",
    "program",
    "run",
    "walk",
]
