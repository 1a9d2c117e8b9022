"""The first wrong op: found on the left side's dataflow, shown with its counterpart on the right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.values import Value, leaves
from migrate.verify.align import Alignment, Step, Trace
from migrate.verify.verdict import Witness
from tensor_core.node import Node


def first_wrong(body: Node, trace: Trace, alignment: Alignment) -> Witness | None:
    """The first op without a match whose inputs all have one; None when every path to the result agrees again later."""
    dead = _dead_nodes(body, trace)
    for step in trace.steps:
        if step.node in dead and not any(source in dead for source in _sources(step.sources)):
            return _witness(step, alignment)
    return None


def _dead_nodes(body: Node, trace: Trace) -> set[Node]:
    """Unmatched nodes from which some path to the result meets no match."""
    users: dict[Node, list[Node]] = defaultdict(list)
    for step in trace.steps:
        for source in _sources(step.sources):
            users[source].append(step.node)
    results = set(_sources((body,)))
    dead: set[Node] = set()
    for step in reversed(trace.steps):
        if step.match is None and (step.node in results or any(user in dead for user in users[step.node])):
            dead.add(step.node)
    return dead


def _sources(nodes: Sequence[Node]) -> list[Node]:
    """The calls and variables behind expressions, looking through tuples, projections and lets."""
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
            case _:
                found.append(node)
    return found


def _witness(step: Step, alignment: Alignment) -> Witness:
    call = step.call
    span = getattr(step.node, "span", None)
    left = call.card.name + (f" at {span.declared or span}" if span else "")
    by_origin = [item for item in alignment.missed if getattr(item[0], "origin", None) is step.node]
    by_card = [item for item in alignment.missed if _card_name(item[0]) == call.card.name]
    counterpart = next(iter(by_origin or by_card), None)
    if counterpart is None:
        return Witness(call.card.name, left, "", float("inf"), span=span, inputs=call.args, node=step.node)
    binding, value = counterpart
    position, expected, got = _worst_element(value, call.exact, call.bound)
    right = f"{binding.var.name} = {_card_name(binding) or 'expression'}"
    return Witness(call.card.name, left, right, call.worst(value), position, expected, got, span, call.args, step.node)


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
