"""A constant of 0.1 cast to bool is false.

releases: 0.19
where: Relay, `opt_level` 1
observed: `False`
expected: `True`, as of a parameter of 0.1, and at every other `opt_level`
found by: campaign, seed 100474

The scalar in the fused kernel becomes an integer first.
"""

import numpy as np
import tvm
from tvm import relay

module = tvm.IRModule.from_expr(relay.Function([], relay.cast(relay.const(0.1, "float32"), "bool")))
with tvm.transform.PassContext(opt_level=1):
    observed = relay.create_executor("graph", mod=module, device=tvm.cpu(), target="llvm").evaluate()().numpy()
expected = np.float32(0.1).astype("bool")
print("expected", expected, "observed", observed)
assert observed == expected
