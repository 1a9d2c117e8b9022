"""Gradients of activations over an axis and of losses."""

from __future__ import annotations

from relax_core.gradients.table import Step, gradient
from relax_core.ir.expr import Expr


@gradient("relax.nn.softmax")
def softmax(step: Step) -> list[Expr]:
    """(g - sum(g y)) y."""
    axis = int(step.attrs["axis"])
    total = step.op("sum", step.op("multiply", step.grad, step.var), axis, True)
    return [step.op("multiply", step.op("subtract", step.grad, total), step.var)]


@gradient("relax.nn.log_softmax")
def log_softmax(step: Step) -> list[Expr]:
    """g - sum(g) exp y."""
    axis = int(step.attrs["axis"])
    raised = step.op("exp", step.var)
    share = step.op("multiply", step.op("sum", step.grad, axis, True), raised)
    return [step.op("subtract", step.grad, share)]


@gradient("relax.nn.cross_entropy_with_logits")
def cross_entropy_with_logits(step: Step) -> list[Expr]:
    """-g y and -g x, divided by the size of the batch."""
    x, y = step.call.args
    grad: Expr = step.grad
    if len(step.dims(x)) > 1:
        grad = step.op("divide", grad, step.const(step.count(x, (0,)), grad))
    first = step.op("multiply", step.op("negative", grad), y)
    return [first, step.op("multiply", step.op("negative", grad), x)]


@gradient("relax.nn.nll_loss")
def nll_loss(step: Step) -> list[Expr]:
    """Targets and weights have none."""
    args, attrs = step.call.args, step.attrs
    weights = args[2] if len(args) == 3 else None
    first = step.op(
        "grad.nll_loss_backward",
        step.grad,
        args[0],
        args[1],
        weights=weights,
        reduction=attrs["reduction"],
        ignore_index=int(attrs["ignore_index"]),
    )
    return [first, *(step.no_grad(arg) for arg in args[1:])]
