"""Reductions (tvm.relay.op.reduce in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Expr, Tuple
from relay_compat.ir.tuple_wrapper import TupleWrapper
from relay_compat.op.call import call
from relay_compat.op.declare import apply, declared
from relay_compat.op.normal import listed
from relay_compat.op.transform import squeeze

Axes = Any
"""An axis, a list of them, or None for all."""


@declared("argmax", axis=listed)
def argmax(
    data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False, select_last_index: bool = False
) -> None:
    """The index of the greatest value."""


@declared("argmin", axis=listed)
def argmin(
    data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False, select_last_index: bool = False
) -> None:
    """The index of the least value."""


@declared("sum", axis=listed)
def sum(data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> None:
    """The sum over axes, over all others with ``exclude``."""


@declared("all", axis=listed)
def all(data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> None:
    """Whether all are true."""


@declared("any", axis=listed)
def any(data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> None:
    """Whether one is true."""


@declared("max", axis=listed)
def max(data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> None:
    """The greatest value."""


@declared("min", axis=listed)
def min(data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> None:
    """The least value."""


@declared("mean", axis=listed)
def mean(data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> None:
    """The mean over axes."""


@declared("prod", axis=listed)
def prod(data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> None:
    """The product over axes."""


def variance(
    data: Expr,
    axis: Axes = None,
    keepdims: bool = False,
    exclude: bool = False,
    unbiased: bool = False,
    with_mean: Expr | None = None,
) -> Expr:
    """The variance over axes, around ``with_mean`` where that is given."""
    centre = mean(data, axis, True, exclude) if with_mean is None else with_mean
    return _variance(data, centre, axis, keepdims, exclude, unbiased)


def std(
    data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False, unbiased: bool = False
) -> Expr:  # fmt: skip
    """The square root of the variance."""
    return call("sqrt", _variance(data, mean(data, axis, True, exclude), axis, keepdims, exclude, unbiased))


def mean_variance(
    data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False, unbiased: bool = False
) -> TupleWrapper:
    """Mean and variance as a tuple."""
    axis = listed(axis)
    centre = mean(data, axis, True, exclude)
    spread = _variance(data, centre, axis, keepdims, exclude, unbiased)
    return TupleWrapper(Tuple((centre if keepdims else squeeze(centre, axis), spread)), 2)


def mean_std(data: Expr, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> TupleWrapper:
    """Mean and standard deviation as a tuple."""
    centre = mean(data, axis, True, exclude)
    spread = call("sqrt", _variance(data, centre, axis, keepdims, exclude, False))
    return TupleWrapper(Tuple((centre if keepdims else squeeze(centre), spread)), 2)


def logsumexp(data: Expr, axis: Axes = None, keepdims: bool = False) -> Expr:
    """The logarithm of the sum of exponentials, computed around the greatest value."""
    axis = listed(axis)
    greatest = max(data, axis, True)
    total = sum(call("exp", call("subtract", data, greatest)), axis, True)
    result = call("add", call("log", total), greatest)
    return result if keepdims else squeeze(result, axis)


def _variance(data: Expr, centre: Expr, axis: Axes, keepdims: bool, exclude: bool, unbiased: bool) -> Expr:
    flags = {"keepdims": keepdims, "exclude": exclude, "unbiased": unbiased}
    return apply("variance", {"data": data, "mean": centre, "axis": listed(axis), **flags})


__all__ = [
    "all", "any", "argmax", "argmin", "logsumexp", "max", "mean", "mean_std", "mean_variance", "min", "prod",
    "std", "sum", "variance",
]  # fmt: skip
