"""References that are created, written where it is easily missed, and read: an effect that is lost, doubled or moved
shows in what is read.

Every write adds to what is there, so that one too many shows as well as one too few; two of different operators, so
that their order shows.
"""

from __future__ import annotations

from collections.abc import Callable

from migrate.verify.generate.build import UNIT
from migrate.verify.generate.features import Feature
from migrate.verify.generate.functions import define
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.references import accumulated, in_order
from relay_compat.ir.expr import Expr, Var
from relay_compat.ir.types import RefType
from tensor_core.types import TensorType

Place = Callable[[Maker, TensorType, Var], Expr]
BOOL = TensorType((), "bool")


def sandwich(m: Maker) -> Expr:
    """Create, write in some position, read."""
    type_ = m.tensor_type()
    value = m.build.ref(m.expr(type_, m.share(m.left // 3)))
    with m.scope.inner():
        ref = m.bound("r", RefType(type_))
        return m.build.let(ref, value, _filling(m, type_, ref))


def _filling(m: Maker, type_: TensorType, ref: Var) -> Expr:
    place: Place = m.choose(_places(m))
    made = place(m, type_, ref)
    if m.choices.flag():
        made = m.over(type_, *m.choose(((made, m.expr(type_, m.left)), (m.expr(type_, 0), made))))
    return _seen(m, type_, ref, made)


def _seen(m: Maker, type_: TensorType, ref: Var, made: Expr) -> Expr:
    """The result and, behind it, what the reference holds."""
    if m.has(Feature.TUPLE):
        return m.build.tuple(made, m.build.read(ref))
    return m.over(type_, made, m.build.read(ref))


def _places(m: Maker) -> list[Place]:
    places = [in_let_value, in_let_body, in_operand]
    places += [in_arm] if m.has(Feature.IF) else []
    places += [in_argument, in_function] if m.has(Feature.CLOSURE) else []
    places += [in_global] if m.has(Feature.GLOBAL) else []
    places += [in_field] if m.has(Feature.TUPLE) else []
    return places


def _write(m: Maker, ref: Var) -> Expr:
    return accumulated(m, ref, max(1, m.left // 3))


def _effect(m: Maker, type_: TensorType, ref: Var) -> Expr:
    """A value of the type that has written the reference on its way."""
    if m.choices.flag():
        return in_order(m, _write(m, ref), type_, m.left // 3)
    written = _write(m, ref)
    if m.choices.flag():
        return m.build.then(written, m.build.read(ref))
    return m.build.let(m.var("u", UNIT), written, m.build.read(ref))


def in_let_value(m: Maker, type_: TensorType, ref: Var) -> Expr:
    """``let v = (r := r + e); ...``, the variable used or not."""
    if m.choices.flag():
        return m.build.let(m.var("u", UNIT), _write(m, ref), m.expr(type_, m.left))
    value = _effect(m, type_, ref)
    with m.scope.inner():
        return m.build.let(m.bound("v", type_), value, m.expr(type_, m.left))


def in_let_body(m: Maker, type_: TensorType, ref: Var) -> Expr:
    """``let v = ...; (r := r + e)``."""
    value = m.expr(type_, m.left // 3)
    with m.scope.inner():
        return m.build.let(m.bound("v", type_), value, _effect(m, type_, ref))


def in_arm(m: Maker, type_: TensorType, ref: Var) -> Expr:
    """In one arm of a choice, or in both."""
    condition = m.expr(BOOL, m.left // 3)
    with m.scope.inner():
        first = _effect(m, type_, ref)
    with m.scope.inner():
        arms = (first, _effect(m, type_, ref) if m.choices.flag() else m.expr(type_, m.left))
    return m.build.if_(condition, *m.choose((arms, arms[::-1])))


def in_operand(m: Maker, type_: TensorType, ref: Var) -> Expr:
    """In one operand, what is read in the other: the order of operands shows."""
    operands = (_effect(m, type_, ref), m.build.read(ref) if m.choices.flag() else _effect(m, type_, ref))
    return m.over(type_, *m.choose((operands, operands[::-1])))


def in_argument(m: Maker, type_: TensorType, ref: Var) -> Expr:
    """In the argument of a function that uses it twice, or not at all."""
    with m.scope.inner():
        param = m.bound("x", type_)
        uses = m.choose((0, 2, 1))
        body = m.over(type_, param, param) if uses == 2 else param if uses else m.leaf(type_)
        function = m.build.function([param], body)
    return m.build.apply(function, _effect(m, type_, ref))


def in_function(m: Maker, type_: TensorType, ref: Var) -> Expr:
    """In a function that captures the reference, called once or twice."""
    with m.scope.inner():
        param = m.bound("x", type_)
        function = m.build.function([param], _effect(m, type_, ref))
    with m.scope.inner():
        var = m.bound("f", m.build.type_of(function))
        first = m.build.apply(var, m.expr(type_, m.left // 3))
        made = m.build.apply(var, first) if m.choices.flag() else first
        return m.build.let(var, function, made)


def in_global(m: Maker, type_: TensorType, ref: Var) -> Expr:
    """In a global function that is given the reference."""
    with m.global_function() as frame:
        inner = m.bound("a", RefType(type_))
        frame.params.append(inner)
        body = _effect(m, type_, inner)
    var = define(m, "g", m.build.function(frame.params, body))
    rest = [m.build.type_of(param) for param in frame.params[1:]]
    call = m.build.apply(var, ref, *m.some(rest, m.left // 3))
    return m.over(type_, call, m.build.read(ref)) if m.choices.flag() else call


def in_field(m: Maker, type_: TensorType, ref: Var) -> Expr:
    """In one field of a tuple, of which another one is used."""
    fields = (_effect(m, type_, ref), m.build.read(ref) if m.choices.flag() else m.expr(type_, m.left // 3))
    return m.build.field(m.build.tuple(*m.choose((fields, fields[::-1]))), m.choose((0, 1)))


def called(m: Maker) -> Expr:
    """A global function that writes the reference it is given, called once or twice: how often shows."""
    type_ = m.tensor_type()
    value = m.build.ref(m.expr(type_, m.left // 4))
    with m.global_function() as frame:
        frame.open = False
        given = m.bound("a", RefType(type_))
        body = m.build.then(accumulated(m, given, max(1, m.left // 3)), m.build.read(given))
        function = define(m, "g", m.build.function([given], body))
    m.callable.append(function)
    with m.scope.inner():
        ref = m.bound("r", RefType(type_))
        made = m.build.apply(function, ref)
        if m.choices.flag():
            made = m.over(type_, made, m.build.apply(function, ref))
        return m.build.let(ref, value, m.over(type_, made, m.build.read(ref)))
