"""Calls on constants in places where a pass that folds constants must see them."""

from __future__ import annotations

from migrate.verify.generate.build import UNIT
from migrate.verify.generate.element_types import NUMBERS
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.operators import call
from relay_compat.ir.expr import Expr
from relay_compat.ir.types import RefType
from tensor_core.types import TensorType


def free(m: Maker) -> Expr:
    """No skeleton: expressions until there are as many operators as wanted."""
    type_ = _wanted(m)
    made = m.expr(type_, m.left)
    while m.left > 1 and m.choices.integer(0, 7):
        m.scope.add(made, type_)
        operands = (made, m.expr(type_, m.left - 1))
        made = m.over(type_, *m.choose((operands, operands[::-1])))
    return made


def shown(m: Maker) -> Expr:
    """A call on constants that is part of the result as it is."""
    type_ = _wanted(m)
    folded = _folded(m, type_)
    return m.build.tuple(folded, m.expr(type_, m.left))


def below(m: Maker) -> Expr:
    """A call on constants below one on parameters."""
    type_ = _wanted(m)
    return _over(m, type_, _folded(m, type_), m.expr(type_, m.left - 1))


def twice(m: Maker) -> Expr:
    """A call on constants that is used twice."""
    type_ = _wanted(m)
    folded = _folded(m, type_)
    inner = _over(m, type_, folded, m.expr(type_, m.left - 2))
    return _over(m, type_, inner, folded)


def projected(m: Maker) -> Expr:
    """A field of a tuple of constants."""
    type_ = _wanted(m)
    fields = (_folded(m, type_), m.leaf(type_, constant=True))
    item = m.build.field(m.build.tuple(*m.choose((fields, fields[::-1]))), m.choose((0, 1)))
    return _over(m, type_, m.expr(type_, m.left - 1), item)


def branch(m: Maker) -> Expr:
    """A call on constants in one arm of a choice."""
    type_ = _wanted(m)
    condition = m.expr(TensorType((), "bool"), m.share(m.left))
    folded = _folded(m, type_)
    arms = (_over(m, type_, folded, m.expr(type_, m.share(m.left - 1))), m.expr(type_, m.left))
    return m.build.if_(condition, *m.choose((arms, arms[::-1])))


def bound(m: Maker) -> Expr:
    """A variable that holds what a call on constants gives."""
    type_ = _wanted(m)
    var = m.var("v", type_)
    return m.build.let(var, _folded(m, type_), _over(m, type_, m.over(type_, var, var), m.expr(type_, m.left)))


def written(m: Maker) -> Expr:
    """A variable that holds nothing, bound to what writes a reference, and a call on constants."""
    type_ = _wanted(m)
    ref = m.var("r", RefType(type_))
    store = m.build.write(ref, _folded(m, type_))
    return m.build.let(ref, m.build.ref(m.expr(type_, 1)), m.build.let(m.var("u", UNIT), store, m.build.read(ref)))


def asked(m: Maker) -> Expr:
    """The shape of a tensor, and a call on constants."""
    sizes = m.build.call("shape_of", m.leaf(TensorType(m.choose(((2, 3), (1,))), "float32")), dtype="int64")
    return m.build.tuple(sizes, _folded(m, _wanted(m)))


def large(m: Maker) -> Expr:
    """A constant that is spread over many elements, and as many that none is spread over."""
    spread = m.build.call("broadcast_to", m.constant(TensorType((1,), "float32")), shape=(40, 40))
    zeros = m.build.call("zeros", shape=(40, 40), dtype="float32")
    return m.build.tuple(spread, m.build.call("exp", zeros))


def _wanted(m: Maker) -> TensorType:
    return TensorType(m.choose(m.shapes), m.dtype(*NUMBERS, "bool"))


def _folded(m: Maker, type_: TensorType) -> Expr:
    if m.choices.flag():
        return call(m, type_, m.choose((1, 2)), True)
    made = _over(m, type_, m.constant(type_), m.expr(type_, m.choose((0, 1)), constant=True))
    m.scope.add(made, type_, constant=True)
    return made


def _over(m: Maker, type_: TensorType, *operands: Expr) -> Expr:
    # The order of operands matters to subtract: a pass that mixes them up shows.
    return m.over(type_, *m.choose((operands, operands[::-1])))
