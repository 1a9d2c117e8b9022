"""One card call said in Relay: in the one call of Relay's operator, else expanded into several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import relay_compat.ir.expr as relay
from migrate.backward.compositions import COMPOSITIONS, turned
from migrate.backward.sizes import Sizes
from migrate.report.model import Outcome
from relax_core.lowering.shared import free_sizes, numbers
from relay_compat.fragment import RelayFragment
from tensor_core import codes, dtypes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.module import Expr
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import relay_attrs
from tensor_core.spans import Span

Card = OpCard[Any]


class _Counting(RelayFragment):
    """A fragment that notes the operators it calls."""

    def __init__(self, span: Span | None) -> None:
        super().__init__(span)
        self.said: list[str] = []

    def call(self, card: str, *args: Any, **params: Any) -> Expr:
        """As that of a Relay fragment; what turns back what was turned before is not said."""
        undone = self.undone(card, args, params)
        if undone is not None:
            return undone
        relay_spelling = registry().by_name[card].relay
        if relay_spelling is not None:
            self.said.append(relay_spelling.name)
        return super().call(card, *args, **params)

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
    card: Card, params: Any, args: Sequence[Expr], sizes: Sizes, span: Span | None
) -> tuple[Expr, Outcome, tuple[str, ...], str]:
    """The Relay expression, how it was said, in which operators, and why not in one call.

    R2R0404 when the card offers no way.
    """
    fragment = _Counting(span)
    if any(map(free_sizes, numbers(params))):
        found = sizes.by_value(card.name, params, args, fragment)
        if found is None:
            message = f"{card.name} takes sizes that are known only when it runs, and Relay has no form of it for those"
            raise fail(codes.REVERT_UNSUPPORTED, message, span, "give the symbolic dimension a size (BindSymbolicVars)")
        value, name = found
        return value, Outcome.DIRECT, (name,), ""
    undone = fragment.undone(card.name, args, {name: getattr(params, name) for name in params.__dataclass_fields__})
    if undone is not None:
        return undone, Outcome.DIRECT, (), ""
    reason = f"Relay has no operator {card.name}"
    if card.relay is not None:
        types = [fragment.type_of(arg) for arg in args]
        try:
            attrs = relay_attrs(card, params, types)
            result = card.infer(params, *types)
        except Reject as reject:
            reason = reject.message
        else:
            written = Attrs(card.relay.attrs_type, attrs) if card.relay.attrs_type else None
            call = relay.Call(relay.op(card.relay.name), tuple(args), written, span=span)
            call.memo("checked", result)
            return call, Outcome.DIRECT, (card.relay.name,), ""
    compose = COMPOSITIONS.get(card.name) or card.expand
    if compose is None:
        hint = "write it in operators that Relay has"
        raise fail(codes.REVERT_UNSUPPORTED, f"{card.name} is not said in Relay: {reason}", span, hint)
    try:
        value = compose(params, fragment, *map(_unpacked, args))
    except Reject as reject:
        raise fail(codes.REVERT_UNSUPPORTED, f"{card.name} is not said in Relay: {reject.message}", span) from None
    value = fragment.tuple(*cast("tuple[Expr, ...]", value)) if isinstance(value, tuple) else value
    outcome = Outcome.DIRECT if len(fragment.said) == 1 else Outcome.EXPANDED
    return value, outcome, tuple(fragment.said), "" if outcome is Outcome.DIRECT else reason


def _unpacked(arg: Expr) -> Any:
    return arg.fields if isinstance(arg, relay.Tuple) else arg
