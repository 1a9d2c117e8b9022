"""ExpandTupleArguments: private functions take fields of tuples one by one (relax.transform of TVM 0.19 to 0.27).

Functions that are held as values stay as they are; TVM leaves those values without a function.
"""

from __future__ import annotations

from collections.abc import Iterable

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    SeqExpr,
    Tuple,
    Var,
    VarBinding,
)
from relax_core.ir.types import TupleType
from relax_core.passes.call_lowering import CallLowering, lower_calls
from relax_core.passes.canonicalize_bindings import CanonicalizeBindings
from relax_core.passes.dead_code_elimination import DeadCodeElimination
from relax_core.passes.function_pass import relax_release
from relax_core.reachable import held_as_values, is_exposed
from relax_core.types.leaves import type_of
from relax_core.visit import with_type
from tensor_core.passes import ModulePass, Pass, PassInfo, Sequential


def ExpandTupleArguments() -> Pass:
    """Expand parameters that are tuples, and the arguments of calls; take away the projections that are left over."""
    inner = ModulePass(PassInfo(0, "ExpandTupleArgumentsInner"), lambda module, _: expand_tuple_arguments(module))
    return Sequential([inner, CanonicalizeBindings(), DeadCodeElimination()], name="ExpandTupleArguments")


def expand_tuple_arguments(module: IRModule) -> IRModule:
    """The module whose private functions have no parameters that are tuples; the same object when none has one."""
    held = held_as_values(module)
    callees: dict[Expr, GlobalVar] = {}
    expanded: dict[GlobalVar, Function] = {}
    for var, function in module.functions.items():
        if not isinstance(function, Function) or is_exposed(function) or var in held:
            continue
        if any(map(_is_tuple, function.params)):
            made = expanded[var] = _expanded(function)
            callees[var] = GlobalVar(var.name, var.span)
            callees[var].memo("checked", type_of(made))
    if not callees:
        return module

    def change(lowering: CallLowering, call: Call) -> Expr | None:
        callee = callees.get(call.op)
        return None if callee is None else lowering.call(callee, _fields(lowering, call.args))

    result = module.copy()
    for var, function in module.functions.items():
        if isinstance(function, Function):
            function = lower_calls(expanded.get(var, function), change, relax_release(module))
        if var in callees:
            del result[var]
        result[callees.get(var, var)] = function
    return result


def _is_tuple(expr: Expr) -> bool:
    return isinstance(type_of(expr), TupleType)


def _expanded(function: Function) -> Function:
    """The function that puts its parameters together first."""
    params: list[Var] = []
    tuples: list[Binding] = []
    # A tuple is made after its fields.
    stack: list[Var | VarBinding] = list(reversed(function.params))
    while stack:
        item = stack.pop()
        if isinstance(item, VarBinding):
            tuples.append(item)
        elif isinstance(item.ty, TupleType):
            fields = tuple([Var(f"{item.name}_{place}", field) for place, field in enumerate(item.ty.fields)])
            stack.append(VarBinding(item, with_type(Tuple(fields), item)))
            stack += reversed(fields)
        else:
            params.append(item)
    body = function.body
    blocks = body.blocks if isinstance(body, SeqExpr) else ()
    result = body.body if isinstance(body, SeqExpr) else body
    whole = with_type(SeqExpr((BindingBlock(tuple(tuples)), *blocks), result), body)
    return function.replace(params=tuple(params), body=whole)


def _fields(lowering: CallLowering, args: Iterable[Expr]) -> list[Expr]:
    """The arguments with tuples replaced by their fields, which are bound before the call."""
    flat: list[Expr] = []
    stack: list[Expr | tuple[Var, int]] = []
    stack += reversed(list(args))
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            item = lowering.item(*item)
        found = type_of(item)
        if isinstance(item, Tuple):
            stack += reversed(item.fields)
        elif isinstance(item, Var) and isinstance(found, TupleType):
            stack += [(item, place) for place in reversed(range(len(found.fields)))]
        else:
            flat.append(item)
    return flat
