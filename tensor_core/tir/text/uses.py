"""Where variables are used that no construct defines: the innermost statement that holds all uses."""

from __future__ import annotations

from typing import Any

from tensor_core.node import Node
from tensor_core.prim import Var
from tensor_core.tir.buffer import Buffer
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.functor import children

Path = tuple[Any, Any, int]
"""A node, the path of what holds it, and its depth."""


class Uses:
    """The paths of variables and buffers in one function."""

    def __init__(self, func: PrimFunc) -> None:
        self._common: dict[Any, Any] = {}
        seen: set[int] = set()
        stack: list[tuple[Node, Any]] = [(func, None)]
        while stack:
            node, above = stack.pop()
            if isinstance(node, Var | Buffer):
                self._meet(node, above)
            if id(node) in seen:
                continue
            seen.add(id(node))
            path = (node, above, 0 if above is None else above[2] + 1)
            stack += [(child, path) for child in reversed(list(children(node)))]

    def _meet(self, item: Any, path: Any) -> None:
        if item not in self._common:
            self._common[item] = path
            return
        other = self._common[item]
        while path is not other:
            if path is None or other is None:
                path = None
                break
            if path[2] >= other[2]:
                path = path[1]
            else:
                other = other[1]
        self._common[item] = path

    def holders(self, item: Any) -> list[Any]:
        """The nodes that hold all uses, innermost first."""
        result: list[Any] = []
        path = self._common.get(item)
        while path is not None:
            result.append(path[0])
            path = path[1]
        return result
