"""Parameters of open sizes, and data of several kinds: what only the run tells."""

from __future__ import annotations

from migrate.verify.generate.literals import array_of
from migrate.verify.generate.maker import Maker
from relay_compat.ir.adt import Clause, Constructor, PatternConstructor, PatternVar
from relay_compat.ir.expr import Expr, Var
from relay_compat.ir.types import GlobalTypeVar, TypeCall, TypeData
from tensor_core.shapes import ANY
from tensor_core.types import TensorType

_ROWS = TensorType((ANY, 2), "float32")
_BOOL = TensorType((), "bool")


def rows(m: Maker) -> Expr:
    """Tensors of open numbers of rows, joined, added, or one of two chosen that differ in them."""
    left, right = _open(m), _open(m)
    made = m.choose((_joined, _chosen, _doubled))(m, left, right)
    if m.choices.flag():
        made = m.build.call("nn.relu", made)
    return m.build.call("sum", made, axis=(0,), keepdims=False) if m.choices.flag() else made


def _open(m: Maker) -> Expr:
    var = m.var("p", _ROWS)
    m.frame.params.append(var)
    assert m.frame.args is not None
    m.frame.args.append(array_of(TensorType((m.choose((2, 3, 1)), 2), "float32"), m.choices))
    return var


def _joined(m: Maker, left: Expr, right: Expr) -> Expr:
    return m.build.call("concatenate", (left, right), axis=0)


def _doubled(m: Maker, left: Expr, right: Expr) -> Expr:
    total = m.build.call("sum", right, axis=(0,), keepdims=False)
    return m.build.call("add", m.build.call("multiply", left, left), total)


def _chosen(m: Maker, left: Expr, right: Expr) -> Expr:
    arms = (left, m.build.call("concatenate", (left, right), axis=0))
    return m.build.if_(m.leaf(_BOOL), *m.choose((arms, arms[::-1])))


def either(m: Maker) -> Expr:
    """A value of one of two kinds, by a condition, and a match that treats them differently."""
    type_ = m.tensor_type()
    name = GlobalTypeVar("OneOfTwo")
    left, right = (Constructor(kind, (type_,), name, n) for n, kind in enumerate(("First", "Second")))
    m.types[name] = TypeData(name, (), (left, right))
    data = TypeCall(name, ())
    made = [m.build.construct(item, data, m.expr(type_, m.left // 3)) for item in (left, right)]
    value = m.build.if_(m.leaf(_BOOL), *made)
    clauses: list[Clause] = []
    for item in (left, right):
        var: Var = m.var("v", type_)
        with m.scope.inner():
            m.scope.add(var, type_)
            result = m.over(type_, var, m.expr(type_, 1))
        clauses.append(Clause(PatternConstructor(item, (PatternVar(var),)), result))
    return m.build.match(value, clauses, type_)
