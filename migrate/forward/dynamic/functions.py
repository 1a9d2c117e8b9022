"""The functions of a module whose sizes are open, callees before callers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import relay_compat.ir.expr as relay
from migrate.forward.dynamic.signature import Known, Signature
from migrate.forward.dynamic.solve import Sizes, has_open_sizes
from migrate.forward.effects import Effects
from relax_core.types.relations import definable_symbols, forget
from relay_compat.scopes import Plan
from relay_compat.visit import reachable
from tensor_core import codes, shapes
from tensor_core.diagnostics import fail
from tensor_core.module import GlobalVar, IRModule
from tensor_core.node import post_order
from tensor_core.types import Type

if TYPE_CHECKING:
    from migrate.forward.options import Options


def solved(
    module: IRModule, effects: Effects, options: Options
) -> tuple[Mapping[str, Sizes], Mapping[relay.Function, Signature]]:
    """The sizes of every function that has open ones, by name, and the signatures of these.

    R2R0703 when something is asked for a dimension that no parameter has open.
    """
    known, found = Known(effects, options.dims, options.assume_equal), dict[str, Sizes]()
    functions = {var: item for var, item in module.functions.items() if isinstance(item, relay.Function)}
    nodes = {var: reachable(function) for var, function in functions.items()}
    calls = {
        var: [node for node in items if isinstance(node, GlobalVar) and node in nodes] for var, items in nodes.items()
    }
    for var in post_order(calls, calls.__getitem__):
        function = functions[var]
        if has_open_sizes(nodes[var]):
            found[var.name] = sizes = Sizes(var.name, function, Plan(function.body), known)
            sizes.solve()
    for place in options.dims:
        if place not in known.asked:
            raise fail(
                codes.BAD_OPTION,
                f"no parameter has an open dimension {place}",
                hint="name a dimension as PARAMETER.AXIS; open ones print as ? in Relay's text",
            )
    return found, known.signatures


def visible(type_: Type, params: Sequence[Type]) -> Type:
    """A result type as callers see it: in symbols that the parameters determine."""
    known = {var for param in params for var in definable_symbols(param)}
    return forget(type_, lambda dim: known.issuperset(shapes.free_vars(dim)))
