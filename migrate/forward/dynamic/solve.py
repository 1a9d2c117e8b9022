"""The sizes of one function: a symbol for each open dimension, and what the program says of them.

One pass over the scopes in order of evaluation. Every call is typed by its card on symbolic types; the equations that
its type rule rests on (a contraction's two lengths, the axes of a concatenation that are not joined, channels) unite
symbols. In branches and function literals, which may never run, only symbols of their own are united; other equations
become guards there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np

import relay_compat.ir.expr as relay
from migrate.forward.dynamic import arithmetic, guards
from migrate.forward.dynamic.arithmetic import Operand, Values
from migrate.forward.dynamic.broadcasts import Broadcasts
from migrate.forward.dynamic.choices import LARGEST_DEFINED, is_simple, is_small
from migrate.forward.dynamic.elements import Elements
from migrate.forward.dynamic.guards import Guard
from migrate.forward.dynamic.needed import needed
from migrate.forward.dynamic.operands import Operands
from migrate.forward.dynamic.params import Params
from migrate.forward.dynamic.signature import Known, Signature, common, in_terms
from migrate.forward.dynamic.symbols import Symbols, hint_of, is_open, is_symbolic
from migrate.forward.dynamic.twin import Twin
from migrate.forward.dynamic.twins import RULES
from migrate.forward.names import legal
from migrate.report.model import Assumption
from relay_compat.ir.adt import Match
from relay_compat.scopes import Bind, Plan, Scope
from relay_compat.visit import pattern_vars
from tensor_core import shapes
from tensor_core.module import Expr
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.spelling import relay_params
from tensor_core.prim import Var
from tensor_core.shapes import Dim, Shape
from tensor_core.trampoline import Steps, run
from tensor_core.types import TensorType, TupleType, Type, leaves, tensor_type_of

_NO_EQUATIONS = frozenset({"reshape", "broadcast_to", "nn.prelu", "collapse_sum_to", "collapse_sum_like"})
"""Cards whose type rules compare what need not be equal: numbers of elements, sizes that may be 1."""

_BATCHES = frozenset({"nn.batch_matmul", "qnn.batch_matmul"})

_MEASURES = frozenset({"shape_of", "vm.shape_of", "ndarray_size"})


class Sizes:
    """The types and values of one global function's nodes in symbols, literals inside it included."""

    def __init__(self, name: str, function: relay.Function, plan: Plan, known: Known) -> None:
        self.name = name
        self.function = function
        self.assumptions: list[Assumption] = []
        self.twins: dict[Expr, Twin] = {}
        self.guards: dict[Expr | None, list[Guard]] = {}
        self.spreads: dict[Expr, tuple[Shape | None, ...]] = {}
        self.seeded: set[Expr] = set()
        self.refused: dict[Expr, str] = {}
        self.symbols = Symbols(legal(param.name) for param in function.params)
        self._plan = plan
        self.known = known
        self._types: dict[Expr, Type] = {}
        self._values: dict[Expr, Operand] = {}
        self._lets: dict[Expr, Expr] = {}
        self.owners: dict[Expr, object] = {}
        self.aliases: dict[Expr, Expr] = {}
        self._outer: dict[object, object] = {}
        self.definitions: dict[Var, Dim] = {}
        self.floor = 0
        self.elements = Elements(self)
        self._params = Params(self)
        self._broadcasts = Broadcasts(self)
        self.bounds: dict[Var, tuple[int, int]] = {}
        self.needed: set[Expr] = set()

    def solve(self) -> Signature:
        """Walk the function once."""
        types = tuple(map(self._params.of, self.function.params))
        result: Type = run(self._scope(self._plan.root))
        self.needed = needed(self.function, self._lets, self)
        found = Signature(tuple(map(self.symbols.resolved, types)), self.symbols.resolved(result))
        self.known.signatures[self.function] = found
        return found

    # ------------------------------------------------------------ what is known of a node

    def type_of(self, node: Expr) -> Type:
        """The type of a node in symbols."""
        found = self._types.get(node)
        if found is not None:
            return self.symbols.resolved(found)
        if isinstance(node, relay.Constant):
            self._types[node] = made = tensor_type_of(node.data)
            return made
        stated = cast(Any, node).checked_type
        return self.put(node, self.symbols.opened(stated, hint_of(node))) if is_open(stated) else stated

    def is_typed(self, node: Expr) -> bool:
        """Whether the walk came by a node."""
        return node in self._types

    def around(self, literal: object) -> set[object]:
        """The functions that a literal stands in; None is the outermost."""
        found: set[object] = set()
        while literal is not None:
            literal = self._outer[literal]
            found.add(literal)
        return found

    def value_of(self, node: Expr) -> Operand:
        """The elements of a node where they are known: numbers, and expressions over sizes."""
        if node not in self._values and isinstance(node, relay.Constant):
            self._values[node] = arithmetic.values_of(node.data)
        found = self._values.get(node)
        if found is None:
            return None
        if isinstance(found, tuple):
            return tuple(self._resolved(item) for item in found)
        return self._resolved(found)

    def is_folded(self, node: Expr) -> bool:
        """Whether a node's value follows from sizes, so that no operator is needed to compute it."""
        return node in self.seeded

    def is_skipped(self, node: Expr) -> bool:
        """Whether a node need not be computed at all: all that use it know its value."""
        return self._values.get(node) is not None and node not in self.needed

    def has_value(self, node: Expr) -> bool:
        """Whether the elements of a node are known."""
        return self._values.get(node) is not None

    def _resolved(self, value: Values) -> Values:
        if arithmetic.is_known(value):
            return value
        return arithmetic.mapped(
            value, lambda item: self.symbols.resolve(item) if not isinstance(item, float) else item
        )

    def put(self, node: Expr, type_: Type) -> Type:
        """Take note of a node's type."""
        self._types[node] = type_
        self.owners[node] = self.symbols.owner
        return type_

    def assume(self, text: str, reason: str, span: Any) -> None:
        """Record what the program takes for granted, and checks."""
        self.assumptions.append(Assumption(self.name, text, reason, "match_cast", span))

    def guard(self, node: Expr | None, guard: Guard) -> None:
        """Have a condition checked before a node, or at the entry."""
        self.guards.setdefault(node, []).append(guard)

    # ------------------------------------------------------------ scopes

    def _scope(self, scope: Scope) -> Steps[Type]:
        for step in scope.steps:
            match step:
                case Bind():
                    self._lets[step.var] = step.value
                    self._alias(step.var, step.value)
                case relay.If():
                    yield self._branch(step)
                case relay.Let():
                    (inner,) = self._plan.inner[step]
                    yield self._scope(inner)
                    self._alias(step, inner.result)
                case relay.Function():
                    yield self._literal(step)
                case Match():
                    for clause, inner in zip(step.clauses, self._plan.inner[step], strict=True):
                        for var in pattern_vars(clause.lhs):
                            self.type_of(var)
                        yield self._conditional(inner)
                    self.type_of(step)
                case relay.Call():
                    self.put(step, self._call(step))
                case relay.Tuple():
                    self._tuple(step)
                case relay.TupleGetItem():
                    self._field(step)
                case _:
                    self.type_of(step)
        return self.type_of(scope.result)

    def _alias(self, name: Expr, value: Expr) -> None:
        self.aliases[name] = value
        if isinstance(value, relay.RelayExpr) and getattr(value, "checked", None) is not None:
            self.put(name, self.type_of(value))
            if self.value_of(value) is not None:
                self._values[name] = self._values[value]
            if value in self.seeded:
                self.seeded.add(name)

    def _conditional(self, scope: Scope) -> Steps[Type]:
        """A scope that may not run."""
        before, self.floor = self.floor, self.symbols.count
        result: Type = yield self._scope(scope)
        self.floor = before
        return result

    def _branch(self, node: relay.If) -> Steps[None]:
        found: list[Type] = []
        for inner in self._plan.inner[node]:
            found.append((yield self._conditional(inner)))
        stated = node.checked_type
        self.put(node, self._opened(common(found[0], found[1], stated), "if_result"))

    def _literal(self, node: relay.Function) -> Steps[None]:
        self._outer[node] = outer = self.symbols.owner
        self.put(node, node.checked_type)
        self.symbols.owner = node
        types = tuple(map(self._params.of, node.params))
        result = yield self._conditional(self._plan.inner[node][0])
        self.symbols.owner = outer
        self.known.signatures[node] = Signature(types, result)

    def _opened(self, type_: Type, hint: str) -> Type:
        return self.symbols.opened(type_, hint) if is_open(type_) else type_

    def _tuple(self, node: relay.Tuple) -> None:
        self.put(node, TupleType(tuple(map(self.type_of, node.fields))))
        items = [
            self._values.get(item) if not isinstance(item, relay.Constant) else self.value_of(item)
            for item in node.fields
        ]
        if items and all(isinstance(item, np.ndarray) for item in items):
            self._values[node] = tuple(cast("list[Values]", items))
            if any(item in self.seeded for item in node.fields):
                self.seeded.add(node)

    def _field(self, node: relay.TupleGetItem) -> None:
        source = self.type_of(node.tuple_value)
        if isinstance(source, TupleType):
            self.put(node, source.fields[node.index])
        items = self._values.get(node.tuple_value)
        if isinstance(items, tuple):
            self._values[node] = items[node.index]
            if node.tuple_value in self.seeded:
                self.seeded.add(node)

    # ------------------------------------------------------------ calls

    def _call(self, call: relay.Call) -> Type:
        stated = call.checked_type
        if not isinstance(call.op, relay.Op):
            return self._of_function(call, stated)
        card, types = call.op.card, [self.type_of(arg) for arg in call.args]
        if card is None:
            return self._opened(stated, hint_of(call))
        if not is_open(stated) and not any(map(is_symbolic, types)):
            self._follow(call, card, types, stated)
            return stated
        result = self._opened(self._typed(call, card, types, stated), hint_of(call))
        self._follow(call, card, types, result)
        return result

    def _of_function(self, call: relay.Call, stated: Type) -> Type:
        callee = self.known.effects.known(call.op)
        signature = self.known.signatures.get(callee) if callee is not None else None
        if signature is None or not is_open(stated):
            return self._opened(stated, hint_of(call))
        values: dict[Var, Dim] = {}
        for param, arg in zip(signature.params, call.args, strict=True):
            for mine, other in zip(leaves(param), leaves(self.type_of(arg)), strict=False):
                if isinstance(mine, TensorType) and isinstance(other, TensorType):
                    for name, dim in zip(mine.shape, other.shape, strict=False):
                        if isinstance(name, Var):
                            values.setdefault(name, dim)
        return self._opened(in_terms(signature.result, values), hint_of(call))

    def _typed(self, call: relay.Call, card: OpCard[Any], types: Sequence[Type], stated: Type) -> Type:
        """The type of a call by its card; what Relay's own type knows more holds, too."""
        asks = card.name in RULES and (card.name != "arange_of_tensors" or is_open(stated))
        try:
            params = relay_params(card, call.attrs or {}, types)
            twin = RULES[card.name](params, Operands(self, call)) if asks else None
        except Reject as reject:
            if asks:
                self.refused[call] = reject.message
            self._forget(call)
            return stated
        if twin is not None:
            self.twins[call] = twin
            return self._met(call, _plain(twin.type), stated)
        try:
            if card.name in _BATCHES:
                self._batches(call, types)
                types = [self.symbols.resolved(item) for item in types]
            given = self._broadcasts.spread(call, card, params, types)
            with shapes.taken_as_equal() as pairs:
                result = card.infer(params, *given)
        except Reject:
            self._forget(call)
            return stated
        if card.name not in _NO_EQUATIONS:
            for a, b in pairs:
                self._equate(call, a, b)
        return self._met(call, self.symbols.resolved(_plain(result)), stated)

    def _forget(self, call: relay.Call) -> None:
        self.guards.pop(call, None)
        self.spreads.pop(call, None)

    def _batches(self, call: relay.Call, types: Sequence[Type]) -> None:
        """Numbers of matrices are equal unless one is known to be 1: a kernel looks at no other."""
        first, second = (item.shape[0] for item in types[:2] if isinstance(item, TensorType))
        if first != 1 and second != 1:
            self._equate(call, first, second)

    def _equate(self, call: relay.Call, a: Dim, b: Dim) -> None:
        """Two sizes that a call takes as equal."""
        a, b = self.symbols.resolve(a), self.symbols.resolve(b)
        if shapes.prove_equal(a, b):
            return
        assert isinstance(call.op, relay.Op)
        text = f"{shapes.to_text(a)} equals {shapes.to_text(b)}"
        self.assume(text, f"{call.op.name} takes them as equal", call.span)
        if not self.symbols.equate(a, b, self.floor):
            self.guard(call, Guard(a, b, f"{guards.label_of(a)}_equals_{guards.label_of(b)}"))

    def _met(self, call: relay.Call, found: Type, stated: Type) -> Type:
        """Relay's type where it knows a number that the card does not."""
        if isinstance(found, TupleType) and isinstance(stated, TupleType) and len(found.fields) == len(stated.fields):
            return TupleType(tuple(self._met(call, a, b) for a, b in zip(found.fields, stated.fields, strict=True)))
        if not isinstance(found, TensorType) or not isinstance(stated, TensorType) or found.rank != stated.rank:
            return stated
        dims: list[Dim] = []
        for own, relays in zip(found.shape, stated.shape, strict=True):
            if isinstance(own, int) or isinstance(relays, shapes.AnyDim):
                dims.append(own)
            else:
                dims.append(relays)
        return TensorType(tuple(dims), stated.dtype)

    def _follow(self, call: relay.Call, card: OpCard[Any], types: Sequence[Type], result: Type) -> None:
        """What the call computes, where that is known."""
        args = [self.value_of(arg) for arg in call.args]
        measures = card.name in _MEASURES
        if not measures and (not args or any(arg is None for arg in args)):
            return
        try:
            params = relay_params(card, call.attrs or {}, types)
        except Reject:
            return
        twin = self.twins.get(call)
        if twin is not None:
            if twin.card is None:
                return
            card, params = twin.card, twin.params
            args, types = [args[place] for place in twin.uses], [types[place] for place in twin.uses]
        found = arithmetic.computed(card, params, args, types, result)
        if found is None or not _fits(found, result) or not _is_carried(found):
            return
        self._values[call] = found
        if measures or any(arg in self.seeded for arg in call.args):
            self.seeded.add(call)

    def defined(self, call: Expr, dim: Dim, hint: str) -> Dim:
        """A dimension as it is used by a call: a choice gets a symbol, which the run defines."""
        if is_simple(dim):
            return dim
        symbol = self.symbols.fresh(hint)
        # In terms of symbols that arguments define: TVM 0.19 loses those that other defined ones are made of.
        self.definitions[symbol] = dim = shapes.substitute(dim, self.definitions)
        if not is_small(dim, LARGEST_DEFINED):
            raise Reject("the size is too large an expression")
        self.guard(call, Guard(dim, symbol, symbol.name))
        return symbol


def _plain(type_: Type) -> Type:
    """The type with open dimensions in the place of those that are best bound when they are known."""
    if isinstance(type_, TensorType):
        return TensorType(tuple(dim if is_simple(dim) else shapes.ANY for dim in type_.shape), type_.dtype)
    return TupleType(tuple(map(_plain, type_.fields))) if isinstance(type_, TupleType) else type_


def _is_carried(value: Operand) -> bool:
    """Whether all elements are small enough to go on with; larger ones are computed, and read where they are needed."""
    if isinstance(value, tuple):
        return all(map(_is_carried, value))
    return value is None or all(map(is_small, value.flat))


def _fits(value: Operand, type_: Type) -> bool:
    """Whether what was computed is of the type that the call has."""
    if isinstance(value, tuple):
        same = isinstance(type_, TupleType) and len(type_.fields) == len(value)
        return same and all(map(_fits, value, cast(TupleType, type_).fields))
    return value is not None and isinstance(type_, TensorType) and value.shape == type_.shape


def has_open_sizes(nodes: Iterable[Any]) -> bool:
    """Whether one of the nodes has a type with an open dimension."""
    return any(is_open(getattr(node, "checked", None)) for node in nodes)
