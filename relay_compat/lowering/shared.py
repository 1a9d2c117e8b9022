"""What the lowerings of all functions of a module share: kernels, and what is still to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from relay_compat.ir.expr import Expr, Function
from relay_compat.lowering.captures import Captures
from relay_compat.lowering.stated import Stated
from relay_compat.scopes import Plan
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.loops.known import kernel_of
from tensor_core.loops.nodes import PrimFunc
from tensor_core.module import Declaration, GlobalVar, IRModule
from tensor_core.ops.registry import Card
from tensor_core.types import Type


@dataclass(frozen=True, slots=True)
class Task:
    """A function that is still to be lowered: of the module, or a literal with what it captures."""

    name: str
    function: Function
    plan: Plan
    captures: Captures
    captured: tuple[Expr, ...] = ()


class Shared:
    """``static``: refuse what has no form without values that are functions, references or of unknown size.

    ``prefix``: what the names of functions in the program begin with.
    """

    def __init__(self, module: IRModule, *, static: bool, prefix: str = "") -> None:
        self.module = module
        self.static = static
        self.prefix = prefix
        self.pending: list[Task] = []
        self._known: set[GlobalVar] = set()
        self._literals: dict[Function, str] = {}

    def need(self, var: GlobalVar) -> str:
        """See to it that a global function is part of the program; its name there. R2R0603 where it is no Relay
        function.
        """
        function = self.module[var]
        if isinstance(function, Declaration):
            return function.symbol
        if var not in self._known:
            self._known.add(var)
            if not isinstance(function, Function):
                raise fail(codes.NO_SUCH_FUNCTION, f"@{var.name} is not a Relay function", var.span)
            plan = Plan(function.body)
            self.pending.append(Task(self.prefix + var.name, function, plan, Captures(plan)))
        return self.prefix + var.name

    def literal(self, owner: str, function: Function, plan: Plan, captures: Captures) -> str:
        """See to it that a literal in the function ``owner`` is a function of the program, and its name there."""
        name = self._literals.get(function)
        if name is None:
            # No global function has such a name.
            name = self._literals[function] = f"{owner}%{len(self._literals)}"
            self.pending.append(Task(name, function, plan, captures, captures.of(function)))
        return name

    def kernel(self, card: Card, params: Any, types: tuple[Type, ...], known: Stated) -> PrimFunc | None:
        """The kernel of a call; None when the card, or a card its expansion calls, cannot be lowered.

        Calls share a kernel that does not depend on the constants among their arguments.
        """
        general = kernel_of(card, params, types)
        if general is not None or card.expand is None or not known:
            return general
        return kernel_of(card, params, types, known.values, known.key)
