"""The passes that exist on both sides, with what each promises: what ``relay2relax passes verify`` can prove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import relax_core.ir.expr as relax
import relax_core.passes.fold_constant as relax_fold
import relay_compat.ir.expr as relay
import relay_compat.passes.fold_constant as relay_fold
from migrate.verify.proof import PortedPass
from tensor_core.module import Expr, IRModule
from tensor_core.node import Node, post_order
from tensor_core.ops.registry import Card


@lru_cache(maxsize=1)
def ports() -> Mapping[str, PortedPass]:
    """By the name in the ledger."""
    found = (
        PortedPass("FoldConstant", relay_fold.FoldConstant(), relax_fold.FoldConstant(), constant_calls, fewer_calls),
    )
    return {port.name: port for port in found}


def constant_calls(module: IRModule) -> str:
    """Names the first call of a pure operator on constants alone; empty when there is none."""
    for card, args in _calls(module):
        if card is not None and card.is_pure and any(map(_holds_tensor, args)) and all(map(_is_known, args)):
            return f"a call of {card.name} on constants is left"
    return ""


def fewer_calls(before: IRModule, after: IRModule) -> bool:
    """Whether operator calls or projections went away."""
    return _size(after) < _size(before)


def _size(module: IRModule) -> int:
    kinds = (relay.Call, relay.TupleGetItem, relay.Let, relay.If)
    return sum(isinstance(node, kinds) for function in module.functions.values() for node in _nodes(function))


def _calls(module: IRModule) -> Iterator[tuple[Card | None, tuple[Expr, ...]]]:
    for function in module.functions.values():
        for node in _nodes(function):
            if isinstance(node, (relay.Call, relax.Call)) and isinstance(node.op, (relay.Op, relax.Op)):
                yield node.op.card, node.args


def _nodes(root: Node) -> list[Node]:
    return post_order([root], Node.iter_children)


def _is_known(arg: Any) -> bool:
    if isinstance(arg, (relay.Tuple, relax.Tuple)):
        return all(map(_is_known, arg.fields))
    return isinstance(arg, (relay.Constant, relax.Constant, relax.ShapeExpr, relax.PrimValue))


def _holds_tensor(arg: Any) -> bool:
    if isinstance(arg, (relay.Tuple, relax.Tuple)):
        return any(map(_holds_tensor, arg.fields))
    return isinstance(arg, (relay.Constant, relax.Constant))
