"""Makes the call that a plan describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.verify.generate.inverses import Plan
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Call, Expr
from tensor_core.attrs import Attrs


def applied(build: RelayFragment, card: str, operands: Sequence[Any], plan: Plan) -> Expr:
    """The call of a card on operands made for a plan (a tuple of them for an argument that is one), or, of its result,
    the field that the plan means.
    """
    made: Expr = build.call(card, *operands, **plan.params)
    if plan.attrs and isinstance(made, Call) and made.attrs is not None:
        type_ = build.type_of(made)
        made = Call(made.op, made.args, Attrs(made.attrs.type_key, {**made.attrs, **plan.attrs}))
        made.memo("checked", type_)
    return made if plan.item is None else build.item(made, plan.item)
