"""Operators whose Python function the card alone does not tell: declared by a signature and what to do to arguments."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, cast

from relay_compat.ir.expr import Expr, Tuple
from relay_compat.ir.tuple_wrapper import TupleWrapper
from relay_compat.op.call import call, card_of
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail, named
from tensor_core.ops.card import REQUIRED, Field, Kind
from tensor_core.signatures import bound

P = ParamSpec("P")
Convert = Callable[[Any], Any]


def declared(name: str, results: int = 0, **convert: Convert) -> Callable[[Callable[P, None]], Callable[P, Any]]:
    """The function is a declaration: its signature (TVM's) and its documentation. What is called builds a call of the
    operator: parameters that the card has as attributes become those, the others are operands in order.

    ``convert`` changes the argument of a parameter first. With ``results`` the call is answered as a TupleWrapper of
    that size. Raises DiagnosticError R2R0104 for an operator without a card.
    """

    def make(function: Callable[P, None]) -> Callable[P, Any]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def build(*args: P.args, **kwargs: P.kwargs) -> Any:
            values = bound(name, signature, args, kwargs).arguments
            for parameter, change in convert.items():
                values[parameter] = _changed(name, parameter, change, values[parameter])
            made = apply(name, values)
            return TupleWrapper(made, results) if results else made

        return build

    return make


def _changed(name: str, parameter: str, change: Convert, value: Any) -> Any:
    try:
        return change(value)
    except DiagnosticError as error:
        raise named(error, name) from None
    except (TypeError, ValueError):
        message = f"{name}: {parameter} cannot be {type(value).__name__}"
        raise fail(codes.BAD_ATTRIBUTE, message) from None


def apply(name: str, values: Mapping[str, Any]) -> Expr:
    """A call of the operator: values under the name of an attribute are attributes, the others operands in order."""
    card = card_of(name)
    assert card.relay is not None
    fields = {field.name: field for field in card.relay.fields}
    operands = [operand(value) for key, value in values.items() if key not in fields and value is not None]
    attrs = {key: _plain(fields[key], value) for key, value in values.items() if key in fields}
    return call(name, *operands, **attrs)


def operand(value: Any) -> Any:
    """An operand as an expression: a list is a tuple."""
    return Tuple(cast("tuple[Expr, ...]", value)) if isinstance(value, (list, tuple)) else value


def _plain(field: Field, value: Any) -> Any:
    """No element type means the one that a call without it has."""
    if value is None and field.kind is Kind.DTYPE:
        return "" if field.default is REQUIRED else field.default
    return value
