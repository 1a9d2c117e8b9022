"""Relay's ExprMutator, ExprVisitor and ExprFunctor, where they are named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from migrate.codemods.functors import NEW_BASES, methods
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Example, Move, Planned, Rule
from migrate.codemods.target import Target


class FunctorBases(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.functors.bases"
    title: ClassVar[str] = "ExprMutator is relax.PyExprMutator, ExprVisitor relax.PyExprVisitor"
    explanation: ClassVar[str] = "Python classes that walk Relax expressions derive from the Py classes of Relax."
    facts: ClassVar[str] = "tvm.relay.expr_functor in TVM 0.19; tvm.relax.expr_functor in TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            "from tvm import relay\n\n\nclass Count(relay.ExprVisitor):\n    pass\n",
            "from tvm import relax\n\n\nclass Count(relax.PyExprVisitor):\n    pass\n",
        ),
        Example(
            "from tvm.relay import ExprMutator as M\n\n\ndef f(a, call):\n    return M.visit_call(a, call)\n",
            "from tvm.relax import PyExprMutator\n\n\ndef f(a, call):\n    return PyExprMutator.visit_call_(a, call)\n",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from ast import NodeVisitor as ExprVisitor\n\n\nclass A(ExprVisitor):\n    pass\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "Expr" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        names = methods(target)
        for old, new in NEW_BASES.items():
            for use in file.uses_of((old,)):
                yield Move(self.id, use, new)
            for method in ("__init__", *names):
                for use in file.uses_of((f"{old}.{method}",)):
                    yield Move(self.id, use, f"{new}.{names.get(method, method)}")


RULE = FunctorBases()
