"""Python written against tvm.relax, run as the releases' own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_OLD = """
import tvm
from tvm import relax
from tvm.script import ir as I, relax as R

x = relax.Var("x", R.Tensor([2, 3], "float32"))
assert isinstance(x.struct_info, relax.TensorStructInfo)
assert not hasattr(relax, "TensorType")
call = relax.op.nn.conv2d(relax.Var("d", R.Tensor((1, 2, 4, 4))), relax.Var("w", R.Tensor((3, 2, 3, 3))), padding=1)
assert call.attrs.padding == (1, 1, 1, 1) and call.op.name == "relax.nn.conv2d"

@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor(("m", "n"), "float32")) -> R.Tensor(("m", "n"), "float32"):
        y = R.add(x, x)
        return y

tvm.ir.assert_structural_equal(Module, tvm.script.from_source('''
@I.ir_module
class Other:
    @R.function
    def main(a: R.Tensor(("k", "l"), "float32")) -> R.Tensor(("k", "l"), "float32"):
        b = R.add(a, a)
        return b
'''))

from tvm import arith, tir
n, analyzer = tir.Var("n", "int64"), arith.Analyzer()
analyzer.bind(n, tvm.ir.Range(0, 8))
assert analyzer.can_prove(n < 8) and analyzer.can_prove_equal(n // 8, 0)
assert analyzer.const_int_bound(n + 1).max_value == 8
with analyzer.constraint_scope(n < 4):
    assert analyzer.can_prove(n < 5)
"""
_NEW = """
import tvm, tvm_ffi
from tvm import relax, tirx
from tvm.script import relax as R

factor = 2
@R.function
def scaled(x: R.Tensor((4,), "float32")) -> R.Tensor((4 * factor,), "float32"):
    y = R.concat([x, x], axis=0)
    return y

assert scaled.ret_ty.shape.values == (8,) and scaled.params[0].ty == relax.TensorType([4], "float32")
assert not hasattr(relax, "TensorStructInfo")
for old in ("tvm.relay", "tvm.tir", "tvm.nd"):
    try:
        __import__(old)
    except ImportError:
        continue
    raise AssertionError(old)
"""

_GRADIENTS = """
import tvm
from tvm import relax
from tvm.relax.op import register_gradient
from tvm.relax.training.utils import register_te_gradient
from tvm.script import ir as I, relax as R

@register_gradient("relax.floor")
def straight_through(orig_var, orig_call, output_grad, ctx):
    return [output_grad]

known = tvm.ir.Op.get("relax.where").get_attr("FPrimalGradient")
assert known is not None and tvm.ir.Op.get("relax.ceil").get_attr("FPrimalGradient") is None

@I.ir_module
class Module:
    @R.function
    def main(c: R.Tensor((3,), "bool"), x: R.Tensor((3,), "float32"), y: R.Tensor((3,), "float32")):
        with R.dataflow():
            a = R.floor(x)
            b = R.where(c, a, y)
            gv = R.sum(b)
            R.output(gv)
        return gv

x, y = Module["main"].params[1:]
made = relax.transform.Gradient("main", [x, y])(Module)
assert "R.where" in made["main_adjoint"].script()

c, g = relax.Var("c", R.Tensor((3,), "bool")), relax.Var("g", R.Tensor((3,), "float32"))
builder = relax.BlockBuilder()
with builder.function("grad", [c, x, y, g]):
    with builder.dataflow():
        call = relax.op.where(c, x, y)
        partials = known(builder.emit(call), call, g, builder)
        assert partials[0].op.name == "relax.grad.no_grad" and len(partials) == 3
        out = builder.emit_output(relax.Tuple(partials[1:]))
    builder.emit_func_output(out)
assert "R.where" in builder.get().script()

def times_two(x):
    return tvm.te.compute(x.shape, lambda *i: x[i] * 2, name="times_two")

@register_te_gradient("of_times_two")
def of_times_two(grad, x, by):
    return [tvm.te.compute(x.shape, lambda *i: grad[i] * by, name="of_times_two")]

builder = relax.BlockBuilder()
with builder.function("main", [x]):
    with builder.dataflow():
        call = builder.call_te_with_grad(times_two, x, te_grad_name="of_times_two", te_grad_kwargs={"by": 2.0})
        lv = builder.emit(call)
        out = builder.emit_output(relax.op.sum(lv))
    builder.emit_func_output(out)
assert "of_times_two" in relax.transform.Gradient("main")(builder.get()).script()
"""

_CALLS = """
from tvm import relax
from tvm.relax.dpl import is_tuple_get_item, wildcard
from tvm_ffi.registry import get_global_func

x = relax.Var("x", relax.TensorType([2], "float32"))
builder = relax.BlockBuilder()
with builder.function("double", [x]):
    builder.emit_func_output(builder.emit(relax.op.add(x, x)))
double = builder.get().get_global_var("double")
call = double(x)
assert call.op.same_as(double) and call.args[0].same_as(x)
pair = wildcard()
assert is_tuple_get_item(pair, 1).tuple.same_as(pair)
assert get_global_func("no.such.function", allow_missing=True) is None
"""


@pytest.mark.parametrize(
    ("release", "text"),
    [("0.27", _CALLS), ("0.19", _OLD), ("0.26", _NEW), ("0.27", _NEW), ("0.19", _GRADIENTS), ("0.27", _GRADIENTS)],
)
def test_script_runs_as_the_release(release: str, text: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(text)
    command = [sys.executable, "-m", "migrate.cli", "as-tvm", "--release", release, "--", str(script)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
