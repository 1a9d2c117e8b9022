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


@pytest.mark.parametrize(("release", "text"), [("0.19", _OLD), ("0.26", _NEW), ("0.27", _NEW)])
def test_script_runs_as_the_release(release: str, text: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(text)
    command = [sys.executable, "-m", "migrate.cli", "as-tvm", "--release", release, "--", str(script)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
