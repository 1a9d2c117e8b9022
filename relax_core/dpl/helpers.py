"""Short names for patterns (tvm.relax.dpl.pattern in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from relax_core.dpl.patterns import (
    AttrPattern,
    CallPattern,
    ConstantPattern,
    DataflowVarPattern,
    DataTypePattern,
    DFPattern,
    ExprPattern,
    ExternFuncPattern,
    GlobalVarPattern,
    NotPattern,
    PrimArrPattern,
    TupleGetItemPattern,
    TuplePattern,
    UnorderedTuplePattern,
    VarPattern,
    WildcardPattern,
)
from relax_core.ir.expr import Expr, op
from tensor_core.shapes import Dim

Args = Sequence[DFPattern] | DFPattern | None
"""The arguments of a call by name: patterns in order, a pattern of their tuple, or None for any."""


def wildcard() -> WildcardPattern:
    """Anything."""
    return WildcardPattern()


def is_var(name: str = "") -> VarPattern:
    """A variable, of this name unless it is empty."""
    return VarPattern(name)


def is_dfv(name: str = "") -> DataflowVarPattern:
    """A variable of a dataflow block, of this name unless it is empty."""
    return DataflowVarPattern(name)


def is_gv(name: str = "") -> GlobalVarPattern:
    """A global variable whose name contains this one."""
    return GlobalVarPattern(name)


def is_const() -> ConstantPattern:
    """A constant."""
    return ConstantPattern()


def is_expr(expr: Expr) -> ExprPattern:
    """An expression structurally equal to this one."""
    return ExprPattern(expr)


def is_op(op_name: str) -> ExprPattern:
    """An operator by its full name."""
    return ExprPattern(op(op_name))


def is_tuple(fields: Sequence[DFPattern], unordered: bool = False) -> TuplePattern | UnorderedTuplePattern:
    """A tuple of these fields, in any order when ``unordered``. ValueError unless they are a list or tuple."""
    if not isinstance(fields, list | tuple):
        raise ValueError("fields must be a list, tuple, or Array")
    given = cast("Sequence[DFPattern]", fields)
    return UnorderedTuplePattern(given) if unordered else TuplePattern(given)


def is_tuple_get_item(tuple_value: DFPattern, index: int | None = None) -> TupleGetItemPattern:
    """A field of a tuple: the one of this index, or any."""
    return TupleGetItemPattern(tuple_value, index)


def is_shape(shape: Sequence[Dim]) -> PrimArrPattern:
    """A shape value that is provably this one. ValueError unless it is a list or tuple."""
    if not isinstance(shape, list | tuple):
        raise ValueError("is_shape takes a list or tuple as input.")
    return PrimArrPattern(cast("Sequence[Dim]", shape))


def has_dtype(dtype: str, pattern: DFPattern | None = None) -> DataTypePattern:
    """A tensor of this element type."""
    return DataTypePattern(wildcard() if pattern is None else pattern, dtype)


def has_attr(attrs: Mapping[str, Any], pattern: DFPattern | None = None) -> AttrPattern:
    """Something with these attributes."""
    return (wildcard() if pattern is None else pattern).has_attr(attrs)


def reject(pattern: DFPattern) -> NotPattern:
    """What the pattern does not match."""
    return NotPattern(pattern)


def is_call_tir(func_name: str, args: Args = None, tir_vars: DFPattern | None = None) -> CallPattern:
    """A call of a tensor program by (a part of) its name. ``tir_vars``, until TVM 0.25: the symbolic arguments."""
    more = () if tir_vars is None else (tir_vars,)
    return is_op("relax.call_tir")(GlobalVarPattern(func_name), _tuple(args), *more, add_constraint=False)


def is_call_dps_packed(func_name: str, args: Args = None) -> CallPattern:
    """A call in destination-passing style of a function of the runtime."""
    return is_op("relax.call_dps_packed")(ExternFuncPattern(func_name), _tuple(args), add_constraint=False)


def is_call_packed(func_name: str, args: Sequence[DFPattern] | None = None) -> CallPattern:
    """A call of a function of the runtime."""
    if args is None:
        return ExternFuncPattern(func_name)(varg_default_wildcard=True, add_constraint=False)
    return ExternFuncPattern(func_name)(*args)


def _tuple(args: Args) -> DFPattern:
    if args is None:
        return wildcard()
    return args if isinstance(args, DFPattern) else TuplePattern(args)


def make_fused_bias_activation_pattern(
    op_name: str, with_bias: bool = False, activation: str | None = None, allow_reshape: bool = False
) -> DFPattern:
    """A binary operator, with a bias added if wanted (``allow_reshape``: after a reshape of it), then an activation if
    one is named.
    """
    out: DFPattern = is_op(op_name)(wildcard(), wildcard())
    if with_bias:
        bias = wildcard()
        if allow_reshape:
            reshaped = is_op("relax.reshape")(bias, wildcard(), varg_default_wildcard=True)
            out = is_op("relax.add")(out, reshaped, varg_default_wildcard=True)
        else:
            out = is_op("relax.add")(out, bias)
    return is_op(activation)(out) if activation else out
