"""Deduced types. Those of partially known arguments were read off real TVM 0.27."""

import numpy as np
import pytest
from relax_build import call, relax, tensor, variable

from relax_core.ir.expr import Call, Constant, ExternFunc, GlobalVar, ShapeExpr, StringImm, Tuple, Var, op
from relax_core.ir.types import (
    FuncType,
    ObjectType,
    ShapeType,
    TensorType,
    TupleType,
)
from relax_core.op.creators import creator
from relax_core.types.deduce import deduce, is_pure_call
from relax_core.types.leaves import type_of
from relax_core.types.relations import same_type
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import Var as SymbolicVar

n, m, k = SymbolicVar("n"), SymbolicVar("m"), SymbolicVar("k")
x2 = Var("x", TensorType(None, "float32", ndim=2))
x = Var("y", TensorType(None, "float32", ndim=-1))
w = Var("w", TensorType(dtype=""))
z = variable("z", 3, 4)
nodtype = Var("v", TensorType((3, 4), ""))
nm, km = variable("n1", n, m), variable("n2", k, m)


def U(ndim: int = -1, dtype: str = "") -> TensorType:
    """A tensor of which the rank is known at most."""
    return TensorType(None, dtype, ndim=ndim)


def _pair(type_):
    return TupleType((type_, type_))


target = Var("s", ShapeType(None, 3))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lambda: relax("add", x2, x2), U(2, "float32")),
        (lambda: relax("add", x2, z), U(2, "float32")),
        (lambda: relax("add", x, z), U(-1, "float32")),
        (lambda: relax("add", w, z), U()),
        (lambda: relax("nn.relu", w), U()),
        (lambda: relax("add", nm, km), U(2, "float32")),
        (lambda: relax("reshape", w, (3, 4)), TensorType((3, 4), "")),
        (lambda: relax("nn.relu", nodtype), TensorType((3, 4), "")),
        (lambda: relax("reshape", x2, target), TensorType(target, "float32")),
        (lambda: relax("reshape", nm, Var("sy", ShapeType((n, m)))), tensor(n, m)),
        (lambda: relax("reshape", nm, (n * m,)), tensor(n * m)),
        (lambda: relax("add", nm, z), U(2, "float32")),
        (lambda: relax("add", variable("a", n, 4), variable("b", n + 1, 4)), U(2, "float32")),
        (lambda: relax("add", x, x), U(-1, "float32")),
        (lambda: call("cast", w, dtype="float16"), U(-1, "float16")),
        (lambda: call("concatenate", Tuple((x2, z)), axis=0), U(2, "float32")),
        (lambda: call("sum", variable("a", n, m + 1), axis=(1,), keepdims=False), tensor(n)),
        (lambda: call("reshape", variable("a", n * 2), shape=(n, 2)), tensor(n, 2)),
    ],
)
def test_partially_known_arguments(value, expected):
    assert same_type(deduce(value()), expected)


def test_symbolic_arguments_stay_symbolic():
    grown = call("concatenate", Tuple((variable("a", n, 4), variable("b", 1, 4))), axis=0)
    assert same_type(deduce(grown), tensor(n + 1, 4))
    assert same_type(deduce(relax("add", variable("a", n + 1, 4), variable("b", 1 + n, 1))), tensor(n + 1, 4))


def test_constants_and_shapes_have_types_of_their_own():
    assert type_of(Constant(np.zeros((2, 3), "int8"))) == TensorType((2, 3), "int8")
    assert type_of(Tuple((ShapeExpr((n, 2)), z))) == TupleType((ShapeType((n, 2)), TensorType((3, 4))))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (lambda: relax("add", z), codes.ARITY),
        (lambda: relax("add", z, z, z), codes.ARITY),
        (lambda: relax("add", z, variable("b", 5, 4)), codes.TYPE_MISMATCH),
        (lambda: relax("add", z, variable("b", 3, 4, dtype="int32")), codes.TYPE_MISMATCH),
        (lambda: relax("reshape", z, (5,)), codes.TYPE_MISMATCH),
        (lambda: relax("nn.relu", Tuple((z, z))), codes.TYPE_MISMATCH),
        (lambda: relax("nn.relu", Var("a")), codes.UNRESOLVED_TYPE),
        (lambda: relax("no.such.op", z), codes.UNKNOWN_OP),
        (lambda: Call(op("relax.call_tir"), (GlobalVar("f"), Tuple((z,)))), codes.UNRESOLVED_TYPE),
    ],
)
def test_refusals_have_codes(value, code):
    with pytest.raises(DiagnosticError) as caught:
        deduce(value())
    assert [item.code for item in caught.value.diagnostics] == [code]


def test_an_op_that_a_release_does_not_have_is_unknown_there():
    flatten = call("nn.batch_flatten", z)
    assert deduce(flatten, "0.27") == tensor(3, 4)
    with pytest.raises(DiagnosticError) as caught:
        deduce(Call(flatten.op, flatten.args), "0.19")
    assert caught.value.diagnostics[0].code is codes.UNKNOWN_OP


def test_opaque_calls_have_the_type_they_state():
    assert deduce(Call(op("relax.no.such.op"), (z,), ty_args=(tensor(2),))) == tensor(2)
    packed = Call(op("relax.call_pure_packed"), (ExternFunc("f"), z), ty_args=(tensor(2), tensor(3)))
    assert deduce(packed) == TupleType((tensor(2), tensor(3)))
    assert deduce(Call(ExternFunc("f"), (z,))) == ObjectType()
    assert not is_pure_call(Call(ExternFunc("f"), (z,)))
    assert is_pure_call(packed)


def test_a_function_call_substitutes_the_callees_variables():
    callee = GlobalVar("f")
    callee.memo("checked", FuncType((tensor(n, m), tensor(m)), _pair(tensor(n * 2, m)), pure=False))
    made = Call(callee, (variable("a", k + 1, 4), variable("b", 4)))
    assert same_type(deduce(made), _pair(tensor(2 * k + 2, 4)))
    assert not is_pure_call(made)
    with pytest.raises(DiagnosticError) as caught:
        deduce(Call(callee, (variable("a", k, 4), variable("b", 5))))
    assert "argument 1" in str(caught.value)


def test_a_variable_no_argument_determines_makes_the_shape_unknown():
    callee = Var("f", FuncType((tensor(n),), tensor(m)))
    assert deduce(Call(callee, (variable("a", 3),))) == U(1, "float32")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lambda: relax("shape_of", nm), ShapeType((n, m))),
        (lambda: relax("shape_of", x2), ShapeType(None, 2)),
        (lambda: relax("shape_to_tensor", (n, 3)), TensorType((2,), "int64")),
        (lambda: relax("tensor_to_shape", variable("t", 3, dtype="int64")), ShapeType(None, 3)),
        (lambda: relax("print", StringImm("x"), z), TupleType(())),
        (lambda: relax("builtin.stop_lift_params", z), tensor(3, 4)),
    ],
)
def test_builtins(value, expected):
    assert same_type(deduce(value()), expected)


def test_functions_of_operators_refuse_what_they_cannot_say():
    data, weight = variable("d", 2, 128, 28), variable("w", 48, 16, 3)
    with pytest.raises(DiagnosticError, match="groups"):
        creator("nn.conv1d")(data, weight, groups=0)
    with pytest.raises(DiagnosticError, match="reduction"):
        creator("nn.nll_loss")(variable("p", 3, 5), variable("t", 3, dtype="int64"), reduction="most")


def test_bools_were_integers_once():
    loss = creator("nn.nll_loss")(variable("p", 3, 5), variable("t", 3, dtype="bool"))
    assert isinstance(loss, Call)
    assert deduce(loss, "0.21") == tensor()
    with pytest.raises(DiagnosticError):
        deduce(loss, "0.25")
