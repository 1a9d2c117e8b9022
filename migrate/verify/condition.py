"""How much rounding may move a program's outputs, measured: a condition estimate by stochastic perturbation.

The float64 shadow is run again a few times with every op's result multiplied by ``1 + u * s``, s random of the size
of the op's own rounding (Parker, Monte Carlo arithmetic, 1997). The spread of the outputs is what honest rounding
can do; the admitted distance between two sides is a multiple of it. Inputs are never widened beyond what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from migrate.execution import interpret
from migrate.values import Array, Value, is_array, is_tuple, leaves
from migrate.verify.bounds import overflowed
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.ops.card import ErrorModel, Rounding

RUNS = 3
"""Perturbed runs per estimate."""
FACTOR = 16.0
"""How many times the measured spread is admitted: three runs see a typical deviation, not the largest."""
CEILING = 1e-3
"""A bound above this share of the output's scale decides nothing."""
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


def noise(model: ErrorModel, length: float, floats: Sequence[str]) -> Noise:
    """That of an op that accumulates over ``length`` and whose results have the element types ``floats``."""
    if not isinstance(model, Rounding) or not floats:
        return NONE
    coarsest = max(floats, key=dtypes.unit_roundoff)
    rounds_once = model.ulps <= 1 and model.factor is None and model.magnitude is None
    return Noise(dtypes.unit_roundoff(coarsest) * (model.ulps + length**0.5), coarsest if rounds_once else "")


def admitted(
    module: IRModule,
    args: Sequence[Value],
    entry: str,
    native: Sequence[Array],
    noise_of: Callable[[Any], Noise],
    seed: int = 0,
) -> tuple[list[Array], list[Array]]:
    """The exact (float64) outputs and, per element, how far a correctly rounded evaluation may lie from them.

    ``native`` are the outputs as the program computes them; ``noise_of(node)`` is the typical rounding of one op. Where
    no op rounds, nothing is admitted.
    """
    exact = [overflowed(*pair) for pair in zip(leaves(interpret(module, args, entry, widen=True)), native, strict=True)]
    rounds = False

    def told(node: Any) -> Noise:
        nonlocal rounds
        found = noise_of(node)
        rounds = rounds or found.size > 0
        return found

    spread = _spread(module, args, entry, exact, told, [seed], RUNS, 1.0)
    if not rounds:
        return exact, [np.zeros(output.shape) for output in exact]
    # One element's spread may vanish by chance: a bound speaks for the whole output.
    return exact, [
        np.full(s.shape, FACTOR * float(s.max(initial=0.0))) + _last_rounding(e, n)
        for s, e, n in zip(spread, exact, native, strict=True)
    ]


def beyond_ties(
    module: IRModule,
    args: Sequence[Value],
    entry: str,
    exact: Sequence[Array],
    noise_of: Callable[[Any], Noise],
    seed: int = 0,
) -> list[Array]:
    """Per element, how far rounding may move outputs that lie behind discontinuities, as integers behind floats do.

    An element that no rounding of the size admitted elsewhere moves over one must be what it is exactly: zero.
    """
    return _spread(module, args, entry, exact, noise_of, [seed, 1], RUNS_AT_TIES, FACTOR)


def _spread(
    module: IRModule,
    args: Sequence[Value],
    entry: str,
    exact: Sequence[Array],
    noise_of: Callable[[Any], Noise],
    seed: Sequence[int],
    runs: int,
    factor: float,
) -> list[Array]:
    """Per element, how far the outputs move in perturbed runs."""
    spread: list[Array] = [np.zeros(output.shape) for output in exact]
    for run in range(runs):
        rng = np.random.default_rng([*seed, run])

        def perturb(node: Any, value: Value, rng: np.random.Generator = rng) -> Value | None:
            return _perturbed(value, noise_of(node), factor, rng)

        moved = leaves(interpret(module, args, entry, observe=perturb, widen=True))
        for n, (output, reference) in enumerate(zip(moved, exact, strict=True)):
            if output.shape != reference.shape:
                spread[n] = np.full(reference.shape, np.inf)
                continue
            with np.errstate(all="ignore"):
                distance = np.abs(output.astype(np.float64) - reference.astype(np.float64))
                spread[n] = np.maximum(spread[n], np.nan_to_num(distance))
    return spread


def _last_rounding(exact: Array, native: Array) -> Array:
    dtype = dtypes.from_numpy(native.dtype)
    if not dtypes.is_float(dtype):
        return np.zeros(exact.shape)
    size: Array = np.abs(np.nan_to_num(exact.astype(np.float64)))
    return dtypes.unit_roundoff(dtype) * size + dtypes.smallest_normal(dtype)


def _perturbed(value: Value, noise: Noise, factor: float, rng: np.random.Generator) -> Value | None:
    if is_tuple(value):
        moved = [_perturbed(item, noise, factor, rng) for item in value]
        return tuple(item if new is None else new for item, new in zip(value, moved, strict=True))
    if not is_array(value) or value.dtype.kind != "f":
        return None
    shape: tuple[int, ...] = value.shape
    moved = np.multiply(value, 1.0 + factor * noise.size * rng.uniform(-1.0, 1.0, shape))
    if not noise.held:
        return moved
    with np.errstate(all="ignore"):
        held = value.astype(dtypes.to_numpy(noise.held)).astype(value.dtype) == value
    return np.where(held, value, moved)
