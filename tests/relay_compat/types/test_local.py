"""InferTypeLocal, the type solver on its own, and what inference records beside types."""

import pytest

import relay_compat as relay
from relay_compat.ir.types import Any
from relay_compat.transform import InferType, InferTypeLocal
from relay_compat.types.probe import TypeSolver
from tensor_core.diagnostics import DiagnosticError

T = relay.TensorType((2, 3))


def test_types_of_parts_are_believed():
    inner = relay.abs(relay.Var("unknown"))
    inner.memo("checked", T)
    outer = relay.exp(inner)
    assert InferTypeLocal(outer) == T
    assert outer.checked_type == T


def test_a_part_without_a_type_is_looked_into():
    with pytest.raises(DiagnosticError, match="R2R0203"):
        InferTypeLocal(relay.exp(relay.abs(relay.Var("unknown"))))


def test_types_of_operator_arguments_are_recorded():
    x, y = relay.var("x", shape=(2, 3)), relay.Var("y", relay.TensorType((1, 3)))
    mod = InferType()(relay.IRModule.from_expr(relay.add(x, y)))
    assert mod["main"].body.type_args == (T, relay.TensorType((1, 3)))


def test_function_types_are_equal_up_to_the_names_of_their_parameters():
    a, b = relay.TypeVar("a"), relay.TypeVar("b")
    assert relay.FuncType([a], a, [a]) == relay.FuncType([b], b, [b])
    assert hash(relay.FuncType([a], a, [a])) == hash(relay.FuncType([b], b, [b]))
    assert relay.FuncType([a], a, [a]) != relay.FuncType([a], b, [a])
    assert relay.TensorType((Any(), 1)) == relay.TensorType((Any(), 1))


def test_the_annotation_of_a_pattern_variable_is_a_source_of_types():
    header, a = relay.GlobalTypeVar("Box"), relay.TypeVar("a")
    box = relay.Constructor("Box", [a], header)
    mod = relay.IRModule({}, {header: relay.TypeData(header, [a], [box])})
    x, held = relay.Var("x"), relay.Var("held", T)
    arm = relay.Clause(relay.PatternConstructor(box, [relay.PatternVar(held)]), held)
    mod["main"] = relay.Function([x], relay.Match(box(x), [arm]))
    assert InferType()(mod)["main"].checked_type == relay.FuncType([T], T)


def test_relations_solve_backwards_once_an_input_is_known():
    solver = TypeSolver()
    unknown, result = relay.IncompleteType(), relay.IncompleteType()
    solver.AddConstraint(relay.TypeRelation("Broadcast", [relay.TensorType((10, 20)), unknown, result], 2))
    assert not solver.Solve()
    solver.AddConstraint(relay.TypeRelation("Identity", [unknown, relay.TensorType((10, 1, 1))], 1))
    assert solver.Solve()
    assert solver.Resolve(result) == relay.TensorType((10, 10, 20))
    with pytest.raises(DiagnosticError, match="R2R0202"):
        solver.Unify(relay.TupleType([unknown]), relay.TupleType([T]))


def test_open_dimensions_of_joined_tensors():
    # Recorded from TVM 0.19: an open dimension takes the other inputs' only where the joined axis is open, too.
    fixed, half = relay.TensorType([1, 3]), relay.TensorType([1, Any()])
    assert InferTypeLocal(_joined(fixed, half)) == relay.TensorType([2, Any()])
    assert InferTypeLocal(_joined(relay.TensorType([Any(), 3]), half)) == relay.TensorType([Any(), 3])


def _joined(*types: relay.TensorType):
    return relay.concatenate([relay.Var("x", type_) for type_ in types], axis=0)
