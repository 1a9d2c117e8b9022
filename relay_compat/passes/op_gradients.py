"""The gradients of operators for reverse-mode differentiation: the hook FPrimalGradient, or else the op's card."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Call, Expr, Op
from relay_compat.op_attributes import declare
from relay_compat.operators import attributes
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import relay_params

HOOK = "FPrimalGradient"

_Hook = Callable[[Call, Expr], Sequence[Expr]]


def has_gradient(op: Op) -> bool:
    """Whether a gradient is known for the operator."""
    return op.get_attr(HOOK) is not None


def op_gradient(call: Call, seed: Expr) -> list[Expr]:
    """The adjoints of a call's arguments for the adjoint of its result. Everything must have inferred types.

    DiagnosticError R2R0608 for an operator without a gradient, and for a call whose attributes its gradient does not
    handle; R2R0205 when there are not as many adjoints as arguments.
    """
    assert isinstance(call.op, Op)
    hook: _Hook | None = call.op.get_attr(HOOK)
    if hook is None:
        hint = f"register one with tvm.ir.register_op_attr(name, {HOOK!r}, function), or on the op's card"
        raise fail(codes.NO_GRADIENT, f"the operator {call.op.name} has no gradient", call.span, hint)
    result = list(hook(call, seed))
    if len(result) != len(call.args):
        message = f"the gradient of {call.op.name} gives {len(result)} adjoints for {len(call.args)} arguments"
        raise fail(codes.ILL_FORMED, message, call.span)
    return result


def _on_card(name: str) -> _Hook | None:
    card = registry().by_relay.get(name)
    if card is None or card.gradient is None:
        return None
    gradient = card.gradient

    def adjoints(call: Call, seed: Expr) -> Sequence[Expr]:
        fragment = RelayFragment(call.span)
        params = relay_params(card, attributes(call, card), tuple(fragment.type_of(arg) for arg in call.args))
        try:
            found = gradient(params, fragment, call.args, call, seed)
            return [
                _zeros(fragment, arg) if adjoint is None else adjoint
                for arg, adjoint in zip(call.args, found, strict=True)
            ]
        except Reject as reject:
            raise fail(codes.NO_GRADIENT, f"the gradient of {name}: {reject.message}", call.span) from None

    return adjoints


def _zeros(fragment: RelayFragment, arg: Expr) -> Expr:
    return fragment.call("zeros_like", arg, dtype=fragment.tensor_type(arg).dtype)


# Cards know more gradients than TVM 0.19 registers: one's own takes precedence at any level.
declare(HOOK, _on_card, level=0)
