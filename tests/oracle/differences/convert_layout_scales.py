"""`ConvertLayout` scales a `layer_norm` of several axes in another order.

releases: 0.27
where: relax.transform
observed: the scales of (2, 1) and of (1, 2) take each other's place
expected: every element has its own scale
found by: drawn layouts

The pass writes the axes in the order that they have in the new layout, the kernel sorts them.
"""

import numpy as np
import tvm
from tvm import relax

SCRIPT = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((1, 2, 1, 2), "float32"), w: R.Tensor((2, 2, 1, 1), "float32"),
             gamma: R.Tensor((2, 1, 2), "float32"), beta: R.Tensor((2, 1, 2), "float32")):
        with R.dataflow():
            conv = R.nn.conv2d(x, w)
            out = R.nn.layer_norm(conv, gamma, beta, axes=[1, 2, 3])
            R.output(out)
        return out
"""
module = relax.transform.ConvertLayout({"relax.nn.conv2d": ["NHWC", "OHWI"]})(tvm.script.from_source(SCRIPT))
machine = relax.VirtualMachine(tvm.compile(module, "llvm"), tvm.cpu())
x, w = np.ones((1, 2, 1, 2), "float32"), np.eye(2, dtype="float32").reshape(2, 2, 1, 1)
gamma, beta = np.ones((2, 1, 2), "float32"), np.arange(4, dtype="float32").reshape(2, 1, 2)
print("expected", [0, 1, 2, 3], flush=True)
observed = machine["main"](*map(tvm.runtime.tensor, (x, w, gamma, beta))).numpy().ravel().tolist()
print("observed", observed)
assert observed == [0, 1, 2, 3]
