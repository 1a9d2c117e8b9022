"""How deep programs are, counted in operators of some kinds (tvm.relay.analysis.count_layers in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from relay_compat.ir.expr import Call
from relay_compat.passes.building import is_call_of
from tensor_core.module import IRModule
from tensor_core.node import Node


def count_layers(expr: Any, valid_ops: Collection[str]) -> int:
    """The most calls of these operators on one way through an expression, or the ``main`` of a module. Each call is
    counted on the way by which a walk from the result first comes to it.
    """
    seen: set[Node] = set()
    deepest = 0
    pending: list[tuple[Node, int]] = [(expr["main"] if isinstance(expr, IRModule) else expr, 0)]
    while pending:
        node, depth = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        children = node.iter_children()
        if isinstance(node, Call):
            depth += is_call_of(node, *valid_ops)
            deepest = max(deepest, depth)
            children = iter(node.args)
        pending += reversed([(child, depth) for child in children])
    return deepest
