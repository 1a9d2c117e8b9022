"""Moving matches into functions (tvm.relay.dataflow_pattern.partition in TVM 0.19)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from relay_compat.dataflow_pattern.groups import PARTITIONED, Group, Groups
from relay_compat.dataflow_pattern.patterns import DFPattern, FunctionPattern
from relay_compat.dataflow_pattern.rewrite import GroupRewriter
from relay_compat.ir.expr import Call, Expr
from tensor_core.node import Node


def _always(_: Expr) -> bool:
    return True


def partition(
    pattern: DFPattern,
    expr: Any,
    attrs: Mapping[str, Any] | None = None,
    check: Callable[[Any], Any] = _always,
) -> Any:
    """The expression with each match as the body of a function that is called on the spot.

    The functions carry ``attrs`` and ``PartitionedFromPattern``, the names of what is in them. A match on which
    ``check`` says no stays as it is. A pattern that is a function's matches nothing.
    """
    if isinstance(pattern, FunctionPattern):
        logging.getLogger(__name__).warning("partitioning a function that is not called does nothing: %s", pattern)
        return expr
    groups = Groups(pattern, expr).by_root
    return _Partitioner(groups, attrs or {}, check).rewrite(expr) if groups else expr


class _Partitioner(GroupRewriter):
    def __init__(self, groups: Mapping[Expr, Group], attrs: Mapping[str, Any], check: Callable[[Any], Any]) -> None:
        super().__init__(groups)
        self._attrs = attrs
        self._check = check

    def replaced(self, group: Group, new: Node) -> Node:
        """A call of the group's function, unless the check says no."""
        if not self._check(group.root):
            return new
        function = group.function.with_attr({PARTITIONED: group.name, **self._attrs})
        return Call(function, tuple(self.done[arg] for arg in group.args))  # pyright: ignore[reportArgumentType]
