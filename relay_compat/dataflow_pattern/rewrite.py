"""Rewriting what matches (tvm.relay.dataflow_pattern.rewrite and DFPatternCallback in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from relay_compat.analysis import free_type_vars, free_vars
from relay_compat.dataflow_pattern.groups import Group, Groups
from relay_compat.dataflow_pattern.patterns import DFPattern
from relay_compat.ir.adt import Pattern
from relay_compat.ir.base import RelayExpr
from relay_compat.ir.expr import Expr, Function
from relay_compat.structural import structural_equal
from relay_compat.types.infer import infer_expr
from relay_compat.visit import Rewriter
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node

MOST_ROUNDS = 100
"""Rewriting that still changes something after so many runs of callbacks is given up."""


class DFPatternCallback:
    """What to do with each match of ``self.pattern``, which a subclass sets.

    ``require_type`` infers types before matching; ``rewrite_once`` stops after the first time that something changed.
    """

    def __init__(self, require_type: bool = False, rewrite_once: bool = False) -> None:
        self.pattern: Any = None
        self.require_type = require_type
        self.rewrite_once = rewrite_once

    def rewrite(self, expr: Expr) -> Expr:
        """Rewrite an expression with this callback alone."""
        return rewrite(self, expr)

    def callback(self, pre: Expr, post: Expr, node_map: Mapping[DFPattern, list[Expr]]) -> Expr:
        """The replacement of a match. ``pre`` is the matched expression, ``post`` the same over rewritten inputs,
        ``node_map`` has the rewritten expressions that each pattern matched.
        """
        raise NotImplementedError


def rewrite(callbacks: Any, expr: Any, mod: IRModule | None = None) -> Any:
    """Let callbacks, one or several in turn, rewrite an expression until nothing changes.

    ``mod`` defines the global functions for callbacks that require types. R2R0602 when rewriting comes to no end.
    """
    listed: list[DFPatternCallback] = [callbacks] if isinstance(callbacks, DFPatternCallback) else list(callbacks)
    finished: set[DFPatternCallback] = set()
    post, rounds = expr, 0
    while True:
        last = post
        for callback in listed:
            if callback not in finished:
                before, post = post, _run(callback, post, mod)
                rounds += 1
                if callback.rewrite_once and not _equal(before, post):
                    finished.add(callback)
        if rounds >= MOST_ROUNDS:
            raise fail(codes.EXECUTION_FAILED, f"Observed {MOST_ROUNDS} rewrite passes, possible conflicting passes?")
        if _equal(last, post):
            return post


def _equal(before: Expr, after: Expr) -> bool:
    return before is after or structural_equal(before, after, map_free_vars=True)


def _run(callback: DFPatternCallback, expr: Expr, module: IRModule | None) -> Expr:
    if callback.pattern is None:
        raise ValueError("the callback has no pattern")
    if callback.require_type:
        expr = _typed(expr, module)
    groups = Groups(callback.pattern, expr).by_root
    return _Matches(callback, groups).rewrite(expr) if groups else expr


def _typed(expr: Expr, module: IRModule | None) -> Expr:
    """The expression with its types inferred, those of its free variables included."""
    if isinstance(expr, Function):
        return infer_expr(expr, module)
    function = Function(tuple(free_vars(expr)), expr, None, tuple(free_type_vars(expr)))
    return infer_expr(function, module).body


class GroupRewriter(Rewriter):
    """Goes through a program as TVM's mutators do: rebuilt nodes keep the inferred type of the original."""

    def __init__(self, groups: Mapping[Expr, Group]) -> None:
        super().__init__()
        self._groups = groups

    def order(self, node: Node) -> Iterator[Node]:
        """The variable of a let before its value; patterns of a match are left alone."""
        return iter(()) if isinstance(node, Pattern) else node.iter_children()

    def leave(self, old: Node, new: Node) -> Node:
        """Replace the roots of groups."""
        if isinstance(new, RelayExpr) and isinstance(old, RelayExpr) and new.checked is None:
            new.memo("checked", old.checked)
        group = self._groups.get(old) if isinstance(old, Expr) else None
        if group is None:
            return new
        self.done[old] = new
        return self.replaced(group, new)

    def replaced(self, group: Group, new: Node) -> Node:
        """The replacement of a group whose root, over rewritten inputs, is ``new``."""
        raise NotImplementedError


class _Matches(GroupRewriter):
    def __init__(self, callback: DFPatternCallback, groups: Mapping[Expr, Group]) -> None:
        super().__init__(groups)
        self._callback = callback

    def replaced(self, group: Group, new: Node) -> Node:
        """What the callback makes of a match."""
        assert isinstance(new, Expr)
        node_map = {
            pattern: [self._seen(expr) for expr in exprs] for pattern, exprs in group.matched.items()
        }  # fmt: skip
        result: Any = self._callback.callback(group.root, new, node_map)
        if not isinstance(result, Expr):
            kind, name = type(result).__name__, type(self._callback).__name__
            raise fail(codes.EXECUTION_FAILED, f"the callback of {name} returned {kind}, not an expression")
        return result

    def _seen(self, expr: Expr) -> Expr:
        new = self.done.get(expr, expr)
        assert isinstance(new, Expr)
        return new
