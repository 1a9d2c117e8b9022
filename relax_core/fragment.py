"""Instantiating card expansions and gradients as Relax bindings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import Constant, Expr, PrimValue, Tuple, TupleGetItem
from relax_core.ops import make_call
from relax_core.types.deduce import type_of
from relax_core.types.plain import plain
from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import fail
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.spans import Span
from tensor_core.types import TensorType, TupleType, Type

Say = Callable[[OpCard[Any], Any, Sequence[Expr]], Expr]
"""How one call of a card is said: (card, parameters, leaf arguments) to an expression."""


class Target(Protocol):
    """Where expressions go: an emitter, or what stands in its place."""

    @property
    def release(self) -> str:
        """The release in whose operators calls are said."""
        ...

    def argument(self, expr: Expr) -> Expr:
        """The expression as an argument of a call."""
        ...

    def normal(self, expr: Expr) -> Expr:
        """The expression as a right-hand side, typed."""
        ...


class RelaxFragment:
    """Writes the calls of an expansion through a builder or emitter, one binding each; the last is returned unbound.

    ``say`` decides how a call is said; by default in one call of the emitter's release, else by its own expansion.
    """

    def __init__(self, builder: BlockBuilder | Target, say: Say | None = None, span: Span | None = None) -> None:
        self._emitter: Target = builder.emitter if isinstance(builder, BlockBuilder) else builder
        self._say = say or self._said
        self._span = span

    def call(self, card: str, *args: Expr | tuple[Expr, ...], **params: Any) -> Expr:
        """Say a call of another card; R2R0401 when Relax can neither say nor expand it."""
        callee = registry().by_name[card]
        leaf = self._emitter.argument
        given = [leaf(Tuple(arg) if isinstance(arg, tuple) else arg) for arg in args]
        return self._say(callee, callee.params(**params), given)

    def _said(self, card: OpCard[Any], params: Any, args: Sequence[Expr]) -> Expr:
        made = make_call(card, params, args, self._emitter.release)
        if not isinstance(made, str):
            return self._emitter.normal(made)
        if card.expand is not None:
            return self._emitter.normal(card.expand(params, self, *map(unpacked, args)))
        return self._unsaid(card, params, args, made)

    def _unsaid(self, card: OpCard[Any], params: Any, args: Sequence[Expr], reason: str) -> Expr:
        del params, args
        raise fail(codes.REFUSED_OP, f"{card.name} cannot be said in Relax: {reason}", self._span)

    def constant(self, value: np.ndarray | float | int | bool, dtype: str) -> Expr:
        """A constant. Reject for an element type of which there are no arrays."""
        if not dtypes.is_known(dtype):
            raise Reject(f"there are no constants of {dtype}")
        made = Constant(np.asarray(value).astype(dtypes.to_numpy(dtype)), self._span)
        type_of(made)
        return made

    def tuple(self, *items: Expr) -> Expr:
        """A tuple of values; it is bound only where a variable is needed."""
        made = Tuple(tuple(map(self._emitter.argument, items)))
        type_of(made)
        return made

    def item(self, value: Expr | tuple[Expr, ...], index: int) -> Expr:
        """One field of a tuple value."""
        if isinstance(value, tuple):
            return value[index]
        return field_of(self._emitter.argument(value), index)

    def known(self, value: Expr) -> np.ndarray[Any, Any] | None:
        """The array of a constant, or of a scalar that is a number; None for a value that is computed."""
        if isinstance(value, PrimValue) and isinstance(value.value, prim.IntImm | prim.FloatImm):
            return np.asarray(value.value.value).astype(dtypes.to_numpy(value.value.dtype))
        return value.data if isinstance(value, Constant) else None

    def type_of(self, value: Expr | tuple[Expr, ...]) -> Type:
        """The type of a value; R2R0203 when it has none."""
        if isinstance(value, tuple):
            return TupleType(tuple(map(self.type_of, value)))
        found = type_of(value)
        if found is None:
            raise fail(codes.UNRESOLVED_TYPE, "a value of the expansion has no type", self._span)
        return plain(found)

    def tensor_type(self, value: Expr) -> TensorType:
        """The type of a tensor value; R2R0202 when its shape is unknown or it is no tensor."""
        found = self.type_of(value)
        if not isinstance(found, TensorType):
            raise fail(codes.TYPE_MISMATCH, f"the expansion needs a tensor of known shape, got {found}", self._span)
        return found


def field_of(value: Expr, index: int) -> Expr:
    """``value[index]``, looking into tuples that are written out."""
    return value.fields[index] if isinstance(value, Tuple) else TupleGetItem(value, index)


def unpacked(arg: Expr) -> Any:
    """An argument as expansions take it: a tuple that is written out as a Python tuple."""
    return arg.fields if isinstance(arg, Tuple) else arg
