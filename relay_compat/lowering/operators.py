"""Calls of operators: a kernel made now where all types are known, else one made when the program runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from relay_compat.ir.expr import Call, Expr, Op, RelayExpr
from relay_compat.lowering.shared import Shared
from relay_compat.lowering.stated import Stated
from relay_compat.lowering.values import Function as HostFunction
from relay_compat.operators import is_static, located
from relay_compat.types.errors import rejected, span_of
from relay_compat.types.relations import attributes
from tensor_core import codes, shapes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import Card
from tensor_core.ops.spelling import relay_params
from tensor_core.program import (
    Instruction,
    MakeTuple,
    Register,
    RunCard,
    RunHost,
    RunKernel,
    RunReference,
    TakeItem,
    View,
)
from tensor_core.types import TensorType, TupleType, Type, leaves

VIEWS = frozenset({"reshape", "squeeze", "expand_dims", "nn.batch_flatten"})
"""Cards whose result holds the argument's elements in the same order."""

Code = list[Instruction]


class Operators:
    """Registers, tuples and calls of operators of one function."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.registers = 0
        self._items: dict[Register, tuple[Register, ...]] = {}

    def fresh(self) -> Register:
        """A register that nothing writes yet."""
        self.registers += 1
        return self.registers - 1

    def host(
        self,
        name: str,
        function: HostFunction,
        args: tuple[Register, ...],
        code: Code,
        origin: Expr | None,
        key: tuple[Any, ...] | None = None,
        pure: bool = False,
    ) -> Register:
        """The register with what Python code gives."""
        out = self.fresh()
        code.append(RunHost(name, function, args, out, origin, key=key, pure=pure))
        return out

    def tuple(self, items: tuple[Register, ...], code: Code, origin: Expr | None) -> Register:
        """The register of a tuple."""
        out = self.fresh()
        self._items[out] = items
        code.append(MakeTuple(out, items, origin))
        return out

    def call(self, node: Call, args: tuple[Register, ...], code: Code) -> Register:
        """The register with the result of an operator. R2R0601 without a card."""
        assert isinstance(node.op, Op)
        card = node.op.card
        if card is None:
            raise fail(codes.NO_REFERENCE, f"no op card knows {node.op.name}", node.span, "add a card with a reference")
        types = tuple([_type_of(arg) for arg in node.args])
        if not all(map(is_static, (*types, node.checked_type))):
            return self._made_at_run_time(node, card, args, code)
        try:
            params = relay_params(card, attributes(node, card), types)
            return self._execute(node, card, params, types, args, code)
        except Reject as reject:
            raise rejected(node, card, reject, types) from None
        except DiagnosticError as error:
            raise located(error, node.span) from None

    def _made_at_run_time(self, node: Call, card: Card, args: tuple[Register, ...], code: Code) -> Register:
        if self.shared.static:
            message = f"{card.name} on dimensions that are not fixed is not compiled"
            raise fail(
                codes.NOT_LOWERED, message, span_of(node), "run it with the virtual machine: create_executor('vm')"
            )
        _check_semantics(node, card)

        def params(types: tuple[Type, ...]) -> Any:
            try:
                return relay_params(card, attributes(node, card), types)
            except Reject as reject:
                raise rejected(node, card, reject, types) from None

        out = self.fresh()
        code.append(RunCard(card, params, args, out, node))
        return out

    def _execute(
        self,
        node: Call,
        card: Card,
        params: Any,
        types: tuple[Type, ...],
        args: tuple[Register, ...],
        code: Code,
    ) -> Register:
        result = node.checked_type
        if card.name in VIEWS and isinstance(result, TensorType):
            out = self.fresh()
            code.append(View(out, args[0], shapes.static(result.shape), node))
            return out
        kernel = self.shared.kernel(card, params, types, Stated.of(node))
        if kernel is None:
            _check_semantics(node, card)
            out = self.fresh()
            code.append(RunReference(card, params, args, out, node))
            return out
        inputs = tuple([leaf for arg, type_ in zip(args, types, strict=True) for leaf in self._flat(arg, type_, code)])
        out_types = tuple(leaf for leaf in leaves(result) if isinstance(leaf, TensorType))
        outs = tuple([self.fresh() for _ in out_types])
        code.append(RunKernel(kernel, inputs, outs, out_types, node))
        return self._nest(result, iter(outs), code)

    def _flat(self, register: Register, type_: Type, code: Code) -> list[Register]:
        """The registers of the tensors in a value."""
        if not isinstance(type_, TupleType):
            return [register]
        items = self._items.get(register)
        if items is None:
            items = tuple([self.fresh() for _ in type_.fields])
            code.extend(TakeItem(item, register, index) for index, item in enumerate(items))
        return [leaf for item, part in zip(items, type_.fields, strict=True) for leaf in self._flat(item, part, code)]

    def _nest(self, type_: Type, outs: Iterator[Register], code: Code) -> Register:
        """A value of ``type_`` made of the tensors in ``outs``."""
        if not isinstance(type_, TupleType):
            return next(outs)
        return self.tuple(tuple([self._nest(part, outs, code) for part in type_.fields]), code, None)


def _check_semantics(node: Call, card: Card) -> None:
    if card.reference is None and card.expand is None and card.lower is None:
        raise fail(codes.NO_REFERENCE, f"{card.name} cannot be run: {card.why_silent}", node.span)


def _type_of(node: Expr) -> Type:
    assert isinstance(node, RelayExpr)
    return node.checked_type
