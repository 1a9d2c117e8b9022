"""`dyn.expand_dims` at axis -1 gives a wrong shape.

releases: 0.19
where: Relay, `vm`
observed: `(3, 2, 3)`, more elements than there are
expected: `(2, 3, 1)`, as for the same axis written down
found by: recorded operators
"""

import numpy as np
import tvm
from tvm import relay

x = np.zeros((2, 3), "float32")
data, axis = relay.var("x", shape=x.shape), relay.var("axis", shape=(), dtype="int64")
module = tvm.IRModule.from_expr(relay.Function([data, axis], relay.op.dyn._make.expand_dims(data, axis, 1)))
with tvm.transform.PassContext(opt_level=1):
    run = relay.create_executor("vm", mod=module, device=tvm.cpu(), target="llvm").evaluate()
observed = run(x, np.array(-1, "int64")).numpy().shape
expected = np.expand_dims(x, -1).shape
print("expected", expected, "observed", observed)
assert observed == expected
