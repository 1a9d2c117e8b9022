"""Calls of a large model, folded: neighbours in the order of evaluation, cut where the fewest values cross.

Groups of one level are contiguous, so the graph of groups has no cycles. A group is called by what the names of its
parameters have in common, as front ends name layers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from migrate.report.page.relay_calls import RelayCall

UNFOLDED = 40
"""A graph with no more parts than these needs no folds."""
_OUTERMOST = 60
"""Folds that no fold is around, at most."""
_LEAST, _MOST, _WANTED = 6, 28, 14
"""Sizes of a fold."""
_NAMED = 2
"""Operators that a group is called by, where its parameters have no name in common."""
_WORD = re.compile(r"[A-Za-z]+\d*|\d+")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Fold:
    """A group of the calls ``first`` up to before ``last``; ``parent`` is the fold around it, by number."""

    label: str
    first: int
    last: int
    parent: int | None

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {"label": self.label, "first": self.first, "last": self.last, "parent": self.parent}


def folds(calls: Sequence[RelayCall]) -> list[Fold]:
    """The folds of a program, those around others first; none where it is small."""
    if len(calls) <= UNFOLDED:
        return []
    functions = _runs([call.function for call in calls])
    crossing = _crossing(calls)
    cuts = [0]
    for first, last in functions:
        cuts += _cut(first, last, crossing, calls)
    levels = [cuts]
    while len(levels[-1]) - 1 > _OUTERMOST:
        levels.append(_coarser(levels[-1], crossing))
    return _nested(levels, calls)


def _runs(names: Sequence[str]) -> list[tuple[int, int]]:
    """Where each function starts and ends."""
    starts = [n for n, name in enumerate(names) if not n or names[n - 1] != name]
    return list(zip(starts, [*starts[1:], len(names)], strict=True))


def _crossing(calls: Sequence[RelayCall]) -> list[int]:
    """How many values are made before each call and used at it or behind."""
    ends = list(range(len(calls)))
    for number, call in enumerate(calls):
        for source in call.sources:
            ends[source] = max(ends[source], number)
    change = [0] * (len(calls) + 2)
    for number, end in enumerate(ends):
        if end > number:
            change[number + 1] += 1
            change[end + 1] -= 1
    total, found = 0, list[int]()
    for item in change:
        total += item
        found.append(total)
    return found


def _cut(first: int, last: int, crossing: Sequence[int], calls: Sequence[RelayCall]) -> list[int]:
    """Ends of the folds of one function."""
    found: list[int] = []
    while last - first > _MOST:
        places = range(first + _LEAST, min(first + _MOST, last - _LEAST) + 1)
        first = min(places, key=lambda at, start=first: (crossing[at], _within(calls, at), abs(at - start - _WANTED)))
        found.append(first)
    return [*found, last]


def _within(calls: Sequence[RelayCall], at: int) -> bool:
    """Whether the weights before and behind a cut have names that belong together."""
    before, behind = calls[at - 1].weights, calls[at].weights
    return bool(before and behind) and len(_common([before[0], behind[0]])) > 0


def _coarser(cuts: Sequence[int], crossing: Sequence[int]) -> list[int]:
    """Every so many cuts of a level, those that the fewest values cross."""
    found, at, last = [cuts[0]], 0, len(cuts) - 1
    while last - at > _MOST:
        places = range(at + _LEAST, min(at + _MOST, last - _LEAST) + 1)
        at = min(places, key=lambda n, start=at: (crossing[cuts[n]], abs(n - start - _WANTED)))
        found.append(cuts[at])
    return [*found, cuts[last]]


def _nested(levels: Sequence[Sequence[int]], calls: Sequence[RelayCall]) -> list[Fold]:
    """Folds of all levels, the coarsest first, each with the one around it."""
    found: list[Fold] = []
    around: list[int] = []
    for cuts in reversed(levels):
        this = [len(found) + n for n in range(len(cuts) - 1)]
        parent = 0
        for first, last in pairwise(cuts):
            while around and found[around[parent]].last <= first:
                parent += 1
            found.append(Fold(_label(calls[first:last]), first, last, around[parent] if around else None))
        around = this
    return found


def _label(calls: Sequence[RelayCall]) -> str:
    weights = [weight for call in calls for weight in call.weights]
    name = _common(weights) or _range(weights)
    if name:
        return name
    commonest = [op for op, _ in Counter(call.op for call in calls).most_common(_NAMED + 1)]
    return ", ".join(commonest[:_NAMED]) + (" \N{HORIZONTAL ELLIPSIS}" if len(commonest) > _NAMED else "")


def _common(names: Sequence[str]) -> str:
    """What names start with, in whole words; empty when that is less than two: ``stage1_unit2``, not ``aten``."""
    if len(names) < 2:
        return ""
    low, high = min(names), max(names)
    shared = next((n for n, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    ends = [match.end() for match in _WORD.finditer(low) if match.end() <= shared]
    return low[: ends[-1]] if len(ends) > 1 else ""


def _range(names: Sequence[str]) -> str:
    """Names that differ in one number from the first to the last: ``blocks.0`` and ``blocks.7`` are ``blocks.0-7``."""
    if not names:
        return ""
    for first, last in zip(_NUMBER.finditer(names[0]), _NUMBER.finditer(names[-1]), strict=False):
        if names[0][: first.start()] != names[-1][: last.start()]:
            return ""
        if first[0] != last[0]:
            return f"{names[0][: first.end()]}\N{EN DASH}{last[0]}"
    return ""
