"""What a tensor program that was made from a Relay operator says of it, in attributes that every TVM release reads.

So a call of the program is still known as that operator: for people, for passes that look for it, and on the way back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from relax_core.structural import structural_equal
from tensor_core.loops.from_card import lower_card
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import relay_attrs, relay_params
from tensor_core.tir.from_loops import from_loops
from tensor_core.tir.function import PrimFunc
from tensor_core.types import TensorType, TupleType, Type

OPERATOR = "relay.op"
ATTRIBUTES = "relay.attrs"
"""The operator's name, and its attributes as a JSON object."""


def marked(func: PrimFunc, card: OpCard[Any], params: Any, types: Sequence[Type]) -> PrimFunc:
    """The program with the marks of the Relay operator that the card and parameters are; itself where there is none."""
    if card.relay is None:
        return func
    try:
        attributes = json.dumps(relay_attrs(card, params, [_of_relay(item) for item in types]), sort_keys=True)
    except (Reject, TypeError):
        # Relay has no such call, or an attribute is no plain data.
        return func
    made = func.replace(attrs={**func.attrs, OPERATOR: card.relay.name, ATTRIBUTES: attributes})
    made.memo("loops", func.loops)
    return made


Place = int | tuple[int, ...]


def read_marks(func: PrimFunc, types: Sequence[Type]) -> tuple[OpCard[Any], Any, list[Place]] | None:
    """The card, its parameters, and of which of the program's arrays each input is made; None without marks, and for a
    program that is no longer what the operator computes on these types.
    """
    card = registry().by_relay.get(str(func.attrs.get(OPERATOR, "")))
    if card is None:
        return None
    try:
        written = json.loads(str(func.attrs.get(ATTRIBUTES, "{}")))
        inputs = _inputs(card, len(types))
        given = [_typed(item, [_of_relay(each) for each in types]) for item in inputs]
        params = relay_params(card, _plain(written), given)
        made = from_loops(lower_card(card, params, given))
    except (Reject, ValueError, TypeError):
        return None
    return (card, params, inputs) if structural_equal(made, func.replace(attrs=made.attrs)) else None


def _inputs(card: OpCard[Any], count: int) -> list[Place]:
    """How a card's inputs are made of so many arrays: a variadic one takes what the others leave."""
    result: list[Place] = []
    place = 0
    for item in card.inputs:
        if item.variadic:
            end = count - (len(card.inputs) - len(result) - 1)
            result.append(tuple(range(place, end)))
            place = end
        elif place < count:
            result.append(place)
            place += 1
    return result


def of_places(place: Place, items: Sequence[Any]) -> Any:
    """The item of a place, or the tuple of those of several."""
    return tuple(items[each] for each in place) if isinstance(place, tuple) else items[place]


def _typed(place: Place, types: Sequence[Type]) -> Type:
    found = of_places(place, types)
    return TupleType(found) if isinstance(place, tuple) else found


def _of_relay(type_: Type) -> Type:
    """The type with sizes of no width of their own: Relay tells those of 64 bits apart."""
    if isinstance(type_, TupleType):
        return TupleType(tuple(map(_of_relay, type_.fields)))
    if not isinstance(type_, TensorType):
        return type_
    return TensorType(tuple(int(dim) if isinstance(dim, int) else dim for dim in type_.shape), type_.dtype)


def _plain(value: Any) -> Any:
    """JSON's lists as tuples."""
    if isinstance(value, list):
        return tuple(map(_plain, cast("list[Any]", value)))
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in cast("dict[str, Any]", value).items()}
    return value
