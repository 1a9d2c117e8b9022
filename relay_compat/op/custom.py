"""Operators that a program registers itself: their type rule becomes a card, so inference knows them like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from relay_compat.ir.expr import Op, op
from relay_compat.ir.types import Type
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ops import rules
from tensor_core.ops.card import Input, OpCard, Reject, RelaySpelling
from tensor_core.ops.registry import registry

RELATIONS: dict[str, Callable[..., Type]] = {
    "Broadcast": rules.broadcast,
    "BroadcastComp": rules.compare,
    "Identity": rules.identity,
}
"""The type relations of TVM that can be had by name."""

_UNNAMED = "argument"


@dataclass(slots=True)
class Custom:
    """What has been said about an operator so far."""

    name: str
    description: str = ""
    num_inputs: int = 0
    arguments: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    support_level: int = 10
    attrs_type: str | None = None


@dataclass(frozen=True, slots=True)
class CustomParams:
    """The attributes of a call, as they are written."""

    attrs: Mapping[str, Any] | None = None


_CUSTOM: dict[str, Custom] = {}


def register_custom(name: str, description: str) -> Custom:
    """Start an operator. DiagnosticError R2R0109 for a name that is taken."""
    if name in registry().by_relay or name in _CUSTOM:
        raise fail(codes.DUPLICATE_NAME, f"Operator {name} is registered before")
    return _CUSTOM.setdefault(name, Custom(name, description))


def custom(name: str) -> Custom | None:
    """What was said about an operator that a program registered; None for any other."""
    return _CUSTOM.get(name)


def add_type_rel(of: Op, relation: str, func: Callable[[list[Type], Any], Type | None] | None) -> None:
    """Give an operator its type rule: a relation of TVM's by name, or a function of the argument types and attributes.

    DiagnosticError R2R0103 for a relation that is not known.
    """
    about = _CUSTOM.get(of.name)
    if about is None:
        raise fail(codes.DUPLICATE_NAME, f"the type relation of {of.name} is built in")
    infer = _from_function(of.name, func) if func else RELATIONS.get(relation)
    if infer is None:
        hint = f"known are: {', '.join(sorted(RELATIONS))}; or give a function"
        raise fail(codes.UNDEFINED_NAME, f"the type relation {relation} is not known", hint=hint)
    names = [name for name, _, _ in about.arguments]
    names += [f"{_UNNAMED}{place}" for place in range(len(names), about.num_inputs)]
    spelling = RelaySpelling(name=of.name, attrs_type=about.attrs_type, declared=False, read=_read)
    card = OpCard(name=of.name, inputs=tuple(map(Input, names)), params=CustomParams, infer=infer, relay=spelling)
    of.memo("card", card)


def _read(attrs: Mapping[str, Any], types: Sequence[Type]) -> Mapping[str, Any]:
    del types
    return {"attrs": attrs or None}


def _from_function(name: str, func: Callable[[list[Type], Any], Type | None]) -> Callable[..., Type]:
    def infer(params: CustomParams, *types: Type) -> Type:
        result = func(list(types), params.attrs)
        if result is None:
            raise Reject(f"the type relation of {name} does not determine the result")
        return result

    return infer


def get(op_name: str) -> Op:
    """The operator of this name. DiagnosticError R2R0104 when there is none."""
    found = op(op_name)
    if found.card is None and op_name not in _CUSTOM:
        raise fail(codes.UNKNOWN_OP, f"Operator {op_name} is not registered")
    return found
