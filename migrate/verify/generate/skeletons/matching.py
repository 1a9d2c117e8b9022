"""Programs around what a dataflow pattern matches: the pattern read as a recipe.

First only types are chosen, from the root down by the inverses of shape rules, anew until the whole pattern has them;
then the expressions are made. What has no inverse is drawn by its card until its result fits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

from migrate.verify.generate import domains, operators
from migrate.verify.generate.insertion import drawn
from migrate.verify.generate.inverse_quantized import QUANTIZED
from migrate.verify.generate.inverses import Choose, Plan
from migrate.verify.generate.maker import SHAPES, Maker
from migrate.verify.generate.productions import PRODUCTIONS, Production
from migrate.verify.generate.skeletons.placed import placed
from migrate.verify.generate.skeletons.table import Skeleton
from relay_compat.dataflow_pattern import attributes
from relay_compat.dataflow_pattern import patterns as dp
from relay_compat.ir.expr import Call, Expr, Op, op
from tensor_core.attrs import Attrs
from tensor_core.ops.card import Domain, Reject
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import relay_attrs
from tensor_core.shapes import is_static, static
from tensor_core.types import TensorType, TupleType, Type

_DTYPES = (*["float32"] * 8, "int8", "uint8", "int32", "float16", "bool", "int64")
_TRIES = 60
"""How often all types are chosen anew; and how often those of one call, in one of these."""
_CALL_TRIES = 6
_CALLS = 150
"""How many calls one of these chooses at most."""
_DEEPEST = 100
"""Patterns nested more deeply are given up."""

Wanted = TensorType | tuple[TensorType, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class _Leaf:
    """Anything of a type; a constant, within a domain, if ``constant``."""

    type: TensorType
    constant: bool = False
    domain: Domain | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """A call, its operands planned where the pattern says more than any."""

    card: str
    plan: Plan
    type: Type
    given: Mapping[int, _Node]


@dataclass(frozen=True, slots=True, eq=False)
class _Several:
    """A tuple."""

    fields: Sequence[_Node]


_Node = _Leaf | _Made | _Several


def matching(name: str, pattern: dp.DFPattern, closed: bool = False) -> Skeleton:
    """The skeleton of programs that hold what a pattern matches; where no types were found for it, without.

    ``closed``: what is inside has no other use, neither outside nor among what the pattern leaves open.
    """
    plans = _Plans(pattern)

    def make(m: Maker) -> Expr:
        planned = plans.draw(m.choose)
        if planned is None:
            return m.expr(m.tensor_type(), 3)
        with m.scope.inner() if closed else nullcontext():
            return _Builder(m, closed).whole(planned)

    make.__name__ = name
    return Skeleton(placed(make))


def can_be_made(pattern: dp.DFPattern, choose: Choose) -> bool:
    """Whether types for a pattern are found."""
    return _Plans(pattern).draw(choose) is not None


class _Plans:
    """How what a pattern matches is planned: the types that its root may have, and what it names more than once."""

    def __init__(self, pattern: dp.DFPattern) -> None:
        self._pattern = pattern
        parts = dp.parts_of(pattern)
        shapes = [part.shape for part in parts if isinstance(part, dp.ShapePattern)]
        self._sizes = [static(shape) for shape in shapes if is_static(shape)]
        drawable = _drawable()
        named = [card for part in parts for card in _cards(part)]
        self._rare = [card for card in named if card in drawable and not _rows(card)]
        uses = Counter(part for whole in parts for part in dp.operands_of(whole))
        self._shared = frozenset(part for part, count in uses.items() if count > 1)

    def draw(self, choose: Choose) -> _Node | None:
        """One plan; None when none was found."""
        for _ in range(_TRIES):
            planner = _Planner(choose, self._shared, choose((True, True, False)))
            planned = planner.plan(self._pattern, self._root(choose, planner))
            if planned is not None:
                return planned
        return None

    def _root(self, choose: Choose, planner: _Planner) -> TensorType:
        """The type of the whole; where a call in it has no inverse, mostly that of one that is drawn first."""
        if self._rare and choose((True, True, False)):
            card = choose(self._rare)
            plan = drawn(registry().by_name[card], choose)
            result = None if plan is None else _result(plan, card)
            result = result.fields[0] if isinstance(result, TupleType) and result.fields else result
            if plan is not None and isinstance(result, TensorType) and is_static(result.shape):
                planner.drawn[card] = plan
                return result
        return TensorType(choose((*self._sizes, *SHAPES)), choose(_DTYPES))


@cache
def _drawable() -> frozenset[str]:
    return frozenset(card.name for card in registry() if card.draw is not None and not card.refused)


@cache
def _rows(card: str) -> tuple[Production, ...]:
    own = tuple(row for row in QUANTIZED if row.card == card)
    return own or tuple(row for row in PRODUCTIONS if row.card == card)


def _cards(pattern: dp.DFPattern) -> list[str]:
    """The cards of the operators that a pattern in the place of one takes."""
    match pattern:
        case dp.ExprPattern(expr=Op(name=name)):
            card = registry().by_relay.get(name)
            return [card.name] if card is not None else []
        case dp.AltPattern(left=left, right=right):
            return _cards(left) + _cards(right)
        case dp.AttrPattern(pattern=inner, attrs=attrs):
            return [
                card
                for card in _cards(inner)
                if attributes.accepts(attrs, op(cast("Any", registry().by_name[card].relay).name))
            ]
        case dp.WildcardPattern(pattern=None):
            return ["nn.relu", "negative", "add", "multiply", "exp"]
        case _:
            return []


def _result(plan: Plan, card: str) -> Type | None:
    callee = registry().by_name[card]
    try:
        return callee.infer(callee.params(**plan.params), *_types(plan))
    except Reject:
        return None


def _types(plan: Plan) -> list[Type]:
    return [TupleType(item) if isinstance(item, tuple) else item for item in plan.operands]


@dataclass(slots=True)
class _Planner:
    """One attempt: a pattern that occurs twice has one expression. ``scalars``: constants are scalars if they can."""

    choose: Choose
    shared: frozenset[dp.DFPattern]
    scalars: bool
    drawn: dict[str, Plan] = field(default_factory=dict[str, Plan])
    known: dict[dp.DFPattern, _Node] = field(default_factory=dict["dp.DFPattern", "_Node"])
    depth: int = 0
    left: int = _CALLS

    def plan(self, pattern: dp.DFPattern, wanted: Wanted) -> _Node | None:
        """What a pattern is to match, of a type; None when that was not found."""
        if pattern in self.known:
            found = self.known[pattern]
            return found if _type_of(found) == wanted else None
        if self.depth >= _DEEPEST:
            return None
        self.depth += 1
        made = self._planned(pattern, wanted, {}, None)
        self.depth -= 1
        if made is not None:
            self.known[pattern] = made
        return made

    def _planned(
        self, pattern: dp.DFPattern, wanted: Wanted, attrs: Mapping[str, Any], index: int | None
    ) -> _Node | None:
        match pattern:
            case dp.WildcardPattern(pattern=inner) if inner is not None:
                return self.plan(inner, wanted)
            case dp.WildcardPattern() | dp.VarPattern():
                return self._leaf(wanted, constant=False)
            case dp.ConstantPattern():
                return self._leaf(wanted, constant=True)
            case dp.AltPattern(left=left, right=right):
                sides = self.choose(((left, right), (right, left)))
                return self.plan(sides[0], wanted) or self.plan(sides[1], wanted)
            case dp.AttrPattern(pattern=inner, attrs=more):
                return self._planned(inner, wanted, {**attrs, **more}, index)
            case dp.TypePattern(pattern=inner, type=type_):
                return self._planned(inner, wanted, attrs, index) if wanted == type_ else None
            case dp.DataTypePattern(pattern=inner, dtype=dtype):
                fits = isinstance(wanted, TensorType) and wanted.dtype == dtype
                return self._planned(inner, wanted, attrs, index) if fits else None
            case dp.ShapePattern(pattern=inner, shape=shape):
                fits = isinstance(wanted, TensorType) and wanted.shape == shape
                return self._planned(inner, wanted, attrs, index) if fits else None
            case dp.TupleGetItemPattern(tuple_value=inner, index=index):
                return self._planned(inner, wanted, attrs, index)
            case dp.TuplePattern():
                return self._tuple(pattern, wanted)
            case dp.CallPattern():
                return self._call(pattern, wanted, attrs, index)
            case _:
                return None

    def _leaf(self, wanted: Wanted, constant: bool) -> _Node | None:
        if isinstance(wanted, tuple):
            return _Several([_Leaf(type_, constant) for type_ in wanted])
        return None if wanted is None else _Leaf(wanted, constant)

    def _tuple(self, pattern: dp.TuplePattern, wanted: Wanted) -> _Node | None:
        if not isinstance(wanted, tuple):
            return None
        parts = pattern.fields
        if parts is None:
            return _Several([_Leaf(type_) for type_ in wanted])
        if len(parts) != len(wanted):
            return None
        made = [self.plan(part, type_) for part, type_ in zip(parts, wanted, strict=True)]
        return None if None in made else _Several(cast("list[_Node]", made))

    def _call(
        self, pattern: dp.CallPattern, wanted: Wanted, attrs: Mapping[str, Any], index: int | None
    ) -> _Node | None:
        cards = _cards(pattern.op)
        if not cards or isinstance(wanted, tuple):
            return None
        for _ in range(_CALL_TRIES):
            self.left -= 1
            if self.left < 0:
                return None
            before = dict(self.known)
            made = self._tried(self.choose(cards), pattern.args, wanted, attrs, index)
            if made is not None:
                return made
            self.known = before
        return None

    def _tried(
        self,
        card: str,
        args: Sequence[dp.DFPattern] | None,
        wanted: TensorType | None,
        attrs: Mapping[str, Any],
        index: int | None,
    ) -> _Node | None:
        plan = self._chosen(card, wanted, index)
        if plan is None or not _has(card, plan, attrs):
            return None
        if args is None:
            return _Made(card, plan, wanted or cast("Type", _result(plan, card)), {})
        if len(args) != len(plan.operands):
            return None
        if self.scalars:
            plan = _with_scalars(card, plan, args)
        given: dict[int, _Node] = {}
        for place, (arg, operand) in enumerate(zip(args, plan.operands, strict=True)):
            if isinstance(arg, dp.WildcardPattern) and arg.pattern is None and arg not in self.shared:
                continue
            if place in plan.values:
                if not isinstance(arg, dp.ConstantPattern):
                    return None
                continue
            node = self.plan(arg, operand)
            if node is None:
                return None
            if isinstance(node, _Leaf) and node.constant:
                node = replace(node, domain=domains.asked(card, plan, place, None))
            given[place] = node
        return _Made(card, plan, wanted or cast("Type", _result(plan, card)), given)

    def _chosen(self, card: str, wanted: TensorType | None, index: int | None) -> Plan | None:
        """The operands and parameters of a call whose result, or the wanted field of it, has the type."""
        if wanted is not None and _rows(card):
            rows = [row for row in _rows(card) if row.reaches(wanted)]
            plan = self.choose(rows).inverse(wanted, self.choose) if rows else None
            return plan if plan is not None and _projected(plan.item, index) else None
        plan = self.drawn.pop(card, None) or drawn(registry().by_name[card], self.choose)
        if plan is None:
            return None
        result = _result(plan, card)
        if isinstance(result, TupleType) and index is not None:
            place = max(index, 0)
            if place >= len(result.fields) or (wanted is not None and result.fields[place] != wanted):
                return None
            return replace(plan, item=place)
        return plan if index is None and (wanted is None or result == wanted) else None


def _with_scalars(card: str, plan: Plan, args: Sequence[dp.DFPattern]) -> Plan:
    """The plan with constants that the pattern asks for as scalars, where the call takes one: in models they are, and
    what looks into them counts on it.
    """
    result = _result(plan, card)
    for place, (arg, operand) in enumerate(zip(args, plan.operands, strict=True)):
        if not isinstance(arg, dp.ConstantPattern) or not isinstance(operand, TensorType) or not operand.shape:
            continue
        scalar = TensorType((), operand.dtype)
        others = [replace(plan, operands=_at(plan.operands, place, scalar))]
        if len(plan.operands) == 2 and isinstance(result, TensorType):
            # The other one may have been the smaller.
            whole = TensorType(result.shape, operand.dtype)
            others.append(replace(plan, operands=_at((whole, whole), place, scalar)))
        plan = next((narrow for narrow in others if _result(narrow, card) == result), plan)
    return plan


def _at(operands: Sequence[Any], place: int, type_: TensorType) -> tuple[Any, ...]:
    return (*operands[:place], type_, *operands[place + 1 :])


def _projected(item: int | None, index: int | None) -> bool:
    """Whether a plan takes the field that the pattern takes; a field may be left to what stands around the pattern."""
    return item is None if index is None else item is not None and index in (dp.ANY_INDEX, item)


def _has(card: str, plan: Plan, wanted: Mapping[str, Any]) -> bool:
    if not wanted:
        return True
    callee = registry().by_name[card]
    assert callee.relay is not None
    try:
        written = {**relay_attrs(callee, callee.params(**plan.params), _types(plan)), **plan.attrs}
    except Reject:
        return False
    return attributes.accepts(wanted, Call(op(callee.relay.name), (), Attrs(callee.relay.attrs_type or "", written)))


def _type_of(node: _Node) -> Any:
    return tuple(map(_type_of, node.fields)) if isinstance(node, _Several) else node.type


class _Builder:
    """Makes what was planned; what was planned once is one expression. ``closed``: nothing else uses its calls."""

    def __init__(self, m: Maker, closed: bool) -> None:
        self._m = m
        self._closed = closed
        self._made: dict[_Node, Any] = {}

    def whole(self, node: _Node) -> Expr:
        """The expression of a whole plan, one of a tuple too."""
        made = self.build(node)
        return self._m.build.tuple(*cast("tuple[Expr, ...]", made)) if isinstance(made, tuple) else made

    def build(self, node: _Node) -> Any:
        """The expression; for a tuple the fields."""
        if node not in self._made:
            self._made[node] = self._new(node)
        return self._made[node]

    def _new(self, node: _Node) -> Any:
        m = self._m
        match node:
            case _Leaf(type=type_, constant=True, domain=domain):
                return m.constant(type_, domain)
            case _Leaf(type=type_):
                return m.expr(type_, m.choose((0, 0, 1)))
            case _Several(fields=parts):
                return tuple(map(self.build, parts))
            case _Made(card=card, plan=plan, given=given):
                operands = {place: self.build(part) for place, part in given.items()}
                with m.scope.inner() if self._closed else nullcontext():
                    return operators.made(m, card, plan, m.choose((0, 1)), False, given=operands)
