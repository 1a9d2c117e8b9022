"""`SimplifyInference` ends its process on `nn.group_norm` of an open size.

releases: 0.19
where: Relay, `SimplifyInference`
observed: a segmentation fault
expected: the program, or an equal one
found by: `relay2relax fuzz`
ends: yes
"""

import tvm
from tvm import relay

x = relay.var("x", shape=(relay.Any(), 4, 3))
scale, shift = relay.var("scale", shape=(4,)), relay.var("shift", shape=(4,))
function = relay.Function([x, scale, shift], relay.nn.group_norm(x, scale, shift, num_groups=2))
module = relay.transform.InferType()(tvm.IRModule.from_expr(function))
print("expected", module["main"].ret_type, flush=True)
print("observed", relay.transform.SimplifyInference()(module)["main"].ret_type)
