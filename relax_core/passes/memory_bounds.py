"""Upper bounds of shapes, from the bounds that a function's attributes state (StaticPlanBlockMemory)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from relax_core.ir.expr import Function
from relax_core.ir.types import TupleType
from relax_core.types.relations import symbols
from tensor_core import codes, prim, shapes
from tensor_core.arith.analyzer import Analyzer
from tensor_core.arith.fold import made
from tensor_core.diagnostics import fail
from tensor_core.shapes import Shape, as_dim

UPPER, LOWER, NON_NEGATIVE = "tir_var_upper_bound", "tir_var_lower_bound", "tir_non_negative_var"
_UNBOUNDED = 2**63 - 1
Interval = tuple[prim.PrimExpr, prim.PrimExpr]


class SizeBounds:
    """What is known of symbolic variables: facts for an analyser, and the ranges that attributes state."""

    def __init__(self) -> None:
        self.analyzer = Analyzer()
        self.ranges: dict[prim.Var, Interval] = {}


def bounds_of(function: Function, known_of: SizeBounds) -> None:
    """Note what the attributes say of the symbolic variables in a function's signature.

    R2R0703 for bounds that are no integers.
    """
    analyzer = known_of.analyzer
    attrs: Mapping[str, Any] = function.attrs or {}
    upper, lower = _integers(function, attrs, UPPER), _integers(function, attrs, LOWER)
    known = set(cast("list[str]", list(attrs.get(NON_NEGATIVE) or ())))
    types = [param.ty for param in function.params if param.ty is not None]
    signature = TupleType((*types, *([function.ret_ty] if function.ret_ty is not None else [])))
    for var in dict.fromkeys(symbols(signature)):
        if var.name in upper:
            low = lower.get(var.name, 0)
            extent = upper[var.name] - low + 1
            analyzer.bind(var, (prim.const(low, "int64"), prim.const(extent, "int64")), allow_override=True)
            known_of.ranges[var] = prim.const(low, "int64"), prim.const(upper[var.name], "int64")
        elif lower.get(var.name, -1) >= 0 or var.name in known:
            analyzer.mark_global_non_neg_value(var)


def largest(shape: Shape, known_of: SizeBounds) -> Shape:
    """The shape with the upper bound of each dimension that has one: a number, or an expression of other variables."""
    return tuple([dim if isinstance(dim, int) else _largest(dim, known_of) for dim in shape])


def _largest(dim: prim.PrimExpr, known_of: SizeBounds) -> Any:
    bound = int(known_of.analyzer.const_int_bound(dim).max_value)
    if bound < _UNBOUNDED:
        return bound
    interval = _interval(dim, known_of)
    return dim if interval is None else as_dim(interval[1])


def _interval(expr: prim.PrimExpr, known_of: SizeBounds) -> Interval | None:
    """The least and the greatest value of an expression; None when they are not known."""
    ranges = known_of.ranges
    if not isinstance(expr, prim.Binary):
        free = [] if isinstance(expr, prim.Var) else [var for var in shapes.free_vars(expr) if var in ranges]
        found = ranges.get(expr, (expr, expr)) if isinstance(expr, prim.Var) else (expr, expr)
        return None if free else found
    left, right = _interval(expr.a, known_of), _interval(expr.b, known_of)
    if left is None or right is None:
        return None
    kind = type(expr)
    if left[0] is left[1] and right[0] is right[1]:
        return expr, expr
    if isinstance(expr, prim.Add | prim.Min | prim.Max):
        return made(kind, left[0], right[0]), made(kind, left[1], right[1])
    if isinstance(expr, prim.Sub):
        return made(kind, left[0], right[1]), made(kind, left[1], right[0])
    if isinstance(expr, prim.Mul):
        if left[0] is left[1]:
            left, right = right, left
        factor = right[0]
        if factor is right[1] and known_of.analyzer.can_prove_greater_equal(factor, 0):
            return made(kind, left[0], factor), made(kind, left[1], factor)
    return None


def _integers(function: Function, attrs: Mapping[str, Any], name: str) -> dict[str, int]:
    found: Any = attrs.get(name) or {}
    bounds: dict[str, int] = {}
    for key, value in dict(found).items():
        number = getattr(value, "value", value)
        if not isinstance(number, int):
            raise fail(codes.BAD_OPTION, f"the bound of {key} in {name} is {value}, not a number", function.span)
        bounds[str(key)] = int(number)
    return bounds
