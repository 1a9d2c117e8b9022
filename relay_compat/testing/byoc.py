"""Helpers of tests of outside compilers (tvm.relay.testing.byoc in TVM 0.19)."""

from __future__ import annotations

from relay_compat.annotations import begin, end
from relay_compat.expr_functor import ExprMutator
from relay_compat.ir.expr import Call, Expr, Op, Var

_COMPILER = "ccompiler"


class CcompilerAnnotator(ExprMutator):
    """Marks one region for "ccompiler": from the arguments of an ``add``, through ``subtract``, to the result of a
    ``multiply``. Variables that enter on the way get a begin as well.
    """

    def __init__(self) -> None:
        super().__init__()
        self._inside = False
        self._begun = False

    def visit_call(self, call: Call) -> Expr:
        """Mark what the operator begins, continues or ends."""
        name = call.op.name if isinstance(call.op, Op) else ""
        if name == "multiply":
            return self._end(call)
        waiting = self._inside and not self._begun
        if waiting and name == "add":
            args = tuple([begin(self.visit(arg), _COMPILER) for arg in call.args])
            self._begun = True
            return Call(call.op, args)
        if waiting and name == "subtract":
            return Call(call.op, self._entering(call))
        return super().visit_call(call)

    def _end(self, call: Call) -> Expr:
        self._inside, self._begun = True, False
        product: Expr = Call(call.op, self._entering(call))
        if self._begun:
            product = end(product, _COMPILER)
        self._inside = self._begun = False
        return product

    def _entering(self, call: Call) -> tuple[Expr, ...]:
        args = [self.visit(arg) for arg in call.args]
        return tuple([begin(arg, _COMPILER) if isinstance(arg, Var) else arg for arg in args])
