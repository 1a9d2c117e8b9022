"""Operators that treat all elements alike: what they give is in the layout of what they take."""

from __future__ import annotations

from relax_core.ir.types import TupleType
from relax_core.layouts.layout import Fields, Layout, fits, followed, initial, is_packed
from relax_core.layouts.rule import Inferred, Rule, Site
from relax_core.types.leaves import type_of

UNARY = (
    "abs", "acos", "acosh", "asin", "asinh", "astype", "atan", "atanh", "bitwise_not", "ceil", "cos", "cosh", "erf",
    "exp", "floor", "isfinite", "isinf", "isnan", "log", "logical_not", "negative", "nn.dropout", "nn.gelu",
    "nn.gelu_tanh", "nn.relu", "nn.selu", "nn.silu", "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt",
    "square", "tan", "tanh", "trunc", "ccl.allreduce", "ccl.broadcast_from_worker0",
)  # fmt: skip
BINARY = (
    "add", "atan2", "bitwise_and", "bitwise_or", "bitwise_xor", "divide", "equal", "floor_divide", "floor_mod",
    "greater", "greater_equal", "left_shift", "less", "less_equal", "log_add_exp", "logical_and", "logical_or",
    "logical_xor", "maximum", "minimum", "mod", "multiply", "not_equal", "power", "right_shift", "subtract",
)  # fmt: skip


def unary(site: Site) -> Inferred:
    """As its operand; of several results, all."""
    layout = site.now(0)
    type_ = type_of(site.call)
    results = Fields((layout,) * len(type_.fields)) if isinstance(type_, TupleType) else layout
    return Inferred((layout,), results)


def binary(site: Site) -> Inferred:
    """As the operand of the lower rank, or the first of two of one rank; blocks are kept where both can have them."""
    first, second = site.now(0), site.now(1)
    if is_packed(first) or is_packed(second):
        return _in_blocks(site, first, second)
    if len(first) <= len(second):
        result = second if not first else followed(first, len(second))
        return Inferred((first, result), result)
    result = first if not second else followed(second, len(first))
    return Inferred((result, second), result)


def _in_blocks(site: Site, first: Layout, second: Layout) -> Inferred:
    ranks = site.rank(0), site.rank(1)
    if 0 in ranks:
        return Inferred((first, second), first or second)
    if ranks[0] == ranks[1]:
        layout, other = (first, 1) if len(first) >= len(second) else (second, 0)
        # An operand that is repeated along the blocks has nothing to fill them with.
        if fits(site.dims(other), layout):
            return Inferred((layout, layout), layout)
    return Inferred((site.own(0), site.own(1)), initial(max(ranks)))


def fused_multiply_add(site: Site) -> Inferred | None:
    """As the two last operands where these agree, else as the first."""
    layout = site.now(1) if site.now(1) == site.now(2) else site.now(0)
    ranks = {site.rank(n) for n in range(3)}
    if len(ranks) > 1 or not all(fits(site.dims(n), layout) for n in range(3)):
        return None
    return Inferred((layout,) * 3, layout)


RULES: dict[str, Rule] = {
    **dict.fromkeys(UNARY, unary),
    **dict.fromkeys(BINARY, binary),
    "ewise_fma": fused_multiply_add,
}
