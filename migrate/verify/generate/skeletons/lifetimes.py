"""Values that are used more than once, late, in one branch alone, by another name, or not at all."""

from __future__ import annotations

import math

from migrate.verify.generate.build import UNIT
from migrate.verify.generate.features import Feature
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.references import accumulated
from relay_compat.ir.expr import Expr
from relay_compat.ir.types import RefType
from tensor_core.shapes import static
from tensor_core.types import TensorType

BOOL = TensorType((), "bool")


def shared(m: Maker) -> Expr:
    """One node in both operands of an operator whose order of operands matters."""
    type_ = m.tensor_type()
    node = m.expr(type_, m.left // 2)
    left = m.over(type_, *m.choose(((node, m.leaf(type_)), (m.expr(type_, m.left // 2), node))))
    operands = (left, node if m.choices.flag() else m.over(type_, node, m.expr(type_, m.left - 1)))
    return m.over(type_, *m.choose((operands, operands[::-1])))


def branch_only(m: Maker) -> Expr:
    """A node outside of a choice that is used in one arm alone, or in both."""
    type_ = m.tensor_type()
    node = m.expr(type_, m.left // 2)
    condition = m.expr(BOOL, m.share(m.left // 2))
    then = m.over(type_, node, m.expr(type_, m.share(m.left // 2)))
    otherwise = m.over(type_, m.leaf(type_), node) if m.choices.flag() else m.expr(type_, m.left - 1)
    made = m.build.if_(condition, *m.choose(((then, otherwise), (otherwise, then))))
    return m.over(type_, made, node) if m.choices.flag() else made


def shadowed(m: Maker) -> Expr:
    """Variables of one name, the inner one made of the outer one, and the outer one used behind it."""
    type_ = m.tensor_type()
    outer, inner = m.build.var("same", type_), m.build.var("same", type_)
    value = m.expr(type_, m.left // 3)
    with m.scope.inner():
        m.scope.add(outer, type_)
        again = m.over(type_, *m.choose(((outer, m.expr(type_, m.left // 3)), (m.leaf(type_), outer))))
        with m.scope.inner():
            m.scope.add(inner, type_)
            body = m.build.let(inner, again, m.over(type_, inner, m.expr(type_, m.left - 2)))
        # The inner let is an operand: behind it the name means the outer variable again.
        behind = m.over(type_, body, outer) if m.choices.flag() else body
        return m.build.let(outer, value, behind)


def long_lived(m: Maker) -> Expr:
    """Values made first and used last, with others that come and go in between."""
    type_ = m.tensor_type()
    count: int = m.choose((2, 3, 4))
    lets = [(m.var("k", type_), m.over(type_, m.leaf(type_), m.leaf(type_))) for _ in range(count)]
    with m.scope.inner():
        made = m.expr(type_, max(1, m.left - count))
        kept = [var for var, _ in m.choose((lets, lets[::-1]))]
        for var in kept:
            made = m.over(type_, *m.choose(((made, var), (var, made))))
        for var, value in reversed(lets):
            made = m.build.let(var, value, made)
    return made


def alias(m: Maker) -> Expr:
    """Another name for what a reference holds, made before it is written: the name keeps what was held."""
    type_ = m.tensor_type()
    value = m.build.ref(m.expr(type_, m.left // 4))
    with m.scope.inner():
        ref = m.bound("r", RefType(type_))
        name = m.var("alias", type_)
        chain = _aliased(m, type_, m.build.read(ref))
        write = accumulated(m, ref, max(1, m.left // 3))
        with m.scope.inner():
            m.scope.add(name, type_)
            held = m.over(type_, name, m.build.read(ref))
            rest = m.over(type_, held, m.expr(type_, m.left - 1)) if m.left > 1 else held
            inner = m.build.let(m.var("u", UNIT), write, rest)
        return m.build.let(ref, value, m.build.let(name, chain, inner))


def dead(m: Maker) -> Expr:
    """A binding that nobody uses, whose value has an effect."""
    type_ = m.tensor_type()
    value = m.build.ref(m.expr(type_, m.left // 4))
    with m.scope.inner():
        ref = m.bound("r", RefType(type_))
        write = accumulated(m, ref, max(1, m.left // 3))
        effect = m.build.then(write, m.expr(type_, m.left // 3)) if m.choices.flag() else write
        body = m.expr(type_, m.left - 1)
        seen = m.over(type_, body, m.build.read(ref))
        return m.build.let(ref, value, m.build.let(m.var("unused", m.build.type_of(effect)), effect, seen))


def _aliased(m: Maker, type_: TensorType, value: Expr) -> Expr:
    if m.choices.flag() and m.has(Feature.TUPLE):
        fields = (value, m.leaf(type_))
        place: int = m.choose((0, 1))
        return m.build.field(m.build.tuple(*(fields if place == 0 else fields[::-1])), place)
    m.spent += 2
    flat = m.build.call("reshape", value, shape=(math.prod(static(type_.shape)),))
    return m.build.call("reshape", flat, shape=static(type_.shape))
