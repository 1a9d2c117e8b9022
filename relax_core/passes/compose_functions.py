"""One function after another as one function (ComposeFunctions in TVM)."""

from __future__ import annotations

from relax_core.ir.expr import Binding, BindingBlock, Expr, Function, MatchCast, SeqExpr, TupleGetItem, Var, VarBinding
from relax_core.ir.types import TupleType
from relax_core.passes.canonicalize_bindings import canonicalize_bindings
from relax_core.passes.remove_unused import remove_unused
from relax_core.symbol_mutator import with_new_variables
from relax_core.types.deduce import type_of
from tensor_core import codes
from tensor_core.diagnostics import fail


def compose_functions(first: Function, second: Function, release: str = "0.27") -> Function:
    """The second function applied to what the first answers: a tuple as a whole, or field by field.

    R2R0703 when the second takes another number of values.
    """
    first = with_new_variables(first)
    blocks, value = (first.body.blocks, first.body.body) if isinstance(first.body, SeqExpr) else ((), first.body)
    output = Var("func_a_output", first.ret_ty)
    bindings: list[Binding] = [VarBinding(output, value)]
    params = second.params
    given: list[Expr] = [output]
    if isinstance(first.ret_ty, TupleType) and not (len(params) == 1 and isinstance(params[0].ty, TupleType)):
        given = [TupleGetItem(output, index) for index in range(len(first.ret_ty.fields))]
    if len(given) != len(params):
        message = f"the first function answers {len(given)} values, the second takes {len(params)}"
        raise fail(codes.BAD_OPTION, message, second.span)
    for param, arg in zip(params, given, strict=True):
        type_of(arg)
        assert param.ty is not None
        bindings.append(MatchCast(param, arg, param.ty))
    rest, result = (second.body.blocks, second.body.body) if isinstance(second.body, SeqExpr) else ((), second.body)
    body = SeqExpr((*blocks, BindingBlock(tuple(bindings)), *rest), result)
    body.memo("ty", type_of(second.body))
    made = Function(first.params, body, second.ret_ty, first.is_pure and second.is_pure, first.attrs)
    type_of(made)
    return remove_unused(canonicalize_bindings(with_new_variables(made), release))
