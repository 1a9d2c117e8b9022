"""Gradients of reductions."""

from __future__ import annotations

from typing import Any

from relax_core.gradients.table import Step, gradient
from relax_core.ir.expr import Expr


def _reduction(step: Step) -> tuple[Any, bool]:
    attrs = step.attrs
    return attrs.get("axis"), bool(attrs.get("keepdims"))


def _expanded(step: Step, grad: Expr, axes: Any, keepdims: bool) -> Expr:
    """The adjoint with the reduced axes back in their places."""
    return step.op("expand_dims", grad, axes) if axes and not keepdims else grad


@gradient("relax.sum")
def sum(step: Step) -> list[Expr]:
    """The adjoint for every element."""
    grad = _expanded(step, step.grad, *_reduction(step))
    return [step.op("broadcast_to", grad, step.shape(step.call.args[0]))]


@gradient("relax.mean")
def mean(step: Step) -> list[Expr]:
    """The adjoint divided by the number of elements."""
    (x,) = step.call.args
    axes, keepdims = _reduction(step)
    grad = step.op("divide", step.grad, step.const(step.count(x, axes), step.grad))
    return [step.op("broadcast_to", _expanded(step, grad, axes, keepdims), step.shape(x))]


@gradient("relax.variance")
def variance(step: Step) -> list[Expr]:
    """2 (x - mean) / n, written as TVM writes it."""
    (x,) = step.call.args
    axes, keepdims = _reduction(step)
    count = step.count(x, axes)
    first = step.op("multiply", step.const(2.0 / count, x), x)
    total = step.op("sum", x, axes, keepdims=True)
    second = step.op("multiply", step.const(2.0 / count / count, x), total)
    grad = _expanded(step, step.grad, axes, keepdims)
    return [step.op("multiply", grad, step.op("subtract", first, second))]


@gradient("relax.cumsum")
def cumsum(step: Step) -> list[Expr]:
    """The sum from the end, as the whole sum less what came before."""
    (x,) = step.call.args
    attrs = step.attrs
    axis = attrs.get("axis")
    if axis is not None:
        rest = step.op("subtract", step.op("sum", step.grad, int(axis), keepdims=True), _running(step, int(axis)))
        grad = step.op("add", rest, step.grad)
    else:
        rest = step.op("subtract", step.op("sum", step.grad, keepdims=True), _running(step, None))
        grad = step.op("reshape", step.op("add", rest, step.op("flatten", step.grad)), step.shape(x))
    if attrs.get("dtype"):
        grad = step.op("astype", grad, step.tensor(x).dtype)
    return [grad]


def _running(step: Step, axis: int | None) -> Expr:
    return step.op("cumsum", step.grad, axis)
