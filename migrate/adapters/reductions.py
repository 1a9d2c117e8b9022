"""variance: Relax's makes the mean itself, so it says the same where Relay's mean is that of the same data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.adapters.writer import Writer
from relax_core.ir.expr import Expr
from relax_core.ops import call_params
from tensor_core.ops import reductions
from tensor_core.ops.card import Reject
from tensor_core.ops.reductions import Reduce


def _variance(params: Any, f: Writer, data: Expr, mean: Expr) -> Expr:
    plain = Reduce(params.axis, params.keepdims)
    source = f.tensor_type(data)
    count = reductions.count(params, source.shape)
    if not _is_mean(f, params, data, mean) or not f.says("variance", plain, data):
        raise Reject("the mean is not that of the data along the same dimensions")
    if params.unbiased and not isinstance(count, int):
        raise Reject("the number of elements is symbolic, so it is no constant to divide by")
    result = f.call("variance", data, axis=params.axis, keepdims=params.keepdims)
    if not params.unbiased:
        return result
    assert isinstance(count, int)
    return f.call("multiply", result, f.constant(count / (count - 1), source.dtype))


def _is_mean(f: Writer, params: Any, data: Expr, mean: Expr) -> bool:
    call = f.is_call(mean, "relax.mean")
    found = call_params(call, f.target) if call is not None else None
    if found is None:
        return False
    _, said, (source, *_) = found
    own = sorted(axis % max(f.tensor_type(data).rank, 1) for axis in params.axis)
    return source is data and said.keepdims and sorted(said.axis) == own


COMPOSITIONS: Mapping[str, Any] = {"variance_about": _variance}
