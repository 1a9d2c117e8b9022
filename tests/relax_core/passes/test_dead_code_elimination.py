"""DeadCodeElimination of Relax: blocks around one that goes become one."""

from relax_core.ir.expr import BindingBlock
from relax_core.passes.dead_code_elimination import DeadCodeElimination
from relax_core.structural import structural_equal
from relax_core.text.reader import read

SCRIPT = """
@I.ir_module
class Module:
    @R.function(pure=False)
    def main(x: R.Tensor((), "float32")) -> R.Tensor((), "float32"):
        a = R.call_packed("f", x, ty_args=(R.Tensor((), "float32"),))
        with R.dataflow():
            lv = R.subtract(x, x)
            R.output()
        b = R.call_packed("g", a, ty_args=(R.Tensor((), "float32"),))
        return b
"""


def test_neighbours_of_a_block_that_goes_become_one() -> None:
    # As TVM 0.19 and 0.27 leave it; found by a campaign, because a second run joined what the first had left.
    once = DeadCodeElimination()(read(SCRIPT, release="0.27"))
    (block,) = once["main"].body.blocks
    assert type(block) is BindingBlock
    assert len(block.bindings) == 2
    assert structural_equal(DeadCodeElimination()(once), once)


CALLED = """
@I.ir_module
class Module:
    @T.prim_func(private=True, s_tir=True)
    def twice(x: T.float32) -> T.float32:
        return x + x

    @T.prim_func(private=True, s_tir=True)
    def all_twice(x: T.Buffer((4,), "float32"), y: T.Buffer((4,), "float32")):
        for i in range(4):
            y[i] = Module.twice(x[i])

    @R.function
    def main(x: R.Tensor((4,), "float32")) -> R.Tensor((4,), "float32"):
        y = R.call_tir(Module.all_twice, (x,), out_ty=R.Tensor((4,), dtype="float32"))
        return y
"""


def test_what_only_a_tensor_program_calls_stays() -> None:
    module = read(CALLED, release="0.27")
    assert len(DeadCodeElimination()(module)) == 3


UNUSED = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((), "float32")) -> R.Tensor((), "float32"):
        a = R.exp(x)
        b = R.add(x, x)
        return b
"""


def test_what_is_unused_and_pure_goes_outside_of_dataflow_blocks_too() -> None:
    after = DeadCodeElimination()(read(UNUSED, release="0.27"))
    assert [binding.var.name for block in after["main"].body.blocks for binding in block.bindings] == ["b"]
