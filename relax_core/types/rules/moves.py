"""Rules of operators that move elements: reshape and its like."""

from __future__ import annotations

from relax_core.ir.types import Type
from relax_core.types.rules.arguments import Arguments, Rule, of_shape, values
from tensor_core import shapes
from tensor_core.ops import rules
from tensor_core.ops.card import Reject


def _reshape(given: Arguments) -> Type:
    source, target = given.tensor(0), given.shape(1)
    own = values(source)
    if own is not None and target.values is not None:
        before, after = shapes.product(own), shapes.product(target.values)
        if shapes.prove_different(before, after):
            raise Reject(f"{rules.show(own)} has not as many elements as {rules.show(target.values)}", 1)
    return of_shape(given.expr(1), source.dtype, source)


RULES: dict[str, Rule] = {"relax.reshape": _reshape}
