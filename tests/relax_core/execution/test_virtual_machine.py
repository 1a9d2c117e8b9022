"""relax.build and relax.VirtualMachine."""

from typing import Any

import numpy as np
import pytest
from relax_run import module, numbers, ones

import migrate.execution  # noqa: F401 -- chooses the compiler
from relax_core.backend.build import build
from relax_core.backend.executable import Executable
from relax_core.backend.saved import load
from relax_core.backend.virtual_machine import VirtualMachine
from tensor_core import codes
from tensor_core.device import CPU, Device
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ndarray import NDArray

BODY = """
@R.function
def main(x: R.Tensor(("n",), "float32"), w: R.Tensor(("n",), "float32")):
    y = R.multiply(x, w)
    return R.add(y, R.const(1, "float32"))

@R.function
def pair(x: R.Tensor((), "int32")):
    return ((x, (x,)), x)

@R.function
def adder(x: R.Tensor((2,), "float32")):
    @R.function
    def add(y: R.Tensor((2,), "float32")):
        return R.add(x, y)
    return add

@R.function
def half(s: R.Shape(["n", "m"])):
    n = T.int64()
    m = T.int64()
    return R.shape([n // 2, m])
"""


@pytest.fixture(scope="module")
def built() -> Executable:
    return build(module(BODY), "llvm")


@pytest.fixture
def vm(built: Executable) -> VirtualMachine:
    return VirtualMachine(built, Device(CPU))


def test_functions_are_called_by_name(vm):
    for n in (1, 3):
        result = vm["main"](numbers(n), ones(n) * 2)
        assert isinstance(result, NDArray)
        np.testing.assert_array_equal(result, numbers(n) * 2 + 1)
    assert vm["half"]((5, 3)) == (2, 3)
    with pytest.raises(AttributeError, match="no function 'other'"):
        vm["other"]


def test_a_function_that_was_answered_can_be_called(vm):
    add = vm["adder"](numbers(2))
    np.testing.assert_array_equal(add(ones(2)), numbers(2) + 1)
    np.testing.assert_array_equal(vm.invoke_closure(add, ones(2)), numbers(2) + 1)


def test_what_does_not_fit_raises_as_in_tvm(vm):
    with pytest.raises(ValueError, match="dtype"):
        vm["main"](np.zeros(2), ones(2))
    with pytest.raises(ValueError, match="ndim"):
        vm["main"](ones(2, 2), ones(2))
    with pytest.raises(TypeError):
        vm["main"]([], ones(2))
    with pytest.raises(RuntimeError, match=r"argument w has shape \(3\)"):
        vm["main"](ones(2), ones(3))


def test_inputs_are_set_before_the_run(vm):
    vm.set_input("main", numbers(3), w=ones(3))
    vm.invoke_stateful("main")
    np.testing.assert_array_equal(vm.get_outputs("main"), numbers(3) + 1)
    with pytest.raises(DiagnosticError, match="without state"):
        vm["main"]()
    vm.set_input("pair", 7)
    vm.invoke_stateful("pair")
    (first, (second,)), third = vm.get_outputs("pair")
    assert [int(item) for item in (first, second, third)] == [7, 7, 7]


def test_state_has_to_be_there(vm):
    with pytest.raises(ValueError, match="no inputs"):
        vm.invoke_stateful("main")
    vm.set_input("main", ones(1), ones(1))
    with pytest.raises(ValueError, match="invoke_stateful"):
        vm.get_outputs("main")
    with pytest.raises(ValueError, match="takes 2 inputs"):
        vm.set_input("main", ones(1))


def test_functions_are_saved_with_their_arguments(vm):
    vm.save_function("main", "saved", w=ones(2), x=numbers(2))
    np.testing.assert_array_equal(vm["saved"](), numbers(2) + 1)
    assert vm.time_evaluator("saved", Device(CPU), number=1)().results
    vm.save_function("main", "silent", ones(2), ones(2), include_return=False)
    assert vm["silent"]() is None
    with pytest.raises(ValueError, match="already"):
        vm.save_function("main", "pair", ones(2), ones(2))


def test_programs_are_written_and_loaded(built, tmp_path):
    built.export_library(tmp_path / "program.so")
    again = VirtualMachine(load(tmp_path / "program.so"), Device(CPU))
    np.testing.assert_array_equal(again["main"](numbers(2), ones(2)), numbers(2) + 1)


def test_parameters_are_bound():
    vm = VirtualMachine(build(module(BODY), params={"w": ones(2) * 3}), Device(CPU))
    np.testing.assert_array_equal(vm["main"](numbers(2)), numbers(2) * 3 + 1)
    with pytest.raises(RuntimeError, match="has shape"):
        vm["main"](numbers(3))
    with pytest.raises(DiagnosticError, match="no parameter 'v'"):
        build(module(BODY), params={"v": ones(2)})


def test_listing_and_statistics(built):
    text = built.as_text()
    assert "@main(x, w):" in text
    assert "RunKernel(multiply, %0, %1)" in text
    assert "5 functions" in built.stats()


def test_a_pipeline_comes_first():
    seen: list[Any] = []
    build(module(BODY), relax_pipeline=lambda mod: seen.append(mod) or mod)
    assert len(seen) == 1


def test_only_the_cpu_is_there(built):
    with pytest.raises(DiagnosticError) as caught:
        build(module(BODY), "cuda")
    assert caught.value.diagnostics[0].code is codes.NO_SUCH_DEVICE
    with pytest.raises(DiagnosticError):
        VirtualMachine(built, Device(2))
    with pytest.raises(TypeError):
        VirtualMachine(built, "cpu")
    with pytest.raises(ValueError, match="exec_mode"):
        build(module(BODY), exec_mode="other")
