"""Loops as recursive functions (tvm.relay.loops in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relay_compat.ir.expr import Call, Expr, Function, Let, Tuple, Var
from relay_compat.ir.make import var
from relay_compat.scope_builder import ScopeBuilder

__all__ = ["while_loop"]


def while_loop(cond: Callable[..., Expr], loop_vars: Sequence[Expr], loop_bodies: Callable[..., Sequence[Expr]]) -> Let:
    """A function of the initial values that runs the loop and gives the tuple of the last ones.

    ``cond`` and ``loop_bodies`` are given the loop's variables and answer whether it goes on, and with which values.
    The parameters take their types and names from ``loop_vars``.
    """
    builder, loop = ScopeBuilder(), Var("while_loop")
    params: list[Var] = []
    for place, initial in enumerate(loop_vars):
        name = initial.name if isinstance(initial, Var) else f"arg{place}"
        params.append(var(name, builder.type_of(initial), span=getattr(initial, "span", None)))
    with builder.if_scope(cond(*params)):
        builder.ret(Call(loop, tuple(loop_bodies(*params))))
    with builder.else_scope():
        builder.ret(Tuple(tuple(params)))
    return Let(loop, Function(tuple(params), builder.get()), loop)
