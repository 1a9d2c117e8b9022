"""What a Relay module holds, seen in one walk that all questions before a conversion share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from relay_compat.ir.expr import Function, GlobalVar, RefCreate
from relay_compat.visit import reachable
from tensor_core.module import GlobalVar as AnyGlobalVar
from tensor_core.module import IRModule
from tensor_core.node import Node


class Survey:
    """The functions of a module, global ones by name, and all nodes, operands before users."""

    def __init__(self, module: IRModule) -> None:
        self.globals: Mapping[AnyGlobalVar, Function] = {
            var: function for var, function in module.functions.items() if isinstance(function, Function)
        }
        self.nodes: list[Node] = reachable(*self.globals.values())

    @cached_property
    def functions(self) -> list[Function]:
        """All functions: global ones and literals."""
        return [node for node in self.nodes if isinstance(node, Function)]

    @cached_property
    def called(self) -> set[AnyGlobalVar]:
        """The global functions that the module names: in calls, or as values that are called somewhere."""
        return {node for node in self.nodes if isinstance(node, GlobalVar) and node in self.globals}

    @cached_property
    def has_references(self) -> bool:
        """Whether any reference is created."""
        return any(isinstance(node, RefCreate) for node in self.nodes)


def inside(function: Function) -> Iterator[Node]:
    """The nodes of a function, itself first, functions inside it as leaves of the nodes that hold them."""
    seen: set[Node] = set()
    stack: list[Node] = [function.body]
    yield function
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, Function):
            continue
        yield node
        stack.extend(node.iter_children())
