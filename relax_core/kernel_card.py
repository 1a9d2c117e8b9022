"""Tensor programs as operators: a card for a kernel, so that a call of one is observed and judged as any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np

from relax_core.run_builtins import Scalars, run_kernel
from relax_core.run_time import Array
from tensor_core import dtypes, prim
from tensor_core.loops.measure import longest_sum, roundings
from tensor_core.loops.nodes import PrimFunc
from tensor_core.observed import OpCall
from tensor_core.ops.card import ErrorModel, Exact, Input, OpCard, Rounding
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class KernelParams:
    """What a call of a kernel says beside its arrays: the types of the results and the values of the scalars."""

    out_types: tuple[TensorType, ...]
    scalars: tuple[tuple[prim.Var, int | float], ...] = ()


def call_of_kernel(
    kernel: PrimFunc,
    arrays: Sequence[Array],
    out_types: Sequence[TensorType],
    scalars: Scalars,
) -> OpCall:
    """The call of a kernel on arrays. In a widened run the types are those that the kernel states."""
    params = KernelParams(tuple(out_types), tuple(scalars.items()))
    types = [TensorType(array.shape, buffer.dtype) for array, buffer in zip(arrays, kernel.params, strict=False)]
    return OpCall(card_of(kernel), params, tuple(types), tuple(arrays))


@lru_cache(maxsize=256)
def card_of(kernel: PrimFunc) -> OpCard[KernelParams]:
    """A kernel as an operator. Its error model counts the operations of an element and the terms of its sums; without
    knowledge of what cancels, they are relative to the largest value that is seen.
    """

    def infer(params: KernelParams, *types: Type) -> Type:
        del types
        return params.out_types[0] if len(params.out_types) == 1 else TupleType(params.out_types)

    def reference(params: KernelParams, *arrays: Array) -> Any:
        stated = [buffer.dtype for buffer in kernel.params[: len(arrays)]]
        found = [dtypes.from_numpy(array.dtype) for array in arrays]
        floats = next((dtype for dtype, other in zip(found, stated, strict=True) if dtype != other), "")
        results = run_kernel(kernel, arrays, params.out_types, floats, dict(params.scalars))
        return results[0] if len(results) == 1 else tuple(results)

    def magnitude(params: KernelParams, *arrays: Array) -> Any:
        results = reference(params, *arrays)
        largest = max((_largest(array) for array in arrays), default=0.0)
        if not isinstance(results, tuple):
            return np.full(results.shape, max(largest, _largest(results)))
        each = cast("tuple[Array, ...]", results)
        return tuple(np.full(item.shape, max(largest, _largest(item))) for item in each)

    count = len(kernel.params) - kernel.outputs
    inputs = tuple(Input(buffer.name) for buffer in kernel.params[:count])
    return OpCard(
        name=kernel.name,
        inputs=inputs,
        params=KernelParams,
        infer=infer,
        reference=reference,
        error=_error(kernel, magnitude),
    )


def _error(kernel: PrimFunc, magnitude: Any) -> ErrorModel:
    ulps = roundings(kernel)
    if not ulps:
        return Exact()
    length = longest_sum(kernel)
    return Rounding(ulps=ulps, factor=lambda *_: length, magnitude=magnitude)


def _largest(array: Array) -> float:
    return float(np.max(np.abs(np.nan_to_num(array.astype(np.float64))), initial=0.0))
