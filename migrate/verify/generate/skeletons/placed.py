"""Where in a program something stands: what a pass looks for must be seen in all of these places."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from migrate.verify.generate.features import Feature
from migrate.verify.generate.maker import Maker
from relay_compat.ir.expr import Expr
from tensor_core.types import TensorType

Make = Callable[[Maker], Expr]


def placed(make: Make) -> Make:
    """The skeleton of programs that hold what ``make`` draws: as the result, under an operator, in a tuple, bound to a
    variable, in an arm of a choice.
    """

    @wraps(make)
    def whole(m: Maker) -> Expr:
        made = make(m)
        type_ = m.build.type_of(made)
        kinds = [_alone, _under] if isinstance(type_, TensorType) else [_alone]
        kinds += [_beside] * m.has(Feature.TUPLE) + [_bound] * m.has(Feature.LET) + [_in_an_arm] * m.has(Feature.IF)
        return m.choose(kinds)(m, made)

    return whole


def _alone(m: Maker, made: Expr) -> Expr:
    del m
    return made


def _under(m: Maker, made: Expr) -> Expr:
    type_ = m.build.type_of(made)
    assert isinstance(type_, TensorType)
    if type_.dtype not in ("bool", "float32", "float64", "int32", "int64"):
        return made
    return m.over(type_, made, m.expr(type_, min(m.left, 3)))


def _beside(m: Maker, made: Expr) -> Expr:
    return m.build.tuple(made, m.expr(m.tensor_type(), min(m.left, 3)))


def _bound(m: Maker, made: Expr) -> Expr:
    var = m.var("v", m.build.type_of(made))
    return m.build.let(var, made, m.build.tuple(var, var) if m.has(Feature.TUPLE) else var)


def _in_an_arm(m: Maker, made: Expr) -> Expr:
    other = m.plain(m.build.type_of(made), 0, constant=False)
    arms = (made, other)
    return m.build.if_(m.leaf(TensorType((), "bool")), *m.choose((arms, arms[::-1])))
