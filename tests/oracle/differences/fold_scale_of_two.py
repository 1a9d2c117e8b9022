"""`BackwardFoldScaleAxis` sends a negative factor through `relu` where that is added on the right.

releases: 0.19
where: Relay, `BackwardFoldScaleAxis`
observed: -1
expected: -2
found by: the Relax version of the pass

Of a sum it asks the left operand alone whether its factor must be positive.
"""

import numpy as np
import tvm
from tvm import relay

x = relay.var("x", shape=(2, 2))
eye = relay.const(np.eye(2, dtype="float32"))
summed = relay.add(relay.nn.dense(x, eye), relay.nn.relu(relay.nn.dense(x, eye)))
factor = relay.const(np.array([-1, -1], "float32"))
module = tvm.IRModule.from_expr(relay.Function([x], relay.multiply(summed, factor)))
with tvm.transform.PassContext(opt_level=3):
    module = tvm.transform.Sequential([relay.transform.InferType(), relay.transform.BackwardFoldScaleAxis()])(module)
with tvm.transform.PassContext(opt_level=1):
    run = relay.create_executor("graph", mod=module, device=tvm.cpu(), target="llvm").evaluate()
print("expected", np.full((2, 2), -2.0), flush=True)
observed = run(np.ones((2, 2), "float32")).numpy()
print("observed", observed)
assert np.allclose(observed, -2)
