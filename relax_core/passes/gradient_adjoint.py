"""The backward pass of Gradient: adjoints of variables, from the target back to the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import (
    Call,
    Constant,
    DataflowBlock,
    Expr,
    Op,
    PrimValue,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.op import creator
from relax_core.passes.gradient_checkpoints import Recomputed
from relax_core.passes.op_gradients import Step, op_gradient
from relax_core.types.deduce import type_of
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.global_functions import get_global_func

GRADIENTS = "tvm.relax.te_grad._register."
"""What the names of global functions begin with that are gradients of tensor programs."""

Message = Any
"""An adjoint by its tensors: an expression, or a list of messages for a tuple."""


class Backward:
    """Emits adjoints into the block under construction."""

    def __init__(self, builder: BlockBuilder, forward: Recomputed) -> None:
        self._builder = builder
        self._forward = forward
        self._release = builder.emitter.release
        self._adjoints: dict[Var, Var] = {}

    def run(self, target: Var, block: DataflowBlock) -> None:
        """The adjoints of everything that the target depends on."""
        type_ = target.ty
        assert isinstance(type_, TensorType)
        self._update(target, self._op("ones", type_.shape, type_.dtype))
        for binding in reversed(block.bindings):
            if isinstance(binding, VarBinding) and binding.var in self._adjoints:
                self._binding(binding.var, binding.value)

    def output(self, var: Var) -> Var:
        """The adjoint of a variable as an output of the block; zeros when the target does not depend on it."""
        if var not in self._adjoints:
            self._update(var, self._zeros(var.ty))
        return self._builder.emit_output(self._adjoints[var], f"{var.name}_adjoint_out")

    def _op(self, path: str, *args: Any, **kwargs: Any) -> Expr:
        return creator(path, self._release)(*args, **kwargs)

    # ------------------------------------------------------------ bindings

    def _binding(self, var: Var, value: Expr) -> None:
        match value:
            case Call():
                self._call(var, value)
            case Tuple() | Var():
                self._update(value, self._adjoints[var])
            case TupleGetItem():
                self._projection(var, value)
            case Constant():
                pass
            case _:
                what = type(value).__name__
                raise fail(codes.NO_GRADIENT, f"{what} in the binding of {var.name} has no gradient", var.span)

    def _call(self, var: Var, call: Call) -> None:
        if not isinstance(call.op, Op):
            return
        again, value = self._forward.binding(var, call)
        assert isinstance(value, Call)
        step = Step(again, value, self._adjoints[var], self._builder, self._release)
        if call.op.name == "relax.call_tir_with_grad":
            self._kernel(call, step)
            return
        for arg, partial in zip(call.args, op_gradient(step), strict=True):
            if partial is not None:
                self._update(arg, partial)

    def _kernel(self, call: Call, step: Step) -> None:
        """The gradient of a tensor program is a Python function registered under the name that the call states."""
        attrs: Any = call.attrs
        name = str(attrs["te_grad_name"])
        function = get_global_func(GRADIENTS + name, allow_missing=True)
        if function is None:
            raise fail(codes.NO_GRADIENT, f"no gradient is registered as {name}", call.span, "register one")
        partials = function(step.var, step.call, step.grad, self._builder)
        given = call.args[1]
        fields = given.fields if isinstance(given, Tuple) else (given,)
        type_ = type_of(partials)
        if not isinstance(type_, TupleType):
            self._update(fields[0], partials)
            return
        for index, field in enumerate(fields):
            self._update(field, TupleGetItem(partials, index))

    def _projection(self, var: Var, value: TupleGetItem) -> None:
        source, type_ = value.tuple_value, type_of(value.tuple_value)
        assert isinstance(source, Var)
        assert isinstance(type_, TupleType)
        known = self._adjoints.get(source)
        if known is None:
            fields = [self._zeros(field) for field in type_.fields]
            fields[value.index] = self._adjoints[var]
        else:
            fields = [_field(known, index) for index in range(len(type_.fields))]
            fields[value.index] = self._sum(fields[value.index], self._adjoints[var])
        self._emit(source, Tuple(tuple(fields)))

    # ------------------------------------------------------------ adjoints

    def _update(self, expr: Expr, partial: Expr) -> None:
        """Add to the adjoints of the variables in an argument."""
        stack: list[tuple[Expr, Message]] = [(expr, _message(self._builder.normalize(partial)))]
        while stack:
            leaf, message = stack.pop()
            match leaf:
                case Tuple():
                    parts = cast("Sequence[Message]", message)
                    stack.extend(reversed(list(zip(leaf.fields, parts, strict=True))))
                case Var():
                    self._add(leaf, message)
                case Constant() | ShapeExpr() | PrimValue():
                    pass
                case _:
                    raise fail(codes.NO_GRADIENT, f"an argument {leaf} has no adjoint", getattr(leaf, "span", None))

    def _add(self, var: Var, message: Message) -> None:
        value = self._builder.normalize(_expression(message))
        known = self._adjoints.get(var)
        self._emit(var, value if known is None else self._sum(known, value))

    def _emit(self, var: Var, adjoint: Expr) -> None:
        self._adjoints[var] = self._builder.emit(adjoint, f"{var.name}_adjoint")

    def _sum(self, left: Expr, right: Expr) -> Expr:
        return _expression(self._joined(_message(left), _message(right)))

    def _joined(self, left: Message, right: Message) -> Message:
        if isinstance(left, list):
            pairs = zip(cast("list[Message]", left), cast("list[Message]", right), strict=True)
            return [self._joined(a, b) for a, b in pairs]
        return self._op("add", left, right)

    def _zeros(self, type_: Type | None) -> Expr:
        if isinstance(type_, TupleType):
            return Tuple(tuple(map(self._zeros, type_.fields)))
        if not isinstance(type_, TensorType) or type_.dims is None:
            raise fail(codes.NO_GRADIENT, f"zeros of type {type_} cannot be made", hint="annotate the shape")
        return self._op("zeros", type_.shape, type_.dtype)


def _field(expr: Expr, index: int) -> Expr:
    if isinstance(expr, Tuple):
        return expr.fields[index]
    made = TupleGetItem(expr, index)
    type_of(made)
    return made


def _message(expr: Expr) -> Message:
    type_ = type_of(expr)
    if isinstance(type_, TupleType):
        return [_message(_field(expr, index)) for index in range(len(type_.fields))]
    if not isinstance(type_, TensorType):
        raise fail(codes.NO_GRADIENT, f"an adjoint is a tensor, not {type_}", getattr(expr, "span", None))
    return expr


def _expression(message: Message) -> Expr:
    """The expression of a message; the fields of one tuple in order are that tuple."""
    if not isinstance(message, list):
        return message
    fields = [_expression(item) for item in cast("list[Message]", message)]
    first = fields[0] if fields else None
    if isinstance(first, TupleGetItem):
        source, type_ = first.tuple_value, type_of(first.tuple_value)
        same = all(
            isinstance(item, TupleGetItem) and item.tuple_value is source and item.index == place
            for place, item in enumerate(fields)
        )
        if same and isinstance(type_, TupleType) and len(type_.fields) == len(fields):
            return source
    return Tuple(tuple(fields))
