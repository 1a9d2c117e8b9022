"""The first wrong op: found on the left side's dataflow, shown with its counterpart on the right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.values import Value, leaves
from migrate.verify.align import Alignment, Miss, Step, Trace
from migrate.verify.verdict import Witness
from relay_compat.visit import reachable
from tensor_core.module import Expr
from tensor_core.node import Node


def first_wrong(body: Expr, trace: Trace, alignment: Alignment) -> Witness | None:
    """The first op without a match whose inputs all have one.

    An op that has a counterpart made from it is wrong if that differs. Without one it may have been rewritten away:
    then it is wrong only if some path from it to the result meets no matching op again.
    """
    unmatched = {step.node for step in trace.steps if not step.matched}
    # An op that gives back its argument is as right as that.
    through: dict[Node, Sequence[Node]] = {
        step.node: step.sources for step in trace.steps if step.matched and not step.matches
    }
    # A variable is its value; of a function that calls itself it is not known which.
    through.update({let.var: (let.value,) for let in reachable(body) if _is_let(let)})
    dead = _dead_nodes(body, trace, unmatched, through)
    for step in trace.steps:
        if step.node not in unmatched or any(source in unmatched for source in _sources(step.sources, through)):
            continue
        by_origin = next(
            (miss for miss in alignment.missed if getattr(miss.binding, "origin", None) is step.node), None
        )
        if by_origin is not None and by_origin.clean:
            return _witness(step, by_origin)
        if step.node in dead:
            name = step.call.card.name
            by_card = (miss for miss in alignment.missed if miss.clean and _card_name(miss.binding) == name)
            return _witness(step, by_origin or next(by_card, None))
    return None


def _is_let(node: Node) -> TypeGuard[relay.Let]:
    return isinstance(node, relay.Let) and not isinstance(node.value, relay.Function)


def _dead_nodes(body: Node, trace: Trace, unmatched: set[Node], through: Mapping[Node, Sequence[Node]]) -> set[Node]:
    """Unmatched nodes from which some path to the result meets no match."""
    users: dict[Node, list[Node]] = defaultdict(list)
    for step in trace.steps:
        for source in _sources(step.sources, through):
            users[source].append(step.node)
    results = set(_sources((body,), through))
    dead: set[Node] = set()
    for step in reversed(trace.steps):
        if step.node in unmatched and (step.node in results or any(user in dead for user in users[step.node])):
            dead.add(step.node)
    return dead


def _sources(nodes: Sequence[Node], through: Mapping[Node, Sequence[Node]]) -> list[Node]:
    """The calls and variables behind expressions, looking through tuples, projections, lets and the nodes of
    ``through``."""
    found: list[Node] = []
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        match node:
            case relay.Tuple():
                stack.extend(reversed(node.fields))
            case relay.TupleGetItem():
                stack.append(node.tuple_value)
            case relay.Let():
                stack.append(node.body)
            case _ if node in through:
                stack.extend(reversed(through[node]))
            case _:
                found.append(node)
    return found


def _witness(step: Step, miss: Miss | None) -> Witness:
    call = step.call
    span = getattr(step.node, "span", None)
    left = call.card.name + (f" at {span.declared or span}" if span else "")
    if miss is None:
        return Witness(call.card.name, left, "", float("inf"), span=span, inputs=call.args, node=step.node)
    position, expected, got = _worst_element(miss.value, call.exact, call.bound)
    right = f"{miss.binding.var.name} = {_card_name(miss.binding) or 'call'}"
    ratio = call.worst(miss.value)
    return Witness(call.card.name, left, right, ratio, position, expected, got, span, call.args, step.node)


def _card_name(binding: Any) -> str:
    value = getattr(binding, "value", None)
    if isinstance(value, relax.Call) and isinstance(value.op, relax.Op) and value.op.card:
        return value.op.card.name
    return ""


def _worst_element(
    value: Value, exact: Value, bound: Value
) -> tuple[tuple[int, ...] | None, float | None, float | None]:
    got, want, limit = leaves(value)[0], leaves(exact)[0], leaves(bound)[0]
    if got.shape != want.shape or got.size == 0:
        return None, None, None
    with np.errstate(all="ignore"):
        ratio = np.abs(got.astype(np.float64) - want.astype(np.float64)) / (limit + 1e-300)
    position = np.unravel_index(int(np.argmax(np.nan_to_num(ratio, nan=np.inf))), got.shape)
    return tuple(int(i) for i in position), float(want[position]), float(got[position])
