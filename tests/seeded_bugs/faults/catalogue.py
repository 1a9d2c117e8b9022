"""All seeded bugs, in the order of their numbers."""

from __future__ import annotations

from faults import constants, converter, effects, gradients, layers, memory, symbols
from faults.frame import Bug

_GROUPS = (effects, constants, symbols, layers, gradients, memory, converter)


def bugs() -> tuple[Bug, ...]:
    """Those of TVM by number, then those of our own making."""
    found = [bug for group in _GROUPS for bug in group.bugs()]
    return tuple(sorted(found, key=lambda bug: (bug.number.startswith("c"), int(bug.number.lstrip("c")))))
