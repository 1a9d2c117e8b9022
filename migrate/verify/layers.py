"""What a comparison says of every op call, and what the bound of an output comes from, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from migrate.values import leaves, structure
from migrate.verify.align import Miss, Step, Trace
from migrate.verify.bounds import largest
from migrate.verify.origins import Origins
from migrate.verify.uncertain import noise_of
from migrate.verify.verdict import Layer
from tensor_core.observed import OpCall
from tensor_core.ops.card import Rounding

_NAMED = 3
"""How many kinds of operators an explanation names."""


def layers(trace: Trace, left: Origins, right: Origins | None, wrong: Mapping[int, Miss]) -> tuple[Layer, ...]:
    """A row for every op call of a run, in program order. ``right``: the steps of the right side, where that is a
    program. ``wrong``: what the right side gives for calls, by number, where that is wrong on the left side's own
    inputs.
    """
    return tuple(_layer(step, left, right, wrong.get(step.number)) for step in trace.steps)


def _layer(step: Step, left: Origins, right: Origins | None, miss: Miss | None) -> Layer:
    span = left.span(step.node)
    place = str(span.declared or span) if span else ""
    error, ratio = step.error, step.ratio
    if miss is not None:
        value = miss.value
        ratio = step.call.worst(value)
        error = step.call.error(value) if structure(value) == structure(step.call.result) else 0.0
    agrees = True if step.matched else False if miss is not None else None
    compared = step.matches or miss is not None
    bound = max(map(largest, leaves(step.call.bound)), default=0.0) if compared else 0.0
    other: Any = miss.step if miss is not None else next(iter(step.matches.values()), None)
    beside = right.span(other) if right is not None and other is not None else None
    return Layer(step.number, step.call.card.name, place, error, bound, ratio, agrees, span, beside)


def why(trace: Trace, makers: Sequence[int], bound: float, scale: float) -> str:
    """Why an output made by these steps may be off by ``bound``."""
    counted: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for step in _behind(trace, makers):
        size, terms = _rounding(step)
        if size:
            counted[step.call.card.name].append((size, terms))
    if not counted:
        return "no operator on its way rounds: it must be equal bit for bit"
    if not bound:
        return "rounding moves none of its elements: it must be equal bit for bit"
    shares = {name: sum(size * size for size, _ in found) for name, found in counted.items()}
    ranked = sorted(counted, key=lambda name: -shares[name])
    told = [_told(name, counted[name]) for name in ranked[:_NAMED]]
    rest = sum(len(counted[name]) for name in ranked[_NAMED:])
    if rest:
        told.append(f"{rest} calls of other operators")
    share = f", {bound / scale:.2g} of its scale" if scale else ""
    return f"it may be off by {bound:.2g}{share}, because of the roundings of {_listed(told)}"


def _told(name: str, found: Sequence[tuple[float, int]]) -> str:
    terms = max(terms for _, terms in found)
    count = f"{len(found)} {name}" if len(found) > 1 else f"one {name}"
    if terms <= 1:
        return count
    return f"{count} of {'up to ' if len(found) > 1 else ''}{terms} terms"


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _rounding(step: Step) -> tuple[float, int]:
    """The typical rounding of a call relative to its result, and how many terms it sums up."""
    one = step.call
    model = one.card.error
    if not isinstance(model, Rounding):
        return 0.0, 0
    size = noise_of(OpCall(one.card, one.params, one.types, one.args), one.result).size
    return size, int(model.factor(one.params, *one.types)) if model.factor else 1


def _behind(trace: Trace, makers: Sequence[int]) -> list[Step]:
    """The steps that a value is computed by."""
    seen: set[int] = set()
    stack = list(makers)
    while stack:
        number = stack.pop()
        if number not in seen:
            seen.add(number)
            stack += trace.steps[number].sources
    return [trace.steps[number] for number in sorted(seen)]
