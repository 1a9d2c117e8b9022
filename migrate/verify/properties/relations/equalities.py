"""What the laws of the cards say of the operators of a program, as rules for terms: equal to the bit, of one type.

Each symbol stands for an operator on operands of known types, so that no rule, wherever it applies, equates terms of
different types. Signs are changed by a product with -1: ``negative`` is 0 - x in TVM, which makes 0 of both zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from relay_compat.ir.expr import Op
from tensor_core.ops.card import Exact, Law, OpCard, Pattern, Reject
from tensor_core.ops.spelling import relay_params
from tensor_core.types import TensorType

_FLIPPED = ("float16", "float32", "float64")
"""Element types whose signs are changed."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """An operator with its attributes, on operands of these types; ``attrs`` is what tells it from others. Without an
    operator it is the product with -1.
    """

    op: Op | None
    attrs: str
    takes: tuple[TensorType, ...]
    gives: TensorType

    @property
    def laws(self) -> frozenset[Law]:
        """Those of its card."""
        return frozenset() if self.op is None or self.op.card is None else self.op.card.laws


class Symbols:
    """Operators by number."""

    def __init__(self) -> None:
        self.all: list[Symbol] = []
        self.attrs: list[Any] = []
        self._numbers: dict[Symbol, int] = {}

    def number(self, symbol: Symbol, attrs: Any = None) -> int:
        """The number of a symbol, a new one if need be; ``attrs``: what a call of it is given."""
        if symbol not in self._numbers:
            self._numbers[symbol] = len(self.all)
            self.all.append(symbol)
            self.attrs.append(attrs)
        return self._numbers[symbol]

    def flip(self, type_: TensorType) -> int:
        """The number of the change of signs."""
        return self.number(Symbol(None, "", (type_,), type_))


def has_laws(card: OpCard[Any], params: Any, type_: TensorType) -> bool:
    """Whether there may be a rule for calls of a card whose first operand is of this type."""
    return bool(card.laws) or is_of_elements(card, params, type_)


def is_of_elements(card: OpCard[Any], params: Any, type_: TensorType) -> bool:
    """Whether it gives the same bits for an element wherever that stands: then it takes a scalar, too, as one of places
    (``triu``) does not.
    """
    if card.pattern is not Pattern.ELEMENTWISE or not isinstance(card.error, Exact) or len(card.inputs) != 1:
        return False
    try:
        found = card.infer(params, TensorType((), type_.dtype))
    except Reject:
        return False
    return found == TensorType((), type_.dtype)


def rules(symbols: Symbols) -> list[str]:
    """What the laws say of the symbols of a program; symbols of the same operators on other types are added."""
    found: dict[str, None] = {}
    for number, symbol in enumerate(list(symbols.all)):
        found.update(dict.fromkeys(_of_one(symbols, number, symbol)))
        if Law.MOVES in symbol.laws and symbol.takes[0].dtype == symbol.gives.dtype:
            found.update(dict.fromkeys(_moved(symbols, number, symbol)))
    flips = (number for number, symbol in enumerate(symbols.all) if symbol.op is None)
    found.update((f"(rewrite (C1 {flip} (C1 {flip} x)) x)", None) for flip in flips)
    return list(found)


def _of_one(symbols: Symbols, number: int, symbol: Symbol) -> Iterator[str]:
    laws, takes, gives = symbol.laws, symbol.takes, symbol.gives
    first, plain = takes[0], _call(number, symbol, "x")
    if Law.COMMUTATIVE in laws and len(takes) == 2:
        turned = symbols.number(replace(symbol, takes=takes[::-1]), symbols.attrs[number])
        yield f"(rewrite (C2 {number} a b) (C2 {turned} b a))"
    if Law.ASSOCIATIVE in laws and takes == (gives, gives):
        yield f"(birewrite (C2 {number} (C2 {number} a b) c) (C2 {number} a (C2 {number} b c)))"
    if Law.IDEMPOTENT in laws and len(takes) == 1:
        again = symbols.number(replace(symbol, takes=(gives,)), symbols.attrs[number])
        yield f"(birewrite (C1 {again} {plain}) {plain})"
    if Law.INVOLUTION in laws and takes == (gives,) and _keeps_zeros(symbol):
        yield f"(rewrite (C1 {number} {plain}) x)"
        yield f"(rewrite {plain} (C1 {number} (C1 {number} {plain})))"
    if first.dtype not in _FLIPPED or gives.dtype not in _FLIPPED:
        return
    inner = symbols.flip(first)
    turned = _call(number, symbol, f"(C1 {inner} x)")
    if Law.EVEN in laws:
        yield f"(birewrite {turned} {plain})"
    if Law.SIGNED in laws or (Law.MOVES in laws and first.dtype == gives.dtype):
        outer = symbols.flip(gives)
        yield f"(birewrite {turned} (C1 {outer} {plain}))"
        yield f"(rewrite {plain} (C1 {outer} {turned}))"


def _keeps_zeros(symbol: Symbol) -> bool:
    """Whether the sign of a zero is that of the operand wherever other signs are."""
    return Law.ODD not in symbol.laws or Law.SIGNED in symbol.laws or "float" not in symbol.gives.dtype


def _moved(symbols: Symbols, number: int, symbol: Symbol) -> Iterator[str]:
    """What moves elements and what is made of one of them may be done in either order."""
    first, gives = symbol.takes[0], symbol.gives
    for other in list(symbols.all):
        attrs = symbols.attrs[symbols.number(other)]
        if other.op is None or other.takes[1:] or other.takes[0].dtype != first.dtype or other.op.card is None:
            continue
        if not is_of_elements(other.op.card, relay_params(other.op.card, attrs or {}, other.takes), other.takes[0]):
            continue
        inner = symbols.number(replace(other, takes=(first,), gives=first), attrs)
        outer = symbols.number(replace(other, takes=(gives,), gives=gives), attrs)
        yield f"(birewrite {_call(number, symbol, f'(C1 {inner} x)')} (C1 {outer} {_call(number, symbol, 'x')}))"


def _call(number: int, symbol: Symbol, first: str) -> str:
    rest = "".join(f" r{n}" for n in range(len(symbol.takes) - 1))
    return f"(C{len(symbol.takes)} {number} {first}{rest})"
