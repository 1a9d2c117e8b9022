"""`ToMixedPrecision` multiplies integer matrices in float32.

releases: 0.27
where: relax.transform
observed: `16777216`
expected: `16777217`
found by: recorded passes

The pass states `out_dtype` of every `matmul`, whatever its operands are, and casts the result back.
"""

import numpy as np
import tvm
from tvm import relax

SCRIPT = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((1, 1), "int32"), y: R.Tensor((1, 1), "int32")) -> R.Tensor((1, 1), "int32"):
        with R.dataflow():
            out = R.matmul(x, y)
            R.output(out)
        return out
"""
module = relax.transform.ToMixedPrecision()(tvm.script.from_source(SCRIPT))
machine = relax.VirtualMachine(relax.build(module, "llvm"), tvm.cpu())
x, y = np.array([[2**24 + 1]], "int32"), np.array([[1]], "int32")
print("expected", x @ y, flush=True)
observed = machine["main"](tvm.runtime.tensor(x), tvm.runtime.tensor(y)).numpy()
print("observed", observed)
assert observed == x @ y
