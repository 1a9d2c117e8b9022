"""`-a > b` is true for 1 and 2147483647.

releases: 0.19
where: Relay, `opt_level` 1 and above
observed: `[True]`
expected: `[False]`, which `opt_level` 0 and the interpreter give
found by: campaign, seed 327

In the fused kernel the comparison is made `0 > a + b`, whose sum overflows, though nothing in the program does.
"""

import numpy as np
import tvm
from tvm import relay

a, b = np.array([1], "int32"), np.array([2**31 - 1], "int32")
x, y = relay.var("x", shape=(1,), dtype="int32"), relay.var("y", shape=(1,), dtype="int32")
module = tvm.IRModule.from_expr(relay.Function([x, y], relay.greater(relay.negative(x), y)))
with tvm.transform.PassContext(opt_level=1):
    run = relay.create_executor("graph", mod=module, device=tvm.cpu(), target="llvm").evaluate()
observed, expected = run(a, b).numpy(), -a > b
print("expected", expected, "observed", observed)
assert (observed == expected).all()
