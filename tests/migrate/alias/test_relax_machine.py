"""The virtual machine of Relax under as-tvm, by the names of each release."""

from collections.abc import Callable, Generator

import numpy as np
import pytest

import migrate.execution  # noqa: F401 -- chooses the compiler
from migrate.alias import current
from migrate.alias.tvm import rpc
from migrate.alias.tvm.relax.testing import nn
from migrate.alias.tvm.relax.testing import vm as functions
from migrate.alias.tvm.runtime.device import cpu
from migrate.alias.tvm.runtime.module import load_module
from relax_core.backend.build import build
from relax_core.backend.virtual_machine import VirtualMachine
from relax_core.text.reader import read
from tensor_core.ndarray import ndarray
from tensor_core.shape_tuple import ShapeTuple

SCRIPT = """
from tvm.script import ir as I, relax as R, tir as T

@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor(("n",), "float32"), s: R.Shape(["m", "k"])):
        n, m, k = T.int64(), T.int64(), T.int64()
        y = R.call_pure_packed("test.vm.add", x, x, sinfo_args=R.Tensor((n,), "float32"))
        z = R.call_dps_packed("test.vm.identity", (y,), out_sinfo=R.Tensor((n,), "float32"))
        return (z, R.shape([m * k, n]))
"""


@pytest.fixture(params=["0.19", "0.26"])
def release(request: pytest.FixtureRequest) -> Generator[str]:
    with current.speaking(request.param):
        yield request.param


def test_programs_call_the_functions_of_tests(release: str, tmp_path) -> None:
    script = SCRIPT if release == "0.19" else SCRIPT.replace("sinfo", "ty")
    built = build(read(script, release=release), exec_mode="compiled")
    built.export_library(tmp_path / "program.so")
    session = rpc.connect("127.0.0.1", rpc.Server("127.0.0.1").port)
    session.upload(tmp_path / "program.so")
    for module in (built, load_module(tmp_path / "program.so"), session.load_module("program.so")):
        machine = VirtualMachine(module, session.cpu())
        values, shape = machine["main"](ndarray(np.ones(3, "float32")), ShapeTuple([2, 5]))
        np.testing.assert_array_equal(values.numpy(), [2, 2, 2])
        assert shape == [10, 3] == list(shape)
        assert isinstance(shape, ShapeTuple)


@pytest.mark.parametrize(
    ("function", "args", "result"),
    [
        (functions.mul, ([2.0], [3.0]), [6.0]),
        (functions.equal_zero, ([0.0, 0.0],), True),
        (functions.subtract_one, ([2.0],), [1.0]),
    ],
)
def test_functions_of_tests(function: Callable, args: tuple, result: object) -> None:
    assert function(*map(ndarray, args)).tolist() == result


def test_functions_that_write() -> None:
    target = ndarray(np.zeros((1, 4)))
    functions.tile_packed(ndarray(np.ones((1, 2))), target)
    assert target.tolist() == [[1, 1, 1, 1]]
    assert functions.get_device_id(cpu(0)) == 0
    assert functions.check_if_defined(None) is False
    assert functions.add_scalar(2, 3) == 5
    assert functions.move(target) is target


def test_placeholders_are_variables() -> None:
    var = nn.Placeholder((3, 4), name="x")
    assert (var.name, str(var.ty)) == ("x", "Tensor[(3, 4), float32]")
    with pytest.raises(TypeError):
        nn.Placeholder(3)  # pyright: ignore[reportArgumentType]
