"""Functions that call themselves with an accumulator: by a counter, along a list, and with effects on their way."""

from __future__ import annotations

from migrate.verify.generate import data, loops
from migrate.verify.generate.functions import declare
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.references import accumulated
from relay_compat.ir.adt import Clause, PatternConstructor, PatternVar
from relay_compat.ir.expr import Expr, Var
from relay_compat.ir.types import FuncType, RefType, TupleType, TypeCall


def counted(m: Maker) -> Expr:
    """A loop over a tensor, or over a tensor and something else."""
    type_ = m.tensor_type()
    if not m.choices.flag():
        return loops.loop(m, type_, m.left, False)
    state = TupleType((type_, m.near(type_)))
    return m.build.field(loops.loop(m, state, m.left, False), m.choose((0, 1)))


def folded(m: Maker) -> Expr:
    """A list of values, and a function that takes its elements together, from either end."""
    type_ = m.tensor_type()
    lists = next(each for each in data.definitions() if each.header.name == "List")
    several = TypeCall(lists.header, (type_,))
    nil, cons = (each for each in data.constructors(m, several))
    values = m.build.construct(nil, several)
    for _ in range(m.choose((2, 1, 3))):
        values = m.build.construct(cons, several, m.expr(type_, m.left // 4), values)
    with m.global_function() as frame:
        frame.open = False
        itself = declare(m, "fold", FuncType((several, type_), type_))
        rest, accumulator = m.bound("xs", several), m.bound("acc", type_)
        first, others = m.bound("x", type_), m.bound("rest", several)
        step = m.over(type_, *m.choose(((accumulator, first), (first, accumulator))))
        if m.choices.flag():
            body = m.over(type_, first, m.build.apply(itself, others, accumulator))
        else:
            body = m.build.apply(itself, others, m.over(type_, step, m.expr(type_, m.left // 3)))
        clauses = [
            Clause(PatternConstructor(nil), accumulator),
            Clause(PatternConstructor(cons, (PatternVar(first), PatternVar(others))), body),
        ]
        m.functions[itself] = m.build.function([rest, accumulator], m.build.match(rest, clauses, type_))
    return m.build.apply(itself, values, m.expr(type_, m.left))


def with_reference(m: Maker) -> Expr:
    """A loop that writes a reference at every turn: one it captures, or one it is given."""
    type_ = m.tensor_type()
    value = m.build.ref(m.expr(type_, m.left // 4))
    ref = m.var("r", RefType(type_))
    given = m.choices.flag()
    args = (loops.COUNTER, RefType(type_)) if given else (loops.COUNTER,)
    itself = m.var("loop", FuncType(args, type_))
    with m.scope.inner():
        counter = m.bound("i", loops.COUNTER)
        inner = m.var("a", RefType(type_)) if given else ref
        m.scope.add(inner, RefType(type_))
        fewer = m.build.call("subtract", counter, loops.number(m, 1))
        again = m.build.apply(itself, fewer, inner) if given else m.build.apply(itself, fewer)
        step = m.build.then(accumulated(m, inner, max(1, m.left // 2)), again)
        body = m.build.if_(m.build.call("greater", counter, loops.number(m, 0)), step, m.build.read(inner))
        params: list[Var] = [counter, inner] if given else [counter]
        function = m.build.function(params, body)
    times = loops.number(m, m.choose((2, 1, 3)))
    started = m.build.apply(itself, times, ref) if given else m.build.apply(itself, times)
    seen = m.over(type_, started, m.build.read(ref))
    return m.build.let(ref, value, m.build.let(itself, function, seen))
