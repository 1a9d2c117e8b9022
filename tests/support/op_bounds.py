"""How far a result lies from the exact one, in units of its card's error model: above 1 it is wrong."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensor_core import dtypes
from tensor_core.ops.card import OpCard, Rounding
from tensor_core.reference import evaluate, value_as
from tensor_core.types import Type


def worst(card: OpCard[Any], params: Any, args: tuple[Any, ...], types: Sequence[Type], given: Any) -> float:
    """The largest error of any element of `given`, an array or a tuple of arrays.

    Elements that TVM leaves open are left out, and where rounding decides on which side of an edge the result lies.
    """
    model = card.error
    exact = _leaves(evaluate(card, params, args, floats="float64" if isinstance(model, Rounding) else ""))
    kept = compared(card, params, args, len(exact))
    if not isinstance(model, Rounding):
        pairs = zip(_leaves(given), exact, kept, strict=True)
        return max(_ratio(a, e, np.zeros(e.shape), which) for a, e, which in pairs)
    coarser = model.coarser(params, *types) if model.coarser else 1
    factor = coarser * (model.ulps + (model.factor(params, *types) if model.factor else 0))
    sizes = exact
    if model.magnitude is not None:
        with np.errstate(all="ignore"):
            sizes = _leaves(model.magnitude(params, *(value_as("float64", arg) for arg in args)))
    groups = zip(_leaves(given), exact, sizes, kept, strict=True)
    return max(
        _ratio(a, e, factor * _unit(a) * np.abs(s.astype(np.float64)) + _tiny(a), which) for a, e, s, which in groups
    )


def compared(card: OpCard[Any], params: Any, args: tuple[Any, ...], count: int) -> list[np.ndarray]:
    """For each of `count` results, which of its elements are compared; broadcasts to it."""
    kept = [np.asarray(True)] * count
    with np.errstate(all="ignore"):
        if card.undefined is not None:
            masks = _for_each(card.undefined(params, *args), count)
            kept = [which & ~mask for which, mask in zip(kept, masks, strict=True)]
        if card.margin is not None and isinstance(card.error, Rounding):
            margins = _for_each(card.margin(params, *(value_as("float64", arg) for arg in args)), count)
            least = 4 * max(map(_unit, _leaves(args)))
            # On the edge itself small numbers are exact on both sides, and the rule for ties is what is tested.
            pairs = zip(kept, margins, strict=True)
            kept = [which & ((margin == 0) | (margin > least)) for which, margin in pairs]
    return kept


def _for_each(stated: Any, count: int) -> list[np.ndarray]:
    return list(map(np.asarray, stated)) if isinstance(stated, tuple) else [np.asarray(stated)] * count


def _unit(array: np.ndarray) -> float:
    return dtypes.unit_roundoff(dtypes.from_numpy(array.dtype))


def _tiny(array: np.ndarray) -> float:
    """Results below the smallest normal number may be flushed to zero."""
    return float(np.finfo(array.dtype).tiny) if array.dtype.kind == "f" else 0.0


def _leaves(value: Any) -> list[np.ndarray]:
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, tuple) else [np.asarray(value)]


def _ratio(given: np.ndarray, exact: np.ndarray, bound: np.ndarray, compared: np.ndarray) -> float:
    if given.shape != exact.shape:
        return np.inf
    same = (given == exact) | (np.isnan(given) & np.isnan(exact)) if given.dtype.kind == "f" else given == exact
    with np.errstate(all="ignore"):
        error = np.abs(given.astype(np.float64) - exact.astype(np.float64))
        ratio = np.where(same, 0, np.where(np.isfinite(error) & (bound > 0), error / bound, np.inf))
    return float(np.where(compared, ratio, 0).max(initial=0))
