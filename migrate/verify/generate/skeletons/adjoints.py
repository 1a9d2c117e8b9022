"""What gradients are taken of, operator by operator: a loss through one call of each that has a gradient.

The loss is ``sum(f * exp(w))``, so that no two adjoints of ``f`` are alike, and none is zero; nor does it matter which
sign a zero has, which the sides' sums may change: what is exponentiated is rounded. Calls are those that the cards
draw, and what they take are parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from migrate.verify.generate import domains
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.insertion import drawn
from migrate.verify.generate.inverses import Plan
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.operators import made
from migrate.verify.generate.skeletons.called import named
from migrate.verify.generate.skeletons.placed import Make
from relax_core.text.release import NEWEST
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Call, Expr
from tensor_core import dtypes
from tensor_core.ops.card import Domain, Reject
from tensor_core.ops.draw import Draw
from tensor_core.ops.registry import Card, registry
from tensor_core.shapes import is_static
from tensor_core.types import TensorType, TupleType, Type

_TRIES = 400
_SAMPLES = 40
_SMALL = Domain(-1.0, 1.0)

_FREE = {"one_hot": (1, 2)}
"""Operands that cards give outright, and that may as well be parameters."""

_HELD = {"full": (0,), "full_like": (1,)}
"""Operands that are constants in any case: what tensors are filled with has no adjoint in TVM's Relax."""


def _has_data_in_all_windows(params: Any) -> bool:
    """The maximum of nothing is the lowest number, beside which no other counts."""
    return params.rounding == "floor" and max(params.padding) < min(params.pool_size)


_FITS: Mapping[str, Callable[[Any], bool]] = {"nn.max_pool2d": _has_data_in_all_windows}
"""Which calls of a card are drawn, by its parameters."""


class _MostlySingle(Draw):
    """Choices in which an element type is float32 for preference."""

    __slots__ = ()

    def one_of(self, *items: Any) -> Any:
        return "float32" if "float32" in items and self.integer(0, 3) else super().one_of(*items)


def loss_through(name: str) -> Make:
    """A loss through one call of an operator, by Relay's name."""
    card = registry().by_relay[name]

    def make(m: Maker) -> Expr:
        plan = next(plan for _ in range(_TRIES) if (plan := _plan(m, card)) is not None)
        given = {n: _operand(m, card, plan, n) for n in range(len(plan.operands)) if n not in _outright(card, plan)}
        if card.name == "variance_about":
            # About anything else, the adjoints of data and mean are right together only.
            given[1] = m.build.call("mean", given[0], axis=plan.params["axis"], keepdims=True)
        value = made(m, card.name, plan, 0, False, given=given)
        type_ = m.build.type_of(value)
        fields = range(len(type_.fields)) if isinstance(type_, TupleType) else ()
        total, *others = [_weighed(m, part) for part in [m.build.item(value, n) for n in fields] or [value]]
        for other in others:
            total = m.build.call("add", total, other)
        return total

    return named(name, make)


def _plan(m: Maker, card: Card) -> Plan | None:
    """A call of tensors with elements; None for one of which a side has no gradient, and for one of truth values alone
    or that gives integers, which have none.
    """
    plan = drawn(card, m.choose, _MostlySingle)
    types = [] if plan is None else _tensors(plan)
    if plan is None or not all(all(type_.shape) for type_ in types):
        return None
    if (types and all(type_.dtype == "bool" for type_ in types)) or not _is_handled(m, card, plan):
        return None
    return plan if _is_float(card, plan) or not _can_be_float(card) else None


def _is_handled(m: Maker, card: Card, plan: Plan) -> bool:
    """Whether the card's gradient takes the call, and Relax says it with operators."""
    spelling = card.relax[-1] if card.relax and card.expand is None else None
    params = card.params(**plan.params)
    if card.name in _FITS and not _FITS[card.name](params):
        return False
    if spelling is not None and spelling.fits and spelling.fits(params, _argument_types(plan), NEWEST):
        return False
    args = [_placeholder(m, card, plan, n) for n in range(len(plan.operands))]
    call = m.build.call(card.name, *args, **plan.params)
    assert isinstance(call, Call)
    assert card.gradient is not None
    try:
        card.gradient(params, RelayFragment(), call.args, call, call)
    except Reject:
        return False
    return True


@cache
def _can_be_float(card: Card) -> bool:
    """Whether there are calls that give floats: comparisons do not, nor does what gives a shape."""
    choose = of_seed(card.name).choose
    plans = [drawn(card, choose, _MostlySingle) for _ in range(_SAMPLES)]
    return any(_is_float(card, plan) for plan in plans if plan is not None)


def _is_float(card: Card, plan: Plan) -> bool:
    result = card.infer(card.params(**plan.params), *_argument_types(plan))
    first = result.fields[0] if isinstance(result, TupleType) else result
    return isinstance(first, TensorType) and dtypes.is_float(first.dtype)


def _placeholder(m: Maker, card: Card, plan: Plan, place: int) -> Any:
    wanted = plan.operands[place]
    if isinstance(wanted, tuple):
        return tuple(m.build.var("x", type_) for type_ in wanted)
    known = _outright(card, plan).get(place)
    return m.build.var("x", wanted) if known is None else m.build.constant(known, wanted.dtype)


def _outright(card: Card, plan: Plan) -> dict[int, Any]:
    """The values of operands that are no others."""
    return {n: value for n, value in plan.values.items() if n not in _FREE.get(card.name, ())}


def _operand(m: Maker, card: Card, plan: Plan, place: int) -> Any:
    wanted, domain = plan.operands[place], domains.asked(card.name, plan, place, None)
    held = place in _HELD.get(card.name, ())
    if isinstance(wanted, tuple):
        return tuple(_leaf(m, type_, domain, held) for type_ in wanted)
    return _leaf(m, wanted, domain, held)


def _leaf(m: Maker, type_: TensorType, domain: Domain | None, held: bool) -> Expr:
    if held:
        return m.constant(type_, domain)
    if not dtypes.is_float(type_.dtype):
        return m.parameter(type_, domain)
    stated = domain or _SMALL
    low, high = max(stated.low, _SMALL.low), min(stated.high, _SMALL.high)
    return m.parameter(type_, Domain(low, high) if low <= high else stated)


def _argument_types(plan: Plan) -> list[Type]:
    return [TupleType(item) if isinstance(item, tuple) else item for item in plan.operands]


def _tensors(plan: Plan) -> list[TensorType]:
    parts = [item if isinstance(item, tuple) else (item,) for item in plan.operands]
    return [type_ for part in parts for type_ in part]


def _weighed(m: Maker, value: Expr) -> Expr:
    """The sum of the elements, each multiplied by a weight; of an open size by one for all."""
    type_ = m.build.tensor_type(value)
    if type_.dtype != "float32":
        value = m.build.call("cast", value, dtype="float32")
    shape = type_.shape if is_static(type_.shape) else ()
    weight = m.build.call("exp", m.parameter(TensorType(shape, "float32"), _SMALL))
    return m.build.call("sum", m.build.call("multiply", value, weight), axis=tuple(range(type_.rank)), keepdims=False)


THROUGH_OPERATORS = tuple(
    loss_through(name) for name, card in sorted(registry().by_relay.items()) if card.gradient is not None
)
"""One for each operator with a gradient."""
