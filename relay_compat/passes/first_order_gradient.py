"""FirstOrderGradient: reverse-mode differentiation of programs without control flow, closures and references.

``fn (x0, ...) -> t`` becomes ``fn (x0, ...) -> (t, (x0, ...))``: the value, and the gradient of the sum of its elements
in every parameter. Straight-line code with one adjoint per value (src/relay/transforms/first_order_gradient.cc in TVM
0.19).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Call, Constant, Expr, Function, Op, Tuple, TupleGetItem, Var
from relay_compat.ir.types import TensorType, TupleType, Type
from relay_compat.let_list import LetList
from relay_compat.passes.op_gradients import op_gradient
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, PassContext, PassInfo
from tensor_core.shapes import AnyDim
from tensor_core.trampoline import Steps, run

_SUPPORTED = "variables, constants, tuples, projections, calls of operators and of function literals"


def FirstOrderGradient() -> ModulePass:
    """The pass. Every function of the module is differentiated on its own.

    DiagnosticError R2R0608 for an operator without a gradient, and for a construct that this pass does not handle.
    """

    def differentiate(module: IRModule, context: PassContext) -> IRModule:
        del context
        result = module.copy()
        for name, function in module.functions.items():
            if isinstance(function, Function):
                result[name] = first_order_gradient(function)
        return result

    return ModulePass(PassInfo(0, "FirstOrderGradient"), differentiate)


def first_order_gradient(function: Function) -> Function:
    """The function that also gives its gradient. Types must have been inferred. R2R0608 for a function with type
    parameters.
    """
    if function.type_params:
        raise fail(codes.NO_GRADIENT, "a function with type parameters has no gradient", function.span)
    ahead = LetList()
    walk = _Walk(ahead)
    params = [walk.adjoint(param) for param in function.params]
    walk.known.update(zip(function.params, params, strict=True))
    result: _Adjoint = run(walk.visit(function.body))
    back = LetList()
    result.reverse = filled("ones", result.forward)
    for action in reversed(walk.actions):
        action(back)
    gradients = Tuple(tuple(param.reverse for param in params))
    body = ahead.get(Tuple((result.forward, back.get(gradients))))
    return function.replace(body=body, ret_type=gradient_type(function), type_params=())


def gradient_type(function: Function) -> TupleType:
    """The result type of a differentiated function: its own, and a tuple of its parameters' types."""
    body: Any = function.body
    return TupleType((
        function.ret_type or body.checked_type,
        TupleType(tuple(param.type_annotation or param.checked_type for param in function.params)),
    ))  # fmt: skip


def filled(value: str, like: Expr) -> Expr:
    """Ones or zeros of the type of a value; in a tuple, made from the types of its fields."""
    fragment = RelayFragment()
    type_ = fragment.type_of(like)
    if isinstance(type_, TensorType):
        return fragment.call(f"{value}_like", like, dtype=type_.dtype)
    return _filled(value, type_, fragment)


def _filled(value: str, type_: Type, fragment: RelayFragment) -> Expr:
    if isinstance(type_, TensorType):
        if any(isinstance(dim, AnyDim) for dim in type_.shape):
            raise fail(codes.NO_GRADIENT, "a tuple that holds a tensor of open size has no gradient")
        return fragment.call(value, shape=type_.shape, dtype=type_.dtype)
    if isinstance(type_, TupleType):
        return fragment.tuple(*(_filled(value, field, fragment) for field in type_.fields))
    raise fail(codes.NO_GRADIENT, f"a {type_} has no gradient")


class _Adjoint:
    """A value bound to a variable, and its adjoint as far as it is known."""

    __slots__ = ("forward", "reverse")

    def __init__(self, forward: Var, reverse: Expr) -> None:
        self.forward = forward
        self.reverse = reverse


class _Walk:
    def __init__(self, ahead: LetList) -> None:
        self.known: dict[Expr, _Adjoint] = {}
        self.actions: list[Callable[[LetList], None]] = []
        self._ahead = ahead

    def adjoint(self, value: Expr) -> _Adjoint:
        forward = self._ahead.push(value)
        return _Adjoint(forward, self._ahead.push(filled("zeros", forward)))

    def visit(self, node: Expr) -> Steps[_Adjoint]:
        found = self.known.get(node)
        if found is None:
            found = self.known[node] = yield self._new(node)
        return found

    def _new(self, node: Expr) -> Steps[_Adjoint]:
        match node:
            case Constant():
                return self.adjoint(node)
            case Tuple():
                return (yield self._tuple(node))
            case TupleGetItem():
                return (yield self._item(node))
            case Call(op=Op() | Function()):
                return (yield self._call(node))
            case _:
                message = f"first-order gradients do not handle a {type(node).__name__}"
                span = getattr(node, "span", None)
                raise fail(codes.NO_GRADIENT, message, span, f"they handle {_SUPPORTED}; use mode='higher_order'")

    def _call(self, node: Call) -> Steps[_Adjoint]:
        args: list[_Adjoint] = []
        for arg in node.args:
            args.append((yield self.visit(arg)))
        if isinstance(node.op, Function):
            self.known.update(zip(node.op.params, args, strict=True))
            return (yield self.visit(node.op.body))
        forward = Call(node.op, tuple(arg.forward for arg in args), node.attrs, node.type_args, node.span)
        result = self.adjoint(_typed(forward, node))

        def back(lets: LetList) -> None:
            for arg, adjoint in zip(args, op_gradient(forward, result.reverse), strict=True):
                arg.reverse = added(arg.forward.checked_type, arg.reverse, adjoint, lets)

        self.actions.append(back)
        return result

    def _item(self, node: TupleGetItem) -> Steps[_Adjoint]:
        source: _Adjoint = yield self.visit(node.tuple_value)
        result = self.adjoint(_typed(TupleGetItem(source.forward, node.index), node))
        fields = cast(TupleType, source.forward.checked_type).fields

        def back(lets: LetList) -> None:
            adjoints = [item(source.reverse, index) for index in range(len(fields))]
            adjoints[node.index] = added(fields[node.index], adjoints[node.index], result.reverse, lets)
            source.reverse = lets.push(RelayFragment().tuple(*adjoints))

        self.actions.append(back)
        return result

    def _tuple(self, node: Tuple) -> Steps[_Adjoint]:
        fields: list[_Adjoint] = []
        for field in node.fields:
            fields.append((yield self.visit(field)))
        result = self.adjoint(_typed(Tuple(tuple(field.forward for field in fields)), node))

        def back(lets: LetList) -> None:
            for index, field in enumerate(fields):
                field.reverse = added(field.forward.checked_type, field.reverse, item(result.reverse, index), lets)

        self.actions.append(back)
        return result


def item(value: Expr, index: int) -> Expr:
    """A field of a tuple, of known type where the tuple's is known; of a tuple literal, the field itself."""
    return value.fields[index] if isinstance(value, Tuple) else _projected(value, index)


def _projected(value: Expr, index: int) -> Expr:
    result = TupleGetItem(value, index)
    type_ = getattr(value, "checked", None)
    result.memo("checked", type_.fields[index] if isinstance(type_, TupleType) else None)
    return result


def added(type_: Type, left: Expr, right: Expr, lets: LetList) -> Expr:
    """The sum of two values of a type, tuples field by field."""
    fragment = RelayFragment()
    if isinstance(type_, TupleType):
        parts: list[Expr] = []
        for index, field in enumerate(type_.fields):
            # TVM binds the second before the first.
            second, first = (lets.push(_projected(value, index)) for value in (right, left))
            parts.append(added(field, first, second, lets))
        return lets.push(fragment.tuple(*parts))
    return lets.push(fragment.call("add", left, right))


def _typed(new: Expr, old: Any) -> Expr:
    new.memo("checked", old.checked_type)
    return new
