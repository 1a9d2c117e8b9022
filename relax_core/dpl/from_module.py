"""A rewriter from a module with a function ``pattern`` and a function ``replacement`` (R.rewriter in TVM 0.19 to 0.27).

The parameters of the pattern match anything of their types.
"""

from __future__ import annotations

from collections.abc import Mapping

from relax_core.dpl.patterns import (
    CallPattern,
    DFPattern,
    ExprPattern,
    ExternFuncPattern,
    TupleGetItemPattern,
    TuplePattern,
    TypePattern,
    WildcardPattern,
)
from relax_core.dpl.rewriters import Matched, PatternMatchingRewriter, made
from relax_core.ir.expr import (
    Binding,
    Call,
    DataflowBlock,
    Expr,
    ExternFunc,
    Function,
    IRModule,
    MatchCast,
    Op,
    PrimValue,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.reachable import is_exposed
from relax_core.structural import structural_equal
from relax_core.symbol_mutator import with_new_variables
from relax_core.types.leaves import type_of
from tensor_core.node import post_order


def rewriter_of(module: IRModule) -> PatternMatchingRewriter:
    """The rewriter that a module states."""
    pattern, replacement = _function(module, "pattern"), _function(module, "replacement")
    subroutines = {var: func for var, func in module.functions.items() if var.name not in ("pattern", "replacement")}
    for var, func in subroutines.items():
        if is_exposed(func):
            raise ValueError(
                "Expected module to have no publicly-exposed functions other than 'pattern' and 'replacement'."
                f"  However, function '{var.name}' is publicly exposed."
            )
    left, right = type_of(pattern), type_of(replacement)
    if left is None or right is None or not structural_equal(left, right):  # pyright: ignore[reportArgumentType]
        raise ValueError(
            "The pattern and replacement must have the same signature,"
            f" but the pattern has type {left}, while the replacement has type {right}"
        )
    wildcards = [WildcardPattern() for _ in pattern.params]
    known: dict[Var, DFPattern] = {
        param: wildcard if param.ty is None else TypePattern(wildcard, param.ty)
        for param, wildcard in zip(pattern.params, wildcards, strict=True)
    }
    body = pattern.body
    assert isinstance(body, SeqExpr)
    for binding in (binding for block in body.blocks for binding in block.bindings):
        made_pattern = _pattern(binding.value, known)
        known[binding.var] = TypePattern(made_pattern, binding.ty) if isinstance(binding, MatchCast) else made_pattern

    def replace(_: Expr, matched: Matched) -> Expr:
        return _instance(replacement, [matched[wildcard] for wildcard in wildcards])

    return made(_pattern(body.body, known), replace, (), subroutines)


def _function(module: IRModule, name: str) -> Function:
    if name not in module:
        raise KeyError(f"Expected module to contain '{name}', a Relax function, but it has none of that name.")
    function = module[name]
    if not isinstance(function, Function):
        raise TypeError(f"Expected '{name}' to be a Relax function, but it is a {type(function).__name__}.")
    return function


def _pattern(expr: Expr, known: Mapping[Var, DFPattern]) -> DFPattern:
    """The pattern that a right-hand side or result of the pattern function stands for."""
    done: dict[Expr, DFPattern] = {}
    for item in post_order([expr], lambda node: [child for child in node.iter_children() if isinstance(child, Expr)]):
        match item:
            case Var():
                made_pattern: DFPattern = known[item]
            case Call():
                args = [done[arg] for arg in item.args]
                made_pattern = CallPattern(done[item.op], args, add_constraint=False)
            case Tuple():
                made_pattern = TuplePattern([done[field] for field in item.fields])
            case TupleGetItem():
                made_pattern = TupleGetItemPattern(done[item.tuple_value], item.index)
            case Op():
                made_pattern = ExprPattern(item)
            case ExternFunc():
                made_pattern = ExternFuncPattern(item.name)
            case PrimValue():
                type_ = type_of(item)
                assert type_ is not None
                made_pattern = TypePattern(WildcardPattern(), type_)
            case _:
                kind = type(item).__name__
                raise TypeError(f"Cannot convert Relax expression of type {kind} into pattern-matching rule.")
        done[item] = made_pattern
    return done[expr]


def _instance(replacement: Function, values: list[Expr]) -> SeqExpr:
    """The body of the replacement, after casts that give its parameters the values."""
    function = with_new_variables(replacement)
    casts: list[Binding] = []
    for param, value in zip(function.params, values, strict=True):
        # A match_cast takes a variable, whatever the value is.
        held = Var("intermediate_var", type_of(value))
        casts.append(VarBinding(held, value))
        assert param.ty is not None
        casts.append(MatchCast(param, held, param.ty))
    body = function.body
    assert isinstance(body, SeqExpr)
    return SeqExpr((DataflowBlock(tuple(casts)), *body.blocks), body.body)
