"""Gradients of operators that move elements, and of matrix products."""

from __future__ import annotations

from relax_core.gradients.table import Step, gradient
from relax_core.ir.expr import Expr
from relax_core.ir.types import TensorType, TupleType
from relax_core.types.deduce import type_of
from tensor_core import codes, shapes
from tensor_core.diagnostics import fail
from tensor_core.shapes import Dim


@gradient("relax.permute_dims")
def permute_dims(step: Step) -> list[Expr]:
    """The inverse permutation."""
    axes = step.attrs.get("axes")
    if not axes:
        return [step.op("permute_dims", step.grad)]
    inverse = [0] * len(axes)
    for place, axis in enumerate(axes):
        inverse[int(axis)] = place
    return [step.op("permute_dims", step.grad, axes=inverse)]


@gradient("relax.concat")
def concat(step: Step) -> list[Expr]:
    """The parts of the adjoint."""
    axis = int(step.attrs["axis"])
    type_ = type_of(step.call.args[0])
    assert isinstance(type_, TupleType)
    ends: list[Dim] = []
    for field in type_.fields[:-1]:
        dims = field.dims if isinstance(field, TensorType) else None
        if dims is None:
            raise fail(codes.NO_GRADIENT, "the gradient of concat needs the shapes of its parts", step.call.span)
        ends.append(shapes.add(ends[-1], dims[axis]) if ends else dims[axis])
    return [step.op("split", step.grad, ends, axis)]


@gradient("relax.split")
def split(step: Step) -> list[Expr]:
    """The parts of the adjoint joined."""
    return [step.op("concat", step.grad, int(step.attrs["axis"]))]


@gradient("relax.expand_dims")
def expand_dims(step: Step) -> list[Expr]:
    """The adjoint without the new axes."""
    return [step.op("squeeze", step.grad, step.attrs["axis"])]


@gradient("relax.reshape")
def reshape(step: Step) -> list[Expr]:
    """The adjoint in the argument's shape."""
    x, shape = step.call.args
    return [step.op("reshape", step.grad, step.shape(x)), step.no_grad(shape)]


@gradient("relax.broadcast_to")
def broadcast_to(step: Step) -> list[Expr]:
    """The adjoint summed to the argument's shape."""
    x, shape = step.call.args
    return [step.op("collapse_sum_to", step.grad, step.shape(x)), step.no_grad(shape)]


@gradient("relax.take")
def take(step: Step) -> list[Expr]:
    """The adjoint added up where it was taken from."""
    x, indices = step.call.args
    axis = step.attrs.get("axis")
    return [
        step.op("grad.take_backward", step.grad, x, indices, None if axis is None else int(axis)),
        step.no_grad(indices),
    ]


@gradient("relax.matmul")
def matmul(step: Step) -> list[Expr]:
    """g b^T and a^T g; a vector is a matrix of one row or column."""
    a, b = step.call.args
    ranks = len(step.dims(a)), len(step.dims(b))
    grad: Expr = step.grad
    if ranks == (1, 1):
        first, second = step.op("multiply", grad, b), step.op("multiply", grad, a)
    elif ranks[0] == 1:
        column, grad = step.op("expand_dims", a, 1), step.op("expand_dims", grad, -2)
        first, second = step.op("matmul", grad, _turned(step, b)), step.op("matmul", column, grad)
    elif ranks[1] == 1:
        row, grad = step.op("expand_dims", b, 0), step.op("expand_dims", grad, -1)
        first = step.op("matmul", grad, row)
        second = step.op("squeeze", step.op("matmul", _turned(step, a), grad), axis=-1)
    else:
        first, second = step.op("matmul", grad, _turned(step, b)), step.op("matmul", _turned(step, a), grad)
    return [step.fit(first, a), step.fit(second, b)]


def _turned(step: Step, expr: Expr) -> Expr:
    """The matrix with rows and columns exchanged."""
    rank = len(step.dims(expr))
    axes = [*range(rank - 2), rank - 1, rank - 2]
    return step.op("permute_dims", expr, axes=axes)
