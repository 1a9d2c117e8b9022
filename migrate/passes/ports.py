"""The passes that exist on both sides, with what each promises: what ``relay2relax passes verify`` can prove.

A pass without a port of its own is on both sides through a bridge, and promises what its contract says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import relax_core.ir.expr as relax
import relax_core.passes.fold_constant as relax_fold
import relay_compat.ir.expr as relay
import relay_compat.passes.fold_constant as relay_fold
from migrate.passes.bridges import on_relax, ready
from migrate.passes.ledger import Status, row
from migrate.verify.generate.skeletons import FOLDING
from migrate.verify.proof import PortedPass
from relay_compat.structural import structural_equal
from relay_compat.transform.registry import find
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node, post_order
from tensor_core.ops.registry import Card
from tensor_core.passes import Pass


@lru_cache(maxsize=1)
def ports() -> Mapping[str, PortedPass]:
    """By the name in the ledger."""
    found = (
        PortedPass(
            "FoldConstant",
            relay_fold.FoldConstant(),
            relax_fold.FoldConstant(),
            constant_calls,
            fewer_calls,
            skeletons=FOLDING,
        ),
    )
    return {port.name: port for port in found}


_OPTIONS: Mapping[str, tuple[Any, ...]] = {
    "ConvertLayout": ({"nn.conv2d": ["NHWC", "default"]},),
    "FuseOps": (2,),
    "SplitArgs": (2,),
}
"""Options of passes whose defaults do nothing, or that have none."""


def relay_pass(name: str) -> Pass:
    """A Relay pass by its name, with options under which it has something to do."""
    make = find(name)
    if make is None:
        raise fail(codes.BAD_OPTION, f"there is no pass {name!r} on Relay here", hint="see 'relay2relax passes'")
    return make(*_OPTIONS.get(name, ()))


def pair(name: str) -> PortedPass | None:
    """Both versions of a pass in the ledger: its port, or itself through a bridge; None where it is not on Relax."""
    if row(name).status is not Status.BRIDGED:
        return ports().get(name)
    made = relay_pass(name)
    return PortedPass(name, ready(made), on_relax(made), _nothing, _differs, made.info.contract)


def _nothing(module: IRModule) -> str:
    del module
    return ""


def _differs(before: IRModule, after: IRModule) -> bool:
    return not structural_equal(before, after)


def constant_calls(module: IRModule) -> str:
    """Names the first call of a pure operator on constants alone, of those that TVM folds; empty when there is none."""
    for call, card in _calls(module):
        if card is None or not card.is_pure or _is_kept(call):
            continue
        if any(map(_holds_tensor, call.args)) and all(map(_is_known, call.args)):
            return f"a call of {card.name} on constants is left"
    return ""


def _is_kept(call: relay.Call | relax.Call) -> bool:
    """Whether TVM leaves calls of this operator alone, whatever their arguments."""
    if isinstance(call.op, relay.Op):
        kept = any(call.op.get_attr(name) for name in ("TOpIsStateful", "TNonComputational"))
        return kept or call.op.name in relay_fold.NEVER
    return isinstance(call.op, relax.Op) and call.op.name in relax_fold.KEPT


def fewer_calls(before: IRModule, after: IRModule) -> bool:
    """Whether operator calls or projections went away."""
    return _size(after) < _size(before)


def _size(module: IRModule) -> int:
    kinds = (relay.Call, relay.TupleGetItem, relay.Let, relay.If)
    return sum(isinstance(node, kinds) for function in module.functions.values() for node in _nodes(function))


def _calls(module: IRModule) -> Iterator[tuple[relay.Call | relax.Call, Card | None]]:
    for function in module.functions.values():
        for node in _nodes(function):
            if isinstance(node, (relay.Call, relax.Call)) and isinstance(node.op, (relay.Op, relax.Op)):
                yield node, node.op.card


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
