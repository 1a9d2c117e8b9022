"""Formulas over the values of a fragment, written with Python's operators: the language of gradients on cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from tensor_core import shapes
from tensor_core.fragment import Fragment, GradientFragment
from tensor_core.ops.card import Reject
from tensor_core.types import TensorType


class Formula:
    """A value of a fragment. Operators and methods call cards; numbers must be made with :meth:`number`.

    What depends on another value's type only (from :meth:`one` to :meth:`cast_as`) can be said in gradients.
    """

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

    @property
    def extents(self) -> tuple[int, ...]:
        """The value's dimensions as numbers; Reject when one is symbolic."""
        if not shapes.is_static(self.shape):
            raise Reject("it needs dimensions that are known")
        return shapes.static(self.shape)

    def swapped(self) -> Formula:
        """The matrices of the last two dimensions with rows and columns exchanged."""
        *outer, row, column = range(len(self.shape))
        return self.call("transpose", axes=(*outer, column, row))

    def zeros(self) -> Formula:
        """Zeros of this value's type."""
        return self.call("zeros_like", dtype=self.type.dtype)

    def one(self) -> Formula:
        """1 as an operand next to this value; its shape is open."""
        return self._said(self._idiom.number_beside(1, self.value))

    def zero(self) -> Formula:
        """0 as an operand next to this value; its shape is open."""
        return self._said(self._idiom.number_beside(0, self.value))

    def extent(self, axis: int) -> Formula:
        """The length of a dimension as a scalar of this value's element type."""
        return self._said(self._idiom.extent(self.value, axis))

    def unreduced(self, axes: Sequence[int]) -> Formula:
        """With dimensions of extent 1 in the places of reduced ones; what was reduced to a scalar may stay one."""
        return self._said(self._idiom.unreduced(self.value, axes))

    def summed_to(self, like: Formula) -> Formula:
        """Summed over the dimensions that broadcasting gave it beyond those of ``like``."""
        return self._said(self._idiom.summed_to(self.value, like.value))

    def spread_to(self, like: Formula) -> Formula:
        """Broadcast to the shape of ``like``."""
        return self._said(self._idiom.spread_to(self.value, like.value))

    def shaped_as(self, like: Formula) -> Formula:
        """The same elements in the shape of ``like``."""
        return self._said(self._idiom.shaped_as(self.value, like.value))

    def cast_as(self, like: Formula) -> Formula:
        """In the element type of ``like``."""
        return self._said(self._idiom.cast_as(self.value, like.value))

    def in_type_of(self, like: Formula) -> Formula:
        """In the element type of ``like``, if it has another."""
        return self if self.type.dtype == like.type.dtype else self.cast_as(like)

    @property
    def _idiom(self) -> GradientFragment[Any]:
        return cast("GradientFragment[Any]", self._fragment)

    def _said(self, value: Any) -> Formula:
        return Formula(self._fragment, value)

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
    return derivatives(lambda _params, args, result, seed: [rule(args[0], result, seed)])


Rule = Callable[[Any, Sequence[Formula], Formula, Formula], Sequence[Formula | None]]


def derivatives(rule: Rule) -> Gradient:
    """The gradient of any function: ``rule(params, args, result, seed)`` gives the adjoints of the arguments, None for
    one on which the result does not depend smoothly (a condition, an index).
    """

    def gradient(
        params: Any, fragment: GradientFragment[Any], args: Sequence[Any], result: Any, seed: Any
    ) -> Sequence[Any]:
        values = [Formula(fragment, arg) for arg in args]
        adjoints = rule(params, values, Formula(fragment, result), Formula(fragment, seed))
        return [None if adjoint is None else adjoint.value for adjoint in adjoints]

    return gradient


def in_one_type(rule: Rule) -> Rule:
    """The rule for operands in the result's element type, where an operator may compute in another than theirs; each
    adjoint is in the type of its operand. (TVM's gradients of such calls are of no type.)
    """

    def adjoints(params: Any, args: Sequence[Formula], result: Formula, seed: Formula) -> Sequence[Formula | None]:
        found = rule(params, [arg.in_type_of(seed) for arg in args], result, seed)
        return [None if item is None else item.in_type_of(arg) for item, arg in zip(found, args, strict=True)]

    return adjoints


def vanishing(count: int) -> Gradient:
    """The gradient of a function that is constant almost everywhere, of so many arguments."""
    return derivatives(lambda _params, _args, _result, _seed: [None] * count)


def reshaped() -> Gradient:
    """The gradient of a function that keeps the elements and their order: the seed in the argument's shape."""
    return derivative(lambda x, _result, seed: seed.shaped_as(x))
