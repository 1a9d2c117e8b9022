"""`FakeQuantizationToInteger` takes a value that is dequantized twice for what it is on one of both grids.

releases: 0.19
where: Relay, `transform.FakeQuantizationToInteger`
observed: a result as if both operands had the same scale
expected: a result within a step of the program before the pass
found by: generated programs, for wrong versions of the pass

What is known of a value is kept by the integer value, of which there is one: the grid that is met last replaces the
one before.
"""

import numpy as np
import tvm
from tvm import relay

value = relay.var("value", shape=(4,), dtype="int8")
numbers = [(relay.const(scale), relay.const(0)) for scale in (0.5, 0.125)]
left, right = (relay.qnn.op.dequantize(value, scale, zero) for scale, zero in numbers)
result = relay.qnn.op.quantize(relay.add(left, right), relay.const(0.5), relay.const(0), out_dtype="int8")
before = relay.transform.InferType()(tvm.IRModule.from_expr(relay.Function([value], result)))
after = relay.transform.FakeQuantizationToInteger()(before)
data = np.array([8, 16, -24, 40], "int8")
expected, observed = (
    relay.create_executor("vm", mod, tvm.cpu(), "llvm").evaluate()(data).numpy() for mod in (before, after)
)
print("expected", expected, "observed", observed)
assert np.abs(expected.astype(int) - observed.astype(int)).max() <= 1
