"""The bindings of a Relax module in the order of its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import relax_core.ir.expr as relax
from tensor_core.module import IRModule
from tensor_core.spans import Span


@dataclass(frozen=True, slots=True)
class RelaxBinding:
    """A binding: what it says (an operator, a callee, the kind of expression), its variable, and where it stands."""

    function: str
    says: str
    var: relax.Var
    span: Span | None


def relax_bindings(module: IRModule) -> list[RelaxBinding]:
    """All bindings of all functions; ``main`` is the last one, as in texts."""
    functions = sorted(module.functions.items(), key=lambda item: (item[0].name == "main", item[0].name))
    return [
        RelaxBinding(var.name, _says(binding), binding.var, binding.span or binding.value.span)
        for var, function in functions
        if isinstance(function, relax.Function)
        for binding in _bindings(function)
    ]


def _bindings(function: relax.Function) -> Iterator[Any]:
    """Bindings, those of branches and local functions behind their own."""
    stack: list[Any] = [function.body]
    while stack:
        node = stack.pop()
        match node:
            case relax.SeqExpr():
                stack.extend(reversed(node.blocks))
            case relax.BindingBlock():
                stack.extend(reversed(node.bindings))
            case relax.Binding():
                yield node
                stack.append(getattr(node, "value", None))
            case relax.If():
                stack += (node.false_branch, node.true_branch)
            case relax.Function():
                stack.append(node.body)
            case _:
                pass


def _says(binding: Any) -> str:
    value = binding.value
    if isinstance(binding, relax.MatchCast):
        return "match_cast"
    if not isinstance(value, relax.Call):
        return type(value).__name__
    if not isinstance(value.op, relax.Op):
        return f"call {getattr(value.op, 'name', 'function')}"
    callee = value.args[0] if value.args else None
    named = isinstance(callee, (relax.GlobalVar, relax.ExternFunc))
    return f"{value.op.name} {callee.name}" if named else value.op.name
