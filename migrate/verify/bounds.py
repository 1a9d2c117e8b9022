"""How far one op's result may lie from its exact value, and whether a given result does.

The exact value is the card's reference in float64 on the very same inputs; the bound is the card's error model.
There is no global tolerance.

A sum of n terms loses at most n roundings relative to the sum of absolute terms (Higham, Accuracy and Stability of
Numerical Algorithms, ch. 3), and ``c * sqrt(n)`` with overwhelming probability (Higham and Mary, A new approach to
probabilistic rounding error analysis, 2019). The second is used: the first would hide real faults behind long sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, cast

import numpy as np

from migrate.values import Array, Value, leaves, map_leaves, structure
from tensor_core import dtypes
from tensor_core.observed import OpCall
from tensor_core.ops.card import OpCard, Rounding
from tensor_core.reference import evaluate, value_as
from tensor_core.types import Type


@dataclass(frozen=True)
class OneOp:
    """One op call with the values it got, and what its reference gave, in float64 where the run was. The float64 result
    and the bound are computed when first asked for.
    """

    card: OpCard[Any]
    params: Any
    args: tuple[Value, ...]
    types: tuple[Type, ...]
    result: Value

    @cached_property
    def exact(self) -> Value:
        """The result, where the op rounds in float64, with the overflow of the native type."""
        if isinstance(self.card.error, Rounding):
            return map_leaves(overflowed, self._wide, self.result)
        return self.result

    @cached_property
    def _wide(self) -> Value:
        return evaluate(self.card, self.params, self.args, floats="float64")

    @cached_property
    def bound(self) -> Value:
        """The largest admitted distance from :attr:`exact`, elementwise, in the structure of the result."""
        model = self.card.error
        if not isinstance(model, Rounding):
            return map_leaves(_no_rounding, self.exact)
        factor = coarser(self) * (model.ulps + roundings(self))
        magnitude = self.exact if self._magnitude is None else self._magnitude
        return map_leaves(partial(_rounded, factor), magnitude, self.result)

    @cached_property
    def _magnitude(self) -> Value | None:
        return magnitudes(self)

    @cached_property
    def _open(self) -> tuple[Array, ...]:
        """For each array of the result, which of its elements may be anything: those that TVM leaves undefined, and
        sums that overflow in one order and not in another. Nothing where there are none.
        """
        masks = undefined_places(self)
        count = len(list(leaves(self.result)))
        masks = masks if len(masks) == count else masks * count
        sums = overflowing(self._magnitude, self.result, self._wide) if sums_up(self) else ()
        if not any(map(np.any, sums)):
            return masks
        return tuple(map(np.logical_or, masks, sums)) if masks else sums

    def worst(self, value: Value, field: int | None = None) -> float:
        """The largest error of ``value`` as a multiple of the bound: above 1 it is wrong.

        ``field``: the value stands for this field of a tuple result. Infinite for a wrong structure, shape or element
        type, and for NaN or infinity in another place.
        """
        result, exact, bound = (
            item if field is None else item[field] for item in (self.result, self.exact, self.bound)
        )
        if structure(value) != structure(result):
            return float("inf")
        given = leaves(value)
        if self._open:
            masks = self._open if field is None else self._open[field : field + 1]
            given = [np.where(mask, want, got) for mask, want, got in zip(masks, leaves(exact), given, strict=True)]
        if sums_up(self):
            given = list(map(_settled, given, leaves(exact), leaves(bound)))
        triples = zip(given, leaves(exact), leaves(bound), strict=True)
        return max((worst_ratio(*arrays) for arrays in triples), default=0.0)

    def error(self, value: Value, field: int | None = None) -> float:
        """The largest distance of ``value`` from :attr:`exact`, where both are finite."""
        exact = self.exact if field is None else self.exact[field]
        found = 0.0
        for got, want in zip(leaves(value), leaves(exact), strict=True):
            with np.errstate(all="ignore"):
                distance = np.abs(got.astype(np.float64) - want.astype(np.float64))
            found = max(found, float(np.max(distance, where=np.isfinite(distance), initial=0.0)))
        return found


CONFIDENCE = 6.0
"""The c of the probabilistic bound: it fails with probability 2 exp(-c * c / 2) an element, about 3e-8."""


def roundings(call: OneOp) -> float:
    """How many roundings of a call's accumulations add up, in the probabilistic sense."""
    model = call.card.error
    if not isinstance(model, Rounding) or model.factor is None:
        return 0.0
    length = float(model.factor(call.params, *call.types))
    return min(length, CONFIDENCE * length**0.5)


def undefined_places(call: OneOp | OpCall) -> tuple[Array, ...]:
    """Masks of what TVM leaves undefined in the results of a call; none where the card names nothing."""
    if call.card.undefined is None:
        return ()
    with np.errstate(all="ignore"):
        masks = call.card.undefined(call.params, *call.args)
    return tuple(map(np.asarray, cast("tuple[Any, ...]", masks if isinstance(masks, tuple) else (masks,))))


def magnitudes(call: OneOp | OpCall) -> Value | None:
    """The sum of the magnitudes of the terms of each element of a result; None where it is the result's own."""
    model = call.card.error
    if not isinstance(model, Rounding) or model.magnitude is None:
        return None
    with np.errstate(all="ignore"):
        return model.magnitude(call.params, *(value_as("float64", arg) for arg in call.args))


def sums_up(call: OneOp | OpCall) -> bool:
    """Whether a call adds up several terms, whose order is not said; one sum or difference has none."""
    model = call.card.error
    return isinstance(model, Rounding) and model.factor is not None and model.magnitude is not None


def overflowing(magnitude: Value, result: Value, exact: Value) -> tuple[Array, ...]:
    """Masks of the elements of a result whose terms may overflow on the way to a sum that its element type holds.
    ``magnitude``: of the terms (:func:`magnitudes`); ``exact``: the result, or what it is close to.
    """
    return tuple(map(_is_beyond, leaves(result), leaves(exact), leaves(magnitude)))


def endless(magnitude: Array, result: Array) -> Array:
    """Where a sum has infinite terms: NaN or infinity, whichever its order makes of them."""
    if not dtypes.is_float(dtypes.from_numpy(result.dtype)):
        return np.zeros(result.shape, bool)
    return ~np.isfinite(magnitude) & ~np.isfinite(result.astype(np.float64))


def _settled(got: Array, want: Array, bound: Array) -> Array:
    either = endless(bound, got) & ~np.isfinite(want)
    return np.where(either, want, got) if either.any() else got


def _is_beyond(native: Array, exact: Array, magnitude: Array) -> Array:
    dtype = dtypes.from_numpy(native.dtype)
    if not dtypes.is_float(dtype):
        return np.zeros(native.shape, bool)
    with np.errstate(all="ignore"):
        return (magnitude > dtypes.highest(dtype)) & (np.abs(exact) <= dtypes.highest(dtype))


def coarser(call: OneOp | OpCall) -> float:
    """How many roundings of its result one of a call's is."""
    model = call.card.error
    if not isinstance(model, Rounding) or model.coarser is None:
        return 1.0
    return float(model.coarser(call.params, *call.types))


def _no_rounding(exact: Array) -> Array:
    return np.zeros(exact.shape)


def _rounded(factor: float, magnitude: Array, native: Array) -> Array:
    dtype = dtypes.from_numpy(native.dtype)
    if not dtypes.is_float(dtype):
        return np.zeros(magnitude.shape)
    # The smallest normal number: results below it may be flushed or lose bits.
    return factor * dtypes.unit_roundoff(dtype) * np.abs(magnitude) + dtypes.smallest_normal(dtype)


def overflowed(exact: Array, native: Array) -> Array:
    """``exact`` with what lies beyond the largest finite value of ``native``'s element type as that type holds it, and
    what is not finite in ``native`` as it is there: something before it lay beyond. So is what is the outermost number
    there, which another element type holds as its own.
    """
    dtype = dtypes.from_numpy(native.dtype)
    if exact.dtype != np.float64 or not dtypes.is_float(dtype) or dtype == "float64":
        return exact
    beyond = np.abs(exact) > dtypes.highest(dtype)
    lost = np.zeros(exact.shape, bool)
    if native.shape == exact.shape:
        lost = ~np.isfinite(native) | (beyond & (np.abs(native) == dtypes.highest(dtype)))
    if not beyond.any() and not lost.any():
        return exact
    with np.errstate(all="ignore"):
        held = np.where(beyond, exact.astype(native.dtype).astype(np.float64), exact)
        return np.where(lost, native.astype(np.float64), held) if lost.any() else held


def largest(array: Array) -> float:
    """The largest magnitude; what is no number or infinite counts as nothing."""
    finite = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    return float(np.max(np.abs(finite), initial=0.0))


def worst_ratio(value: Array, exact: Array, bound: Array) -> float:
    """The largest ``|value - exact| / bound``: 0 where both agree, infinite where NaN or infinity classes differ."""
    if value.size == 0:
        return 0.0
    if not np.issubdtype(exact.dtype, np.floating) and exact.dtype.kind in "biu":
        return 0.0 if np.array_equal(value, exact) else float("inf")
    return float(ratios(value, exact, bound).max())


def ratios(value: Array, exact: Array, bound: Array) -> Array:
    """``|value - exact| / bound`` of each element, as :func:`worst_ratio` says."""
    got, want = value.astype(np.float64), exact.astype(np.float64)
    with np.errstate(all="ignore"):
        error = np.abs(got - want)
        ratio = np.where(error == 0, 0.0, error / bound)
    same_class = (np.isnan(got) & np.isnan(want)) | ((got == want) & ~np.isfinite(want))
    return np.where(np.isfinite(got) & np.isfinite(want), ratio, np.where(same_class, 0.0, np.inf))
