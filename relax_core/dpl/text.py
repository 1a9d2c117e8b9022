"""How patterns read (their repr in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relax_core.dpl.patterns import (
    AndPattern,
    AttrPattern,
    CallPattern,
    ConstantPattern,
    DataflowVarPattern,
    DataTypePattern,
    DFPattern,
    ExprPattern,
    ExternFuncPattern,
    FunctionPattern,
    GlobalVarPattern,
    NotPattern,
    OrPattern,
    PrimArrPattern,
    ShapePattern,
    TupleGetItemPattern,
    TuplePattern,
    TypePattern,
    UnorderedTuplePattern,
    VarPattern,
    WildcardPattern,
)
from relax_core.ir.expr import Op
from tensor_core.node import Node, post_order


def pattern_text(pattern: DFPattern) -> str:
    """The pattern in TVM's notation."""
    texts: dict[DFPattern, str] = {}
    roots: list[Node] = [pattern]
    for item in post_order(roots, lambda node: node.iter_children()):
        if isinstance(item, DFPattern):
            texts[item] = _TEXT[type(item)](item, texts.__getitem__)
    return texts[pattern]


_Inner = Callable[[DFPattern], str]


def _listed(patterns: Sequence[DFPattern], inner: _Inner) -> str:
    return "[" + ", ".join(map(inner, patterns)) + "]"


def _expression(pattern: ExprPattern, _: _Inner) -> str:
    expr = pattern.expr
    return f'Op("{expr.name}")' if isinstance(expr, Op) else str(expr)


def _call(pattern: CallPattern, inner: _Inner) -> str:
    args = [*map(inner, pattern.args), *(["..."] if pattern.varg_default_wildcard else [])]
    return f"{inner(pattern.op)}({', '.join(args)})"


def _named(kind: str) -> Callable[[Any, _Inner], str]:
    return lambda pattern, _: f"{kind}({getattr(pattern, 'global_symbol', None) or getattr(pattern, 'name', '')})"


def _function(pattern: FunctionPattern, inner: _Inner) -> str:
    return f"FunctionPattern({_listed(pattern.params, inner)}, {inner(pattern.body)})"


_TEXT: dict[type, Callable[[Any, _Inner], str]] = {
    AndPattern: lambda p, inner: f"AndPattern({inner(p.left)} & {inner(p.right)})",
    AttrPattern: lambda p, inner: f"AttrPattern({inner(p.pattern)} has attributes {dict(p.attrs)})",
    CallPattern: _call,
    ConstantPattern: lambda _, __: "ConstantPattern()",
    DataTypePattern: lambda p, inner: f"DataTypePattern({inner(p.pattern)} has dtype {p.dtype})",
    DataflowVarPattern: _named("DataflowVarPattern"),
    ExprPattern: _expression,
    ExternFuncPattern: _named("ExternFuncPattern"),
    FunctionPattern: _function,
    GlobalVarPattern: _named("GlobalVarPattern"),
    NotPattern: lambda p, inner: f"!({inner(p.to_reject)})",
    OrPattern: lambda p, inner: f"OrPattern({inner(p.left)} | {inner(p.right)})",
    PrimArrPattern: lambda p, _: f"PrimArrPattern({list(p.fields)})",
    ShapePattern: lambda p, inner: f"ShapePattern({inner(p.pattern)} has shape {list(p.shape)})",
    TupleGetItemPattern: lambda p, inner: f"TupleGetItemPattern({inner(p.tuple_value)}, {p.index})",
    TuplePattern: lambda p, inner: f"TuplePattern({_listed(p.fields, inner)})",
    TypePattern: lambda p, inner: f"TypePattern({inner(p.pattern)} has relax Type {p.ty})",
    UnorderedTuplePattern: lambda p, inner: f"UnorderedTuplePattern({_listed(p.fields, inner)})",
    VarPattern: _named("VarPattern"),
    WildcardPattern: lambda _, __: "*",
}
