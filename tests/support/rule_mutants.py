"""Ports with one rule taken out, or made wrong: each must fail its proof.

What is made wrong gives ``1 - x`` in the place of ``x``, or the negation of a truth value. Rules are taken from the
tables of the passes, so that a new rule has its mutants without further ado.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import relax_core.passes.fold_explicit_padding as relax_padding
import relay_compat.passes.fold_explicit_padding as relay_padding
import relay_compat.passes.simplify_expr as relay_simplify
from migrate.passes.bridges import typed
from migrate.passes.ports import ports
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.dpl.rewriters import Matched
from relax_core.passes.simplifications.rule import Made, Rule, Say, dtype_of, number
from relax_core.passes.simplify_expr import RULES, simplifying
from relay_compat.op.call import call
from relay_compat.passes.building import scalar, tensor_type
from tensor_core.passes import Pass

ON_RELAY = (
    "zeros_like", "ones_like", "full_like", "reshape_like", "collapse_sum_like", "broadcast_to_like", "cast_like",
    "add_to_itself", "divide_by_square_root", "identity", "reshape", "transpose", "no_transpose", "same_cast",
    "consecutive_cast", "full_elementwise", "switch_add_multiply", "adjacent", "dequantized_argmax",
    "dequantized_argmin", "dequantized_argsort", "clip_and_casts", "clip", "binomial",
)  # fmt: skip
"""Names of Relay's rules of SimplifyExpr, in the order of its table."""


@dataclass(frozen=True)
class Mutant:
    """A port that is wrong in one rule of one side. ``kind``: "deleted" or "falsified"."""

    port: PortedPass
    side: str
    rule: str
    kind: str

    def __str__(self) -> str:
        return f"{self.port.name}, {self.side}: {self.rule} {self.kind}"

    @property
    def own_skeletons(self) -> tuple[Skeleton, ...]:
        """Those of the port's skeletons that are for the rule."""
        return tuple(item for item in self.port.skeletons if self.rule.startswith(item.name))


def mutants() -> Iterator[Mutant]:
    """All of them."""
    yield from _of_simplify_expr(ports()["SimplifyExpr"])
    yield from _of_padding(ports()["FoldExplicitPadding"])


def _of_padding(port: PortedPass) -> Iterator[Mutant]:
    names = [rule.name for rule in relax_padding.RULES]
    for name in names:
        without = relay_padding.folding([item for item in names if item != name])
        yield Mutant(replace(port, relay=typed(without)), "relay", name, "deleted")
    for name, kind, relax in _wrong_rules(relax_padding.RULES, relax_padding.folding):
        yield Mutant(replace(port, relax=relax), "relax", name, kind)


def _of_simplify_expr(port: PortedPass) -> Iterator[Mutant]:
    table: Sequence[Any] = relay_simplify._RULES
    assert len(ON_RELAY) == len(table)
    for place, name in enumerate(ON_RELAY):
        before, after = table[:place], table[place + 1 :]
        yield Mutant(_on_relay(port, (*before, *after)), "relay", name, "deleted")
        yield Mutant(_on_relay(port, (*before, _wrong_on_relay(table[place]), *after)), "relay", name, "falsified")
    for name, kind, relax in _wrong_rules(RULES, simplifying):
        yield Mutant(replace(port, relax=relax), "relax", name, kind)


def _wrong_rules(
    rules: Sequence[Rule], make: Callable[[Sequence[Rule]], Pass]
) -> Iterator[tuple[str, str, Pass]]:  # fmt: skip
    """The pass of these rules without each, and with each made wrong."""
    for place, rule in enumerate(rules):
        before, after = rules[:place], rules[place + 1 :]
        yield rule.name, "deleted", make((*before, *after))
        yield rule.name, "falsified", make((*before, _wrong_on_relax(rule), *after))


def _on_relay(port: PortedPass, rules: Sequence[Any]) -> PortedPass:
    return replace(port, relay=typed(relay_simplify._pass("SimplifyExpr", rules)))


def _wrong_on_relay(make: Any) -> Any:
    def wrong() -> Any:
        rule = make()
        right = rule.callback

        def callback(pre: Any, post: Any, node_map: Any) -> Any:
            made = right(pre, post, node_map)
            if made is pre or made is post:
                return made
            dtype = tensor_type(pre).dtype
            return call("logical_not", made) if dtype == "bool" else call("subtract", scalar(1, dtype), made)

        rule.callback = callback
        return rule

    return wrong


def _wrong_on_relax(rule: Rule) -> Rule:
    def make(say: Say) -> Made:
        pattern, right = rule.make(say)

        def replaced(expr: Any, found: Matched) -> Any:
            made = right(expr, found)
            if made is expr or made is None:
                return made
            dtype = dtype_of(expr)
            return say("logical_not", made) if dtype == "bool" else say("subtract", number(1, dtype), made)

        return pattern, replaced

    return Rule(rule.name, make)
