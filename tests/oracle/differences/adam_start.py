"""`Adam` of `relax.training` cannot be initialized.

releases: 0.26, 0.27
where: Relax, `relax.training.optimizer.Adam`
observed: `ValueError: Could not convert T.float32 to a NumPy dtype`
expected: the state at the start, as of `SGD` and `MomentumSGD`, and as in releases up to 0.25
found by: recorded training

It hands numpy the element type as an object of TVM.
"""

from tvm import relax
from tvm.relax.training.optimizer import Adam

x = relax.Var("x", relax.TensorType((3,), "float32"))
try:
    observed = tuple(Adam(0.1).init(x).state[-1].shape)
except ValueError as error:
    observed = error
print("expected", (3,), "observed", observed)
assert observed == (3,)
