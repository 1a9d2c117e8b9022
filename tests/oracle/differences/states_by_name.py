"""`Trainer.load_states` by name looks for states among the parameters.

releases: 0.19, 0.21, 0.25, 0.26, 0.27
where: Relax, `relax.training.Trainer`
observed: `ValueError: Parameter mean is not found in the model`
expected: the states that are given
found by: recorded training
"""

import numpy as np
import tvm
from tvm import relax
from tvm.relax.training import SetupTrainer, Trainer
from tvm.relax.training.loss import MSELoss
from tvm.relax.training.optimizer import SGD

module = tvm.script.from_source("""
@I.ir_module
class Module:
    I.module_attrs({"param_num": 1, "state_num": 1})
    @R.function
    def backbone(x: R.Tensor((3,), "float32"), w: R.Tensor((3,), "float32"), mean: R.Tensor((3,), "float32")):
        with R.dataflow():
            out = R.multiply(x, w)
            new_mean = R.add(mean, x)
            R.output(out, new_mean)
        return (out, new_mean)
""")
Tensor = getattr(relax, "TensorStructInfo", None) or relax.TensorType
result = Tensor((3,), "float32")
made = SetupTrainer(MSELoss(), SGD(0.1), [result, result])(module)
device = tvm.cpu()
machine = relax.VirtualMachine((getattr(relax, "build", None) or tvm.compile)(made, "llvm"), device)
trainer = Trainer(made, machine, device)
try:
    trainer.load_states({"mean": np.ones(3, "float32")})
    observed = trainer.export_states()["mean"].numpy().tolist()
except ValueError as error:
    observed = error
print("expected", [1, 1, 1], "observed", observed)
assert observed == [1, 1, 1]
