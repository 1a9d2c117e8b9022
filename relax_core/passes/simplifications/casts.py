"""Casts, and clips whose bounds an element type keeps by itself.

Stricter than Relay's rules, which take int32 to float32 for a widening, and a cast of clipped floats to integers for
one that loses nothing: here the value stays in every case.
"""

from __future__ import annotations

from relax_core.dpl import is_op, wildcard
from relax_core.dpl.rewriters import Matched
from relax_core.ir.expr import Expr
from relax_core.passes.simplifications.rule import Made, Rule, Say, dtype_of, one_value
from tensor_core import dtypes


def same_cast(say: Say) -> Made:
    """A cast to the type that the value has goes."""
    del say
    data = wildcard()

    def replace(expr: Expr, found: Matched) -> Expr:
        known = dtype_of(found[data])
        return found[data] if known and known == dtype_of(expr) else expr

    return is_op("relax.astype")(data), replace


def consecutive_cast(say: Say) -> Made:
    """Of two casts, the first goes if its type holds every value."""
    data = wildcard()
    inner = is_op("relax.astype")(data)

    def replace(expr: Expr, found: Matched) -> Expr:
        source, between = dtype_of(found[data]), dtype_of(found[inner])
        return say("astype", found[data], dtype_of(expr)) if source and holds_all(between, source) else expr

    return is_op("relax.astype")(inner), replace


def clip_and_cast(say: Say) -> Made:
    """A cast of clipped integers to a type that holds all of them goes before another cast."""
    low, high = wildcard(), wildcard()
    clipped = is_op("relax.clip")(wildcard(), low, high)
    inner = is_op("relax.astype")(clipped)

    def replace(expr: Expr, found: Matched) -> Expr:
        bounds = one_value(found[low]), one_value(found[high])
        dtype = dtype_of(found[inner])
        if None in bounds or not (dtypes.is_int(dtype_of(found[clipped])) and dtypes.is_int(dtype)):
            return expr
        if not (dtypes.lowest(dtype) <= bounds[0] and bounds[1] <= dtypes.highest(dtype)):
            return expr
        return say("astype", found[clipped], dtype_of(expr))

    return is_op("relax.astype")(inner), replace


def clip(say: Say) -> Made:
    """A clip of integers to the whole range of their type goes."""
    del say
    data, low, high = wildcard(), wildcard(), wildcard()

    def replace(expr: Expr, found: Matched) -> Expr:
        bounds = one_value(found[low]), one_value(found[high])
        dtype = dtype_of(found[data])
        if None in bounds or not dtypes.is_int(dtype):
            return expr
        whole = bounds[0] <= dtypes.lowest(dtype) and bounds[1] >= dtypes.highest(dtype)
        return found[data] if whole else expr

    return is_op("relax.clip")(data, low, high), replace


_DIGITS = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}
"""Bits of an integer that a float type holds exactly."""


def holds_all(target: str, source: str) -> bool:
    """Whether every value of an element type is one of another type, exactly."""
    if source == target or source == "bool":
        return True
    if dtypes.is_int(source) and dtypes.is_int(target):
        inside = dtypes.lowest(target) <= dtypes.lowest(source) and dtypes.highest(source) <= dtypes.highest(target)
        return inside and target != "bool"
    if dtypes.is_int(source):
        return dtypes.bits(source) - dtypes.is_signed_int(source) <= _DIGITS.get(target, 0)
    return (source, target) in {
        ("float32", "float64"), ("float16", "float32"), ("float16", "float64"), ("bfloat16", "float32"),
        ("bfloat16", "float64"),
    }  # fmt: skip


RULES = (
    Rule("same_cast", same_cast),
    Rule("consecutive_cast", consecutive_cast),
    Rule("clip_and_casts", clip_and_cast),
    Rule("clip", clip),
)
