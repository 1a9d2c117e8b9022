"""Which value of the right side is which value of the left side, found by comparing them.

The right program runs with every step's value shown to :meth:`Alignment.observe`. A value that is a correct result
of some left op, on that op's own inputs and within its one-op bound, is matched with it and *replaced by the left
value*: so the next right op gets the left's inputs, errors never accumulate, and the first value without a match is
the first wrong op. A step that knows the node it was converted from is tried against that node first. Either side may
be of either IR: :mod:`migrate.verify.origins` says what steps are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np

from migrate.values import Array, Value, is_tuple, leaves, structure
from migrate.verify.bounds import OneOp
from migrate.verify.origins import Origins
from migrate.verify.watch import Watch
from tensor_core.observed import OpCall

_NEAR, _NEARER = 1e-1, 1e-3
"""How far a value may lie from one that it was not made from, as a share of the scale; from one that was found."""


class Step:
    """One evaluated op of the left side, in evaluation order, and the right steps that it was matched with.

    ``sources``: the steps whose results it reads, by place among the steps; ``error``: the largest error of what it was
    matched with, ``ratio``: the same as a multiple of its bound. ``used``: the fields of a tuple result that something
    reads; all count when nothing reads any.
    """

    __slots__ = ("call", "error", "matches", "node", "number", "ratio", "sources", "used")

    def __init__(self, number: int, node: Any, call: OneOp, sources: tuple[int, ...]) -> None:
        self.number = number
        self.node = node
        self.call = call
        self.sources = sources
        self.used: set[int] | None = set() if is_tuple(call.result) else None
        self.matches: dict[int | None, Any] = {}
        self.error = 0.0
        self.ratio = 0.0

    @property
    def matched(self) -> bool:
        """Whether the result, or every field of it that is used, was found on the right or needs no counterpart."""
        return None in self.matches or all(field in self.matches or self.passed_on(field) for field in self.fields())

    def fields(self) -> Iterable[int | None]:
        """What has to be found: the fields that are used, or the result."""
        return (None,) if self.used is None else self.used or range(len(self.call.result))

    def is_right(self, leaf: Array, got: Array) -> bool:
        """Whether ``got`` is a right result in the place of ``leaf``, one that the op gave."""
        return any(self.value(field) is leaf and self.call.worst(got, field) <= 1.0 for field in self.fields())

    def passed_on(self, field: int | None) -> bool:
        """Whether the op gives back one of its arguments here, so that nothing on the right has to stand for it."""
        value = self.value(field)
        return not is_tuple(value) and any(
            not is_tuple(arg) and structure(arg) == structure(value) and self.call.worst(arg, field) == 0.0
            for arg in self.call.args
        )

    def value(self, field: int | None) -> Value:
        """The result, or one field of it."""
        return self.call.result if field is None else self.call.result[field]


class Trace(Watch):
    """Collects the op calls of a left run.

    Which call made which array is told by the arrays themselves, through whatever the program does with them.
    """

    def __init__(self, tick: Callable[[int], None]) -> None:
        super().__init__()
        self._tick = tick
        self._made: dict[int, tuple[int, int | None]] = {}
        self._kept: list[Array] = []
        self.steps: list[Step] = []

    def called(self, node: Any, call: OpCall, value: Value) -> None:
        """Record one step."""
        sources = self.makers(call.args)
        one = OneOp(call.card, call.params, call.args, call.types, value)
        step = Step(len(self.steps), node, one, sources)
        self.steps.append(step)
        fields = value if is_tuple(value) else (value,)
        for place, field in enumerate(fields):
            for leaf in leaves(field):
                self._made.setdefault(id(leaf), (step.number, place if is_tuple(value) else None))
                self._kept.append(leaf)
        self._tick(len(self.steps))

    def makers(self, value: Value) -> tuple[int, ...]:
        """The steps that made the arrays in a value, which are now used."""
        found: dict[int, None] = {}
        for leaf in leaves(value):
            made = self._made.get(id(leaf))
            if made is not None:
                number, field = made
                found[number] = None
                used = self.steps[number].used
                if used is not None and field is not None:
                    used.add(field)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Miss:
    """A right call whose value is no left op's result; ``clean``: all its inputs were right."""

    step: Any
    value: Value
    clean: bool


class Alignment:
    """Matches the right side's values against the left side's steps while the right side runs. ``args``: those of the
    left side.
    """

    def __init__(self, trace: Trace, args: Sequence[Value], origins: Origins, tick: Callable[[int], None]) -> None:
        self._tick = tick
        self._origins = origins
        self._trace = trace
        self._args = tuple(args)
        self._matched = 0
        self._nodes = {step.node for step in trace.steps}
        self._by_structure: dict[object, list[tuple[Step, int | None]]] = defaultdict(list)
        for step in trace.steps:
            for field in {None, *step.fields()}:
                self._by_structure[structure(step.value(field))].append((step, field))
        self._tainted: set[Any] = set()
        self.missed: list[Miss] = []
        self._missed_by_origin: dict[Any, Miss] = {}
        self.worst = 0.0

    def observe(self, right: Any, value: Value) -> Value | None:
        """Match one right value; the returned left value takes its place. What a function gives back, or a cell of
        memory, has met its match before, and needs no other one, near which it may lie by chance.
        """
        origins = self._origins
        clean = not any(leaf in self._tainted for leaf in origins.operands(right))
        if not origins.is_call(right):
            if not clean:
                self._tainted.add(origins.key(right))
            return None
        if not origins.is_operator(right) and all(_bits(leaf) in self._known for leaf in leaves(value)):
            return None
        found = self._find(right, value)
        if found is None:
            self._tainted.add(origins.key(right))
            miss = Miss(right, value, clean)
            self.missed.append(miss)
            self._missed_by_origin.setdefault(self.origin(right), miss)
            return None
        step, field = found
        if field not in step.matches:
            step.matches[field] = right
            self._matched += 1
            self._tick(self._matched)
        return step.value(field)

    @cached_property
    def _known(self) -> set[tuple[object, bytes]]:
        """What is known of every left value."""
        results = (leaf for step in self._trace.steps for leaf in leaves(step.call.result))
        return {_bits(leaf) for leaf in (*leaves(self._args), *results)}

    def origin(self, right: Any) -> Any:
        """The left node that a right step was made from, or is, where steps evaluated it; it has one for each time."""
        return next((node for node in (right, getattr(right, "origin", None)) if node in self._nodes), None)

    def miss_of(self, step: Step) -> Miss | None:
        """The right step that was made from this one and differs."""
        return self._missed_by_origin.get(step.node)

    def _find(self, right: Any, value: Value) -> tuple[Step, int | None] | None:
        origin = self.origin(right)
        # Ops that only rename elements have equal results, as have those in a function that is called twice: prefer one
        # that nothing was matched with yet.
        candidates = sorted(
            self._by_structure.get(structure(value), ()),
            key=lambda item: (item[0].node is not origin, item[1] in item[0].matches),
        )
        for step, field in candidates:
            if step.node is origin or self._may_be(right, value, step, field):
                ratio = step.call.worst(value, field)
                # What the reference itself gives is right, however far rounding or overflow within took it.
                if ratio > 1.0 and _same_bits(value, step.value(field)):
                    ratio = 0.0
                if ratio <= 1.0:
                    self.worst = max(self.worst, ratio)
                    step.ratio = max(step.ratio, ratio)
                    if ratio:
                        step.error = max(step.error, step.call.error(value, field))
                    return step, field
        return None

    def _may_be(self, right: Any, value: Value, step: Step, field: int | None) -> bool:
        """Whether a value lies so near the one of a step that it was not made from that it may be computed as that.

        One that was found may be found again, but by another operator only to the bit, and not by whatever its bound is
        wide enough for.
        """
        if field not in step.matches:
            return _looks_like(value, step.value(field), _NEAR)
        if self._origins.card(right) != self._origins.card(step.matches[field]):
            return _same_bits(value, step.value(field))
        return _looks_like(value, step.value(field), _NEARER)


def _same_bits(value: Value, other: Value) -> bool:
    return list(map(_bits, leaves(value))) == list(map(_bits, leaves(other)))


def _bits(array: Array) -> tuple[object, bytes]:
    """The same for arrays that are equal to the bit, structure included."""
    return structure(array), blake2b(array.tobytes(), digest_size=16).digest()


def _looks_like(value: Value, other: Value, share: float) -> bool:
    """A cheap necessary condition: some sampled elements are within a share of the scale."""
    if is_tuple(value):
        return not value or _looks_like(value[0], other[0], share)
    left, right = value.reshape(-1), other.reshape(-1)
    step = max(1, left.size // 16)
    left, right = left[::step].astype(np.float64), right[::step].astype(np.float64)
    finite = np.isfinite(right)
    scale = float(np.max(np.abs(right[finite]), initial=0.0))
    with np.errstate(invalid="ignore"):
        return bool(np.all((np.abs(left - right) <= share * scale) | ~finite))
