"""`CombineParallelBatchMatmul` joins what is added behind the products, whatever its shape.

releases: 0.19
where: Relay, `transform.CombineParallelBatchMatmul`
observed: an error: `concatenate` requires all tensors to have the same shape
expected: the combined products, and the sums as they were
found by: generated programs, for wrong versions of the pass

Of operators behind convolutions and dense layers the pass asks whether their further operands can be joined; of those
behind products of batches it does not.
"""

import tvm
from tvm import relay

data = relay.var("data", shape=(2, 2, 3))
weights = [relay.var(f"weight{n}", shape=(2, 2, 3)) for n in range(3)]
biases = [relay.var(f"bias{n}", shape=(rows, 2, 2)) for n, rows in enumerate((2, 2, 1))]
sums = [relay.add(relay.nn.batch_matmul(data, weight), bias) for weight, bias in zip(weights, biases, strict=True)]
function = relay.Function([data, *weights, *biases], relay.Tuple(sums))
before = relay.transform.InferType()(tvm.IRModule.from_expr(function))
with tvm.transform.PassContext(opt_level=4):
    print(relay.transform.InferType()(relay.transform.CombineParallelBatchMatmul(3)(before)))
