"""Run-time values of Relay programs beside arrays (numpy) and tuples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Expr, Function
from relay_compat.scopes import Scope
from tensor_core.data_values import DataValue, RefValue

__all__ = ["Closure", "ConstructorValue", "Frame", "RefValue", "Value"]

Value = Any
"""A numpy array, a tuple of values, or one of the classes below."""


class Frame:
    """The values of one run of a function body; a closure's frame continues in the frame it was made in."""

    __slots__ = ("outer", "values")

    def __init__(self, outer: Frame | None = None) -> None:
        self.values: dict[Expr, Value] = {}
        self.outer = outer


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function with the values around it."""

    function: Function
    scope: Scope
    frame: Frame | None


class ConstructorValue(DataValue):
    """A value of an algebraic data type that knows its constructor."""

    __slots__ = ("constructor",)

    def __init__(self, constructor: Constructor, fields: tuple[Value, ...]) -> None:
        super().__init__(constructor.name, fields)
        self.constructor = constructor
