"""Calls that say where values are: ``on_device`` and ``device_copy``."""

from __future__ import annotations

from typing import NamedTuple

from relay_compat.devices.place import ANYWHERE, Place, place_of
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Call, Expr, Function, GlobalVar, Op, Var
from relay_compat.op.call import call
from relay_compat.passes.building import is_call_of
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.node import Node

_NAMED = (Op, Constructor, GlobalVar, Var, Function)
"""What is never marked: operators and constructors are anywhere, the others say where they are when they are bound."""


class Mark(NamedTuple):
    """What an ``on_device`` call says of its body, of its result, or of both."""

    body: Expr
    place: Place
    of_result: bool
    of_body: bool

    @property
    def is_fixed(self) -> bool:
        """Whether both body and result are there."""
        return self.of_result and self.of_body

    @property
    def is_normal(self) -> bool:
        """Whether only the body is there, as programs mark it."""
        return self.of_body and not self.of_result

    @property
    def is_free(self) -> bool:
        """Whether it only allows a copy."""
        return not self.of_body and not self.of_result


class Copy(NamedTuple):
    """A value copied from one place to another; copies of copies are one."""

    body: Expr
    source: Place
    target: Place


def mark_of(expr: Node) -> Mark | None:
    """What an ``on_device`` call says; None for any other expression."""
    if not is_call_of(expr, "on_device"):
        return None
    attrs = expr.attrs
    place = place_of(attrs["virtual_device"])
    return Mark(expr.args[0], place, bool(attrs["constrain_result"]), bool(attrs["constrain_body"]))


def copy_of(expr: Node) -> Copy | None:
    """What a ``device_copy`` call says; None for any other expression."""
    if not is_call_of(expr, "device_copy"):
        return None
    end = place_of(expr.attrs["dst_virtual_device"])
    while is_call_of(inner := expr.args[0], "device_copy"):
        expr = inner
    return Copy(expr.args[0], place_of(expr.attrs["src_virtual_device"]), end)


def unmarked(expr: Expr) -> Expr:
    """The expression itself, or what an ``on_device`` call is about."""
    mark = mark_of(expr)
    return expr if mark is None else mark.body


def marked(body: Expr, place: Place, of_result: bool, of_body: bool = True) -> Call:
    """``on_device`` around an expression."""
    flags = {"constrain_result": of_result, "constrain_body": of_body}
    device = place.record() if of_result or of_body else None
    return call("on_device", body, virtual_device=device, **flags).replace(span=body.span)


def fixed(body: Expr, place: Place) -> Expr:
    """``on_device`` that holds for body and result, where it says something that the expression does not say itself.
    R2R0602 where it says another.
    """
    if place.is_open or isinstance(body, _NAMED):
        return body
    inner = mark_of(body)
    if inner is None:
        return marked(body, place, of_result=True)
    if (inner.of_body or inner.of_result) and inner.place != place:
        raise fail(codes.EXECUTION_FAILED, f"a value is said to be at {inner.place} and at {place}", body.span)
    return marked(inner.body, place, True, inner.of_body)


def copied(body: Expr, source: Place, target: Place) -> Call:
    """The value copied to another place. DiagnosticError R2R0602 when one of the places is not known at all."""
    if ANYWHERE in (source, target):
        raise fail(
            codes.EXECUTION_FAILED,
            "a value is used at two places, and where its user is nothing says",
            body.span,
            hint="mark the user with on_device, too, or copy the value with device_copy",
        )
    places = {"src_virtual_device": source.record(), "dst_virtual_device": target.record()}
    return call("device_copy", body, **places).replace(span=body.span)
