"""What `R.match_cast` names is overwritten: `exp(x) + sin(x)` is `2 * sin(x)`.

releases: 0.19, 0.21, 0.25, 0.26
where: relax.build
observed: `[0, 1.683, 1.819]`
expected: `[1, 3.560, 8.298]`
found by: campaign, seed 300010

The memory planning of these releases does not see that the name lies in the storage of what was cast, and gives that
storage to the next result.
"""

import numpy as np
import tvm
from tvm import relax

SCRIPT = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor(("n",), "float32")):
        n = T.int64()
        with R.dataflow():
            a = R.exp(x)
            b = R.match_cast(a, R.Tensor((n,), "float32"))
            c = R.sin(x)
            d = R.add(c, b)
            R.output(d)
        return d
"""
array = tvm.nd.array if hasattr(tvm, "nd") else tvm.runtime.tensor
x = np.arange(3, dtype="float32")
machine = relax.VirtualMachine(relax.build(tvm.script.from_source(SCRIPT), "llvm"), tvm.cpu())
observed, expected = machine["main"](array(x)).numpy(), np.exp(x) + np.sin(x)
print("expected", expected, "observed", observed)
assert np.allclose(observed, expected, rtol=1e-5)
