"""Programs as files, and constants kept apart from them."""

from pathlib import Path

import numpy as np
import pytest

import migrate  # noqa: F401  chooses the compiler
import relay_compat as relay
from relay_compat.backend.executable import Executable
from relay_compat.backend.graph_executor import GraphModule
from relay_compat.backend.saved import load_module
from relay_compat.backend.virtual_machine import VirtualMachine
from relay_compat.ir.module import IRModule
from tensor_core.device import cpu
from tensor_core.diagnostics import DiagnosticError

SMALL, LARGE = np.full(2, 3, "float32"), np.arange(20000, dtype="float32").reshape(10000, 2)
X = np.ones((10000, 2), "float32")


def module() -> IRModule:
    x = relay.var("x", shape=(10000, 2))
    return IRModule.from_expr(relay.Function([x], relay.multiply(x + relay.const(LARGE), relay.const(SMALL))))


def test_an_executable_goes_through_bytes() -> None:
    executable = relay.vm.compile(module(), "llvm")
    again = Executable.load_exec(*executable.save())
    np.testing.assert_array_equal(VirtualMachine(again, cpu()).run(X).numpy(), (X + LARGE) * 3)


def test_large_constants_are_kept_apart(tmp_path: Path) -> None:
    executable = relay.vm.compile(module(), "llvm")
    executable.move_late_bound_consts(tmp_path / "constants", byte_limit=256)
    executable.mod.export_library(tmp_path / "program")
    assert (tmp_path / "program").stat().st_size < LARGE.nbytes
    loaded = load_module(tmp_path / "program")
    with pytest.raises(DiagnosticError, match="constants were moved out"):
        VirtualMachine(loaded, cpu()).run(X)
    loaded["load_late_bound_consts"](tmp_path / "constants")
    np.testing.assert_array_equal(VirtualMachine(loaded, cpu()).run(X).numpy(), (X + LARGE) * 3)


def test_constants_by_name() -> None:
    executable = relay.vm.compile(module(), "llvm")
    found = executable.get_late_bound_consts(byte_limit=256)
    assert [value.shape for value in found.values()] == [(10000, 2)]
    executable.load_late_bound_consts_from_map(found)
    np.testing.assert_array_equal(VirtualMachine(executable, cpu()).run(X).numpy(), (X + LARGE) * 3)


def test_a_built_program_with_parameters(tmp_path: Path) -> None:
    x, w = relay.var("x", shape=(10000, 2)), relay.var("w", shape=(2,))
    built = relay.build(IRModule.from_expr(relay.Function([x, w], x + w)), "llvm", params={"w": SMALL}, mod_name="net")
    built.export_library(tmp_path / "net.so")
    graph = GraphModule(load_module(tmp_path / "net.so")["net"](cpu()))
    graph.run(x=X)
    np.testing.assert_array_equal(graph.get_output(0).numpy(), X + SMALL)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": "relay2relax program 1", "kind": "vm"}'])
def test_files_that_hold_no_program(text: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(text)
    with pytest.raises(DiagnosticError) as caught:
        load_module(tmp_path / "file")
    assert caught.value.diagnostics[0].code.id == "R2R0301"


def test_tensors_of_another_shape_and_tuples_of_one_go_through_the_machine() -> None:
    x = relay.var("x", shape=(1,))
    machine = VirtualMachine(relay.vm.compile(IRModule.from_expr(relay.Function([x], x)), "llvm"), cpu())
    assert machine.run(np.zeros(5, "float32")).shape == (5,)
    assert machine.run([np.ones(1, "float32")]).numpy() == 1.0
    with pytest.raises(DiagnosticError) as caught:
        machine.run(np.zeros(1, "float64"))
    assert caught.value.diagnostics[0].code.id == "R2R0503"
