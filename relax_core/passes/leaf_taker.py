"""A mutator in which bindings before a use get what is used: parameters that are gone, scalars to be computed."""

from __future__ import annotations

from relax_core.ir.expr import Binding, BindingBlock, DataflowVar, Expr, SeqExpr, Var
from relax_core.ir.types import Type
from relax_core.retype import RetypingMutator
from relax_core.types.deduce import type_of
from relax_core.visit import map_leaves
from tensor_core.trampoline import Steps


class LeafTaker(RetypingMutator):
    """Gets leaves anew wherever they are mentioned, as TVM does; :meth:`taken` says which ones, and how."""

    def __init__(self, release: str) -> None:
        super().__init__(release)
        self._taken: list[Binding] = []

    def taken(self, leaf: Expr) -> list[Binding]:
        """The bindings that get a leaf, the last one of the variable that stands for it; none for what stays."""
        raise NotImplementedError

    def variable(self, name: str, type_: Type | None) -> Var:
        """A variable of the block that is rewritten."""
        return (DataflowVar if self.in_dataflow else Var)(name, type_)

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Take what a binding uses before it."""
        outer, self._taken = self._taken, []
        made = yield super().rewrite(binding)
        taken, self._taken = self._taken, outer
        return (*taken, *made)

    def scope(self, body: Expr) -> Steps[Expr]:
        """What the result of a scope uses is taken in a block of its own at the end."""
        outer, self._taken = self._taken, []
        new = yield super().scope(body)
        taken, self._taken = self._taken, outer
        if not taken:
            return new
        blocks, result = (new.blocks, new.body) if isinstance(new, SeqExpr) else ((), new)
        made = SeqExpr((*blocks, BindingBlock(tuple(taken))), result)
        made.memo("ty", type_of(result))
        return made

    def leaf(self, expr: Expr) -> Expr:
        """A flat expression with what was taken in the place of leaves."""
        return super().leaf(map_leaves(expr, self._replaced))

    def _replaced(self, leaf: Expr) -> Expr:
        taken = self.taken(leaf)
        self._taken += taken
        return taken[-1].var if taken else leaf
