"""Programs in plain loops are called so that TVM builds them: their results outlive the dataflow block."""

from typing import Any

import migrate
from relax_core.ir.expr import DataflowVar
from relax_core.text.reader import read
from relax_core.transform import LegalizeOps

SCRIPT = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((3, 4), "float32")):
        with R.dataflow():
            a = R.nn.softmax(x)
            b = R.exp(a)
            c = (a, b)
            R.output(c)
        return c
"""
ROOTED = """
@I.ir_module
class Module:
    @T.prim_func(private=True, s_tir=True)
    def double(x: T.Buffer((4,), "float32"), y: T.Buffer((4,), "float32")):
        for i in range(4):
            with T.sblock("double"):
                vi = T.axis.spatial(4, i)
                y[vi] = x[vi] * T.float32(2)

    @R.function
    def main(x: R.Tensor((4,), "float32")):
        with R.dataflow():
            a = R.call_tir(Module.double, (x,), out_ty=R.Tensor((4,), "float32"))
            b = R.add(a, a)
            R.output(b)
        return b
"""


def inner(module: Any) -> list[str]:
    """The variables that only their block knows."""
    bindings = [item for block in module["main"].body.blocks for item in block.bindings]
    return [item.var.name for item in bindings if isinstance(item.var, DataflowVar)]


def test_results_of_plain_loops_are_outputs() -> None:
    lowered = LegalizeOps()(read(SCRIPT, release="0.27"))
    assert inner(lowered) == ["a", "b"]
    assert inner(migrate.convert(lowered).module) == []


def test_results_of_blocks_stay_inside() -> None:
    assert inner(migrate.convert(read(ROOTED, release="0.27")).module) == ["a"]
