"""Which value of the right side is which value of the left side, found by comparing them.

The right program runs with every step's value shown to :meth:`Alignment.observe`. A value that is a correct result
of some left op, on that op's own inputs and within its one-op bound, is matched with it and *replaced by the left
value*: so the next right op gets the left's inputs, errors never accumulate, and the first value without a match is
the first wrong op. A binding that knows the node it was converted from is tried against that node first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.values import Value, is_tuple, structure
from migrate.verify.bounds import OneOp
from tensor_core.node import Node
from tensor_core.ops.spelling import relay_params


class Step:
    """One evaluated op of the left side, in evaluation order, and the right bindings that it was matched with.

    ``used``: the fields of a tuple result that the left side takes out; all count when it takes out none.
    """

    __slots__ = ("call", "matches", "node", "sources", "used")

    def __init__(self, node: Node, call: OneOp, sources: tuple[Node, ...]) -> None:
        self.node = node
        self.call = call
        self.sources = sources
        self.used: set[int] | None = set() if is_tuple(call.result) else None
        self.matches: dict[int | None, Any] = {}

    @property
    def matched(self) -> bool:
        """Whether the result, or every field of it that is used, was found on the right or needs no counterpart."""
        return None in self.matches or all(field in self.matches or self._passed_on(field) for field in self.fields())

    def fields(self) -> Iterable[int | None]:
        """What has to be found: the fields that are used, or the result."""
        return (None,) if self.used is None else self.used or range(len(self.call.result))

    def _passed_on(self, field: int | None) -> bool:
        """Whether the op gives back one of its arguments here, so that nothing on the right has to stand for it."""
        value = self.value(field)
        return not is_tuple(value) and any(
            not is_tuple(arg) and structure(arg) == structure(value) and self.call.worst(arg, field) == 0.0
            for arg in self.call.args
        )

    def value(self, field: int | None) -> Value:
        """The result, or one field of it."""
        return self.call.result if field is None else self.call.result[field]


class Trace:
    """Collects the op calls of a left (Relay) run; :meth:`observe_call` and :meth:`observe` are for the interpreter."""

    def __init__(self, tick: Callable[[int], None]) -> None:
        self._tick = tick
        self._args: tuple[Value, ...] = ()
        self.steps: list[Step] = []
        self._by_node: dict[Node, Step] = {}

    def observe_call(self, call: relay.Call, args: tuple[Value, ...]) -> None:
        """Keep the arguments of the op call that is evaluated next."""
        del call
        self._args = args

    def observe(self, node: Node, value: Value) -> None:
        """Record one step."""
        if isinstance(node, relay.TupleGetItem) and node.tuple_value in self._by_node:
            used = self._by_node[node.tuple_value].used
            if used is not None:
                used.add(node.index)
        if isinstance(node, relay.Call) and isinstance(node.op, relay.Op) and node.op.card is not None:
            card = node.op.card
            types = tuple(argument.checked_type for argument in node.args if isinstance(argument, relay.RelayExpr))
            params = relay_params(card, node.attrs or {}, types)
            step = self._by_node[node] = Step(node, OneOp(card, params, self._args, types, value), node.args)
            self.steps.append(step)
            self._tick(len(self.steps))


@dataclass(frozen=True, slots=True)
class Miss:
    """A right call whose value is no left op's result; ``clean``: all its inputs were right."""

    binding: Any
    value: Value
    clean: bool


class Alignment:
    """Matches the right side's values against the left side's steps while the right side runs."""

    def __init__(self, trace: Trace, tick: Callable[[int], None]) -> None:
        self._tick = tick
        self._matched = 0
        self._by_node: dict[Any, Step] = {step.node: step for step in trace.steps}
        self._by_structure: dict[object, list[tuple[Step, int | None]]] = defaultdict(list)
        for step in trace.steps:
            for field in {None, *step.fields()}:
                self._by_structure[structure(step.value(field))].append((step, field))
        self._tainted: set[Node] = set()
        self.missed: list[Miss] = []
        self.worst = 0.0

    def observe(self, binding: Any, value: Value) -> Value | None:
        """Match one right value; the returned left value takes its place."""
        clean = not any(leaf in self._tainted for leaf in _leaves(binding.value))
        if not isinstance(binding.value, relax.Call):
            if not clean:
                self._tainted.add(binding.var)
            return None
        found = self._find(binding, value)
        if found is None:
            self._tainted.add(binding.var)
            self.missed.append(Miss(binding, value, clean))
            return None
        step, field = found
        if field not in step.matches:
            step.matches[field] = binding
            self._matched += 1
            self._tick(self._matched)
        return step.value(field)

    def _find(self, binding: Any, value: Value) -> tuple[Step, int | None] | None:
        origin = self._by_node.get(getattr(binding, "origin", None))
        # Ops that only rename elements have equal results: prefer one that nothing was matched with yet.
        candidates = sorted(
            self._by_structure.get(structure(value), ()),
            key=lambda item: (item[0] is not origin, item[1] in item[0].matches),
        )
        for step, field in candidates:
            if step is origin or _looks_like(value, step.value(field)):
                ratio = step.call.worst(value, field)
                if ratio <= 1.0:
                    self.worst = max(self.worst, ratio)
                    return step, field
        return None


def _looks_like(value: Value, other: Value) -> bool:
    """A cheap necessary condition: some sampled elements are close."""
    if is_tuple(value):
        return not value or _looks_like(value[0], other[0])
    left, right = value.reshape(-1), other.reshape(-1)
    step = max(1, left.size // 16)
    left, right = left[::step].astype(np.float64), right[::step].astype(np.float64)
    finite = np.isfinite(right)
    scale = max(float(np.max(np.abs(right[finite]), initial=0.0)), 1e-30)
    with np.errstate(invalid="ignore"):
        return bool(np.all((np.abs(left - right) <= 1e-1 * scale) | ~finite))


def _leaves(expr: Node) -> Iterator[Node]:
    """The variables and constants in a right-hand side, tuples looked through."""
    stack = list(expr.iter_children())
    while stack:
        item = stack.pop()
        if isinstance(item, relax.Tuple):
            stack.extend(item.fields)
        else:
            yield item
