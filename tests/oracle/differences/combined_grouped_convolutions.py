"""`CombineParallelConv2D` combines grouped convolutions when a plain one takes the same image.

releases: 0.19
where: Relay, `transform.CombineParallelConv2D`
observed: other results than those of the program before the pass
expected: the results of the program before the pass
found by: generated programs, for wrong versions of the pass

Convolutions with groups are left out when images are looked for, not when their convolutions are gathered. The kernels
of three depthwise convolutions become one of twice as many groups' channels, of which every group takes the wrong ones.
"""

import numpy as np
import tvm
from tvm import relay

image, plain = relay.var("image", shape=(1, 2, 4, 4)), relay.var("plain", shape=(2, 2, 1, 1))
kernels = [relay.var(f"kernel{n}", shape=(2, 1, 1, 1)) for n in range(3)]
results = [
    relay.nn.conv2d(image, plain, kernel_size=(1, 1), channels=2),
    *(relay.nn.conv2d(image, kernel, kernel_size=(1, 1), channels=2, groups=2) for kernel in kernels),
]
function = relay.Function([image, plain, *kernels], relay.Tuple(results))
before = relay.transform.InferType()(tvm.IRModule.from_expr(function))
with tvm.transform.PassContext(opt_level=4):
    after = relay.transform.CombineParallelConv2D(3)(before)
rng = np.random.default_rng(0)
args = [rng.normal(size=[int(dim) for dim in p.type_annotation.shape]).astype("float32") for p in function.params]
expected, observed = (
    [item.numpy() for item in relay.create_executor("vm", mod, tvm.cpu(), "llvm").evaluate()(*args)]
    for mod in (before, after)
)
distances = [float(np.abs(a - b).max()) for a, b in zip(expected, observed, strict=True)]
print("off by", distances)
assert max(distances) < 1e-4
