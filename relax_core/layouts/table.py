"""The layout rules by operator. Operators that are not here take and give the layouts that they always had.

These are the operators with FRelaxInferLayout in TVM 0.27. dynamic_strided_slice is one of them there, with the rule
that nothing moves.
"""

from __future__ import annotations

from relax_core.layouts import along_axes, elementwise, moves, stated
from relax_core.layouts.rule import Rule

RULES: dict[str, Rule] = {**elementwise.RULES, **along_axes.RULES, **moves.RULES, **stated.RULES}
"""By the operator's name without "relax."."""

TAKES_WISHES = frozenset(name for name, rule in RULES.items() if rule in (stated.conv, stated.resize))
"""The operators of which a layout can be asked for."""
