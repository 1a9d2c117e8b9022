"""float64 to float16 gives garbage.

releases: 0.19
where: Relay and Relax
observed: `[-0.002735, 0, 0, 0]`
expected: `[0.1, 1, -2.5, 1000]`
found by: recorded ONNX programs
"""

import numpy as np
import tvm
from tvm import relay

x = np.array([0.1, 1.0, -2.5, 1000.0])
variable = relay.var("x", shape=x.shape, dtype="float64")
module = tvm.IRModule.from_expr(relay.Function([variable], relay.cast(variable, "float16")))
with tvm.transform.PassContext(opt_level=1):
    run = relay.create_executor("graph", mod=module, device=tvm.cpu(), target="llvm").evaluate()
observed, expected = run(x).numpy(), x.astype("float16")
print("expected", expected, "observed", observed)
assert (observed == expected).all()
