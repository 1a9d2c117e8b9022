"""Calls of operators from Python, their attributes checked against the op's card."""

from __future__ import annotations

from typing import Any

from relay_compat.attributes import op_attrs
from relay_compat.ir.expr import Call, op
from relay_compat.ir.tuple_wrapper import all_unwrapped
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr
from tensor_core.ops.registry import Card


def call(name: str, /, *args: Expr, **attrs: Any) -> Call:
    """``name(args, attrs)``. What is left out gets the C++ default, not the Python wrapper's.

    Raises DiagnosticError R2R0104 for an operator without a card, and AttributeProblem (a ValueError) for attributes
    that are unknown, missing or of the wrong kind.
    """
    attributes = op_attrs(card_of(name), attrs)
    return Call(op(name), all_unwrapped(args), attributes)


def card_of(name: str) -> Card:
    """The card of the operator; DiagnosticError R2R0104 when there is none."""
    card = op(name).card
    if card is None:
        raise fail(codes.UNKNOWN_OP, f"no op card knows {name}", hint="add a card (entry point group relay2relax.ops)")
    return card
