"""What the nodes of a function body stand for while it is lowered."""

from __future__ import annotations

from relay_compat.ir.expr import Expr, Function
from relay_compat.scopes import Scope
from tensor_core.program import Register


class Local:
    """A function literal with the environment it was met in: inlined where called, a closure where it is a value."""

    __slots__ = ("environment", "function", "scope")

    def __init__(self, function: Function, scope: Scope, environment: Environment) -> None:
        self.function = function
        self.scope = scope
        self.environment = environment


Place = Register | Local


class Environment:
    """The places of evaluated nodes and bound variables, those of the function around it included.

    ``active``: the functions that are being inlined.
    """

    __slots__ = ("active", "outer", "values")

    def __init__(self, outer: Environment | None = None, active: tuple[Function, ...] = ()) -> None:
        self.values: dict[Expr, Place] = {}
        self.outer = outer
        self.active = active

    def find(self, node: Expr) -> Place | None:
        """Where the value of a node is; None when it has not been evaluated."""
        environment: Environment | None = self
        while environment is not None:
            if node in environment.values:
                return environment.values[node]
            environment = environment.outer
        return None
