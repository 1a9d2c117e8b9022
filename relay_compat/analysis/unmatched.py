"""The values that a match leaves unhandled, as patterns (relay.analysis.unmatched_cases in TVM 0.19)."""

from __future__ import annotations

import enum
from itertools import product

from relay_compat.ir.adt import Match, Pattern, PatternConstructor, PatternTuple, PatternWildcard
from relay_compat.ir.types import TypeData
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule

__all__ = ["unmatched_cases"]


class _Fit(enum.Enum):
    MATCH = "matches"
    CLASH = "never matches"
    OPEN = "matches some values of the candidate"


def unmatched_cases(match: Match, mod: IRModule | None = None) -> list[Pattern]:
    """Patterns of values that no arm takes; empty for an exhaustive match. ``mod`` defines the data types.

    A candidate, at first a wildcard, is split by the first arm that takes only some of its values.
    """
    candidates: list[Pattern] = [PatternWildcard()]
    missed: list[Pattern] = []
    while candidates:
        candidate = candidates.pop()
        for clause in match.clauses:
            fit = _check(clause.lhs, candidate)
            if fit is _Fit.CLASH:
                continue
            if fit is _Fit.OPEN:
                candidates.extend(_split(clause.lhs, candidate, mod))
            break
        else:
            missed.append(candidate)
    return missed


def _check(arm: Pattern, candidate: Pattern) -> _Fit:
    if isinstance(arm, PatternConstructor):
        if not isinstance(candidate, PatternConstructor):
            return _Fit.OPEN
        if not arm.constructor.is_same(candidate.constructor):
            return _Fit.CLASH
        return _check_all(arm.patterns, candidate.patterns)
    if isinstance(arm, PatternTuple):
        return _check_all(arm.patterns, candidate.patterns) if isinstance(candidate, PatternTuple) else _Fit.OPEN
    return _Fit.MATCH


def _check_all(arms: tuple[Pattern, ...], candidates: tuple[Pattern, ...]) -> _Fit:
    fits = set(map(_check, arms, candidates))
    return _Fit.CLASH if _Fit.CLASH in fits else _Fit.OPEN if _Fit.OPEN in fits else _Fit.MATCH


def _split(arm: Pattern, candidate: Pattern, mod: IRModule | None) -> list[Pattern]:
    """The candidate once more, more precise by one level wherever the arm asks for a shape."""
    if isinstance(arm, PatternConstructor):
        if isinstance(candidate, PatternConstructor):
            inner = _combine(arm.patterns, candidate.patterns, mod)
            return [PatternConstructor(candidate.constructor, fields) for fields in inner]
        data: TypeData | None = mod.type_definitions.get(arm.constructor.belong_to) if mod is not None else None
        if data is None:
            raise fail(codes.UNDEFINED_NAME, f"the type {arm.constructor.belong_to} is not defined")
        return [PatternConstructor(item, tuple(PatternWildcard() for _ in item.inputs)) for item in data.constructors]
    if isinstance(arm, PatternTuple):
        if isinstance(candidate, PatternTuple):
            return [PatternTuple(fields) for fields in _combine(arm.patterns, candidate.patterns, mod)]
        return [PatternTuple(tuple(PatternWildcard() for _ in arm.patterns))]
    return [candidate]


def _combine(
    arms: tuple[Pattern, ...], candidates: tuple[Pattern, ...], mod: IRModule | None
) -> list[tuple[Pattern, ...]]:
    choices = [_split(arm, candidate, mod) for arm, candidate in zip(arms, candidates, strict=True)]
    # The first field changes fastest.
    return [tuple(reversed(fields)) for fields in product(*reversed(choices))]
