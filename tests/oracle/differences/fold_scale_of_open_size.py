"""`ForwardFoldScaleAxis` ends its process where a number scales an open size.

releases: 0.19
where: Relay, `ForwardFoldScaleAxis`
observed: a segmentation fault
expected: the program, or an equal one
found by: `relay2relax fuzz`
ends: yes
"""

import tvm
from tvm import relay

x, weight = relay.var("x", shape=(2, relay.Any())), relay.var("weight", shape=(3, relay.Any()))
scaled = relay.multiply(x, relay.const(-3.0))
module = tvm.IRModule.from_expr(relay.Function([x, weight], relay.nn.dense(scaled, weight)))
module = relay.transform.InferType()(module)
print("expected", module["main"].ret_type, flush=True)
with tvm.transform.PassContext(opt_level=3):
    print("observed", relay.transform.ForwardFoldScaleAxis()(module)["main"].body)
