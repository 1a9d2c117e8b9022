"""`nn.max_pool2d_grad` gives what memory held where elements lie in several windows, or in none.

releases: 0.19
where: Relay
observed: another garbage at each run, such as `8.7e-11, 3.1e-41`, or `nan`
expected: `[[0, 0, 0], [0, 1, 1], [0, 1, 1]]`
found by: drawn calls of every operator

Windows of 2 by 2 that move by 1 over 3 by 3 elements suffice. Of 176 other pools that were tried in 0.27, 24 gave
garbage, among them windows of 2 by 2 that move by 2 over 5 by 5 elements.
"""

import numpy as np
import tvm
from tvm import relay

x, adjoint = np.arange(9, dtype="float32").reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2), "float32")
data, given = relay.var("x", shape=x.shape), relay.var("g", shape=adjoint.shape)
body = relay.nn.max_pool2d_grad(given, data, pool_size=(2, 2), strides=(1, 1), padding=(0, 0, 0, 0))
module = tvm.IRModule.from_expr(relay.Function([given, data], body))
run = relay.create_executor("graph", mod=module, device=tvm.cpu(), target="llvm").evaluate()
observed, expected = run(adjoint, x).numpy(), np.array([[[[0, 0, 0], [0, 1, 1], [0, 1, 1]]]], "float32")
print("expected", expected.tolist(), "observed", observed.tolist())
assert (observed == expected).all()
