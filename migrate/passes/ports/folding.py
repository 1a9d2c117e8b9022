"""FoldConstant on both sides, and its promise: no call on constants alone is left."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import relax_core.ir.expr as relax
import relax_core.passes.fold_constant as relax_fold
import relay_compat.ir.expr as relay
import relay_compat.passes.fold_constant as relay_fold
from migrate.passes.ports.seen import is_constant, nodes, sizes
from migrate.verify.generate.skeletons import FOLDING, Skeleton
from migrate.verify.generate.skeletons.folding import asked, bound, large, written
from migrate.verify.proof import PortedPass
from tensor_core.module import IRModule
from tensor_core.ops.registry import Card


def ports() -> Iterator[PortedPass]:
    """The pass."""
    yield PortedPass(
        "FoldConstant", relay_fold.FoldConstant(), relax_fold.FoldConstant(), constant_calls, fewer_calls,
        skeletons=(*FOLDING, *map(Skeleton, (asked, bound, written, large))), agree=creations_folded,
    )  # fmt: skip


def constant_calls(module: IRModule) -> str:
    """Names the first call of a pure operator on constants alone, of those that TVM folds, or tells of a variable of
    Relay that is bound to one; empty when there is none.
    """
    for function in module.functions.values():
        if any(isinstance(node, relay.Let) and is_constant(node.value) for node in nodes(function)):
            return "a variable is bound to a constant"
    for call, card in _calls(module):
        if card is None or not card.is_pure or _is_kept(call):
            continue
        if any(map(_holds_tensor, call.args)) and all(map(_is_known, call.args)):
            return f"a call of {card.name} on constants is left"
    return ""


def creations_folded(old: IRModule, new: IRModule) -> str:
    """Whether tensors of many elements that no tensor is needed for became constants on Relax; Relay has such calls
    still.
    """
    before, after = (sum(_is_large_creation(*found) for found in _calls(module)) for module in (old, new))
    return "a creation of many elements is folded" if after < before else ""


def _is_large_creation(call: relay.Call | relax.Call, card: Card | None) -> bool:
    shape = sizes(call)
    many = shape is not None and math.prod(shape) > relax_fold.LARGEST_CREATION
    return card is not None and card.name == "zeros" and many


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
    kinds = (relay.Call, relay.TupleGetItem, relay.Let, relay.If, relax.Call, relax.TupleGetItem, relax.If)
    return sum(isinstance(node, kinds) for function in module.functions.values() for node in nodes(function))


def _calls(module: IRModule) -> Iterator[tuple[relay.Call | relax.Call, Card | None]]:
    for function in module.functions.values():
        for node in nodes(function):
            if isinstance(node, (relay.Call, relax.Call)) and isinstance(node.op, (relay.Op, relax.Op)):
                yield node, node.op.card


def _is_known(arg: Any) -> bool:
    if isinstance(arg, (relay.Tuple, relax.Tuple)):
        return all(map(_is_known, arg.fields))
    return is_constant(arg) or isinstance(arg, (relax.ShapeExpr, relax.PrimValue))


def _holds_tensor(arg: Any) -> bool:
    if isinstance(arg, (relay.Tuple, relax.Tuple)):
        return any(map(_holds_tensor, arg.fields))
    return is_constant(arg)
