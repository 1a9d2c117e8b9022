"""`ExpandMatmulOfSum` drops the element type that a product states.

releases: 0.27
where: relax.transform
observed: a float32 result, in a function that states float64
expected: a float64 result
found by: recorded passes

`ReorderTakeAfterMatmul` does the same.
"""

import numpy as np
import tvm
from tvm import relax

SCRIPT = """
@I.ir_module
class Module:
    @R.function
    def main(
        x: R.Tensor((1, 1), "float32"), a: R.Tensor((1, 1), "float32"), b: R.Tensor((1, 1), "float32")
    ) -> R.Tensor((1, 1), "float64"):
        with R.dataflow():
            total = R.add(a, b)
            out = R.matmul(x, total, out_dtype="float64")
            R.output(out)
        return out
"""
module = relax.transform.ExpandMatmulOfSum()(tvm.script.from_source(SCRIPT))
machine = relax.VirtualMachine(relax.build(module, "llvm"), tvm.cpu())
one = tvm.runtime.tensor(np.ones((1, 1), "float32"))
print("expected", "float64", flush=True)
observed = machine["main"](one, one, one).numpy().dtype
print("observed", observed)
assert observed == "float64"
