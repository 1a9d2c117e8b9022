"""Which calls of a Relay program round, and whether a single one makes its result uncertain."""

from __future__ import annotations

from typing import Any, TypeGuard

import relay_compat.ir.expr as relay
from migrate.verify import condition
from migrate.verify.condition import Noise
from relay_compat.operators import is_static
from relay_compat.visit import reachable
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.ops.card import OpCard, Rounding
from tensor_core.ops.spelling import relay_params
from tensor_core.types import TensorType, Type, leaves


def noise_of(call: relay.Call) -> Noise:
    """Typical rounding of one evaluated call: of its op and the root of the length it accumulates."""
    if not isinstance(call.op, relay.Op) or call.op.card is None:
        return condition.NONE
    model = call.op.card.error
    if not isinstance(model, Rounding):
        return condition.NONE
    length = float(model.factor(read(call)[1], *operand_types(call))) if model.factor else 0.0
    results = [leaf.dtype for leaf in leaves(call.checked_type) if isinstance(leaf, TensorType)]
    return condition.noise(model, length, [dtype for dtype in results if dtypes.is_float(dtype)])


def operand_types(call: relay.Call) -> tuple[Type, ...]:
    """The types of a call's operands."""
    return tuple(arg.checked_type for arg in call.args if isinstance(arg, relay.RelayExpr))


def read(call: relay.Call) -> tuple[OpCard[Any], Any]:
    """The card and the parameters of a call of an op that has a card."""
    assert isinstance(call.op, relay.Op)
    card = call.op.card
    assert card is not None
    return card, relay_params(card, call.attrs or {}, operand_types(call))


def only_uncertain(program: IRModule, entry: str = "main") -> relay.Call | None:
    """The call that alone makes the result of ``entry`` uncertain, where there is such a one and it has fixed shapes.

    Its operands come from ops that round once at most, which leaves them no freedom, and its result is the program's,
    but for casts to wider types.
    """
    function = program[entry]
    body = function.body if isinstance(function, relay.Function) else None
    while _is_widening(body):
        body = body.args[0]
    if not isinstance(body, relay.Call) or not isinstance(body.op, relay.Op) or body.op.card is None:
        return None
    is_flat = all(isinstance(field, TensorType) for field in getattr(body.checked_type, "fields", ()))
    is_fixed = is_flat and all(map(is_static, (body.checked_type, *operand_types(body))))
    return body if is_fixed and all(map(_is_determined, reachable(*body.args))) else None


def _is_widening(node: Any) -> TypeGuard[relay.Call]:
    if not isinstance(node, relay.Call) or not isinstance(node.op, relay.Op) or node.op.name != "cast":
        return False
    (source,), target = operand_types(node), node.checked_type
    if not isinstance(source, TensorType) or not isinstance(target, TensorType):
        return False
    return dtypes.is_float(source.dtype) and target.dtype in ("float32", "float64") and source.dtype != "float64"


def _is_determined(node: Any) -> bool:
    if isinstance(node, relay.Call):
        if not isinstance(node.op, relay.Op) or node.op.card is None:
            return False
        noise = noise_of(node)
        return noise.size == 0 or bool(noise.held)
    return isinstance(node, (relay.Var, relay.Constant, relay.Tuple, relay.TupleGetItem, relay.Op))
