"""Symbolic sizes, casts, block outputs, fusion and lifting in Relax."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import relax_core.fusion.group_function as group_function
import relax_core.fusion.make_functions as fusing
import relax_core.passes.canonical_names as names
import relax_core.passes.eliminate_common_subexpr as cse
import relax_core.passes.lambda_lift as relax_lift
import relax_core.passes.liftable as liftable
import relax_core.passes.remove_unused as dce
import relax_core.symbol_mutator as symbol_mutator
import relax_core.transform as relax_passes
import relay_compat.passes.fuse_ops as relay_fuse
import relay_compat.passes.lambda_lift as relay_lift
import relay_compat.transform as relay_passes
from faults.frame import Bug, bug, chained, meaning, of_property, on_relax
from migrate.verify.generate.features import PLAIN, PURE, Feature
from migrate.verify.properties.relations.relax_forms import (
    cast_in_arms,
    local_functions,
    opened,
    symbols_of,
    with_kernels,
)
from migrate.verify.properties.structure import keeps_types, promises
from migrate.verify.properties.weights import lifted_weights
from relax_core.ir.expr import Constant, DataflowVar, If, MatchCast, SeqExpr
from relax_core.ir.types import ObjectType
from relax_core.passes.bind_symbolic_vars import defined_symbols
from relax_core.types.deduce import type_of
from relax_core.visit import Mutator
from relay_compat.ir.expr import Call, Function, Op
from relay_compat.types.infer import infer_types

OPENED = on_relax(opened)
CAST_IN_ARMS = on_relax(cast_in_arms)
KERNELS = on_relax(with_kernels)
OPENED_KERNELS = on_relax(chained(opened, with_kernels))

STRAIGHT = PLAIN - {Feature.IF}
"""Fusion does not look into arms of branches, as in TVM."""
CLOSED = PURE - {Feature.DYNAMIC}
"""Sizes that are opened for the purpose are all that are open."""
_REWRITE = dce._Remover.rewrite
_SYMBOLS = symbol_mutator.SymbolMutator.rewrite
_DECIDE = names._Plan._decide
_USE = group_function.GroupFunction._use
_INVOKED = relax_lift._Lifter._invoked
_FREE = relay_lift.free_vars
_LEAVE = relay_fuse._Fuser.leave


def _types(before: Any) -> Callable[[str], Callable[[Any], Any]]:
    """Makes the property that a pass over a form of Relax keeps the form's types."""
    return lambda name: lambda transform: keeps_types(name, transform, before)


def _same_target(a: Any, b: Any) -> bool:
    """Casts are alike when both are casts."""
    return (a is None) == (b is None)


def _casts_go(self: Any, binding: Any) -> Any:
    """A cast whose variable nothing uses goes, whoever uses what it defines."""
    if isinstance(binding, MatchCast) and binding.var not in self._used:
        return ()
    return (yield _REWRITE(self, binding))


def _types_stay(self: Any, binding: Any) -> Any:
    """What a cast casts to is not looked into."""
    if not isinstance(binding, MatchCast):
        return (yield _SYMBOLS(self, binding))
    return (self.cast(binding, self.leaf(binding.value), binding.ty),)


def _nothing_escapes(self: Any) -> None:
    """Variables that other blocks use become the block's own."""
    self._escaping.clear()
    _DECIDE(self)


def _outputs_go(self: Any) -> None:
    """A name of a variable goes, also where it is what the block puts out."""
    _DECIDE(self)
    for var, target in self._trivial.items():
        if not isinstance(var, DataflowVar) and isinstance(target, DataflowVar):
            self.definitions.pop(target, None)
            self.uses.pop(target, None)
            self.uses[var] = target


def _all_but_the_last(function: Any) -> Any:
    return _FREE(function)[:-1]


def _objects(self: Any, call: Any, made_by: Any) -> Any:
    """What a closure answers is of unknown kind."""
    return _INVOKED(self, _without_type(call), made_by)


def _without_type(call: Any) -> Any:
    new = call.replace()
    new.memo("ty", ObjectType())
    return new


def _by_first(self: Any, bindings: Any) -> list[Any]:
    """Groups come where their first binding stood, whatever they need."""
    members: dict[Any, list[Any]] = {}
    for binding in bindings:
        members.setdefault(self._group(binding.var), []).append(binding)
    return [binding for group in members.values() for binding in group]


def _no_symbols(expr: Any) -> tuple[Any, ...]:
    del expr
    return ()


def _first_row(self: Any, expr: Any) -> None:
    """A constant of integers that goes into a function loses its elements."""
    if isinstance(expr, Constant) and expr.data.dtype.kind == "i" and expr not in self._inlined:
        zeros = Constant(np.zeros_like(expr.data))
        type_of(zeros)
        self._inlined[expr] = zeros
        return
    _USE(self, expr)


def _only_operators(self: Any, old: Any, new: Any) -> Any:
    """A call of a function keeps the operands that it had."""
    return old if isinstance(old, Call) and not isinstance(old.op, Op) else _LEAVE(self, old, new)


def unfused(module: Any) -> str:
    """The first operator that fusion left outside of primitive functions; empty when there is none."""
    for function in module.functions.values():
        stack: list[Any] = [function]
        seen: set[Any] = set()
        while stack:
            node = stack.pop()
            if node in seen or (isinstance(node, Function) and node.attrs.get("Primitive")):
                continue
            seen.add(node)
            if isinstance(node, Call) and isinstance(node.op, Op) and not node.op.get_attr("TNonComputational"):
                return f"{node.op.name} is outside of primitive functions"
            stack.extend(node.iter_children())
    return ""


class _LastCastGoes(Mutator):
    """A cast at the end of an arm goes; the arm results in what it cast."""

    def value(self, value: Any) -> Any:
        if not isinstance(value, If):
            return (yield super().value(value))
        arms = [self._without(arm) for arm in (value.true_branch, value.false_branch)]
        new = value.replace(true_branch=arms[0], false_branch=arms[1])
        new.memo("ty", value.ty)
        return new

    def _without(self, arm: Any) -> Any:
        last = arm.blocks[-1].bindings[-1] if isinstance(arm, SeqExpr) and arm.blocks else None
        if not isinstance(last, MatchCast) or arm.body is not last.var:
            return arm
        block = arm.blocks[-1]
        blocks = (*arm.blocks[:-1], block.replace(bindings=block.bindings[:-1]))
        new = arm.replace(blocks=tuple(item for item in blocks if item.bindings))
        new.memo("ty", arm.ty)
        return new


def _without_last_casts(module: Any) -> Any:
    result = module.copy()
    for var, function in module.functions.items():
        if hasattr(function, "ret_ty"):
            result.functions[var] = _LastCastGoes().run(function)
    return result


def _bound(module: Any) -> Any:
    return relax_passes.BindSymbolicVars(symbols_of(module))(opened(module)) if symbols_of(module) else module


def _left_symbols(module: Any) -> str:
    found = [symbol.name for symbol in defined_symbols(module["main"])]
    return f"casts define {', '.join(found)} still" if found else ""


def _computed_only(self: Any) -> list[Any]:
    """The weights' function answers what it computed, not the weights that are needed as they are."""
    return [item.var for item in self.bindings if item.var in self.of_weights and item.var in self.at_run_time]


def bugs() -> Iterator[Bug]:
    yield bug(
        "6", "#16599", "casts that define different symbols are merged", "two casts of one value",
        meaning("EliminateCommonSubexpr in Relax"), chained(OPENED, relax_passes.EliminateCommonSubexpr()),
        (cse, "_same_cast", _same_target), features=PURE,
    )  # fmt: skip
    yield bug(
        "7", "#15290", "a cast is dropped as unused though its symbols are used", "cast used by its symbols alone",
        meaning("DeadCodeElimination in Relax"), chained(OPENED, relax_passes.DeadCodeElimination()),
        (dce._Remover, "rewrite", _casts_go), features=PURE,
    )  # fmt: skip
    yield bug(
        "8", "#17034", "substitution does not visit what a cast casts to", "cast that defines symbols, then bound",
        lambda transform: promises("BindSymbolicVars", transform, _left_symbols), on_relax(_bound),
        (symbol_mutator.SymbolMutator, "rewrite", _types_stay), features=CLOSED,
    )  # fmt: skip
    canonical = chained(OPENED, relax_passes.CanonicalizeBindings())
    yield bug(
        "9", "#15523, #15941, #16193", "a dataflow variable escapes its block", "several blocks",
        _types(OPENED)("CanonicalizeBindings"), canonical, (names._Plan, "_decide", _nothing_escapes), features=CLOSED,
    )  # fmt: skip
    yield bug(
        "10", "#16783", "a trivial binding goes though its variable is an output of the block", "output that is a name",
        _types(OPENED)("CanonicalizeBindings"), canonical, (names._Plan, "_decide", _outputs_go), features=CLOSED,
    )  # fmt: skip
    lift = chained(infer_types, relay_passes.LambdaLift(), infer_types)
    yield bug(
        "15", "#4432, #4889, #17389", "a lifted function loses a variable that it captures", "closure that captures",
        meaning("LambdaLift"), lift, (relay_lift, "free_vars", _all_but_the_last),
    )  # fmt: skip
    yield bug(
        "16", "#17406", "what a lifted closure answers is an object of unknown kind", "closure that captures, called",
        _types(on_relax(local_functions))("LambdaLift in Relax"),
        chained(on_relax(local_functions), relax_passes.LambdaLift()), (relax_lift._Lifter, "_invoked", _objects),
        features=PLAIN,
    )  # fmt: skip
    fuse = chained(OPENED_KERNELS, relax_passes.FuseOps())
    yield bug(
        "17", "#20195", "a fused call stands before what it needs", "kernels in a dataflow block",
        _types(OPENED_KERNELS)("FuseOps in Relax"), fuse, (fusing._Fuser, "_in_order", _by_first), features=STRAIGHT,
    )  # fmt: skip
    yield bug(
        "18", "#20238", "a fused function keeps symbols that it does not receive", "kernels of open sizes",
        _types(OPENED_KERNELS)("FuseOps in Relax"), fuse, (group_function, "free_symbols", _no_symbols),
        features=STRAIGHT,
    )  # fmt: skip
    yield bug(
        "19", "#2630", "fusion does not rewrite the operands of a call of a function", "call of a function literal",
        lambda transform: promises("FuseOps", transform, unfused), chained(infer_types, relay_passes.FuseOps()),
        (relay_fuse._Fuser, "leave", _only_operators), features=PURE,
    )  # fmt: skip
    yield bug(
        "20", "#20421", "a constant of indices is lost when its kernel is fused", "integer constant in a kernel",
        meaning("FuseOps in Relax"), chained(KERNELS, relax_passes.FuseOps()),
        (group_function.GroupFunction, "_use", _first_row), features=STRAIGHT,
    )  # fmt: skip
    yield of_property(
        "44", "#17231, #17232", "a lifted weight that is needed as it is, is not defined", "weight that is an operand",
        lifted_weights(), (liftable.Found, "outputs", _computed_only),
    )  # fmt: skip
    yield bug(
        "46", "#16562", "a cast as the last binding of an arm is dropped", "if, cast at the end of an arm",
        _types(CAST_IN_ARMS)("cast in an arm"), CAST_IN_ARMS, chained(CAST_IN_ARMS, _without_last_casts), features=PURE,
    )  # fmt: skip
