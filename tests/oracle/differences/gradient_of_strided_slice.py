"""The gradient of a slice that steps back by two or more lies in other places.

releases: 0.19
where: `relay.transform.gradient`
observed: `[0, 1, 0, 1, 0, 0]`
expected: `[1, 0, 1, 0, 1, 0]`: the elements 4, 2 and 0 were read
found by: finite differences
"""

import numpy as np
import tvm
from tvm import relay

x = np.arange(6, dtype="float32")
variable = relay.var("x", shape=(6,))
body = relay.sum(relay.strided_slice(variable, begin=[4], end=[-9], strides=[-2]))
module = relay.transform.InferType()(tvm.IRModule.from_expr(relay.Function([variable], body)))
module["main"] = relay.transform.gradient(module["main"], mode="first_order")
with tvm.transform.PassContext(opt_level=0, config={"tir.disable_cse_tir": True}):
    _, (found,) = relay.create_executor("graph", mod=module, device=tvm.cpu(), target="llvm").evaluate()(x)
observed, expected = found.numpy(), np.zeros(6, "float32")
expected[[4, 2, 0]] = 1
print("expected", expected, "observed", observed)
assert (observed == expected).all()
