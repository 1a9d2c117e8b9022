"""`R.grad.max_pool2d_backward` gives what memory held where elements lie in several windows, or in none.

releases: 0.25, 0.26, 0.27
where: relax.build
observed: another garbage at each run, such as `-4.0e+33, 3.1e-41`, or `nan`
expected: `[[0, 0, 0], [0, 1, 1], [0, 1, 1]]`
found by: drawn calls of every operator

The kernel is that of `nn.max_pool2d_grad` in Relay. (The wheels of 0.19 and 0.21 do not compile it.)
"""

import numpy as np
import tvm
from tvm import relax

SCRIPT = """
@I.ir_module
class Module:
    @R.function
    def main(g: R.Tensor((1, 1, 2, 2), "float32"), x: R.Tensor((1, 1, 3, 3), "float32")) -> R.Tensor(
        (1, 1, 3, 3), "float32"
    ):
        with R.dataflow():
            y = R.grad.max_pool2d_backward(
                g, x, pool_size=[2, 2], strides=[1, 1], padding=[0, 0, 0, 0], dilation=[1, 1]
            )
            R.output(y)
        return y
"""
array = tvm.nd.array if hasattr(tvm, "nd") else tvm.runtime.tensor
x, adjoint = np.arange(9, dtype="float32").reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2), "float32")
machine = relax.VirtualMachine(relax.build(tvm.script.from_source(SCRIPT), "llvm"), tvm.cpu())
observed = machine["main"](array(adjoint), array(x)).numpy()
expected = np.array([[[[0, 0, 0], [0, 1, 1], [0, 1, 1]]]], "float32")
print("expected", expected.tolist(), "observed", observed.tolist())
assert (observed == expected).all()
