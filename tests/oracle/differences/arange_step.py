"""`arange` with a step between -1 and 1 known at run time ends the process.

releases: 0.19
where: Relay, `vm`
observed: SIGFPE
expected: `[0, 0.5, 1, 1.5]`
found by: recorded operators
ends: yes

The shape function divides by the step as an integer, which is 0.
"""

import numpy as np
import tvm
from tvm import relay

start, stop, step = (relay.var(name, shape=(), dtype="float32") for name in ("start", "stop", "step"))
module = tvm.IRModule.from_expr(relay.Function([start, stop, step], relay.arange(start, stop, step, dtype="float32")))
with tvm.transform.PassContext(opt_level=1):
    run = relay.create_executor("vm", mod=module, device=tvm.cpu(), target="llvm").evaluate()
print("expected", np.arange(0, 2, 0.5), flush=True)
observed = run(np.float32(0), np.float32(2), np.float32(0.5)).numpy()
print("observed", observed)
assert np.allclose(observed, np.arange(0, 2, 0.5))
