"""From a call as one IR spells it to the card's parameters, and back. The conversion between the IRs is these two
steps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, cast

from tensor_core.ops.card import REQUIRED, Carrier, Field, OpCard, Reject, RelaxSpelling, RelaySpelling, Value
from tensor_core.types import Type


def defaults(spelled: Sequence[Field]) -> dict[str, Value]:
    """The attributes of a call that writes none: every field that has a default, in declared order."""
    return {item.name: item.default for item in spelled if item.default is not REQUIRED}


def complete(spelled: Sequence[Field], written: Mapping[str, Value]) -> dict[str, Value]:
    """All attributes in declared order, the written ones over the defaults; Reject for a missing or unknown one."""
    result: dict[str, Value] = {}
    for item in spelled:
        value = written.get(item.name, item.default)
        if value is REQUIRED:
            raise Reject(f"attribute {item.name} is required")
        result[item.name] = value
    for name in written:
        if name not in result:
            raise Reject(f"unknown attribute {name}")
    return result


def told(message: str, spelled: Sequence[Field], attrs: Mapping[str, Value]) -> str:
    """What a rule says of attributes, so that it names one: where it does not, those that were chosen are added."""
    words = set(re.findall(r"\w+", message))
    if not spelled or any(item.name in words for item in spelled):
        return message
    chosen = {item.name: attrs[item.name] for item in spelled if attrs.get(item.name, item.default) != item.default}
    listed = chosen or {item.name: attrs.get(item.name) for item in spelled}
    return f"{message} (attributes: {', '.join(f'{name}={_shown(value)}' for name, value in listed.items())})"


def _shown(value: Value) -> str:
    if isinstance(value, (list, tuple)):
        inner = ", ".join(map(_shown, cast("Sequence[Value]", value)))
        return f"[{inner}]" if len(inner) < 80 else f"[{inner[:80]}...]"
    plain = value is None or isinstance(value, (bool, int, float, str))
    return (repr(value) if isinstance(value, str) else str(value)) if plain else f"a {type(value).__name__}"


def relay_params(card: OpCard[Any], attrs: Mapping[str, Value], types: Sequence[Type]) -> Any:
    """The card's parameters of a Relay call; Reject when its attributes make no sense for these argument types."""
    assert card.relay is not None
    return card.params(**_read(card.relay, attrs, types))


def relay_attrs(card: OpCard[Any], params: Any, types: Sequence[Type]) -> dict[str, Value]:
    """The Relay attributes that say ``params``, complete and in declared order; Reject when none do."""
    assert card.relay is not None
    written = complete(card.relay.fields, _write(card.relay, params, types))
    if card.relay.read:
        card.relay.read(written, types)
    return written


def relax_params(
    card: OpCard[Any], spelling: RelaxSpelling, written: Mapping[str, Value], types: Sequence[Type]
) -> Any:
    """The card's parameters of a Relax call; ``written`` holds its attributes and the values of its non-tensor
    operands.
    """
    return card.params(**_read(spelling, written, types))


def relax_written(spelling: RelaxSpelling, params: Any, types: Sequence[Type]) -> dict[str, Value]:
    """The attributes and non-tensor operand values of the Relax call that says ``params``."""
    return dict(_write(spelling, params, types))


def library_scalars(card: OpCard[Any], params: Any) -> list[Value]:
    """What follows the tensors in a call of the card's library function; Reject when that leaves a parameter out."""
    assert card.library is not None
    scalars = [getattr(params, name) for name in card.library.params]
    if library_params(card, scalars) != params:
        raise Reject(f"the function {card.library.function} does not take all parameters: {params}")
    return scalars


def library_params(card: OpCard[Any], scalars: Sequence[Value]) -> Any:
    """The parameters of such a call. Those that it does not take must have defaults."""
    assert card.library is not None
    return card.params(**dict(zip(card.library.params, scalars, strict=True)))


@cache
def _carried(spelling: RelaySpelling | RelaxSpelling) -> tuple[tuple[str, str], ...]:
    """What the spelling writes of the parameters: its own name for each, and the parameter's."""
    operands = spelling.operands if isinstance(spelling, RelaxSpelling) else ()
    return (
        *((item.name, item.carries) for item in spelling.fields if item.carries),
        *((item.name, item.name) for item in operands if item.carrier not in (Carrier.TENSOR, Carrier.NUMBER)),
    )


@cache
def _written(spelling: RelaySpelling | RelaxSpelling, params: type[Any]) -> tuple[tuple[str, str], ...]:
    known = {item.name for item in fields(params)}
    return tuple((name, param) for name, param in _carried(spelling) if param in known)


def _read(
    spelling: RelaySpelling | RelaxSpelling, attrs: Mapping[str, Value], types: Sequence[Type]
) -> Mapping[str, Value]:
    if spelling.read:
        return spelling.read(attrs, types)
    return {param: attrs[name] for name, param in _carried(spelling)}


def _write(spelling: RelaySpelling | RelaxSpelling, params: Any, types: Sequence[Type]) -> Mapping[str, Value]:
    if spelling.write:
        return spelling.write(params, types)
    return {name: getattr(params, param) for name, param in _written(spelling, params.__class__)}
