"""Copies with some fields changed: no change gives the node itself, a change keeps the rest and the inferred type."""

from relay_compat.ir import with_fields
from relay_compat.ir.expr import Call, Function, Id, TupleGetItem, Var, op
from relay_compat.ir.types import TensorType
from relay_compat.types.infer import infer_expr

X, Y = (Var(name, TensorType((2,))) for name in "xy")
CALL = infer_expr(Call(op("add"), (X, Y)))


def test_without_a_change_the_node_itself() -> None:
    assert with_fields.CallWithFields(CALL) is CALL
    assert with_fields.CallWithFields(CALL, args=[X, Y], op=op("add")) is CALL


def test_a_change_keeps_the_rest() -> None:
    changed = with_fields.CallWithFields(CALL, args=[Y, Y])
    assert changed.args == (Y, Y)
    assert changed.op is CALL.op
    assert changed.checked_type == CALL.checked_type
    assert CALL.args == (X, Y)


def test_functions_projections_and_variables() -> None:
    function = Function((X, Y), CALL)
    assert with_fields.FunctionWithFields(function, params=[Y, X]).params == (Y, X)
    item = TupleGetItem(X, 0)
    assert with_fields.TupleGetItemWithFields(item, index=1).index == 1
    renamed = with_fields.VarWithFields(X, vid=Id("z"))
    assert (renamed.name_hint, renamed.type_annotation) == ("z", X.type_annotation)
