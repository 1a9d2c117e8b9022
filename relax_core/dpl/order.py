"""Putting bindings into an order in which everything is defined before it is used."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush

from relax_core.dpl.graph import mentions
from relax_core.ir.expr import Binding, Expr, Var
from tensor_core import codes
from tensor_core.diagnostics import fail


def in_order(bindings: Sequence[Binding]) -> list[Binding]:
    """The bindings, each as early as its place and what it uses allow; values need not be in normal form.

    R2R0205 when they depend on each other in a circle.
    """
    places = {binding.var: place for place, binding in enumerate(bindings)}
    waiting: dict[int, set[int]] = {}
    dependents: dict[int, list[int]] = {}
    done: set[int] = set()
    result: list[Binding] = []
    ready: list[int] = []

    def emit(place: int) -> None:
        result.append(bindings[place])
        done.add(place)
        for other in dependents.pop(place, ()):
            waiting[other].discard(place)
            if not waiting[other]:
                heappush(ready, other)

    for place, binding in enumerate(bindings):
        unmet = _needed(binding, places) - done
        if unmet:
            waiting[place] = unmet
            for other in unmet:
                dependents.setdefault(other, []).append(place)
        else:
            emit(place)
        while ready:
            emit(heappop(ready))
    if len(result) < len(bindings):
        raise fail(codes.ILL_FORMED, "bindings depend on each other in a circle", hint="check the replacement")
    return result


def _needed(binding: Binding, places: dict[Var, int]) -> set[int]:
    value: Expr = binding.value
    return {places[var] for var in mentions(value) if var in places and var is not binding.var}
