"""Run by the tests: code that runs on every TVM with Relax through the shim ``compat``."""

import compat as c
import numpy as np
import tvm
from tvm import relax
from tvm.relax import dpl

x = relax.Var("x", c.TensorType((2, 3), "float32"))
assert c.var_name(x) == "x"
assert [int(d) for d in c.shape_of(x)] == [2, 3]
assert c.dtype_of(x) == "float32"
open_ = relax.Var("y", c.TensorType(dtype="float32", ndim=2))
assert c.shape_of(open_) is None
assert isinstance(c.type_of(x), c.TensorType)
assert isinstance(c.type_of(relax.const(1.0, "float32")), c.TensorType)
assert isinstance(relax.const(1.0, "float32"), c.Constant)
assert float(c.constant_data(relax.const(1.5, "float32")).numpy()) == 1.5
types = [c.AnyType(), c.PrimType("int64"), c.TupleType([c.TensorType((1,), "int8")]), c.ShapeType([2, 3])]
number = c.prim_value(3)
assert int(number if isinstance(number, c.tir.IntImm) else number.value) == 3


@c.register_func("compat.probe")
def probe(value):
    return value + 1


assert tvm.get_global_func("compat.probe")(2) == 3
array = c.tensor(np.arange(6, dtype="float32").reshape(2, 3))
assert isinstance(array, c.Tensor)
assert c.empty((2,), "float32").numpy().shape == (2,)
assert c.tir.IntImm("int32", 1).value == 1
n = c.tir.Var("n", "int64")

bb = relax.BlockBuilder()
with bb.function("main", [x]):
    with bb.dataflow():
        y = bb.emit(relax.op.add(x, relax.const(np.ones((2, 3), "float32"))))
        out = bb.emit_output(relax.op.nn.relu(y))
    bb.emit_func_output(out)
mod = bb.get()
assert c.type_of(y).ndim == 2
assert isinstance(c.return_type(mod["main"]), c.TensorType)
seen = []


@c.mutator
class Doubled(relax.PyExprMutator):
    def visit_constant_(self, constant):
        seen.append(c.constant_data(constant).numpy())
        return relax.const(c.constant_data(constant).numpy() * 2)


@c.visitor
class Counter(relax.PyExprVisitor):
    def visit_constant_(self, constant):
        seen.append(constant)


Counter().visit_expr(mod["main"])
function = Doubled(mod).visit_expr(mod["main"])
assert len(seen) == 2, seen
mod["main"] = function
vm = relax.VirtualMachine(c.compile(mod, "llvm"), tvm.cpu())
result = vm["main"](array)
np.testing.assert_array_equal(result.numpy(), array.numpy() + 2)

p = c.has_type(dpl.wildcard(), c.TensorType((2, 3), "float32"))
assert p.match(x)
call = relax.call_dps_packed("f", (x,), c.TensorType((2, 3), "float32"))
assert len(c.type_args(call)) == 1
print(tvm.__version__, c.HAS_RELAX)
