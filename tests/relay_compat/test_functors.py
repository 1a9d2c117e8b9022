"""Functors over expressions and types, as programs written for TVM subclass them."""

import pytest
from relay_build import call, const, function, var

from relay_compat.expr_functor import ExprFunctor, ExprMutator, ExprVisitor
from relay_compat.ir.adt import Clause, Match, PatternWildcard
from relay_compat.ir.expr import Call, Let, Op, Tuple, TupleGetItem
from relay_compat.ir.expr import op as operator
from relay_compat.ir.with_fields import CallWithFields, FunctionWithFields, VarWithFields


class Swap(ExprMutator):
    """Turns exp into log."""

    def visit_call(self, call: Call) -> Call:  # type: ignore[override]
        new = super().visit_call(call)
        return Call(operator("log"), new.args) if new.op is operator("exp") else new


def test_a_functor_has_no_methods_of_its_own() -> None:
    with pytest.raises(NotImplementedError):
        ExprFunctor().visit(const(1.0))
    with pytest.raises(Exception, match="unhandled case"):
        ExprFunctor().visit("text")


def test_mutator_keeps_what_does_not_change_and_shares_what_it_makes() -> None:
    x = var("x", 2)
    kept, changed = call("tanh", x), call("exp", x)
    result = Swap().visit(function(x, body=Tuple((kept, changed, changed, TupleGetItem(x, 0)))))
    assert result.body.fields[0] is kept
    assert result.body.fields[1] is result.body.fields[2]
    assert result.body.fields[1].op.name == "log"
    same = function(x, body=Let(x, kept, x))
    assert ExprMutator().visit(same) is same


def test_mutator_keeps_patterns_and_completeness() -> None:
    match = Match(const(1.0), (Clause(PatternWildcard(), call("exp", const(1.0))),), False)
    result = Swap().visit(match)
    assert not result.complete
    assert result.clauses[0].lhs is match.clauses[0].lhs


def test_visitor_sees_each_node_once_operands_in_order() -> None:
    seen: list[str] = []

    class Names(ExprVisitor):
        def visit_op(self, op: Op) -> None:
            seen.append(op.name)

    x = var("x", 2)
    shared = call("exp", x)
    Names().visit(call("add", call("log", shared), call("exp", shared)))
    assert seen == ["add", "log", "exp"]


@pytest.mark.parametrize("through_c", [False, True])
def test_depth_is_no_limit(through_c: bool) -> None:
    class Count(ExprVisitor):
        calls = 0

        def visit_call(self, call: Call) -> None:  # type: ignore[override]
            self.calls += 1
            list(map(self.visit, call.args)) if through_c else super().visit_call(call)

    result = x = var("x", 2)
    for _ in range(5_000):
        result = call("exp", result)
    count = Count()
    count.visit(function(x, body=result))
    assert count.calls == 5_000


def test_errors_come_from_deep_within() -> None:
    class Fails(ExprVisitor):
        def visit_var(self, var: object) -> None:
            del var
            raise KeyError("found")

    result = var("x", 2)
    for _ in range(1000):
        result = call("exp", result)
    with pytest.raises(KeyError, match="found"):
        Fails().visit(result)


def test_copies_with_fields() -> None:
    x, y = var("x", 2), var("y", 2)
    call_ = call("add", x, y)
    call_.memo("checked", x.type_annotation)
    assert CallWithFields(call_, call_.op, [x, y]) is call_
    changed = CallWithFields(call_, args=[y, y])
    assert (changed.args, changed.op, changed.checked_type) == ((y, y), call_.op, x.type_annotation)
    copy = VarWithFields(x, type_annotation=var("z", 3).type_annotation)
    assert (copy.name, copy.vid) == ("x", x.vid)
    assert VarWithFields(x) is x
    assert FunctionWithFields(function(x, body=x), None, y).body is y
