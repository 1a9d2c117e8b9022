"""`AppendLoss` of a result that a model answers twice uses a variable that is nowhere defined.

releases: 0.19, 0.21, 0.25, 0.26, 0.27
where: Relax, `relax.training.AppendLoss`
observed: an ill-formed module
expected: the loss of the result and itself
found by: recorded training

Results become variables of the dataflow block one by one, a second time to another variable.
"""

import tvm
from tvm import relax
from tvm.relax.training import AppendLoss
from tvm.relax.training.loss import MSELoss

module = tvm.script.from_source("""
@I.ir_module
class Module:
    @R.function
    def backbone(w: R.Tensor((6, 3), "float32")):
        with R.dataflow():
            out = R.add(w, w)
            R.output(out)
        return (out, out)
""")
Tensor = getattr(relax, "TensorStructInfo", None) or relax.TensorType
result = Tensor((6, 3), "float32")
made = AppendLoss("backbone", MSELoss("sum")(result, result), num_backbone_outputs=2)(module)
well_formed = getattr(relax.analysis, "check_well_formed", None) or relax.analysis.well_formed
print("expected a well-formed module, observed", made["backbone_loss"].script())
assert well_formed(made)
