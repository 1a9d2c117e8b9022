"""Python that trains a model with tvm.relax.training, with losses of its own, too, run as the releases' own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = """
import numpy as np
import tvm
from tvm import relax
from tvm.relax.training import AppendLoss, SetupTrainer, Trainer
from tvm.relax.training.loss import CategoricalCrossEntropyLoss, CrossEntropyLoss, Loss, MSELoss
from tvm.relax.training.optimizer import SGD, Adam, Optimizer
from tvm.script import ir as I, relax as R
try:
    from tvm.runtime.relax_vm import VirtualMachine
except ImportError:
    from tvm.runtime.vm import VirtualMachine

@I.ir_module
class MLP:
    I.module_attrs({"param_num": 4, "state_num": 0})
    @R.function
    def backbone(x: R.Tensor((8, 6), "float32"), w0: R.Tensor((6, 10), "float32"), b0: R.Tensor((10,), "float32"),
                 w1: R.Tensor((10, 3), "float32"), b1: R.Tensor((3,), "float32")):
        with R.dataflow():
            lv0 = R.nn.relu(R.add(R.matmul(x, w0), b0))
            out = R.add(R.matmul(lv0, w1), b1)
            R.output(out)
        return out

Tensor = relax.TensorStructInfo if hasattr(relax, "TensorStructInfo") else relax.TensorType
result = Tensor((8, 3), "float32")

class Scaled(Loss):
    def __init__(self):
        super().__init__("scaled_loss", 1, "sum")

    def __call__(self, predictions, targets):
        builder = relax.BlockBuilder()
        given = [relax.Var("predictions", predictions), relax.Var("targets", targets)]
        with builder.function(self._loss_name, given):
            with builder.dataflow():
                apart = builder.emit(relax.op.abs(relax.op.subtract(*given)))
                out = builder.emit_output(self._with_reduction(apart))
            builder.emit_func_output(out)
        return builder.get()[self._loss_name]

assert not isinstance(CategoricalCrossEntropyLoss(), CrossEntropyLoss)
dataset = [(np.ones((8, 6), "float32"), np.full((8, 3), 0.5, "float32"))] * 20
device = tvm.device_from_target("llvm") if hasattr(tvm, "device_from_target") else tvm.cpu()
for loss, optimizer in ((MSELoss(), SGD(0.1)), (Scaled(), Adam(0.01))):
    module = SetupTrainer(loss, optimizer, [result, result])(MLP)
    assert module.script() and module.attrs["optim_state"][0].numpy() == 0
    built = (relax.build if hasattr(relax, "build") else tvm.compile)(module, "llvm")
    trainer = Trainer(module, VirtualMachine(built, device), device, False)
    try:
        trainer.predict(dataset[0][0])
    except RuntimeError:
        pass
    else:
        raise AssertionError("parameters are not known yet")
    trainer.xaiver_uniform_init_params()
    losses = [float(trainer.update(*item).numpy()) for item in dataset]
    assert losses[-1] < losses[0], losses
    other = Trainer(module, relax.VirtualMachine(built, device), device)
    other.load_params(trainer.export_params())
    assert (other.predict(dataset[0][0]).numpy() == trainer.predict(dataset[0][0]).numpy()).all()

judged = AppendLoss("backbone", MSELoss()(result, result), new_func_name="judged")(MLP)
assert "R.mean" in judged["judged"].script()
"""


@pytest.mark.parametrize("release", ["0.19", "0.21", "0.25", "0.26", "0.27"])
def test_a_model_is_trained_as_in_the_release(release: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT)
    command = [sys.executable, "-m", "migrate.cli", "as-tvm", "--release", release, "--", str(script)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
