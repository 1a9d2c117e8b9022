"""Which operator has which gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, cast

import numpy as np

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import Call, Constant, Expr, ShapeExpr, Var
from relax_core.ir.types import TensorType, same_dims
from relax_core.op import creator
from relax_core.types.deduce import type_of
from tensor_core import codes, dtypes, shapes
from tensor_core.diagnostics import fail
from tensor_core.shapes import Shape


@dataclass(frozen=True, slots=True)
class Step:
    """One call to differentiate: ``var = call``, and the adjoint ``grad`` of ``var``."""

    var: Var
    call: Call
    grad: Var
    builder: BlockBuilder
    release: str

    @property
    def attrs(self) -> dict[str, Any]:
        """The attributes of the call, sequences as lists of integers."""
        return {key: _plain(value) for key, value in cast("dict[str, Any]", self.call.attrs or {}).items()}

    def op(self, path: str, *args: Any, **kwargs: Any) -> Expr:
        """A call of ``relax.op.<path>``, not normalised; R2R0104 when the release has no such operator."""
        try:
            made = creator(path, self.release)
        except AttributeError as error:
            hint = "no card describes it"
            raise fail(codes.UNKNOWN_OP, f"relax.{path} is not there in TVM {self.release}", hint=hint) from error
        return made(*args, **kwargs)

    def no_grad(self, expr: Expr) -> Expr:
        """What says that an argument has no gradient."""
        return self.op("grad.no_grad", expr)

    def const(self, value: float, like: Expr) -> Constant:
        """A scalar of the element type of a tensor."""
        made = Constant(np.asarray(value).astype(dtypes.to_numpy(self.tensor(like).dtype)))
        type_of(made)
        return made

    def tensor(self, expr: Expr) -> TensorType:
        """The type of a tensor; R2R0203 when it has none, R2R0202 for another kind of value."""
        found = type_of(expr)
        if not isinstance(found, TensorType):
            raise fail(codes.TYPE_MISMATCH, f"the gradient needs a tensor, got {found}", self.call.span)
        return found

    def dims(self, expr: Expr) -> Shape:
        """The dimensions of a tensor; R2R0608 when they are not known."""
        found = self.tensor(expr).dims
        if found is None:
            raise fail(
                codes.NO_GRADIENT, f"the gradient needs the shape of {expr}", self.call.span, "annotate the shape"
            )
        return found

    def shape(self, expr: Expr) -> ShapeExpr:
        """The shape of a tensor as an expression; R2R0608 when it is not known."""
        made = ShapeExpr(self.dims(expr))
        type_of(made)
        return made

    def count(self, expr: Expr, axes: Any) -> int:
        """The number of elements along axes (None: all of them); R2R0608 when one is symbolic."""
        dims = self.dims(expr)
        chosen = dims if axes is None else tuple(dims[int(axis)] for axis in axes)
        if not shapes.is_static(chosen):
            raise fail(codes.NO_GRADIENT, "the gradient needs dimensions that are known", self.call.span)
        return int(np.prod(shapes.static(chosen), dtype=np.int64))

    def fit(self, grad: Expr, like: Expr) -> Expr:
        """The gradient summed to the shape of an argument that was broadcast."""
        normal = self.builder.normalize(grad)
        if same_dims(self.dims(normal), self.dims(like)):
            return grad
        return self.op("collapse_sum_to", grad, self.shape(like))


def _plain(value: Any) -> Any:
    return [int(item) for item in cast("list[Any]", value)] if isinstance(value, list | tuple) else value


Gradient = Callable[[Step], list[Expr]]
"""The gradient for each argument of a call."""

TABLE: dict[str, Gradient] = {}
"""By full name of the operator."""

_FAMILIES = ("elementwise", "creation", "statistics", "movement", "neural", "windows")


def gradient(*names: str) -> Callable[[Gradient], Gradient]:
    """A decorator that makes a function the gradient of operators."""

    def add(function: Gradient) -> Gradient:
        TABLE.update(dict.fromkeys(names, function))
        return function

    return add


def register_gradient(op_name: str, fgradient: Any = None, level: int = 10) -> Any:
    """Give an operator a gradient as TVM's Python does: a function of (variable, call, adjoint, builder).

    Without ``fgradient`` a decorator that does so.
    """
    del level

    def add(function: Any) -> Any:
        TABLE[op_name] = lambda step: list(function(step.var, step.call, step.grad, step.builder))
        return function

    return add if fgradient is None else add(fgradient)


@cache
def _load() -> None:
    for family in _FAMILIES:
        import_module(f"relax_core.gradients.{family}")


def gradient_of(name: str) -> Gradient | None:
    """The gradient of an operator, None when it has none."""
    known = TABLE.get(name)
    if known is None:
        _load()
    return known or TABLE.get(name)
