"""`SetupTrainer` trains batch_norm with the statistics of inference, and never updates them.

releases: 0.19, 0.21
where: Relax, `SetupTrainer`
observed: the moving mean is answered as it was given
expected: the moving mean after a step, as the documentation of `SetupTrainer` says and releases from 0.25 do
found by: recorded training

`DecomposeOpsForInference("backbone")` takes the name for a pattern that a beginning matches, so it decomposes
`backbone_loss`, too.
"""

import tvm
from tvm import relax
from tvm.relax.training import SetupTrainer
from tvm.relax.training.loss import MSELoss
from tvm.relax.training.optimizer import SGD

module = tvm.script.from_source("""
@I.ir_module
class Module:
    I.module_attrs({"param_num": 2, "state_num": 2})
    @R.function
    def backbone(
        x: R.Tensor((4, 3), "float32"), scale: R.Tensor((3,), "float32"), shift: R.Tensor((3,), "float32"),
        mean: R.Tensor((3,), "float32"), var: R.Tensor((3,), "float32"),
    ):
        with R.dataflow():
            lv = R.nn.batch_norm(x, scale, shift, mean, var, axis=1)
            out = lv[0]
            new_mean = lv[1]
            new_var = lv[2]
            R.output(out, new_mean, new_var)
        return (out, new_mean, new_var)
""")
result = relax.TensorStructInfo((4, 3), "float32")
made = SetupTrainer(MSELoss(), SGD(0.1), [result, result], legalize=False)(module)
observed = made["backbone_loss"].script()
print("expected the variance of the batch in", observed)
assert "R.variance" in observed
