"""`R.erf` of float64 is the identity, or off in the seventh digit.

releases: 0.19, 0.21
where: relax.build
observed: `[0.5, -1, 2]` (0.19), `[0.52050002, -0.84270069, 0.99532214]` (0.21)
expected: `[0.52049988, -0.84270079, 0.99532227]`
found by: campaign, seed 118

The kernel calls `erff`, the C function for float32, with a float64 and takes what it returns for one.
"""

import math

import numpy as np
import tvm
from tvm import relax

SCRIPT = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((3,), "float64")) -> R.Tensor((3,), "float64"):
        with R.dataflow():
            y = R.erf(x)
            R.output(y)
        return y
"""
x = np.array([0.5, -1.0, 2.0])
machine = relax.VirtualMachine(relax.build(tvm.script.from_source(SCRIPT), "llvm"), tvm.cpu())
observed = machine["main"](tvm.nd.array(x)).numpy()
expected = np.array([math.erf(value) for value in x])
print("expected", expected, "observed", observed)
assert np.allclose(observed, expected, rtol=1e-12, atol=0)
