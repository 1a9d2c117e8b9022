"""A function with a branch ends its process.

releases: 0.19, 0.21, 0.25, 0.26, 0.27
where: relax.build
observed: a segmentation fault; an error of the virtual machine in 0.21
expected: `sin(exp(r)) + exp(r)`
found by: converted programs run live
ends: yes

`StaticPlanBlockMemory` plans a function with one pool of storage: what follows a branch gets storage that only the arm
which was not taken allocates.
"""

import numpy as np
import tvm
from tvm import relax

SCRIPT = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((4,), "float32"), c: R.Tensor((), "bool")) -> R.Tensor((4,), "float32"):
        if c:
            a = R.exp(x)
            b = R.sin(a)
            r = R.add(b, b)
        else:
            r = R.negative(x)
        d = R.exp(r)
        e = R.sin(d)
        f = R.add(e, d)
        return f
"""
array = tvm.nd.array if hasattr(tvm, "nd") else tvm.runtime.tensor
x = np.arange(4, dtype="float32")
machine = relax.VirtualMachine(relax.build(tvm.script.from_source(SCRIPT), "llvm"), tvm.cpu())
for condition in False, True:
    r = 2 * np.sin(np.exp(x)) if condition else -x
    expected = np.sin(np.exp(r)) + np.exp(r)
    print("condition", condition, "expected", expected, flush=True)
    observed = machine["main"](array(x), array(np.array(condition))).numpy()
    print("observed", observed)
    assert np.allclose(observed, expected, rtol=1e-5)
