"""DeadCodeElimination: drop lets that nobody uses, and put values used once where they are used (TVM 0.19).

Only lets whose value is pure are touched; see :mod:`relay_compat.analysis.purity`. A value that a closure uses is not
put into it, because the closure may run more than once.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator

from relay_compat.analysis.purity import pure_lets
from relay_compat.ir.expr import Expr, Function, Let, Var
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo
from tensor_core.trampoline import Steps, run


def DeadCodeElimination(inline_once: bool = False, ignore_impurity: bool = False) -> Pass:
    """The pass. ``inline_once`` also removes lets whose variable is used once; ``ignore_impurity`` takes every value
    for pure.
    """

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        return eliminate_dead_code(infer_types(module), inline_once, ignore_impurity)

    return ModulePass(PassInfo(1, "DeadCodeElimination", ("InferType",)), run)


def eliminate_dead_code(module: IRModule, inline_once: bool = False, ignore_impurity: bool = False) -> IRModule:
    """What the pass does to a typed module."""
    pure = {} if ignore_impurity else pure_lets(module)
    result = module.copy()
    for name, function in module.functions.items():
        if isinstance(function, Function):
            usage = _Usage(function, pure, ignore_impurity)
            result.functions[name] = _Eliminator(usage, inline_once).rewrite(function)
    return result


class _Action(enum.Enum):
    ELIDE = "elide"
    INLINE = "inline"
    KEEP = "keep"


class _Usage:
    """How often each let-bound variable is used; a use inside a closure that is not its own counts twice."""

    def __init__(self, root: Function, pure: dict[Var, bool], otherwise: bool) -> None:
        self.values: dict[Var, Expr] = {}
        self.uses: Counter[Var] = Counter()
        self._pure = pure
        self._otherwise = otherwise
        self._visits: Counter[Node] = Counter()
        self._level = 0
        self._levels: dict[Var, int] = {}
        run(self._visit(root))

    def is_pure(self, var: Var) -> bool:
        return self._pure.get(var, self._otherwise)

    def _visit(self, node: Node) -> Steps[None]:
        # What was seen twice can neither be dropped nor moved, nor can what it uses.
        self._visits[node] += 1
        if self._visits[node] > 2:
            return
        match node:
            case Let():
                yield self._lets(node)
            case Var():
                yield self._use(node)
            case _:
                self._level += isinstance(node, Function)
                for child in node.iter_children():
                    yield self._visit(child)
                self._level -= isinstance(node, Function)

    def _lets(self, node: Expr) -> Steps[None]:
        while isinstance(node, Let):
            # A let behind something that is used twice is met again: what it was used for before still counts.
            self._visits[node] += 1
            self.values[node.var] = node.value
            self.uses.setdefault(node.var, 0)
            self._levels[node.var] = self._level
            # The value of a pure let is looked at when its variable is first used.
            if not self.is_pure(node.var):
                yield self._visit(node.value)
            node = node.body
        yield self._visit(node)

    def _use(self, var: Var) -> Steps[None]:
        if var not in self.values:
            return
        self.uses[var] += 1
        if self.uses[var] == 1 and self.is_pure(var):
            yield self._visit(self.values[var])
        if self._levels[var] < self._level:
            self.uses[var] += 1


class _Eliminator(Rewriter):
    def __init__(self, usage: _Usage, inline_once: bool) -> None:
        super().__init__()
        self._usage = usage
        self._inline_once = inline_once

    def _action(self, var: Var) -> _Action:
        usage = self._usage
        if var not in usage.values or not usage.is_pure(var):
            return _Action.KEEP
        if not usage.uses[var]:
            return _Action.ELIDE
        return _Action.INLINE if usage.uses[var] == 1 and self._inline_once else _Action.KEEP

    def order(self, node: Node) -> Iterator[Node]:
        if isinstance(node, Let):
            kept = self._action(node.var) is _Action.KEEP
            return iter((node.var, node.value, node.body) if kept else (node.body,))
        if isinstance(node, Var) and self._action(node) is _Action.INLINE:
            return iter((self._usage.values[node],))
        return node.iter_children()

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, Var) and self._action(old) is _Action.INLINE:
            return self.done[self._usage.values[old]]
        return new

    def _rebuild(self, node: Node) -> Node:
        if isinstance(node, Let) and self._action(node.var) is not _Action.KEEP:
            return self.done[node.body]
        return super()._rebuild(node)
