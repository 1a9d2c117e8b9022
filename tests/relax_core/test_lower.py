"""Lowered programs, run by a numpy machine, compute what the interpreter computes."""

from typing import Any

import numpy as np
import pytest
from numpy_machine import run
from relax_build import call, relax, tensor, variable

from relax_core.block_builder import BlockBuilder
from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, Constant, Function, GlobalVar, If, IRModule, Tuple, TupleGetItem, op
from relax_core.lower import lower
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.builder import LoopBuilder
from tensor_core.prim import Var as SymbolicVar
from tensor_core.program import Choose, Invoke, LoadConstant, MatchType, RunKernel, View
from tensor_core.types import TensorType as PlainTensor

n = SymbolicVar("n")


def _array(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


def _agree(module, *arrays) -> Any:
    program = lower(module)
    ours, theirs = run(program, list(arrays)), evaluate(module, list(arrays))
    for left, right in zip(_leaves(ours), _leaves(theirs), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-6)
        assert left.dtype == right.dtype
        assert left.shape == right.shape
    return program.functions["main"].body.code


def _leaves(value):
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, tuple) else [value]


def _module(*params, body):
    return IRModule({GlobalVar("main"): Function(params, body)})


def test_equal_calls_share_one_kernel_and_reshape_is_a_view():
    x = variable("x", 2, 4)
    body = relax("nn.relu", call("reshape", relax("add", relax("add", x, x), x), shape=(4, 2)))
    code = _agree(_module(x, body=body), _array(2, 4))
    kernels = [item.kernel for item in code if isinstance(item, RunKernel)]
    assert len(kernels) == 3
    assert kernels[0] is kernels[1]
    assert sum(isinstance(item, View) for item in code) == 1
    assert all(item.origin.var.name.startswith("gv") for item in code)


def test_symbolic_shapes():
    x, y = variable("x", n, 4), variable("y", n + 1, 4)
    joined = call("concatenate", Tuple((x, y)), axis=0)
    body = Tuple((call("reshape", relax("add", x, x), shape=(n * 2, 2)), joined))
    _agree(_module(x, y, body=body), _array(3, 4), _array(4, 4))


def test_match_cast_is_checked_when_run():
    bb = BlockBuilder()
    x = variable("x", n)
    with bb.function("main", [x]):
        bb.emit_func_output(bb.match_cast(x, tensor(4)))
    code = _agree(bb.get(), _array(4))
    assert any(isinstance(item, MatchType) for item in code)
    with pytest.raises(DiagnosticError):
        run(lower(bb.get()), [_array(5)])


@pytest.mark.parametrize("taken", [True, False])
def test_branches_share_constants(taken):
    c, x = variable("c", dtype="bool"), variable("x", 2)
    two = Constant(np.asarray(2, "float32"))
    body = relax("add", If(c, relax("multiply", x, two), relax("subtract", x, two)), two)
    code = _agree(_module(c, x, body=body), np.asarray(taken), _array(2))
    assert sum(isinstance(item, LoadConstant) for item in code) == 1
    assert any(isinstance(item, Choose) for item in code)


def test_tuples_several_results_and_nested_tuples():
    x = variable("x", 4, 2)
    parts = call("split", x, sections=2, axis=0)
    body = Tuple((relax("add", TupleGetItem(parts, 0), TupleGetItem(parts, 1)), Tuple((x, parts))))
    _agree(_module(x, body=body), _array(4, 2))


def test_a_tuple_variable_as_variadic_argument():
    bb = BlockBuilder()
    x = variable("x", 2)
    with bb.function("main", [x]):
        both = bb.emit((x, x))
        bb.emit_func_output(call("concatenate", both, axis=0))
    _agree(bb.get(), _array(2))


def test_functions_are_invoked():
    y = variable("y", n)
    helper = GlobalVar("helper")
    x = variable("x", 3)
    module = IRModule(
        {
            GlobalVar("main"): Function((x,), relax("add", Call(helper, (x,)), Call(helper, (x,)))),
            helper: Function((y,), relax("nn.relu", y), tensor(n)),
        }
    )
    code = _agree(module, _array(3))
    assert sum(isinstance(item, Invoke) for item in code) == 2


def test_call_tir_runs_its_own_program():
    loops = LoopBuilder()
    a = loops.input("a", PlainTensor((4,)))
    kernel = loops.finish("double", [loops.compute((4,), lambda i: a[i] * 2.0)])
    bb = BlockBuilder()
    x = variable("x", 4)
    with bb.function("main", [x]):
        bb.emit_func_output(bb.call_tir(kernel, [x], tensor(4)))
    (item,) = _agree(bb.get(), _array(4))
    assert item.kernel is kernel


def test_what_has_no_executable_form_has_a_code():
    x = variable("x", 2)
    with pytest.raises(DiagnosticError) as caught:
        lower(_module(x, body=Call(op("relax.no.such"), (x,), ty_args=(tensor(2),))))
    assert caught.value.diagnostics[0].code is codes.NO_REFERENCE
