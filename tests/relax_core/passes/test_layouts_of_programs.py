"""AlterOpImpl, AttachAttrLayoutFreeBuffers and SplitLayoutRewritePreproc keep what is computed."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from relax_core.interpret import evaluate
from relax_core.ir.expr import IRModule, PrimFunc
from relax_core.passes.alter_op_impl import AlterOpImpl
from relax_core.passes.attach_attr_layout_free_buffers import AttachAttrLayoutFreeBuffers
from relax_core.passes.split_layout_rewrite_preproc import SplitLayoutRewritePreproc
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.well_formed import check as faults
from tensor_core import prim, shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import Var
from tensor_core.tir.expr import IndexMap
from tensor_core.tir.index_maps import inverse

HEAD = "from tvm.script import ir as I, relax as R, tirx as T\n@I.ir_module\nclass Module:\n"
DOUBLE = """
    @T.prim_func(private=True, s_tir=True)
    def double(a: T.Buffer(({shape}), "float32"), out: T.Buffer(({shape}), "float32")):
        T.func_attr({{"operator_name": "my.double"}})
        for {i} in T.grid({shape}):
            with T.sblock("out"):
                {v} = T.axis.remap("{kinds}", [{i}])
                out[{v}] = a[{v}] * T.float32(2)
"""
MAIN = """
    @R.function
    def main(x: R.Tensor(({shape}), "float32")) -> R.Tensor(({shape}), "float32"):
        with R.dataflow():
            out = R.call_tir(Module.double, (x,), out_ty=R.Tensor(({shape}), "float32"))
            R.output(out)
        return out
"""


def doubling(*shape: int, main: bool = False) -> IRModule:
    names = [f"i{n}" for n in range(len(shape))]
    text = f"{', '.join(map(str, shape))},"
    program = DOUBLE.format(
        shape=text, i=", ".join(names), v=", ".join(f"v{name}" for name in names), kinds="S" * len(shape)
    )
    return read(HEAD + program + (MAIN.format(shape=text) if main else ""), release="0.27")


def index_map(count: int, change: Any) -> IndexMap:
    initial = tuple([Var(f"i{n}", "int32") for n in range(count)])
    return IndexMap(initial, tuple(change(*initial)))


def program(*shape: int) -> PrimFunc:
    found = doubling(*shape)["double"]
    assert isinstance(found, PrimFunc)
    return found


@pytest.mark.parametrize(
    ("change", "shape", "cuts"),
    [
        (lambda a, b: (b, a), (5, 4), False),
        (lambda a, b: (a // 2, b, a % 2), (2, 5, 2), False),
        (lambda a, b: (a, b // 2, b % 2), (4, 3, 2), True),
        (lambda a, b: (a * 5 + b, prim.const(0, "int32")), (20, 1), False),
        (lambda a, b: (b, a % 8), (5, 8), True),
    ],
)
def test_a_program_in_another_layout_computes_the_same(change: Any, shape: tuple[int, ...], cuts: bool) -> None:
    before = doubling(4, 5, main=True)
    maps = [index_map(2, change)] * 2
    after = AlterOpImpl({"my.double": program(*shape)}, {"my.double": maps})(before)
    assert faults(after) == []
    x = np.arange(20, dtype="float32").reshape(4, 5)
    assert_array_equal(evaluate(after, [x]), 2 * x)
    assert ("remove_pad" in print_module(after)) is cuts


def test_programs_of_other_operators_stay() -> None:
    before = doubling(4, 5, main=True)
    after = AlterOpImpl({"your.double": program(4, 5)}, {})(before)
    assert after["main"] is before["main"]


@pytest.mark.parametrize("change", [lambda a, b: (a + b,), lambda a, b: (a // 2, b), lambda a, b: (a, b - b)])
def test_maps_that_lose_indices_are_refused(change: Any) -> None:
    with pytest.raises(DiagnosticError, match="way back"):
        inverse(index_map(2, change), (4, 5))


def test_digits_of_digits_are_told() -> None:
    back, padded = inverse(index_map(1, lambda i: ((i % 16) // 4 * 2 + i // 16, i % 4)), (32,))
    assert not padded
    a, b = back.initial_indices
    for i in range(32):
        values = {a: (i % 16) // 4 * 2 + i // 16, b: i % 4}
        assert shapes.evaluate(back.final_indices[0], values) == i


def test_numbers_of_maps_and_arrays_agree() -> None:
    with pytest.raises(DiagnosticError, match="maps for 1 of them"):
        AlterOpImpl({"my.double": program(4, 5)}, {"my.double": [index_map(2, lambda a, b: (b, a))]})


FIRST = """
    @T.prim_func(private=True, s_tir=True)
    def add(a: T.Buffer((6,), "float32"), b: T.Buffer((6,), "float32"), out: T.Buffer((6,), "float32")):
        {body}
    @R.function
    def main(x: R.Tensor((6,), "float32"), w: R.Tensor((6,), "float32")) -> R.Tensor((6,), "float32"):
        R.func_attr({{"num_input": 1}})
        with R.dataflow():
            one = R.call_tir(Module.add, (x, w), out_ty=R.Tensor((6,), "float32"))
            two = R.call_tir(Module.add, (one, w), out_ty=R.Tensor((6,), "float32"))
            out = R.call_tir(Module.add, (w, two), out_ty=R.Tensor((6,), "float32"))
            R.output(out)
        return out
"""
PLAIN = """for i in range(6):
            with T.sblock("out"):
                v = T.axis.spatial(6, i)
                out[v] = a[v] + b[v]
"""
PACKED = """b_rewrite = T.sblock_alloc_buffer((2, 3))
        for i in range(6):
            with T.sblock("b_rewrite"):
                v = T.axis.spatial(6, i)
                T.reads(b[v])
                T.writes(b_rewrite[v // 3, v % 3])
                T.sblock_attr({"meta_schedule.layout_rewrite_preproc": True})
                b_rewrite[v // 3, v % 3] = b[v]
        for i in range(6):
            with T.sblock("out"):
                v = T.axis.spatial(6, i)
                out[v] = a[v] + b_rewrite[v // 3, v % 3]
"""


def adding(body: str) -> IRModule:
    return read(HEAD + FIRST.format(body=body), release="0.27")


def test_weights_are_free_in_programs_of_their_own() -> None:
    before = adding(PLAIN)
    after = AttachAttrLayoutFreeBuffers()(before)
    assert faults(after) == []
    text = print_module(after)
    assert text.count('"layout_free_buffers": [1]') == 1
    assert text.count('"layout_free_buffers": [0]') == 1
    x, w = np.arange(6, dtype="float32"), np.ones(6, "float32")
    assert_array_equal(evaluate(after, [x, w]), x + 3)


def test_what_is_done_to_weights_stands_before_the_call() -> None:
    before = adding(PACKED)
    after = SplitLayoutRewritePreproc()(before)
    assert faults(after) == []
    assert sorted(var.name for var in after.functions) == ["add_prepacked", "add_weight_prepack", "main"]
    x, w = np.arange(6, dtype="float32"), np.array([1, 2, 3, 5, 7, 9], "float32")
    assert_array_equal(evaluate(after, [x, w]), evaluate(before, [x, w]))


def test_programs_without_marks_stay_whole() -> None:
    before = adding(PLAIN)
    assert SplitLayoutRewritePreproc()(before)["main"] is before["main"]


def test_a_marked_block_that_computes_is_refused() -> None:
    wrong = PACKED.replace("T.reads(b[v])", "T.reads(a[v], b[v])")
    with pytest.raises(DiagnosticError, match="more than copy"):
        SplitLayoutRewritePreproc()(adding(wrong))
