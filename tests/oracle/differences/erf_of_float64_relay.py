"""`erf` of float64 has the precision of float32.

releases: 0.19
where: Relay, `opt_level` 1 and above
observed: off by `2.2e-08` at 2
expected: `math.erf`, to which `opt_level` 0 is equal
found by: campaign, seed 118
"""

import math

import numpy as np
import tvm
from tvm import relay

x = np.array([0.5, -1.0, 2.0])
variable = relay.var("x", shape=x.shape, dtype="float64")
module = tvm.IRModule.from_expr(relay.Function([variable], relay.erf(variable)))
with tvm.transform.PassContext(opt_level=1):
    run = relay.create_executor("graph", mod=module, device=tvm.cpu(), target="llvm").evaluate()
observed = run(x).numpy()
expected = np.array([math.erf(value) for value in x])
print("expected", expected, "observed", observed, "error", abs(observed - expected))
assert np.allclose(observed, expected, rtol=1e-12, atol=0)
