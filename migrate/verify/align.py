"""Which value of the right side is which value of the left side, found by comparing them.

The right program runs with every step's value shown to :meth:`Alignment.observe`. A value that is a correct result
of some left op, on that op's own inputs and within its one-op bound, is matched with it and *replaced by the left
value*: so the next right op gets the left's inputs, errors never accumulate, and the first value without a match is
the first wrong op. A binding that knows the node it was converted from is tried against that node first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
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

    ``used``: the fields of a tuple result that the left side takes out; None when the tuple is used as a whole.
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
        """Whether the result, or every field of it that is used, was found on the right."""
        return None in self.matches or bool(self.used and self.used <= self.matches.keys())

    def value(self, field: int | None) -> Value:
        """The result, or one field of it."""
        return self.call.result if field is None else self.call.result[field]


class Trace:
    """Collects the op calls of a left (Relay) run; give :meth:`observe` to the interpreter."""

    def __init__(self, function: relay.Function, args: tuple[Value, ...], tick: Callable[[int], None]) -> None:
        self._tick = tick
        self.values: dict[Node, Value] = dict(zip(function.params, args, strict=True))
        self.steps: list[Step] = []
        self._by_node: dict[Node, Step] = {}

    def observe(self, node: Node, value: Value) -> None:
        """Record one step."""
        self.values[node] = value
        if isinstance(node, relay.TupleGetItem) and node.tuple_value in self._by_node:
            used = self._by_node[node.tuple_value].used
            if used is not None:
                used.add(node.index)
        if isinstance(node, relay.Call) and isinstance(node.op, relay.Op) and node.op.card is not None:
            card = node.op.card
            types = tuple(argument.checked_type for argument in node.args if isinstance(argument, relay.RelayExpr))
            params = relay_params(card, node.attrs or {}, types)
            call = OneOp(card, params, tuple(self.value_of(argument) for argument in node.args), types, value)
            step = self._by_node[node] = Step(node, call, node.args)
            self.steps.append(step)
            self._tick(len(self.steps))

    def value_of(self, node: Node) -> Value:
        """The value of an expression that was evaluated or is a constant (or a tuple or projection of such)."""
        if node in self.values:
            return self.values[node]
        if isinstance(node, relay.Constant):
            return node.data
        if isinstance(node, relay.Tuple):
            return tuple(self.value_of(field) for field in node.fields)
        if isinstance(node, relay.TupleGetItem):
            return self.value_of(node.tuple_value)[node.index]
        raise KeyError(node)


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
            self._by_structure[structure(step.call.result)].append((step, None))
            for field in step.used or ():
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
    scale = max(float(np.max(np.abs(right), initial=0.0)), 1e-30)
    return bool(np.all((np.abs(left - right) <= 1e-2 * scale) | ~np.isfinite(right)))


def _leaves(expr: Node) -> Iterator[Node]:
    """The variables and constants in a right-hand side, tuples looked through."""
    stack = list(expr.iter_children())
    while stack:
        item = stack.pop()
        if isinstance(item, relax.Tuple):
            stack.extend(item.fields)
        else:
            yield item
