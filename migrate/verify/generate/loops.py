"""Functions that call themselves, so often as a counter or the length of a list says: every one of them ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from migrate.verify.generate import functions
from migrate.verify.generate.features import Feature
from relay_compat.ir.expr import Expr, GlobalVar, Var
from relay_compat.ir.types import FuncType, Type
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType

if TYPE_CHECKING:
    from migrate.verify.generate.maker import Maker

COUNTER = TensorType((), "int32")
_TIMES = Domain(0.0, 3.0)


def loop(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A function of a counter and an accumulator of the type, and its call: local, or one of the module."""
    del constant
    before = m.spent
    if m.has(Feature.GLOBAL) and m.choices.flag():
        with m.global_function() as frame:
            frame.open = False
            itself: Var | GlobalVar = functions.declare(m, "loop", FuncType((COUNTER, type_), type_))
            m.functions[itself] = m.build.function(*_loop(m, itself, type_, m.share(fuel)))
        return _started(m, itself, type_, fuel - (m.spent - before))
    itself = m.var("loop", FuncType((COUNTER, type_), type_))
    with m.scope.inner():
        function = m.build.function(*_loop(m, itself, type_, m.share(fuel)))
    return m.build.let(itself, function, _started(m, itself, type_, fuel - (m.spent - before)))


def _loop(m: Maker, itself: Expr, type_: Type, fuel: int) -> tuple[list[Var], Expr]:
    """Parameters and body. Only the one call that is written here calls the function again."""
    before = m.spent
    counter, accumulator = m.bound("i", COUNTER), m.bound("acc", type_)
    with m.scope.inner():
        end = m.expr(type_, m.share(fuel // 2)) if m.choices.flag() else accumulator
    with m.scope.inner():
        step = m.expr(type_, fuel - (m.spent - before))
    fewer = m.build.call("subtract", counter, number(m, 1))
    again = m.build.apply(itself, fewer, step)
    if isinstance(type_, TensorType) and not m.choices.integer(0, 2):
        # The call is not the last thing that the function does: what is behind it runs in the other order.
        again = m.over(type_, accumulator, again)
    going_on = m.build.call("greater", counter, number(m, 0))
    if m.choices.flag():
        body = m.build.if_(m.build.call("logical_not", going_on), end, again)
    else:
        body = m.build.if_(going_on, again, end)
    return [counter, accumulator], body


def _started(m: Maker, itself: Expr, type_: Type, fuel: int) -> Expr:
    times = m.leaf(COUNTER, domain=_TIMES) if m.frame.open and m.choices.flag() else number(m, m.choose((1, 2, 3, 0)))
    return m.build.apply(itself, times, m.expr(type_, fuel))


def number(m: Maker, value: int) -> Expr:
    """A counter's constant."""
    return m.build.constant(np.asarray(value, "int32"), "int32")
