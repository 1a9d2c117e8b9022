"""AnnotateUsedMemory: kernels of ``main`` are told how many bytes are in use while they run (TVM 0.19).

``main`` is in A-normal form without branches, and its kernels are primitive functions bound to variables.
"""

from __future__ import annotations

from collections import defaultdict
from math import prod
from typing import Any

from relay_compat.devices.marks import unmarked
from relay_compat.ir.adt import Match
from relay_compat.ir.expr import Call, Expr, Function, If, Let, Var
from relay_compat.ir.values import TypedInt
from relay_compat.passes.manifest_lifetimes import used_variables
from tensor_core import codes, dtypes, shapes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo
from tensor_core.types import TensorType, leaves


def AnnotateUsedMemory() -> Pass:
    """The pass: ``used_memory`` of a kernel lists for its calls what is alive around each, arguments and results
    included; ``io_used_memory`` of ``main`` is what its parameters and its result take.

    DiagnosticError R2R0205 for a program of another form, R2R0602 for sizes that are not known.
    """

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        main = module["main"]
        assert isinstance(main, Function)
        result = module.copy()
        io = sum(map(_bytes, (*main.params, main.body)))
        body = _annotated(main.body)
        result["main"] = main.replace(body=body).with_attr("io_used_memory", TypedInt(io, "uint64"))
        return result

    return ModulePass(PassInfo(0, "AnnotateUsedMemory", ("ToANormalForm", "InferType")), run)


def _annotated(expr: Expr) -> Expr:
    lets: list[Let] = []
    while isinstance(expr, Let):
        lets.append(expr)
        expr = expr.body
    kernels = {let.var for let in lets if _is_kernel(let.value)}
    used: defaultdict[Var, list[Any]] = defaultdict(list)
    live = dict.fromkeys(used_variables(expr))
    total = sum(map(_bytes, live))
    for let in reversed(lets):
        value, call = let.value, unmarked(let.value)
        variables = used_variables(value)
        if isinstance(call, Call) and call.op in kernels:
            assert isinstance(call.op, Var)
            more = sum(_bytes(var) for var in variables if var not in live and var is not call.op)
            used[call.op].insert(0, TypedInt(total + more, "uint64"))
        elif isinstance(value, Function):
            value = value.with_attr("used_memory", tuple(used[let.var]))
        if let.var in live:
            del live[let.var]
            total -= _bytes(let.var)
        for var in variables:
            if var not in live and var not in kernels:
                live[var] = None
                total += _bytes(var)
        expr = let.replace(value=value, body=expr)
    return expr


def _is_kernel(value: Expr) -> bool:
    if isinstance(unmarked(value), (If, Match)):
        raise fail(codes.ILL_FORMED, "a program with branches has no one order of its kernels", value.span)
    if isinstance(value, Function) and not value.attrs.get("Primitive"):
        raise fail(codes.ILL_FORMED, "a function that is no kernel is bound in main", value.span)
    return isinstance(value, Function)


def _bytes(expr: Expr) -> int:
    """What a value takes: every tensor of its type."""
    total = 0
    for type_ in leaves(getattr(expr, "checked")):  # noqa: B009
        if not isinstance(type_, TensorType) or not shapes.is_static(type_.shape):
            raise fail(
                codes.EXECUTION_FAILED,
                f"AnnotateUsedMemory does not support dynamic shapes, such as {type_}",
                expr.span,
            )
        total += prod(type_.concrete_shape) * ((dtypes.bits(type_.dtype) + 7) // 8)
    return total
