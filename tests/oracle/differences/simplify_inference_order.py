"""`SimplifyInference` evaluates the operands of `nn.batch_norm` in another order.

releases: 0.19
where: Relay, `SimplifyInference`
observed: 1
expected: 0.5
found by: effects compared in order, on generated programs

The variance is read before the scale is computed, which writes the reference that the variance is read from. Without
the pass the operands are evaluated from left to right.
"""

import numpy as np
import tvm
from tvm import relay


def pair(value):
    return relay.const(np.full(2, value, "float32"))


x, held, done = relay.var("x", shape=(1, 2)), relay.var("held"), relay.var("done")
scale = relay.Let(done, relay.RefWrite(held, pair(4)), pair(1))
normed = relay.nn.batch_norm(x, scale, pair(0), pair(0), relay.RefRead(held), axis=1, epsilon=0.0)[0]
function = relay.Function([x], relay.Let(held, relay.RefCreate(pair(1)), normed))
module = relay.transform.InferType()(tvm.IRModule.from_expr(function))


def run(program):
    with tvm.transform.PassContext(opt_level=0, disabled_pass=["SimplifyInference"]):
        executor = relay.create_executor("debug", mod=program, device=tvm.cpu(), target="llvm")
        return executor.evaluate()(np.ones((1, 2), "float32")).numpy()


expected = run(module)
print("expected", expected, flush=True)
observed = run(relay.transform.SimplifyInference()(module))
print("observed", observed)
assert np.allclose(observed, expected)
