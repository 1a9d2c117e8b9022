"""The type rule of one op call: from the spelled attributes and argument types to the result type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from relay_compat.ir.expr import Call
from relay_compat.ir.types import Type
from relay_compat.types import errors
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import Card
from tensor_core.ops.rules import possible
from tensor_core.ops.spelling import complete, relay_params


def attributes(call: Call, card: Card) -> Mapping[str, Any]:
    """The call's attributes, or the op's defaults for a call that carries none; Reject when one has no default."""
    if call.attrs is not None:
        return call.attrs
    assert card.relay is not None
    return complete(card.relay.fields, {}) if card.relay.fields else {}


def check_arity(call: Call, card: Card) -> None:
    """R2R0201 unless the op takes this number of arguments."""
    if len(call.args) != len(card.inputs):
        least, most = errors.arguments_taken(card)
        if not least <= len(call.args) <= most:
            raise errors.arity(call, least, most)


def result_type(call: Call, card: Card, types: tuple[Type, ...]) -> Type:
    """The type of an op call whose argument types are all known; R2R0202 or R2R0204 when the rule rejects them."""
    try:
        return possible(card.infer(relay_params(card, attributes(call, card), types), *types))
    except Reject as reject:
        raise errors.rejected(call, card, reject, types) from None
    except ArithmeticError as error:
        # A stride or block of no size, an infinite factor: rules compute with attributes as they are.
        raise errors.rejected(call, card, Reject(f"its attributes do not compute: {error}"), types) from None


def forced_types(call: Call, card: Card, types: tuple[Type | None, ...]) -> Sequence[Type | None]:
    """The argument types that an op forces on un-annotated arguments, which are given as None."""
    if card.assign is None:
        return types
    given: Any = types
    try:
        return card.assign(relay_params(card, attributes(call, card), given), *types)
    except (Reject, ArithmeticError) as error:
        if None in types:
            # Not enough is known yet; the rule itself judges the arguments once it is.
            return types
        reject = error if isinstance(error, Reject) else Reject(f"its attributes do not compute: {error}")
        raise errors.rejected(call, card, reject, given) from None
