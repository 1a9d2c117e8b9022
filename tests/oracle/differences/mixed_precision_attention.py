"""`ToMixedPrecision` drops the scale, the causal mask and the window of `nn.attention`.

releases: 0.27
where: relax.transform
observed: every query attends to every key
expected: the first query attends to the first key only
found by: recorded passes

The pass makes the call anew from its tensors alone.
"""

import numpy as np
import tvm
from tvm import relax

SCRIPT = """
@I.ir_module
class Module:
    @R.function
    def main(
        q: R.Tensor((1, 2, 1, 4), "float32"), k: R.Tensor((1, 2, 1, 4), "float32"), v: R.Tensor((1, 2, 1, 4), "float32")
    ) -> R.Tensor((1, 2, 1, 4), "float32"):
        with R.dataflow():
            out = R.nn.attention(q, k, v, causal_mask="TopLeft")
            R.output(out)
        return out
"""
module = relax.transform.ToMixedPrecision()(tvm.script.from_source(SCRIPT))
q, k, v = (np.random.default_rng(seed).standard_normal((1, 2, 1, 4)).astype("float32") for seed in range(3))
machine = relax.VirtualMachine(relax.build(module, "llvm"), tvm.cpu())
expected = v[0, 0, 0]
print("expected", expected, flush=True)
observed = machine["main"](*map(tvm.runtime.tensor, (q, k, v))).numpy()[0, 0, 0]
print("observed", observed)
assert np.allclose(observed, expected, atol=1e-2)
