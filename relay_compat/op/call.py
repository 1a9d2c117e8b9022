"""Calls of operators from Python, their attributes checked against the op's card."""

from __future__ import annotations

from typing import Any

from relay_compat.attributes import op_attrs
from relay_compat.ir.expr import Call, op
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr


def call(name: str, *args: Expr, **attrs: Any) -> Call:
    """``name(args, attrs)``. What is left out gets the C++ default, not the Python wrapper's.

    Raises DiagnosticError R2R0104 for an operator without a card, and AttributeProblem (a ValueError) for attributes
    that are unknown, missing or of the wrong kind.
    """
    callee = op(name)
    if callee.card is None:
        raise fail(codes.UNKNOWN_OP, f"no op card knows {name}", hint="add a card (entry point group relay2relax.ops)")
    return Call(callee, args, op_attrs(callee.card, attrs))
