"""Formulas over the values of a fragment, written with Python's operators: the language of gradients on cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.types import TensorType


class Formula:
    """A value of a fragment. Operators and methods call cards; numbers must be made with :meth:`number`."""

    __slots__ = ("_fragment", "value")

    def __init__(self, fragment: Fragment[Any], value: Any) -> None:
        self._fragment = fragment
        self.value = value

    def call(self, card: str, *others: Formula, **params: Any) -> Formula:
        """A card on this value and others."""
        values = [self.value, *(other.value for other in others)]
        return Formula(self._fragment, self._fragment.call(card, *values, **params))

    def number(self, value: float) -> Formula:
        """A constant of this value's element type."""
        return Formula(self._fragment, self._fragment.constant(value, self.type.dtype))

    def index(self, value: int) -> Formula:
        """An int32 constant."""
        return Formula(self._fragment, self._fragment.constant(value, "int32"))

    def items(self, count: int) -> list[Formula]:
        """The fields of a tuple."""
        return [Formula(self._fragment, self._fragment.item(self.value, index)) for index in range(count)]

    @property
    def type(self) -> TensorType:
        """The value's type."""
        return self._fragment.tensor_type(self.value)

    @property
    def shape(self) -> tuple[Any, ...]:
        """The value's dimensions."""
        return self.type.shape

    def ones(self) -> Formula:
        """Ones of this value's type."""
        return self.call("ones_like", dtype=self.type.dtype)

    def zeros(self) -> Formula:
        """Zeros of this value's type."""
        return self.call("zeros_like", dtype=self.type.dtype)

    def summed_to(self, like: Formula) -> Formula:
        """Summed over the dimensions that broadcasting gave it beyond those of ``like``."""
        return self.call("collapse_sum_like", like)

    def spread_to(self, like: Formula) -> Formula:
        """Broadcast to the shape of ``like``."""
        return self.call("broadcast_to_like", like)

    def where(self, yes: Formula, no: Formula) -> Formula:
        """``yes`` where this condition holds, ``no`` elsewhere."""
        return self.call("where", yes, no)

    def __add__(self, other: Formula) -> Formula:
        return self.call("add", other)

    def __sub__(self, other: Formula) -> Formula:
        return self.call("subtract", other)

    def __mul__(self, other: Formula) -> Formula:
        return self.call("multiply", other)

    def __truediv__(self, other: Formula) -> Formula:
        return self.call("divide", other)

    def __neg__(self) -> Formula:
        return self.call("negative")

    def __lt__(self, other: Formula) -> Formula:
        return self.call("less", other)


Gradient = Callable[..., Sequence[Any]]
"""``gradient(params, fragment, args, result, seed)``: the adjoints of the arguments, as an op card states them."""


def derivative(rule: Callable[[Formula, Formula, Formula], Formula]) -> Gradient:
    """The gradient of a function of one argument: ``rule(x, result, seed)`` is the adjoint of x."""

    def gradient(_params: Any, fragment: Fragment[Any], args: Sequence[Any], result: Any, seed: Any) -> Sequence[Any]:
        return [rule(Formula(fragment, args[0]), Formula(fragment, result), Formula(fragment, seed)).value]

    return gradient


Rule = Callable[[Any, Sequence[Formula], Formula, Formula], Sequence[Formula]]


def derivatives(rule: Rule) -> Gradient:
    """The gradient of any function: ``rule(params, args, result, seed)`` gives the adjoints of the arguments."""

    def gradient(params: Any, fragment: Fragment[Any], args: Sequence[Any], result: Any, seed: Any) -> Sequence[Any]:
        values = [Formula(fragment, arg) for arg in args]
        return [item.value for item in rule(params, values, Formula(fragment, result), Formula(fragment, seed))]

    return gradient


def vanishing(count: int) -> Gradient:
    """The gradient of a function that is constant almost everywhere: zeros for each of its arguments."""
    return derivatives(lambda _params, args, _result, _seed: [arg.zeros() for arg in args[:count]])


def reshaped() -> Gradient:
    """The gradient of a function that keeps the elements and their order: the seed in the argument's shape."""
    return derivative(lambda x, _result, seed: seed.call("reshape_like", x))
