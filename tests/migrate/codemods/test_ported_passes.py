"""Passes in the style of forks, ported by the tool alone, run: callbacks, a mutator, a visitor, a pattern table.

What is expected of them was run in TVM 0.21 and 0.27, with the same results.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from migrate.codemods.driver import Level, Options, port_source
from migrate.codemods.target import Target

FORK = """import tvm
from tvm import relay
from tvm.relay import ExprMutator, ExprVisitor, transform
from tvm.relay.dataflow_pattern import *
from tvm.relay.op.contrib.register import register_pattern_table, get_pattern_table


class FuseScale(DFPatternCallback):
    '''x * c1 * c2 -> x * (c1 * c2)'''

    def __init__(self):
        super().__init__(require_type=True)
        self.x = wildcard()
        self.c1 = is_constant()
        self.c2 = is_constant()
        self.inner = self.x * self.c1
        self.pattern = self.inner * self.c2

    def callback(self, pre, post, node_map):
        assert node_map[self.inner][0].op.name == "multiply"
        return node_map[self.x][0] * (node_map[self.c1][0] * node_map[self.c2][0])


class ReluTwice(DFPatternCallback):
    def __init__(self):
        super().__init__(rewrite_once=True)
        self.x = wildcard()
        self.pattern = is_op("nn.relu")(self.x)

    def callback(self, pre, post, node_map):
        return relay.nn.relu(pre)


class DropReshape(DFPatternCallback):
    def __init__(self):
        super().__init__()
        self.x = wildcard()
        self.pattern = is_op("reshape")(is_op("reshape")(self.x))

    def callback(self, pre, post, node_map):
        return post


@transform.function_pass(opt_level=1, required=["InferType"])
class SwapAdd(ExprMutator):
    def transform_function(self, func, mod, ctx):
        return self.visit(func)

    def visit_call(self, call):
        call = super().visit_call(call)
        if call.op.name == "add":
            return relay.add(call.args[1], call.args[0])
        return call


class Ops(ExprVisitor):
    def __init__(self):
        super().__init__()
        self.names = []

    def visit_call(self, call):
        super().visit_call(call)
        self.names.append(call.op.name)

    def of(self, func):
        self.visit(func)
        return self.names


def names_of(func):
    ops = Ops()
    ops.visit(func)
    return ops.names


def check_dense(extract):
    root = extract
    while root.op.name != "nn.dense":
        root = root.args[0]
    return len(root.checked_type.shape) == 2


@register_pattern_table("npu")
def pattern_table():
    dense = is_op("nn.dense")(wildcard(), wildcard())
    bias = is_op("nn.bias_add")(dense, is_constant())
    relu = bias.optional(lambda x: is_op("nn.relu")(x))
    return [("npu.dense", relu, check_dense), ("npu.clip", is_op("clip")(wildcard()))]


def partition(mod):
    seq = tvm.transform.Sequential(
        [
            transform.InferType(),
            transform.MergeComposite(get_pattern_table("npu")),
            transform.AnnotateTarget("npu"),
            transform.MergeCompilerRegions(),
            transform.PartitionGraph(),
        ]
    )
    return seq(mod)


def run(mod):
    mod["main"] = rewrite(FuseScale(), mod["main"])
    mod["main"] = rewrite([DropReshape(), ReluTwice()], mod["main"])
    return SwapAdd()(mod)
"""
USE = """
import numpy as np
import fork
from tvm import relax


def constant(value):
    return relax.const(np.asarray(value, "float32"))


Tensor = getattr(relax, "TensorStructInfo", relax.TensorType)
builder = relax.BlockBuilder()
x, w = relax.Var("x", Tensor((2, 3), "float32")), relax.Var("w", Tensor((4, 3), "float32"))
with builder.function("main", [x, w]):
    with builder.dataflow():
        y = x
        for factor in (2, 3, 4):
            y = builder.emit(relax.op.multiply(y, constant(factor)))
        y = builder.emit(relax.op.matmul(y, builder.emit(relax.op.permute_dims(w))))
        y = builder.emit(relax.op.nn.relu(builder.emit(relax.op.add(y, constant([1, 2, 3, 4])))))
        y = builder.emit(relax.op.reshape(builder.emit(relax.op.reshape(y, (4, 2))), (8,)))
        y = builder.emit_output(builder.emit(relax.op.clip(y, 0, 6)))
    builder.emit_func_output(y)
mod = builder.get()
print(*(name.removeprefix("relax.") for name in fork.names_of(fork.run(mod)["main"])))
parts = fork.partition(mod).functions
print(*sorted(func.attrs["Codegen"] for func in parts.values() if "Codegen" in func.attrs))
"""
RAN = "multiply multiply multiply permute_dims matmul add nn.relu nn.relu reshape reshape clip\nnpu npu\n"


@pytest.mark.parametrize("release", ["0.27", "0.21"])
def test_ported_passes_run(tmp_path: Path, release: str) -> None:
    result = port_source(FORK, "fork.py", None, Options(Target(release), todo=True, rest=True))
    assert not {place.name for place in result.places if place.level in (Level.UNKNOWN, Level.MANUAL)}
    (tmp_path / "fork.py").write_text(result.text, encoding="utf-8")
    (tmp_path / "use.py").write_text(USE, encoding="utf-8")
    line = [sys.executable, "-m", "migrate.cli", "as-tvm", "--release", release, "--", "use.py"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, RAN), done.stderr
