"""Type deduction of Relax's operators where only a part of their arguments' types is known, as TVM does it.

A card's ``infer`` says what a call on tensors of known shape gives; it is shared by both IRs. What follows from a rank,
an unknown element type, a shape that is a variable, or a virtual device is Relax's own matter and stands here.
"""

from relax_core.types.rules import (
    algebra,
    create,
    detection,
    elementwise,
    images,
    index,
    moves,
    network,
    norm,
    reduce,
    slices,
)
from relax_core.types.rules.arguments import Arguments, Rule

__all__ = ["RULES", "Arguments", "Rule"]

_MODULES = (algebra, create, detection, elementwise, images, index, moves, network, norm, reduce, slices)

RULES: dict[str, Rule] = {name: rule for module in _MODULES for name, rule in module.RULES.items()}
"""The rules by full op name; ops without one are typed by their card alone."""
