"""Changes of how a program is written: names, bindings, functions around it, code that nothing uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Call, Expr, Function, GlobalVar, If, Let, Op, TupleGetItem, Var
from relay_compat.ir.types import FuncType
from relay_compat.passes.to_a_normal_form import ToANormalForm
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter, copied, reachable, with_variables
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.types import TensorType

EVERY = 3
"""Of the places where something can be put, every third gets it."""

Change = Callable[[Expr], Expr]


def main_changed(module: IRModule, change: Callable[[Function], Function]) -> IRModule:
    """The module with another ``main``, its types inferred."""
    result: Any = module.copy()
    function = module["main"]
    assert isinstance(function, Function)
    result.functions[module.get_global_var("main")] = change(function)
    return infer_types(result)


def at_tensors(module: IRModule, change: Change) -> IRModule:
    """The module with ``change`` made of every third operator call of ``main`` that gives a tensor."""
    return main_changed(module, lambda function: _AtTensors(change).rewrite(function))


class _AtTensors(Rewriter):
    def __init__(self, change: Change) -> None:
        super().__init__()
        self._change = change
        self._seen = 0

    def leave(self, old: Node, new: Node) -> Node:
        type_ = getattr(old, "checked", None)
        if not isinstance(new, Call) or not isinstance(new.op, Op) or not isinstance(type_, TensorType):
            return new
        self._seen += 1
        if self._seen % EVERY != 1:
            return new
        if new is not old:
            new.memo("checked", type_)
        return self._change(new)


def dead_code(module: IRModule) -> IRModule:
    """Lets of values that nothing uses around every third call."""

    def change(value: Expr) -> Expr:
        build = RelayFragment()
        return _let(
            Var("unused"), build.call("add", build.constant(1.0, "float32"), build.constant(2.0, "float32")), value
        )

    return at_tensors(module, change)


def unit_lets(module: IRModule) -> IRModule:
    """Every third call bound to a variable that is its let's body."""

    def change(value: Expr) -> Expr:
        var = Var("once")
        var.memo("checked", getattr(value, "checked", None))
        return _let(var, value, var)

    return at_tensors(module, change)


def eta_expanded(module: IRModule) -> IRModule:
    """Every third operator called through a function literal of its operands."""

    def change(value: Expr) -> Expr:
        assert isinstance(value, Call)
        types = [getattr(arg, "checked", None) for arg in value.args]
        if not value.args or not all(isinstance(type_, TensorType) for type_ in types):
            return value
        params = tuple(Var(f"x{n}", type_) for n, type_ in enumerate(types))
        return Call(Function(params, value.replace(args=params)), value.args)

    return at_tensors(module, change)


def outlined(module: IRModule) -> IRModule:
    """The body of ``main`` in a function of its own, which ``main`` calls."""
    function = module["main"]
    assert isinstance(function, Function)
    name = GlobalVar("outlined")
    name.memo("checked", function.checked)
    params = tuple(param.replace() for param in function.params)
    result: Any = module.copy()
    result.functions[name] = copied(function, {})
    result.functions[module.get_global_var("main")] = Function(params, Call(name, params), function.ret_type)
    return infer_types(result)


def inlined(module: IRModule) -> IRModule:
    """The body of ``main`` as a function literal that is called at once."""

    def change(function: Function) -> Function:
        params = tuple(param.replace() for param in function.params)
        return Function(params, Call(copied(function, {}), params), function.ret_type)

    return main_changed(module, change)


def one_name(module: IRModule) -> IRModule:
    """All variables with one name: only which variable is meant tells them apart."""
    return main_changed(module, _renamed)


def _renamed(function: Function) -> Function:
    new: dict[Var, Var] = {}

    def change(var: Var) -> Var:
        if var not in new:
            new[var] = Var("x", var.type_annotation)
            new[var].memo("checked", getattr(var, "checked", None))
        return new[var]

    # Names of parameters are how arguments are given: they stay.
    new.update({param: param for param in function.params})
    return with_variables(function, change)


def reordered(module: IRModule) -> IRModule:
    """In A-normal form, neighbouring bindings that do not need each other in the other order."""
    bound = infer_types(ToANormalForm()(module))
    return main_changed(bound, lambda function: function.replace(body=_swapped(function.body)))


def _swapped(body: Expr) -> Expr:
    bindings: list[tuple[Var, Expr]] = []
    while isinstance(body, Let):
        bindings.append((body.var, body.value))
        body = body.body
    place = 0
    while place + 1 < len(bindings):
        first, second = bindings[place], bindings[place + 1]
        if _is_movable(first[1]) and _is_movable(second[1]) and first[0] not in reachable(second[1]):
            bindings[place : place + 2] = [second, first]
            place += 1
        place += 1
    for var, value in reversed(bindings):
        body = Let(var, value, body)
    return body


def _is_movable(value: Expr) -> bool:
    """Whether a value is that of an operator, or a projection: no effect, no scope of its own."""
    return isinstance(value, TupleGetItem) or (isinstance(value, Call) and isinstance(value.op, Op))


def through_a_branch(module: IRModule) -> IRModule:
    """``if (true) x else x`` around every third call."""

    def change(value: Expr) -> Expr:
        return If(RelayFragment().constant(True, "bool"), value, value)

    return at_tensors(module, change)


def through_either_branch(module: IRModule) -> IRModule:
    """``if (c) x else x`` around every third call, with a condition of the value itself."""

    def change(value: Expr) -> Expr:
        build = RelayFragment()
        type_ = build.tensor_type(value)
        number = build.call("cast", value, dtype="float32") if type_.dtype == "bool" else value
        total = build.call("sum", number, axis=tuple(range(type_.rank)), keepdims=False)
        zero = build.constant(0, build.tensor_type(total).dtype)
        return If(build.call("less", zero, total), value, value)

    return at_tensors(module, change)


def _let(var: Var, value: Expr, body: Expr) -> Expr:
    made = Let(var, value, body)
    made.memo("checked", getattr(body, "checked", None))
    return made


def functions(module: IRModule) -> Iterator[Function]:
    """The Relay functions of a module."""
    return (function for function in module.functions.values() if isinstance(function, Function))


def result_type(function: Function) -> Any:
    """The type that a function answers."""
    checked = function.checked
    return checked.ret_type if isinstance(checked, FuncType) else None
