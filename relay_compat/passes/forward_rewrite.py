"""Rewriting from operands to users with expressions that are decided late (forward_rewrite.cc in TVM 0.19)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from operator import is_
from typing import Any

from relay_compat.ir.expr import Call, Expr, Function, Tuple, TupleGetItem
from relay_compat.ir.temporary import TempExpr
from relay_compat.visit import Rewriter, reachable
from tensor_core.node import Node

Rule = Callable[[Call, Sequence[Expr]], Expr | None]
"""What becomes of a call, given it as it was and its rewritten arguments, some of them temporary; None to leave it."""


def forward_rewrite(
    root: Any, rule_of: Callable[[Call], Rule | None], at_each_use: Callable[[TempExpr], TempExpr] | None = None
) -> Any:
    """The expression with calls rewritten by their rules, and no temporary expression left.

    ``at_each_use`` gives what each user of a value gets that is used more than once.

    Projections of tuples go through to the field. A call without a rule, or whose rule leaves it, gets its arguments
    realised.
    """
    rewriter = _Forward(rule_of)
    if at_each_use is not None:
        rewriter.shared, rewriter.at_each_use = _shared(root), at_each_use
    return rewriter.realize(rewriter.rewrite(root))


def _shared(root: Any) -> frozenset[Node]:
    uses = Counter(child for node in reachable(root) for child in node.iter_children())
    return frozenset(node for node, count in uses.items() if count > 1)


class _Realizer(Rewriter):
    def leave(self, old: Node, new: Node) -> Node:
        return old.realize() if isinstance(old, TempExpr) else new


class _Forward(Rewriter):
    def __init__(self, rule_of: Callable[[Call], Rule | None]) -> None:
        super().__init__()
        self._rule_of = rule_of
        self._realizer = _Realizer()
        self.shared: frozenset[Node] = frozenset()
        self.at_each_use: Callable[[TempExpr], TempExpr] = lambda value: value

    def realize(self, expr: Any) -> Any:
        return self._realizer.rewrite(expr)

    def leave(self, old: Node, new: Node) -> Node:
        match old:
            case Call():
                assert isinstance(new, Call)
                return self._call(old, new)
            case Tuple():
                assert isinstance(new, Tuple)
                return self._handed(new, "fields", old.fields, new.fields)
            case TupleGetItem():
                assert isinstance(new, TupleGetItem)
                return new.tuple_value.fields[new.index] if isinstance(new.tuple_value, Tuple) else new
            case _:
                return new

    def _call(self, old: Call, new: Call) -> Expr:
        new = self._handed(new, "args", old.args, new.args)
        rule = self._rule_of(old)
        if rule is not None:
            found = rule(old, [self._argument(arg) for arg in new.args])
            if found is not None:
                return found
        callee = self.realize(new.op) if isinstance(new.op, (Function, TempExpr)) else new.op
        args = tuple(self.realize(arg) for arg in new.args)
        if callee is old.op and all(a is b for a, b in zip(args, old.args, strict=True)):
            return old
        return new.replace(op=callee, args=args)

    def _handed(self, new: Any, name: str, old: Sequence[Expr], now: Sequence[Expr]) -> Any:
        """A node with what stands for values that are used more than once."""
        if not self.shared:
            return new
        given = tuple(
            self.at_each_use(b) if isinstance(b, TempExpr) and a in self.shared else b
            for a, b in zip(old, now, strict=True)
        )
        return new if all(map(is_, given, now)) else new.replace(**{name: given})

    def _argument(self, arg: Expr) -> Expr:
        """Rules see temporary arguments, and tuples of them; nothing else holds any."""
        if isinstance(arg, TempExpr):
            return arg
        if isinstance(arg, Tuple):
            fields = tuple([field if isinstance(field, TempExpr) else self.realize(field) for field in arg.fields])
            same = all(a is b for a, b in zip(fields, arg.fields, strict=True))
            return arg if same else arg.replace(fields=fields)
        return self.realize(arg)
