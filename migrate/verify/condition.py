"""How much rounding may move a program's outputs, measured: a condition estimate by stochastic perturbation.

The float64 shadow is run again a few times with every op's result multiplied by ``1 + u * s``, s random of the size
of the op's own rounding (Parker, Monte Carlo arithmetic, 1997). The spread of the outputs is what honest rounding
can do; the admitted distance between two sides is a multiple of it. Inputs are never widened beyond what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from migrate.execution import interpret
from migrate.values import Array, Value, is_array, is_tuple, leaves
from migrate.verify.bounds import overflowed
from tensor_core import dtypes
from tensor_core.module import IRModule

RUNS = 3
"""Perturbed runs per estimate."""
FACTOR = 16.0
"""How many times the measured spread is admitted: three runs see a typical deviation, not the largest."""
CEILING = 1e-3
"""A bound above this share of the output's scale decides nothing."""


def admitted(
    module: IRModule,
    args: Sequence[Value],
    entry: str,
    native: Sequence[Array],
    size: Callable[[Any], float],
    seed: int = 0,
) -> tuple[list[Array], list[Array]]:
    """The exact (float64) outputs and, per element, how far a correctly rounded evaluation may lie from them.

    ``native`` are the outputs as the program computes them; ``size(node)`` is the typical relative error of one op.
    """
    exact = [overflowed(*pair) for pair in zip(leaves(interpret(module, args, entry, widen=True)), native, strict=True)]
    spread = [np.zeros(output.shape) for output in exact]
    for run in range(RUNS):
        rng = np.random.default_rng([seed, run])

        def perturb(node: Any, value: Value, rng: np.random.Generator = rng) -> Value | None:
            return _perturbed(value, size(node), rng)

        moved = leaves(interpret(module, args, entry, observe=perturb, widen=True))
        for n, (output, reference) in enumerate(zip(moved, exact, strict=True)):
            with np.errstate(all="ignore"):
                spread[n] = np.maximum(
                    spread[n], np.nan_to_num(np.abs(output.astype(np.float64) - reference.astype(np.float64)))
                )
    # One element's spread may vanish by chance: a bound speaks for the whole output.
    return exact, [
        np.full(s.shape, FACTOR * float(s.max(initial=0.0))) + _last_rounding(e, n)
        for s, e, n in zip(spread, exact, native, strict=True)
    ]


def _last_rounding(exact: Array, native: Array) -> Array:
    dtype = dtypes.from_numpy(native.dtype)
    if not dtypes.is_float(dtype):
        return np.zeros(exact.shape)
    size: Array = np.abs(np.nan_to_num(exact.astype(np.float64)))
    return dtypes.unit_roundoff(dtype) * size + dtypes.smallest_normal(dtype)


def _perturbed(value: Value, size: float, rng: np.random.Generator) -> Value | None:
    if is_tuple(value):
        moved = [_perturbed(item, size, rng) for item in value]
        return tuple(item if new is None else new for item, new in zip(value, moved, strict=True))
    if not is_array(value) or value.dtype.kind != "f":
        return None
    shape: tuple[int, ...] = value.shape
    return np.multiply(value, 1.0 + size * rng.uniform(-1.0, 1.0, shape))
