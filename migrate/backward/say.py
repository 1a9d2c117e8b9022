"""One card call said in Relay: in the one call of Relay's operator, else expanded into several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

import relay_compat.ir.expr as relay
from migrate.backward.alike import mean_the_same
from migrate.backward.compositions import COMPOSITIONS, turned
from migrate.backward.sizes import Sizes
from migrate.report.model import Outcome
from relax_core.lowering.shared import free_sizes, numbers
from relay_compat.fragment import RelayFragment
from tensor_core import codes, dtypes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.module import Expr
from tensor_core.ops.card import Kind, OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import relay_attrs, relay_params
from tensor_core.prim import AnyDim, Imm
from tensor_core.spans import Span
from tensor_core.types import TupleType, Type

Card = OpCard[Any]


class _Counting(RelayFragment):
    """A fragment that notes the operators it calls."""

    def __init__(self, span: Span | None) -> None:
        super().__init__(span)
        self.span = span
        self.said: list[str] = []

    def call(self, card: str, *args: Any, **params: Any) -> Expr:
        """As that of a Relay fragment; what turns back what was turned before is not said."""
        undone = self.undone(card, args, params)
        if undone is not None:
            return undone
        callee = registry().by_name[card]
        given = [self.tuple(*cast("tuple[Expr, ...]", arg)) if isinstance(arg, tuple) else arg for arg in args]
        settings = callee.params(**params)
        made = self.one_call(callee, settings, given)
        return made if not isinstance(made, str) else self.composed(callee, settings, given, made)

    def one_call(self, card: Card, params: Any, args: Sequence[Expr]) -> relay.Call | str:
        """The call of Relay's operator that says this, or why none does.

        What the call says is read again: a parameter that Relay's attributes do not carry shows there.
        """
        if card.relay is None:
            return f"Relay has no operator {card.name}"
        types = [self.type_of(arg) for arg in args]
        try:
            attrs = relay_attrs(card, params, types)
            result = card.infer(params, *types)
            again = relay_params(card, attrs, types)
        except Reject as reject:
            return reject.message
        if not mean_the_same(card, params, again, types):
            return f"{card.relay.name} of Relay cannot say {params}"
        held = {item.name: _held(attrs[item.name], item.kind) for item in card.relay.fields}
        written = Attrs(card.relay.attrs_type, held) if card.relay.attrs_type else None
        call = relay.Call(relay.op(card.relay.name), tuple(args), written, span=self.span)
        call.memo("checked", result)
        self.said.append(card.relay.name)
        return call

    def composed(self, card: Card, params: Any, args: Sequence[Expr], reason: str) -> Expr:
        """The expression of several calls that says this; R2R0404 where there is none. ``reason``: why not one."""
        compose = COMPOSITIONS.get(card.name) or card.expand
        hint = "write it in operators that Relay has"
        if compose is None:
            message = f"{card.name} is not said in Relay: {reason}"
            raise fail(codes.REVERT_UNSUPPORTED, message, self.span, hint)
        try:
            value = compose(params, self, *map(_unpacked, args))
        except Reject as reject:
            message = f"{card.name} is not said in Relay: {reason}; {reject.message}"
            raise fail(codes.REVERT_UNSUPPORTED, message, self.span, hint) from None
        return self.tuple(*cast("tuple[Expr, ...]", value)) if isinstance(value, tuple) else value

    def type_of(self, value: Any) -> Type:
        """The type of a value, or of several as a tuple."""
        if isinstance(value, tuple):
            return TupleType(tuple(map(self.type_of, cast("tuple[Expr, ...]", value))))
        return super().type_of(value)

    def item(self, value: Any, index: int) -> Expr:
        """One field of a tuple value."""
        if isinstance(value, tuple):
            return cast("tuple[Expr, ...]", value)[index]
        return super().item(value, index)

    def undone(self, card: str, args: Sequence[Any], params: Mapping[str, Any]) -> Expr | None:
        """What a call gives back that undoes the one its argument is."""
        source = args[0] if args else None
        if not isinstance(source, relay.Call) or not isinstance(source.op, relay.Op) or source.op.name != card:
            return None
        if card == "transpose":
            rank = self.tensor_type(source).rank
            order = tuple(params["axes"] or reversed(range(rank)))
            return turned(source, tuple(sorted(range(rank), key=order.__getitem__)))
        if card == "cast":
            before, between = self.tensor_type(source.args[0]).dtype, self.tensor_type(source).dtype
            kept = dtypes.is_int(before) and dtypes.is_int(between) and dtypes.bits(before) < dtypes.bits(between)
            return source.args[0] if kept and params["dtype"] == before else None
        return None


def say(
    card: Card, params: Any, args: Sequence[Expr], sizes: Sizes, span: Span | None, shape: Expr | None = None
) -> tuple[Expr, Outcome, tuple[str, ...], str]:
    """The Relay expression, how it was said, in which operators, and why not in one call.

    ``shape``: the shape that the call takes, where it is a value of which Relax knows no sizes.
    R2R0404 when the card offers no way.
    """
    fragment = _Counting(span)
    params = replace(params, **{name: _plain(getattr(params, name)) for name in params.__dataclass_fields__})
    if any(isinstance(item, AnyDim) or free_sizes(item) for item in numbers(params)):
        try:
            found = sizes.by_value(card.name, params, args, fragment, span, shape)
        except Reject as reject:
            raise fail(codes.REVERT_UNSUPPORTED, f"{card.name}: {reject.message}", span) from None
        if found is None:
            message = f"{card.name} takes sizes that are known only when it runs, and Relay has no form of it for those"
            raise fail(codes.REVERT_UNSUPPORTED, message, span, "give the symbolic dimension a size (BindSymbolicVars)")
        value, name = found
        return value, Outcome.DIRECT, (name,), ""
    undone = fragment.undone(card.name, args, {name: getattr(params, name) for name in params.__dataclass_fields__})
    if undone is not None:
        return undone, Outcome.DIRECT, (), ""
    made = fragment.one_call(card, params, args)
    if not isinstance(made, str):
        return made, Outcome.DIRECT, tuple(fragment.said), ""
    value = fragment.composed(card, params, args, made)
    outcome = Outcome.DIRECT if len(fragment.said) == 1 else Outcome.EXPANDED
    return value, outcome, tuple(fragment.said), "" if outcome is Outcome.DIRECT else made


def _plain(value: Any) -> Any:
    """A parameter without the element type that sizes have in Relax, and none has that is an attribute in Relay."""
    if isinstance(value, tuple):
        return tuple(map(_plain, cast("tuple[Any, ...]", value)))
    return int(value) if isinstance(value, Imm) else value


def _held(value: Any, kind: Kind) -> Any:
    """An attribute as Relay holds it: what it reads as a float is one, an array a constant."""
    if isinstance(value, np.ndarray):
        return relay.Constant(cast("np.ndarray", value))
    return float(value) if kind is Kind.FLOAT and isinstance(value, int) else value


def _unpacked(arg: Expr) -> Any:
    return arg.fields if isinstance(arg, relay.Tuple) else arg
