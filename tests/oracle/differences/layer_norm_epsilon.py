"""The epsilon of norms of float64 is rounded to float32.

releases: 0.19
where: Relay
observed: off by `1.2e-08` relative
expected: `(x - mean) / sqrt(variance + 1e-5)` in float64
found by: campaign, seed 635
"""

import numpy as np
import tvm
from tvm import relay

x, epsilon = np.array([[1.0, 1.0 + 1e-3]]), 1e-5
variable = relay.var("x", shape=x.shape, dtype="float64")
one, zero = relay.const(np.ones(2), "float64"), relay.const(np.zeros(2), "float64")
module = tvm.IRModule.from_expr(relay.Function([variable], relay.nn.layer_norm(variable, one, zero, epsilon=epsilon)))
run = relay.create_executor("graph", mod=module, device=tvm.cpu(), target="llvm").evaluate()
observed = run(x).numpy()
expected = (x - x.mean()) / np.sqrt(x.var() + epsilon)
print("expected", expected, "observed", observed, "error", abs(observed / expected - 1))
assert np.allclose(observed, expected, rtol=1e-10, atol=0)
