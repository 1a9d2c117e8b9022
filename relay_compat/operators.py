"""Run single op calls with numpy through their cards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from relay_compat.ir.expr import Call, Op
from relay_compat.types.errors import rejected
from relay_compat.types.relations import attributes
from relay_compat.values import Value
from tensor_core import codes, reference, shapes
from tensor_core.diagnostics import DiagnosticError, fail, located
from tensor_core.observed import OpCall
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import Card
from tensor_core.ops.spelling import relay_params
from tensor_core.types import TensorType, TupleType, Type, leaves, tensor_type_of


class OperatorRunner:
    """Evaluates op calls; the parameters of a call with static argument types are read once."""

    def __init__(self, floats: str = "", observe: Callable[[Call, OpCall], None] | None = None) -> None:
        self._floats = floats
        self._observe = observe
        self._read_before: dict[Call, tuple[Any, tuple[Type, ...]]] = {}

    def run(self, call: Call, args: tuple[Value, ...]) -> Value:
        """The call's result on evaluated arguments. R2R0601 without semantics, R2R0602 when the op fails on them."""
        assert isinstance(call.op, Op)
        card = call.op.card
        if card is None:
            raise fail(codes.NO_REFERENCE, f"no op card knows {call.op.name}", call.span, "add a card with a reference")
        params, types = self._read_before.get(call) or self._read(call, card, args)
        if self._observe is not None:
            self._observe(call, OpCall(card, params, types, args))
        try:
            return reference.evaluate(card, params, args, self._floats, types)
        except DiagnosticError as error:
            raise located(error, call.span) from error

    def _read(self, call: Call, card: Card, args: tuple[Value, ...]) -> tuple[Any, tuple[Type, ...]]:
        declared = [getattr(arg, "checked", None) for arg in call.args]
        static = all(type_ is not None and is_static(type_) for type_ in declared)
        types = cast("tuple[Type, ...]", tuple(declared) if static else tuple(map(_runtime_type, declared, args)))
        try:
            params = relay_params(card, attributes(call, card), types)
        except Reject as reject:
            raise rejected(call, card, reject, types) from None
        if static:
            self._read_before[call] = params, types
        return params, types


def is_static(type_: Type) -> bool:
    """Whether the type is a tensor, or a tuple of tensors, whose dimensions are all known."""
    return all(isinstance(leaf, TensorType) and shapes.is_static(leaf.shape) for leaf in leaves(type_))


def _runtime_type(declared: Type | None, value: Value) -> Type:
    """The type of a value; its element type as declared, because a widened value has another."""
    if isinstance(value, tuple):
        items = cast("tuple[Value, ...]", value)
        fields = declared.fields if isinstance(declared, TupleType) else (None,) * len(items)
        return TupleType(tuple(map(_runtime_type, fields, items)))
    found = tensor_type_of(value)
    return TensorType(found.shape, declared.dtype) if isinstance(declared, TensorType) else found
