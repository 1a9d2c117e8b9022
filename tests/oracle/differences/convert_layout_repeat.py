"""`ConvertLayout` flattens in the new layout what `repeat` without an axis flattens.

releases: 0.27
where: relax.transform
observed: the elements of a convolution in the order of NHWC
expected: in the order of NCHW
found by: recorded passes
"""

import numpy as np
import tvm
from tvm import relax

SCRIPT = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((1, 2, 1, 2), "float32"), w: R.Tensor((2, 2, 1, 1), "float32")):
        with R.dataflow():
            conv = R.nn.conv2d(x, w)
            out = R.repeat(conv, 1)
            R.output(out)
        return out
"""
module = relax.transform.ConvertLayout({"relax.nn.conv2d": ["NHWC", "OHWI"]})(tvm.script.from_source(SCRIPT))
machine = relax.VirtualMachine(tvm.compile(module, "llvm"), tvm.cpu())
x, w = np.arange(4, dtype="float32").reshape(1, 2, 1, 2), np.eye(2, dtype="float32").reshape(2, 2, 1, 1)
print("expected", [0, 1, 2, 3], flush=True)
observed = machine["main"](tvm.runtime.tensor(x), tvm.runtime.tensor(w)).numpy().tolist()
print("observed", observed)
assert observed == [0, 1, 2, 3]
