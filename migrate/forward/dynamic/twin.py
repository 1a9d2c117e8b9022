"""A call whose sizes are operands, as a call that holds them as attributes or shape expressions: its twin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

import relax_core.ir.expr as relax
from migrate.forward.dynamic.operands import Operands
from tensor_core.loops.nodes import PrimFunc
from tensor_core.ops import rules
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import complete, relay_params
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type

Write = Callable[["Writer", Sequence[Any]], relax.Expr]


@dataclass(frozen=True, slots=True)
class Twin:
    """``type``: of the result. ``write``: emits it, given the operands' values. ``uses``: the operands that it takes as
    tensors; the others need not be computed. ``card`` and ``params``: the call, where it is a single one.
    """

    type: Type
    write: Write
    uses: tuple[int, ...] = (0,)
    card: OpCard[Any] | None = None
    params: Any = None


class Writer(Protocol):
    """A fragment that also puts types on what it writes."""

    def call(self, card: str, *args: relax.Expr | tuple[relax.Expr, ...], **params: Any) -> relax.Expr:
        """A call of a card."""
        ...

    def cast(self, value: relax.Expr, shape: Sequence[Dim], dtype: str) -> relax.Expr:
        """The value under a shape."""
        ...

    def spread(self, value: relax.Expr, shape: Sequence[Dim]) -> relax.Expr:
        """The value under a shape that its own broadcasts to; whether a dimension is 1 shows at run time."""
        ...

    def sizes(self, dims: Sequence[Dim]) -> relax.Expr:
        """Sizes as a vector."""
        ...

    def read(self, value: relax.Expr, symbols: Sequence[Dim]) -> None:
        """Let symbols stand for the elements of a vector of int64."""
        ...

    def positions(self, value: relax.Expr) -> relax.Expr:
        """The positions of what is not zero, as ``nonzero`` gives them; Reject for text that cannot say it."""
        ...

    def unreshaped(self, value: relax.Expr) -> relax.Expr:
        """What reshapes made the value of."""
        ...

    def kernel(self, kernel: PrimFunc, args: Sequence[relax.Expr], results: Sequence[TensorType]) -> relax.Expr:
        """A call of a tensor program with several results."""
        ...

    def constant(self, value: Any, dtype: str) -> relax.Expr:
        """A constant."""
        ...

    def tuple(self, *items: relax.Expr) -> relax.Expr:
        """A tuple."""
        ...

    def item(self, value: relax.Expr, index: int) -> relax.Expr:
        """A field of a tuple."""
        ...

    def tensor_type(self, value: relax.Expr) -> TensorType:
        """The type of a tensor."""
        ...


Rule = Callable[[Any, Operands], Twin | None]
"""Gives None for a call that stays as it is."""


def static(name: str, operands: Operands, uses: tuple[int, ...] = (0,), **params: Any) -> Twin:
    """A call of another card."""
    card = registry().by_name[name]
    made = card.params(**params)
    type_ = card.infer(made, *(operands.types[place] for place in uses))
    return Twin(
        type_, lambda f, args: f.call(name, *(args[place] for place in uses), **_params(made)), uses, card, made
    )


def _params(made: Any) -> dict[str, Any]:
    return {item.name: getattr(made, item.name) for item in fields(made)}


def of_relay(name: str, operands: Operands, uses: tuple[int, ...] = (0,), **attrs: Any) -> Twin:
    """A call of another card, given by its Relay name and attributes."""
    card: OpCard[Any] = registry().by_relay[name]
    assert card.relay is not None
    made = relay_params(card, complete(card.relay.fields, attrs), [operands.types[place] for place in uses])
    return static(card.name, operands, uses, **_params(made))


def tensor(operands: Operands, place: int = 0) -> TensorType:
    """The type of an operand that is a tensor."""
    return rules.tensor(operands.types[place], place)


def sizes_of(operands: Operands, place: int, signed: bool = False) -> tuple[Dim, ...]:
    """The elements of an operand, as dimensions."""
    return tuple([whole(item) for item in operands.values(place, signed).reshape(-1)])


def whole(value: Any) -> Dim:
    """An element as a dimension."""
    if isinstance(value, PrimExpr):
        return value
    if isinstance(value, float) and not value.is_integer():
        raise Reject(f"{value} is no size")
    return int(value)


def numbers_of(operands: Operands, place: int) -> tuple[int, ...]:
    """The elements of an operand that the program states."""
    return tuple(map(int, operands.stated(place).reshape(-1)))
