"""Gradients of operators that create tensors."""

from __future__ import annotations

from relax_core.gradients.table import Step, gradient
from relax_core.ir.expr import Expr


@gradient(
    "relax.zeros_like", "relax.ones_like", "relax.full_like", "relax.zeros", "relax.ones", "relax.full"
)  # fmt: skip
def created(step: Step) -> list[Expr]:
    """What is created depends on no element."""
    return [step.no_grad(arg) for arg in step.call.args]


@gradient("relax.triu")
def triu(step: Step) -> list[Expr]:
    """The same triangle of the adjoint. The diagonal is an operand since TVM 0.21, and has none."""
    diagonal = step.call.args[1] if len(step.call.args) == 2 else step.attrs.get("k", 0)
    first = step.op("triu", step.grad, diagonal)
    return [first, *(step.no_grad(arg) for arg in step.call.args[1:])]
