"""Functions: literals, which may capture what is around them, global ones, and calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrate.verify.generate import kinds
from migrate.verify.generate.features import Feature
from relay_compat.ir.expr import Expr, Function, GlobalVar
from relay_compat.ir.types import FuncType, Type, TypeVar
from relay_compat.types.substitute import substitute
from tensor_core.types import TensorType

if TYPE_CHECKING:
    from migrate.verify.generate.maker import Maker


def literal(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A local function of a type."""
    del constant
    assert isinstance(type_, FuncType)
    return _function(m, type_.arg_types, type_.ret_type, fuel)


def call(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr | None:
    """A call of a function that is visible."""
    del constant
    known = m.scope.functions(type_)
    return _called(m, m.choose(known), fuel) if known else None


def local(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A function bound to a variable, and an expression that calls it at least once."""
    del constant
    before = m.spent
    wanted = FuncType(_arguments(m, type_), type_)
    made = m.expr(wanted, m.share(fuel))
    with m.scope.inner():
        var = m.bound("f", wanted)
        used = _called(m, var, m.share(fuel - (m.spent - before)))
        m.scope.add(used, type_)
        return m.build.let(var, made, m.expr(type_, fuel - (m.spent - before)) if m.choices.flag() else used)


def immediate(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A call of a function literal, or of whatever else gives a function."""
    del constant
    before = m.spent
    made = m.expr(FuncType(_arguments(m, type_), type_), m.share(fuel))
    return _called(m, made, fuel - (m.spent - before))


def global_(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A call of a global function, one made before or a new one; a loop is called where it is made, so that it ends."""
    del constant
    known = [var for var in m.callable if isinstance(var.checked, FuncType) and var.checked.ret_type == type_]
    if known and m.choices.flag():
        return _called(m, m.choose(known), fuel)
    before = m.spent
    args = _arguments(m, type_)
    with m.global_function() as frame:
        frame.params += [m.bound("a", each) for each in args]
        body = m.expr(type_, m.share(fuel))
    var = define(m, "g", m.build.function(frame.params, body))
    m.callable.append(var)
    return _called(m, var, fuel - (m.spent - before))


def polymorphic(m: Maker, type_: Type, fuel: int, constant: bool) -> Expr:
    """A call of a global function with type parameters, which answers a value of the first: one made before or new."""
    del constant
    if not m.polymorphic or not m.choices.flag():
        m.polymorphic.append(define(m, "generic", _generic(m)))
    var: GlobalVar = m.choose(m.polymorphic)
    function = var.checked
    assert isinstance(function, FuncType)
    given = (type_, *(kinds.any_type(m, type_) for _ in function.type_params[1:]))
    values = dict(zip(function.type_params, given, strict=True))
    args = m.some([substitute(each, values) for each in function.arg_types], fuel)
    return m.build.instance(var, given, *args)


def _generic(m: Maker) -> Function:
    """A function of values whose types it does not know, so that it only hands them on."""
    one, other = TypeVar("A"), TypeVar("B")
    x, y = m.var("a", one), m.var("a", one if m.choices.flag() else other)
    type_params = (one, other) if m.build.type_of(y) is other else (one,)
    same = len(type_params) == 1
    with m.global_function():
        body: Expr = m.choose((x, y)) if same else x
        if m.has(Feature.TUPLE) and m.choices.flag():
            body = m.build.field(m.build.tuple(y, body), 1)
        if m.has(Feature.IF) and same and m.choices.flag():
            condition = m.var("a", TensorType((), "bool"))
            return m.build.function((x, y, condition), m.build.if_(condition, body, x), type_params)
        if m.has(Feature.HIGHER_ORDER) and m.choices.flag():
            change = m.var("a", FuncType((one,), one))
            twice = m.build.apply(change, m.build.apply(change, body))
            return m.build.function((x, y, change), twice, type_params)
        return m.build.function((x, y), body, type_params)


def define(m: Maker, name: str, function: Function) -> GlobalVar:
    """Give the module a function of a new name."""
    var = declare(m, name, m.build.type_of(function))
    m.functions[var] = function
    return var


def declare(m: Maker, name: str, type_: Type) -> GlobalVar:
    """The name of a function that the module will have."""
    var = GlobalVar(m.name(name))
    var.memo("checked", type_)
    return var


def _function(m: Maker, args: Sequence[Type], result: Type, fuel: int) -> Function:
    with m.scope.inner():
        params = [m.bound("x", each) for each in args]
        return m.build.function(params, m.expr(result, fuel))


def _called(m: Maker, function: Expr, fuel: int) -> Expr:
    type_ = m.build.type_of(function)
    assert isinstance(type_, FuncType)
    return m.build.apply(function, *m.some(type_.arg_types, fuel))


def _arguments(m: Maker, near: Type) -> tuple[Type, ...]:
    count: int = m.choose((1, 2, 0))
    return tuple(kinds.any_type(m, near) for _ in range(count))
