"""Passes that clean up: values and functions without use, repetitions, functions put where they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.passes.bridges import typed
from migrate.passes.ports.seen import function_attrs, nodes, operators
from migrate.verify.generate.skeletons import cleaning
from migrate.verify.generate.skeletons.placed import Make
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.passes.dead_code_elimination import DeadCodeElimination as RelaxDeadCodeElimination
from relax_core.passes.eliminate_common_subexpr import EliminateCommonSubexpr as RelaxEliminateCommonSubexpr
from relax_core.passes.inline_private_functions import InlinePrivateFunctions
from relax_core.passes.lambda_lift import LambdaLift as RelaxLambdaLift
from relax_core.types.deduce import is_pure_call
from relay_compat.passes.dead_code_elimination import DeadCodeElimination
from relay_compat.passes.defuse_ops import DefuseOps
from relay_compat.passes.eliminate_common_subexpr import EliminateCommonSubexpr
from relay_compat.passes.inline import Inline
from relay_compat.passes.lambda_lift import LambdaLift
from relay_compat.passes.remove_unused_functions import RemoveUnusedFunctions
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Sequential


def ports() -> Iterator[PortedPass]:
    """The passes."""
    # As it is by default, then with values that are used once put where they are used.
    dead = Sequential([DeadCodeElimination(), DeadCodeElimination(inline_once=True)])
    yield _port("DeadCodeElimination", dead, RelaxDeadCodeElimination(), unused_value, cleaning.DEAD)
    yield _port(
        "EliminateCommonSubexpr", EliminateCommonSubexpr(), RelaxEliminateCommonSubexpr(), repeated_call, cleaning.SAME
    )
    yield _port(
        "RemoveUnusedFunctions", RemoveUnusedFunctions(), _only_main(RelaxDeadCodeElimination()), uncalled_function,
        cleaning.UNUSED,
    )  # fmt: skip
    yield _port("Inline", Inline(), _only_main(InlinePrivateFunctions()), call_of_marked, cleaning.INLINED)
    yield _port("DefuseOps", DefuseOps(), InlinePrivateFunctions(), call_of_group, cleaning.FUSED)
    lifted = _port("LambdaLift", LambdaLift(), RelaxLambdaLift(), local_function, cleaning.CLOSURES)
    yield replace(lifted, by_conversion=True)


def _port(
    name: str,
    on_relay: Callable[[IRModule], IRModule],
    on_relax: Callable[[IRModule], IRModule],
    promise: Callable[[IRModule], str],
    around: tuple[Make, ...],
) -> PortedPass:
    return PortedPass(name, typed(on_relay), on_relax, promise, skeletons=tuple(map(Skeleton, around)))


def unused_value(module: IRModule) -> str:
    """Names the first variable that is bound to a pure value and not used."""
    for function in module.functions.values():
        found = nodes(function)
        used = {part for node in found for part in _operands(node)}
        for node in found:
            for var in _bound(node):
                if var not in used:
                    return f"nothing uses {getattr(var, 'name_hint', None) or var.name}"
    return ""


def _operands(node: Node) -> Iterator[Node]:
    """What a node uses; a binding does not use the variable that it binds."""
    if isinstance(node, (relay.Let, relax.VarBinding, relax.MatchCast)):
        yield node.value
        if isinstance(node, relay.Let):
            yield node.body
    elif not isinstance(node, (relay.Function, relax.Function)):
        yield from node.iter_children()
    else:
        yield node.body


def _bound(node: Node) -> Iterator[Any]:
    if isinstance(node, relay.Let):
        if not any(map(_is_stateful, nodes(node.value))):
            yield node.var
    elif isinstance(node, relax.DataflowBlock):
        for binding in node.bindings:
            if isinstance(binding.value, relax.Call) and not is_pure_call(binding.value):
                continue
            if isinstance(binding.var, relax.DataflowVar):
                yield binding.var


def _is_stateful(node: Node) -> bool:
    """Whether Relay takes a call for one that may not be dropped or shared: dropout, uses of references."""
    if isinstance(node, (relay.RefRead, relay.RefWrite)):
        return True
    called = isinstance(node, relay.Call) and isinstance(node.op, relay.Op)
    return called and bool(node.op.get_attr("TOpIsStateful"))


def repeated_call(module: IRModule) -> str:
    """Names the first operator that is called twice on the same operands with the same attributes."""
    seen: dict[Any, Any] = {}
    for call in operators(module):
        scope = id(call.scope)
        key = (scope, call.name, tuple(map(id, call.args)), repr(sorted(call.attrs.items())))
        if call.args and not _is_stateful(call.node) and seen.setdefault(key, call.node) is not call.node:
            return f"{call.name} is computed twice"
    return ""


def uncalled_function(module: IRModule) -> str:
    """Names the first function that ``main`` does not reach."""
    main = module.get_global_var("main")
    known, left = {main}, [main]
    while left:
        for node in nodes(module.functions[left.pop()]):
            var: Any = module.get_global_var(node.name) if _is_name(node) else None
            if var is not None and var not in known:
                known.add(var)
                left.append(var)
    return next((f"nothing calls {var.name}" for var in module.functions if var not in known), "")


def _is_name(node: Any) -> bool:
    return isinstance(node, (relay.GlobalVar, relax.GlobalVar))


def call_of_marked(module: IRModule) -> str:
    """Names the first function that should be where it is called: marked in Relay, any but ``main`` in Relax."""
    for var, function in module.functions.items():
        marked = isinstance(function, relax.Function) and var.name != "main"
        if marked or function_attrs(function).get("Inline"):
            return f"{var.name} is not inlined"
    return ""


def call_of_group(module: IRModule) -> str:
    """Whether a function marked Primitive is left."""
    for function in module.functions.values():
        for node in nodes(function):
            if function_attrs(node).get("Primitive"):
                return "a fused group is left"
    return ""


def local_function(module: IRModule) -> str:
    """Whether a function literal is left within a function. A lifted function of Relay, marked as a closure, returns
    one.
    """
    for var, function in module.functions.items():
        if not isinstance(function, (relay.Function, relax.Function)):
            continue
        inner = [node for node in nodes(function.body) if isinstance(node, (relay.Function, relax.Function))]
        if len(inner) > bool(function_attrs(function).get("Closure")):
            return f"a function literal is left in {var.name}"
    return ""


def _only_main(transform: Callable[[IRModule], IRModule]) -> Callable[[IRModule], IRModule]:
    """The pass on a module of which only ``main`` can be called from outside: Relay's global functions all can, and
    Relax keeps those.
    """

    def run(module: IRModule) -> IRModule:
        result = module.copy()
        for var, function in module.functions.items():
            if var.name != "main" and isinstance(function, relax.Function):
                result.functions[var] = function.without_attr("global_symbol")
        return transform(result)

    return run
