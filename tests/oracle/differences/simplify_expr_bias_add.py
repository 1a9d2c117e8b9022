"""`SimplifyExpr` makes a bias of ones or zeros a scalar, which `nn.bias_add` does not take.

releases: 0.19
where: Relay, `SimplifyExpr`
observed: an error of the type checker
expected: the program, or an equal one
found by: `relay2relax fuzz`
"""

import tvm
from tvm import relay

x = relay.var("x", shape=(2, 3))
module = tvm.IRModule.from_expr(relay.Function([x], relay.nn.bias_add(x, relay.ones((3,), "float32"))))
module = relay.transform.InferType()(module)
print("expected", module["main"].ret_type, flush=True)
observed = relay.transform.SimplifyExpr()(module)["main"].ret_type
print("observed", observed)
assert tvm.ir.structural_equal(observed, module["main"].ret_type)
