"""The calls of a Relay program in the order of evaluation: where each stands, and which calls it reads from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import relay_compat.ir.expr as relay
from relay_compat.visit import reachable
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.spans import Span

MOST_SOURCES = 1024
"""Sources that are told of one value: those of tuples that grow in a chain would be many."""


@dataclass(frozen=True, slots=True)
class RelayCall:
    """A call. ``sources``: the calls whose results it reads, by their place in the list; ``weights``: the names of the
    parameters that it reads itself. ``is_op``: whether it calls an operator, not a function; ``card``: that of the
    operator, by name.
    """

    function: str
    op: str
    is_op: bool
    card: str
    span: Span | None
    sources: tuple[int, ...]
    weights: tuple[str, ...]
    type: str = ""


@dataclass(slots=True)
class _Walk:
    """``made``: the calls that a node's value comes from; ``bound``: what variables stand for."""

    calls: list[RelayCall] = field(default_factory=list[RelayCall])
    made: dict[Node, tuple[int, ...]] = field(default_factory=dict[Node, tuple[int, ...]])
    bound: dict[Node, Node] = field(default_factory=dict[Node, Node])


def relay_calls(module: IRModule) -> list[RelayCall]:
    """All calls of all functions; functions by name, as texts have them."""
    walk = _Walk()
    for var, function in sorted(module.functions.items(), key=lambda item: item[0].name):
        if isinstance(function, relay.Function):
            params, nodes = frozenset(function.params), reachable(function)
            walk.bound.update((node.var, node.value) for node in nodes if isinstance(node, relay.Let))
            for node in nodes:
                _visit(node, var.name, params, walk)
    return walk.calls


def _visit(node: Node, function: str, params: frozenset[relay.Var], walk: _Walk) -> None:
    """Note where a node's value comes from; operands were visited before."""
    made = walk.made
    if isinstance(node, relay.Call):
        called = node.op
        is_op = isinstance(called, relay.Op)
        card = called.card.name if isinstance(called, relay.Op) and called.card else ""
        weights = tuple(arg.name for arg in node.args if isinstance(arg, relay.Var) and arg in params)
        type_ = "" if node.checked is None else str(node.checked)
        sources = _merged(node.iter_children(), walk)
        made[node] = (len(walk.calls),)
        walk.calls.append(RelayCall(function, _name(called), is_op, card, node.span, sources, weights, type_))
    elif isinstance(node, relay.Let):
        made[node] = _merged(iter((node.body,)), walk)
    elif not isinstance(node, relay.Var):
        made[node] = _merged(node.iter_children(), walk)


def _merged(nodes: Iterator[Node], walk: _Walk) -> tuple[int, ...]:
    found: dict[int, None] = {}
    for node in nodes:
        item = node
        while item in walk.bound:
            item = walk.bound[item]
        # A function that calls itself is not visited yet.
        found.update(dict.fromkeys(walk.made.get(item, ())))
    return tuple(found)[:MOST_SOURCES]


def _name(called: object) -> str:
    match called:
        case relay.Op():
            return called.name
        case relay.GlobalVar():
            return f"@{called.name}"
        case relay.Var():
            return f"%{called.name}"
        case _:
            return str(getattr(called, "name_hint", "") or "function")
