"""LowerRuntimeBuiltin on views: calls of the runtime's functions, as TVM 0.19 and 0.27 printed them."""

import numpy as np
import pytest

from cpu_backend.machine import Machine
from relax_core.interpret import evaluate
from relax_core.lower import lower
from relax_core.passes.lower_runtime_builtin import LowerRuntimeBuiltin
from relax_core.structural import structural_equal
from relax_core.text.printer import print_module
from relax_core.text.reader import read

BODY = """# from tvm.script import relax as R
@I.ir_module
class Module:
    @R.function
    def main(A: R.Tensor((4096,), dtype="float32"), s: R.Shape(ndim=2)):
        B = R.memory.view(A, R.shape([64, 64]), NONE, R.tuple())
        C = R.memory.view(A, s, R.dtype("int32"), R.tuple())
        D = R.memory.ensure_zero_offset(B)
        E = R.memory.view(A, R.tuple(), NONE, R.tuple())
        return (B, C, D, E)
"""
T64 = 'R.Tensor((64, 64), dtype="float32")'
LOWERED = {
    "0.19": f"""
B: {T64} = R.call_packed("runtime.TVMArrayCreateView", A, R.shape([64, 64]), R.dtype("float32"), R.prim_value(0))
C: R.Tensor(dtype="int32", ndim=2) = R.call_packed("runtime.TVMArrayCreateView", A, s, R.dtype("int32"), ZERO)
D: {T64} = R.call_packed("vm.builtin.ensure_zero_offset", B, sinfo_args=({T64},))
E: R.Tensor((4096,), dtype="float32") = A
""".replace("ZERO", "R.prim_value(0)"),
    "0.27": f"""
B: {T64} = R.call_packed("runtime.TVMTensorCreateView", A, R.shape([64, 64]), R.dtype("float32"), 0)
C: R.Tensor(dtype="int32", ndim=2) = R.call_packed("runtime.TVMTensorCreateView", A, s, R.dtype("int32"), 0)
D: {T64} = R.call_packed("vm.builtin.ensure_zero_offset", B, ty_args=({T64},))
E: R.Tensor((4096,), dtype="float32") = A
""",
}


def source(release):
    return read(BODY.replace("NONE", "R.tuple()" if release == "0.19" else "R.null_value()"), release=release)


@pytest.mark.parametrize("release", LOWERED)
def test_views_are_calls_of_the_runtime(release):
    text = print_module(LowerRuntimeBuiltin()(source(release)), release)
    for line in LOWERED[release].strip().splitlines():
        assert f"        {line}\n" in text


def test_lowered_views_run():
    module = LowerRuntimeBuiltin()(source("0.19"))
    x = np.arange(4096, dtype="float32")
    for found in (evaluate(module, (x, (8, 2))), Machine(lower(module)).run((x, (8, 2)), "main")):
        b, c, d, e = found
        np.testing.assert_array_equal(b, x.reshape(64, 64))
        np.testing.assert_array_equal(c, x[:16].view("int32").reshape(8, 2))
        np.testing.assert_array_equal(d, b)
        np.testing.assert_array_equal(e, x)


def test_a_foreign_function_whose_type_derives_its_results():
    text = """# from tvm.script import relax as R
@I.ir_module
class Module:
    @R.function
    def main(A: R.Tensor((4096,), dtype="float32")):
        B = R.ExternFunc(
            "runtime.TVMArrayCreateView",
            R.Callable(derive_func="tvm.relax.struct_info.infer_view_sinfo", purity=True),
        )(A, R.shape([64, 64]), R.dtype("float32"), R.prim_value(0))
        return B
"""
    before = text.replace(text[text.index("R.ExternFunc(") : text.index("(A, R.shape")], "R.memory.view").replace(
        'R.dtype("float32"), R.prim_value(0)', "R.tuple(), R.tuple()"
    )
    assert structural_equal(LowerRuntimeBuiltin()(read(before, release="0.19")), read(text, release="0.19"))
