"""Proof without arguments: both sides lower, each on its own road, to programs of one normal form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.execution import lowered, parameters
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import GlobalVar, IRModule
from tensor_core.node import Node, post_order
from tensor_core.normal_form import NormalForm, normal_form
from tensor_core.ops.card import OpCard
from tensor_core.ops.evidence import is_proven


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether two sides are proved equal. ``reason``: why they are, or why nothing is proved. ``unproven``: the
    operators in the programs for which nothing from outside speaks.
    """

    holds: bool
    reason: str
    unproven: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.holds


def prove_equal(left: IRModule, right: IRModule, entry: str = "main") -> Proof:
    """Try to prove that ``entry`` computes the same on both sides, whatever the arguments.

    Parameters of the right side that the left one does not have are what comes with its module.
    """
    count = len(parameters(left, entry))
    given = {place: right.params[name] for place, (name, _) in enumerate(parameters(right, entry)) if place >= count}
    try:
        ours, theirs = _form(left, entry, {}), _form(right, entry, given)
    except DiagnosticError as error:
        return Proof(False, f"a side has no executable form: {error.diagnostics[0].message}")
    if not ours.proves(theirs):
        opaque = dict.fromkeys((*ours.opaque, *theirs.opaque))
        why = f"the programs hold {', '.join(list(opaque)[:3])}" if opaque else "the programs differ in form"
        return Proof(False, why)
    cards = {card.name: card for module in (left, right) for card in cards_of(module, entry)}
    unproven = tuple(sorted(name for name, card in cards.items() if not is_proven(card)))
    return Proof(True, "both sides lower to the same program", unproven)


def _form(module: IRModule, entry: str, given: dict[int, Any]) -> NormalForm:
    return normal_form(lowered(module, entry), entry, given)


def cards_of(module: IRModule, entry: str) -> Iterator[OpCard[Any]]:
    """The cards of the operators that a function and what it calls are made of."""
    seen: set[GlobalVar] = set()
    stack = [module.get_global_var(entry)]
    while stack:
        var = stack.pop()
        function = module.functions.get(var)
        if var in seen or not isinstance(function, relay.Function | relax.Function):
            continue
        seen.add(var)
        roots: list[Node] = [function]
        for node in post_order(roots, Node.iter_children):
            if isinstance(node, GlobalVar) and node in module.functions:
                stack.append(node)
            elif isinstance(node, relay.Op | relax.Op) and node.card is not None:
                yield node.card
