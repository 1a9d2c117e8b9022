"""Floats as whole floats, where requantization computes in floats (QNN of TVM 0.19).

Targets without SSE 4.1 have no instruction for it: they convert to an integer and back, which keeps infinities and
what is no number aside.
"""

from __future__ import annotations

from relay_compat.ir.expr import Expr
from relay_compat.op.call import call
from relay_compat.passes.building import scalar
from tensor_core.ops.quantization import TONEAREST


def rounded(value: Expr, rounding: str, dtype: str, has_instruction: bool) -> Expr:
    """Whole numbers of ``dtype``: halves away from zero (TONEAREST) or upward."""
    if rounding == TONEAREST:
        return call("round", value) if has_instruction else _away(value, dtype)
    biased = call("add", value, scalar(0.5, dtype))
    return call("floor", biased) if has_instruction else _upward(value, biased, dtype)


def _away(value: Expr, dtype: str) -> Expr:
    sign = call("where", call("less", value, scalar(0, dtype)), scalar(-1, dtype), scalar(1, dtype))
    biased = call("add", value, call("multiply", scalar(0.5, dtype), sign))
    whole = _there_and_back(call("multiply", biased, sign), dtype)
    return call("where", call("isfinite", value), call("multiply", whole, sign), value)


def _upward(value: Expr, biased: Expr, dtype: str) -> Expr:
    whole = _there_and_back(biased, dtype)
    is_floor = call("logical_or", call("equal", biased, whole), call("greater_equal", biased, scalar(0, dtype)))
    result = call("where", is_floor, whole, call("subtract", whole, scalar(1, dtype)))
    return call("where", call("isfinite", value), result, value)


def _there_and_back(value: Expr, dtype: str) -> Expr:
    whole = call("cast", value, dtype=dtype.replace("float", "int"))
    return call("cast", whole, dtype=dtype)
