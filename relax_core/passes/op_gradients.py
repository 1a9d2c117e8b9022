"""The gradients of operators for Gradient: registered functions, or else what the op's card states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from relax_core.block_builder import BlockBuilder
from relax_core.fragment import RelaxFragment
from relax_core.ir.expr import Call, Expr, Op, Var
from relax_core.ir.types import PrimType
from relax_core.op import creator
from relax_core.ops import planned_params
from relax_core.types.deduce import deduce, type_of
from relax_core.types.operands import plan
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.spans import Span
from tensor_core.types import TensorType

Registered = Callable[[Var, Call, Var, BlockBuilder], Sequence[Expr]]
"""A gradient as TVM's Python registers it: of the variable, the call, the adjoint and the builder."""

REGISTERED: dict[str, Registered] = {}
"""Gradients of one's own by full name of the operator. They come before those of cards."""


def register_gradient(op_name: str, fgradient: Registered | None = None, level: int = 10) -> Any:
    """Give an operator a gradient; without ``fgradient`` a decorator that does so."""
    del level

    def add(function: Registered) -> Registered:
        REGISTERED[op_name] = function
        return function

    return add if fgradient is None else add(fgradient)


@dataclass(frozen=True, slots=True)
class Step:
    """One call to differentiate: ``var = call``, and the adjoint ``grad`` of ``var``."""

    var: Var
    call: Call
    grad: Var
    builder: BlockBuilder
    release: str


def op_gradient(step: Step) -> list[Expr | None]:
    """The adjoints of the call's arguments, not yet in normal form; None for arguments without one.

    DiagnosticError R2R0608 for an operator without a gradient, and for a call whose attributes or types its gradient
    does not handle; R2R0205 when a registered one gives not as many adjoints as there are arguments.
    """
    assert isinstance(step.call.op, Op)
    registered = REGISTERED.get(step.call.op.name)
    return _of_card(step) if registered is None else _registered(step, registered)


def primal_gradient(op_name: str) -> Registered | None:
    """The gradient of an operator as a function, as TVM's FPrimalGradient; None for an operator without one.

    It gives an adjoint for each argument, ``grad.no_grad`` for those that have none.
    """
    found = REGISTERED.get(op_name)
    card = registry().by_relax.get(op_name)
    if found is not None or card is None or not (card.gradient or any(item.gradient for item in card.relax)):
        return found

    def gradient(var: Var, call: Call, grad: Var, builder: BlockBuilder) -> list[Expr]:
        release = builder.emitter.release
        adjoints = op_gradient(Step(var, call, grad, builder, release))
        nothing = creator("grad.no_grad", release)
        return [nothing(arg) if item is None else item for arg, item in zip(call.args, adjoints, strict=True)]

    return gradient


def _registered(step: Step, gradient: Registered) -> list[Expr | None]:
    call = step.call
    adjoints = list(gradient(step.var, call, step.grad, step.builder))
    if len(adjoints) != len(call.args):
        message = f"the gradient of {call.op} gives {len(adjoints)} adjoints for {len(call.args)} arguments"
        raise fail(codes.ILL_FORMED, message, call.span)
    return [None if _is_no_grad(adjoint) else adjoint for adjoint in adjoints]


def _is_no_grad(expr: Expr) -> bool:
    return isinstance(expr, Call) and isinstance(expr.op, Op) and expr.op.name == "relax.grad.no_grad"


def _of_card(step: Step) -> list[Expr | None]:
    call = step.call
    assert isinstance(call.op, Op)
    found = plan(call.op, step.release)
    gradient = found and (found.spelling.gradient or found.card.gradient)
    if found is None or gradient is None:
        hint = "register one (relax_core.passes.op_gradients.register_gradient), or state it on the op's card"
        raise fail(codes.NO_GRADIENT, f"{call.op.name} has no gradient", call.span, hint)
    fragment = AdjointFragment(step.builder, call.span)
    adjoints: list[Expr | None] = [None] * len(call.args)
    try:
        params, args = planned_params(found, call)
        given = gradient(params, fragment, args, step.var, step.grad)
    except Reject as reject:
        raise fail(codes.NO_GRADIENT, f"the gradient of {call.op.name}: {reject.message}", call.span) from None
    for place, adjoint in zip(found.places(call), given, strict=True):
        adjoints[place] = adjoint
    return adjoints


class _Nested:
    """In the place of an emitter: calls stay nested, typed but not bound, until the builder takes the whole."""

    def __init__(self, release: str) -> None:
        self.release = release

    def argument(self, expr: Expr) -> Expr:
        """The expression as it is."""
        return expr

    def normal(self, expr: Expr) -> Expr:
        """The expression with its type."""
        if isinstance(expr, Call) and expr.ty is None:
            expr.memo("ty", deduce(expr, self.release))
        type_of(expr)
        return expr


class AdjointFragment(RelaxFragment):
    """The idiom of Relax's gradients (TVM 0.19 to 0.27): numbers are scalars, and shapes are written out.

    Nothing is bound before TVM binds it, so that bindings come in its order.
    """

    def __init__(self, builder: BlockBuilder, span: Span | None = None) -> None:
        super().__init__(_Nested(builder.emitter.release), span=span)
        self._builder = builder

    def _unsaid(self, card: OpCard[Any], params: Any, args: Sequence[Expr], reason: str) -> Expr:
        """As the card's tensor program."""
        if card.lower is None:
            return super()._unsaid(card, params, args, reason)
        said = {item.name: getattr(params, item.name) for item in fields(params)}
        return self._emitter.normal(self._builder.call_te(card, *args, **said))

    def tensor_type(self, value: Expr) -> TensorType:
        """The type of a tensor; R2R0608 when its shape is not known."""
        found = self.type_of(value)
        if isinstance(found, PrimType):
            return TensorType((), found.dtype)
        if not isinstance(found, TensorType):
            message = f"the gradient needs a tensor of known shape, got {found}"
            raise fail(codes.NO_GRADIENT, message, self._span, "annotate the shape")
        return found

    def number_beside(self, value: float, like: Expr) -> Expr:
        """A scalar."""
        return self.constant(value, self.tensor_type(like).dtype)

    def extent(self, value: Expr, axis: int) -> Expr:
        """A constant; Reject when it is symbolic."""
        type_ = self.tensor_type(value)
        length = type_.shape[axis]
        if not isinstance(length, int):
            raise Reject(f"the length of dimension {axis} must be known")
        return self.constant(length, type_.dtype)

    def unreduced(self, value: Expr, axes: Sequence[int]) -> Expr:
        """All dimensions at once; a scalar stays one."""
        return self.call("expand_dims", value, axis=tuple(axes)) if self.tensor_type(value).rank else value

    def summed_to(self, value: Expr, like: Expr) -> Expr:
        """Summed to the shape of ``like``, where it has another. TVM binds the parts of the value to find that out."""
        self._builder.normalize(value)
        shape = self.tensor_type(like).shape
        if self.tensor_type(value).shape == shape:
            return value
        return self.call("collapse_sum_to_shape", value, shape=shape)

    def spread_to(self, value: Expr, like: Expr) -> Expr:
        """Broadcast to the shape of ``like``."""
        return self.call("broadcast_to", value, shape=self.tensor_type(like).shape)

    def shaped_as(self, value: Expr, like: Expr) -> Expr:
        """In the shape of ``like``."""
        return self.call("reshape", value, shape=self.tensor_type(like).shape)

    def cast_as(self, value: Expr, like: Expr) -> Expr:
        """In the element type of ``like``."""
        return self.call("cast", value, dtype=self.tensor_type(like).dtype)
