"""Whether a result agrees with what a Relay program computes: bit for bit, or within its measured rounding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import relay_compat.ir.expr as relay
from migrate.values import Array, Value, structure
from migrate.verify import condition
from migrate.verify.bounds import worst_ratio
from migrate.verify.verdict import Outcome
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.ops.card import Rounding
from tensor_core.ops.spelling import relay_params
from tensor_core.types import TensorType
from tensor_core.types import leaves as tensor_leaves


def compare(
    program: IRModule, args: Sequence[Value], expected: Sequence[Array], got: Sequence[Array]
) -> tuple[Outcome, str]:
    """Judge the leaves of a result against ``expected``, those of ``program``'s own interpreter on ``args``.

    Never ``PROVED``. ``EXACT`` counts every NaN as one value and tells 0 from -0. The reason is empty unless the
    outcome is ``DIFFERENT`` or ``INCONCLUSIVE``.
    """
    if list(map(structure, expected)) != list(map(structure, got)):
        return Outcome.DIFFERENT, f"expected {_shown(expected)}, got {_shown(got)}"
    if all(map(_same_bits, expected, got)):
        return Outcome.EXACT, ""
    if not any(map(_is_float, expected)):
        return Outcome.DIFFERENT, _first_difference(expected, got)
    exact, bounds = condition.admitted(program, args, "main", expected, _typical_error)
    for want, bound in zip(exact, bounds, strict=True):
        scale = float(np.max(np.abs(np.nan_to_num(want.astype(np.float64))), initial=0.0))
        least = 2 * float(np.finfo(np.float32).tiny)
        if float(bound.max(initial=0.0)) > max(condition.CEILING * scale, least):
            return Outcome.INCONCLUSIVE, "the program amplifies rounding so much that the bound decides nothing"
    worst = max((worst_ratio(*arrays) for arrays in zip(got, exact, bounds, strict=True)), default=0.0)
    return (Outcome.WITHIN_BOUND, "") if worst <= 1.0 else (Outcome.DIFFERENT, _first_difference(expected, got))


def same(expected: Sequence[Array], got: Sequence[Array]) -> str:
    """Empty when both are equal bit for bit, structure included; else what differs first."""
    if list(map(structure, expected)) != list(map(structure, got)):
        return f"expected {_shown(expected)}, got {_shown(got)}"
    return "" if all(map(_same_bits, expected, got)) else _first_difference(expected, got)


def _is_float(array: Array) -> bool:
    return dtypes.is_float(dtypes.from_numpy(array.dtype))


def _typical_error(node: Any) -> float:
    """Typical relative error of one evaluated node: roundings of its op and the root of the length it accumulates."""
    if not isinstance(node, relay.Call) or not isinstance(node.op, relay.Op) or node.op.card is None:
        return 0.0
    model = node.op.card.error
    if not isinstance(model, Rounding):
        return 0.0
    types = tuple(arg.checked_type for arg in node.args if isinstance(arg, relay.RelayExpr))
    length = float(model.factor(relay_params(node.op.card, node.attrs or {}, types), *types)) if model.factor else 0.0
    results = [leaf.dtype for leaf in tensor_leaves(node.checked_type) if isinstance(leaf, TensorType)]
    return max(map(dtypes.unit_roundoff, results), default=0.0) * (model.ulps + length**0.5)


def _same_bits(a: Array, b: Array) -> bool:
    if not _is_float(a):
        return bool(np.array_equal(a, b))
    return bool(np.array_equal(a, b, equal_nan=True)) and bool(
        np.array_equal(np.signbit(a[~np.isnan(a)]), np.signbit(b[~np.isnan(b)]))
    )


def _first_difference(expected: Sequence[Array], got: Sequence[Array]) -> str:
    for number, (a, b) in enumerate(zip(expected, got, strict=True)):
        if not _same_bits(a, b):
            return f"output {number}: expected {a.tolist()}, got {b.tolist()}"
    return ""


def _shown(arrays: Sequence[Array]) -> str:
    return ", ".join(f"{array.dtype}{list(array.shape)}" for array in arrays)
