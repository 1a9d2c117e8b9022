"""How much rounding may move a program's outputs, measured: a condition estimate by stochastic perturbation.

The float64 shadow is run again a few times with every op's result multiplied by ``1 + u * s``, s random of the size
of the op's own rounding (Parker, Monte Carlo arithmetic, 1997). The spread of the outputs is what honest rounding
can do; the admitted distance between two sides is a multiple of it. Inputs are never widened beyond what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count
from typing import Any

import numpy as np

from migrate.execution import interpret
from migrate.values import Array, Value, is_array, is_tuple, leaves, map_leaves
from migrate.verify.bounds import coarser, overflowed
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.observed import OpCall
from tensor_core.ops.card import Rounding

RUNS = 3
"""Perturbed runs per estimate."""
FACTOR = 16.0
"""How many times the measured spread is admitted: three runs see a typical deviation, not the largest."""
CEILING = 1e-3
"""A bound above this share of the output's scale decides nothing."""
_asked: ContextVar[float] = ContextVar("largest bound", default=CEILING)
RUNS_AT_TIES = 16
"""Perturbed runs that look for elements which rounding may send to the other side of a discontinuity. A run finds one
that honest rounding reaches with a probability of nearly a half."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The typical rounding of one op: ``size`` relative to its result.

    ``held``: the op rounds once, to this element type, so that it gives a value which the type holds as it is.
    """

    size: float = 0.0
    held: str = ""


NONE = Noise()
Rounded = Callable[[float, np.random.Generator, Value], Value]
"""A constant as it may have been rounded: with its own rounding so many times, at random."""


def ceiling() -> float:
    """The share of the scale above which a bound decides nothing: CEILING, or what :func:`largest_bound` asks."""
    return _asked.get()


@contextmanager
def largest_bound(share: float | None) -> Generator[None]:
    """Inside, bounds above ``share`` of the output's scale decide nothing; None changes nothing. ValueError for more
    than :data:`CEILING`.
    """
    if share is not None and not 0 < share <= CEILING:
        raise ValueError(f"the largest bound is above 0 and at most {CEILING}, not {share}")
    token = _asked.set(_asked.get() if share is None else share)
    try:
        yield
    finally:
        _asked.reset(token)


def noise(call: OpCall, floats: Sequence[str]) -> Noise:
    """That of a call whose results have the element types ``floats``: of its op and the root of the length that it
    accumulates over.
    """
    model = call.card.error
    if not isinstance(model, Rounding) or not floats:
        return NONE
    length = float(model.factor(call.params, *call.types)) if model.factor else 0.0
    coarsest = max(floats, key=dtypes.unit_roundoff)
    size = coarser(call) * dtypes.unit_roundoff(coarsest) * (model.ulps + length**0.5)
    rounds_once = model.ulps <= 1 and model.factor is None and model.magnitude is None
    return Noise(size, coarsest if rounds_once else "")


class Condition:
    """How far rounding moves a program's outputs on its arguments: measured run by run, as many as are asked for.

    ``noises``: the typical rounding of each node of ``program``; ``native``: the outputs as the program computes them.
    ``rounded``, if given, also moves its constants and its arguments.
    """

    def __init__(
        self,
        program: IRModule,
        args: Sequence[Value],
        entry: str,
        native: Sequence[Array],
        noises: Mapping[Any, Noise],
        seed: int = 0,
        rounded: Rounded | None = None,
    ) -> None:
        self._program, self._args, self._entry = program, args, entry
        self._rounded = rounded
        self._native = native
        self._noises = noises
        self._bounds = _Spread(self._perturbed, [seed], RUNS, 1.0)
        self._ties = _Spread(self._over_edges, [seed, 1], RUNS_AT_TIES, FACTOR)

    @cached_property
    def exact(self) -> list[Array]:
        """The exact (float64) outputs, with the overflow of the native types."""
        shadow = leaves(interpret(self._program, self._args, self._entry, floats="float64"))
        if len(shadow) != len(self._native):
            return [np.full(array.shape, np.nan) for array in self._native]
        return self._held(shadow)

    def _held(self, outputs: Sequence[Array]) -> list[Array]:
        """Outputs in float64 with the overflow of the native types, where there are as many."""
        if len(outputs) != len(self._native):
            return list(outputs)
        return [overflowed(*pair) for pair in zip(outputs, self._native, strict=True)]

    @property
    def rounds(self) -> bool:
        """Whether any op rounds. Where none does, nothing is admitted."""
        return any(noise.size > 0 for noise in self._noises.values())

    def growing_bounds(self) -> Iterator[list[Array]]:
        """Per element, how far a correctly rounded evaluation may lie from :attr:`exact`, after each more run."""
        if not self.rounds:
            yield [np.zeros(output.shape) for output in self.exact]
            return
        for spread in self.growing_spreads():
            yield [s + _last_rounding(e, n) for s, e, n in zip(spread, self.exact, self._native, strict=True)]

    def growing_spreads(self) -> Iterator[list[Array]]:
        """The part of the bounds that was measured. One element's spread may vanish by chance: it speaks for the whole
        output.
        """
        for spread in self._bounds.growing(self.exact):
            yield [np.full(s.shape, FACTOR * float(s.max(initial=0.0))) for s in spread]

    @cached_property
    def bounds(self) -> list[Array]:
        """The admitted distances of all runs."""
        return list(self.growing_bounds())[-1]

    def growing_ties(self) -> Iterator[list[Array]]:
        """Per element, how far rounding may move outputs that lie behind discontinuities, as integers behind floats
        do; after each more run. An element that no rounding of the size admitted elsewhere moves over one must be what
        it is exactly: zero.
        """
        yield from self._ties.growing(self.exact)

    @cached_property
    def _course(self) -> list[tuple[Any, Value]]:
        """What each node gives in the shadow, in order of evaluation."""
        course: list[tuple[Any, Value]] = []

        def note(node: Any, value: Value) -> None:
            course.append((node, value))

        interpret(self._program, self._args, self._entry, floats="float64", observe=note)
        return course

    def _over_edges(self, rng: np.random.Generator, factor: float) -> list[Array]:
        return self._perturbed(rng, factor, self._course)

    def _perturbed(
        self, rng: np.random.Generator, factor: float, course: Sequence[tuple[Any, Value]] = ()
    ) -> list[Array]:
        places = count()

        def perturb(node: Any, value: Value) -> Value | None:
            place, noise = next(places), self._noises.get(node)
            if noise is None or noise.size == 0:
                return None
            moved = _perturbed(value, noise, factor, rng)
            is_same_way = place < len(course) and course[place][0] is node
            return _landed(moved, course[place][1], rng) if is_same_way else moved

        taken, args = None, self._args
        if self._rounded is not None:
            taken = partial(self._rounded, factor, rng)
            args = [map_leaves(taken, arg) for arg in args]
        outputs = interpret(self._program, args, self._entry, floats="float64", observe=perturb, taken=taken)
        return self._held(leaves(outputs))


class _Spread:
    """Per element, how far outputs move in perturbed runs, each of which is made once."""

    def __init__(
        self,
        run: Callable[[np.random.Generator, float], list[Array]],
        seed: Sequence[int],
        runs: int,
        factor: float,
    ) -> None:
        self._run = run
        self._seed = seed
        self._runs = runs
        self._factor = factor
        self._found: list[list[Array]] = []

    def growing(self, exact: Sequence[Array]) -> Iterator[list[Array]]:
        """The spread after one run, two, and so on."""
        for number in range(self._runs):
            if number == len(self._found):
                before = self._found[-1] if self._found else [np.zeros(output.shape) for output in exact]
                moved = self._run(np.random.default_rng([*self._seed, number]), self._factor)
                self._found.append(_wider(before, moved, exact))
            yield self._found[number]


def _wider(spread: Sequence[Array], moved: Sequence[Array], exact: Sequence[Array]) -> list[Array]:
    if len(moved) != len(exact):
        return [np.full(reference.shape, np.inf) for reference in exact]
    found: list[Array] = []
    for before, output, reference in zip(spread, moved, exact, strict=True):
        if output.shape != reference.shape:
            found.append(np.full(reference.shape, np.inf))
            continue
        with np.errstate(all="ignore"):
            distance = np.abs(output.astype(np.float64) - reference.astype(np.float64))
            found.append(np.maximum(before, np.nan_to_num(distance)))
    return found


def moved_by(share: float, rng: np.random.Generator, array: Array) -> Array:
    """An array whose elements are off by up to a share of themselves, at random."""
    shape: tuple[int, ...] = array.shape
    # A product of arrays without dimensions is a number.
    return np.asarray(np.multiply(array, 1.0 + share * rng.uniform(-1.0, 1.0, shape)))


def _last_rounding(exact: Array, native: Array) -> Array:
    dtype = dtypes.from_numpy(native.dtype)
    if not dtypes.is_float(dtype):
        return np.zeros(exact.shape)
    size: Array = np.abs(np.nan_to_num(exact.astype(np.float64), posinf=0.0, neginf=0.0))
    return dtypes.unit_roundoff(dtype) * size + dtypes.smallest_normal(dtype)


def _landed(moved: Value | None, exact: Value, rng: np.random.Generator) -> Value | None:
    """What rounding moves over zero may also land on it, where narrower types than float64 often do."""
    if not is_array(moved) or not is_array(exact) or moved.shape != exact.shape:
        return moved
    shape: tuple[int, ...] = exact.shape
    is_over = np.logical_and(np.less(moved * exact, 0), rng.random(shape) < 0.5)
    return np.where(is_over, 0.0, moved)


def _perturbed(value: Value, noise: Noise, factor: float, rng: np.random.Generator) -> Value | None:
    if is_tuple(value):
        moved = [_perturbed(item, noise, factor, rng) for item in value]
        return tuple(item if new is None else new for item, new in zip(value, moved, strict=True))
    if not is_array(value) or value.dtype.kind != "f":
        return None
    moved = moved_by(factor * noise.size, rng, value)
    if not noise.held:
        return moved
    with np.errstate(all="ignore"):
        held = value.astype(dtypes.to_numpy(noise.held)).astype(value.dtype) == value
    return np.where(held, value, moved)
