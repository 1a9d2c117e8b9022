"""Where values are in a module whose devices were planned: told by the marks around an expression alone.

As LexicalOnDeviceMixin of TVM 0.19 tells it.
"""

from __future__ import annotations

from typing import Any

from relay_compat.devices.marks import mark_of
from relay_compat.devices.place import ANYWHERE, Place, place_of
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Expr, Function, GlobalVar, Let, Op, Var
from tensor_core.global_functions import register_func
from tensor_core.module import IRModule
from tensor_core.node import Node


class Lexical:
    """The places of a module's functions, and of variables as they are bound."""

    def __init__(self, module: IRModule) -> None:
        self._of: dict[Node, Place] = {
            name: place_of(function.virtual_device)
            for name, function in module.functions.items()
            if isinstance(function, Function)
        }

    def bind(self, var: Var, place: Place) -> None:
        """A variable comes into scope."""
        self._of[var] = place

    def enter(self, function: Function) -> Place:
        """Parameters come into scope; the place of the body."""
        for param in function.params:
            self.bind(param, place_of(param.virtual_device))
        return place_of(function.virtual_device)

    def place(self, expr: Expr, around: Place) -> Place:
        """Where an expression is, whose surroundings are at ``around``."""
        mark = mark_of(expr)
        if mark is not None and mark.is_fixed:
            return mark.place
        if isinstance(expr, (Var, GlobalVar)):
            return self._of.get(expr, ANYWHERE)
        if isinstance(expr, Function) and not expr.attrs.get("Primitive"):
            return place_of(expr.virtual_device)
        return around


@register_func("relay.transform.RecoverVirtualDeviceMap")
def recover_virtual_devices(module: IRModule, root: Expr) -> dict[Expr, Any]:
    """The virtual device of every expression of a planned function, but for operators and constructors."""
    lexical = Lexical(module)
    found: dict[Expr, Any] = {}
    pending: list[tuple[Any, Place]] = [(root, ANYWHERE)]
    while pending:
        node, around = pending.pop()
        known = node in found
        if isinstance(node, Expr) and not isinstance(node, (Op, Constructor)):
            found[node] = lexical.place(node, around).record()
        if known:
            continue
        children = tuple(node.iter_children())
        mark = mark_of(node)
        if mark is not None and mark.is_fixed:
            children, around = (mark.body,), mark.place
        elif isinstance(node, Function) and not node.attrs.get("Primitive"):
            around = lexical.enter(node)
        elif isinstance(node, Let):
            lexical.bind(node.var, lexical.place(node.value, around))
        pending += ((child, around) for child in reversed(children))
    return found
