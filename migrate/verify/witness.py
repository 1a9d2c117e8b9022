"""The first wrong op: found on the left side's dataflow, shown with its counterpart on the right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from migrate.values import Value, leaves
from migrate.verify.align import Alignment, Miss, Step, Trace
from migrate.verify.origins import Origins
from migrate.verify.verdict import Witness

Through = Mapping[int, Sequence[int]]
"""Steps that give back an argument, by number, with the steps that they read."""


def first_wrong(
    result: Sequence[int], trace: Trace, alignment: Alignment, left: Origins, right: Origins
) -> Witness | None:
    """The first op without a match whose inputs all have one. ``result``: the steps that made the program's results.

    An op that has a counterpart made from it is wrong if that differs. Without one it may have been rewritten away:
    then it is wrong only if some path from it to the result meets no matching op again.
    """
    unmatched = {step.number for step in trace.steps if not step.matched}
    # An op that gives back its argument is as right as that.
    through = {step.number: step.sources for step in trace.steps if step.matched and not step.matches}
    dead = _dead(result, trace, unmatched, through)
    for step in trace.steps:
        if step.number not in unmatched or any(source in unmatched for source in _sources(step.sources, through)):
            continue
        by_origin = alignment.miss_of(step)
        if by_origin is not None and by_origin.clean:
            return _witness(step, by_origin, left, right)
        if step.number in dead:
            name = step.call.card.name
            by_card = (miss for miss in alignment.missed if miss.clean and right.card(miss.step) == name)
            return _witness(step, by_origin or next(by_card, None), left, right)
    return None


def _dead(result: Sequence[int], trace: Trace, unmatched: set[int], through: Through) -> set[int]:
    """Unmatched steps from which some path to the result meets no match."""
    users: dict[int, list[int]] = defaultdict(list)
    for step in trace.steps:
        for source in _sources(step.sources, through):
            users[source].append(step.number)
    results = set(_sources(result, through))
    dead: set[int] = set()
    for step in reversed(trace.steps):
        number = step.number
        if number in unmatched and (number in results or any(user in dead for user in users[number])):
            dead.add(number)
    return dead


def _sources(steps: Sequence[int], through: Through) -> list[int]:
    """The steps behind steps, looking through those that give back an argument."""
    found: list[int] = []
    stack = list(reversed(steps))
    while stack:
        number = stack.pop()
        if number in through:
            stack.extend(reversed(through[number]))
        else:
            found.append(number)
    return found


def _witness(step: Step, miss: Miss | None, left: Origins, right: Origins) -> Witness:
    call = step.call
    name, span = call.card.name, left.span(step.node)
    shown = name + (f" at {span.declared or span}" if span else "")
    if miss is None:
        return Witness(name, shown, "", float("inf"), span=span, inputs=call.args, node=step.node)
    position, expected, got = _worst_element(miss.value, call.exact, call.bound)
    ratio = call.worst(miss.value)
    return Witness(name, shown, right.shown(miss.step), ratio, position, expected, got, span, call.args, step.node)


def _worst_element(
    value: Value, exact: Value, bound: Value
) -> tuple[tuple[int, ...] | None, float | None, float | None]:
    got, want, limit = leaves(value)[0], leaves(exact)[0], leaves(bound)[0]
    if got.shape != want.shape or got.size == 0:
        return None, None, None
    with np.errstate(all="ignore"):
        ratio = np.abs(got.astype(np.float64) - want.astype(np.float64)) / (limit + 1e-300)
    position = np.unravel_index(int(np.argmax(np.nan_to_num(ratio, nan=np.inf))), got.shape)
    return tuple(int(i) for i in position), float(want[position]), float(got[position])
