"""Which nodes of a function are needed as tensors: not those of which all that use them know the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import relay_compat.ir.expr as relay
from relay_compat.visit import reachable
from tensor_core.module import Expr

if TYPE_CHECKING:
    from migrate.forward.dynamic.solve import Sizes


def needed(function: relay.Function, lets: Mapping[Expr, Expr], sizes: Sizes) -> set[Expr]:
    """The nodes that must be computed. Users are looked at before what they use."""
    found: set[Expr] = set()

    def mark(node: Expr) -> None:
        found.add(node)
        while node in lets:
            node = lets[node]
            found.add(node)

    for node in sizes.elements.reads:
        mark(node)
    for node in reversed(reachable(function)):
        if isinstance(node, relay.Let | relay.Function):
            mark(node.body)
        elif isinstance(node, Expr) and sizes.has_value(node):
            _mark_operands(node, found, mark, sizes)
        elif isinstance(node, relay.Call) and node in sizes.twins:
            for place in sizes.twins[node].uses:
                mark(node.args[place])
        else:
            for child in node.iter_children():
                if isinstance(child, Expr):
                    mark(child)
    return found


def _mark_operands(node: Expr, found: set[Expr], mark: Callable[[Expr], None], sizes: Sizes) -> None:
    """What a node of known value uses: nothing, unless it is to be computed by its own operator."""
    by_value = sizes.is_folded(node) and not isinstance(node, relay.Tuple)
    if node in found and not by_value:
        for child in node.iter_children():
            if isinstance(child, Expr):
                mark(child)
