"""`FakeQuantizationToInteger` computes `nn.leaky_relu` twice and takes the result for what is on the operand's grid.

releases: 0.19
where: Relay, `transform.FakeQuantizationToInteger`
observed: `[-25, 23, -25]`
expected: `[-5, 7, -12]`
found by: generated programs, for wrong versions of the pass

The rule puts the quantized operator on the call itself instead of on its operand, and hands on the operand's numbers
with a result that has those of the region's end.
"""

import numpy as np
import tvm
from tvm import relay

value = relay.var("value", shape=(3,), dtype="int8")
real = relay.qnn.op.dequantize(value, relay.const(1.0), relay.const(0))
made = relay.nn.leaky_relu(real, alpha=0.25)
result = relay.qnn.op.quantize(made, relay.const(0.25), relay.const(-5), out_dtype="int8")
before = relay.transform.InferType()(tvm.IRModule.from_expr(relay.Function([value], result)))
after = relay.transform.FakeQuantizationToInteger()(before)
data = np.array([0, 3, -7], "int8")
expected, observed = (
    relay.create_executor("vm", mod, tvm.cpu(), "llvm").evaluate()(data).numpy() for mod in (before, after)
)
print("expected", expected, "observed", observed)
assert np.abs(expected.astype(int) - observed.astype(int)).max() <= 1
