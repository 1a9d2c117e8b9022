"""Virtual devices of Relay are those of the Relax module."""

import numpy as np
import pytest

import migrate
from relax_core.ir.global_info import VDevice
from relay_compat import op
from relay_compat.ir.expr import Function, Var
from relay_compat.ir.module import IRModule
from relay_compat.op.annotation import on_device
from relay_compat.virtual_device import virtual_device
from tensor_core.types import TensorType

X = np.array([1, 2], "float32")


def module() -> IRModule:
    x = Var("x", TensorType((2,), "float32"))
    y = op.device_copy(on_device(op.exp(x), "cuda"), "cuda", "cpu")
    return IRModule({"main": Function((x,), op.add(y, x))})


@pytest.mark.parametrize("target", ["0.27", "0.21", "0.19"])
def test_marks_name_the_devices_of_the_module(target: str):
    result = migrate.convert(module(), target)
    assert result.report.complete
    devices = result.module.global_infos["vdevice"]
    assert [(item.kind, item.vdevice_id) for item in devices] == [("cuda", 0), ("llvm", 0)]
    said = {item.op: item.relax for item in result.report.conversions}
    assert said["device_copy"] == ("relax.to_vdevice",)
    assert said["on_device"] == ("relax.hint_on_device",)
    script = migrate.load(result.script())
    (got,) = migrate.run(script, [X])
    np.testing.assert_allclose(got, np.exp(X) + X, rtol=1e-6)


def test_parameters_keep_their_device():
    x = Var("x", TensorType((2,), "float32"), virtual_device=virtual_device("cuda"))
    result = migrate.convert(IRModule({"main": Function((x,), op.exp(x))}))
    (device,) = result.module.global_infos["vdevice"]
    assert isinstance(device, VDevice)
    assert device.kind == "cuda"
    assert 'x: R.Tensor((2,), dtype="float32", vdevice="cuda:0:global")' in result.script()
