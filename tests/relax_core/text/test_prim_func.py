"""Kernels in scripts: what we print reads back to the same kernel, what TVM prints to one that computes the same."""

import kernels
import numpy as np
import pytest
from hypothesis import given, settings

from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core import prim
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.interpret import run
from tensor_core.loops.nodes import Block, Combiner, For, PrimFunc, Seq
from tensor_core.loops.structure import structural_key
from tensor_core.module import GlobalVar, IRModule
from tensor_core.tir import function as tir
from tensor_core.tir.from_loops import from_loops
from tensor_core.tir.text.printer import print_prim_func
from tensor_core.tir.to_loops import to_loops
from tensor_core.types import TensorType


def in_module(func: PrimFunc) -> IRModule:
    return IRModule({GlobalVar(func.name): from_loops(func)})


def through_text(func: PrimFunc, target: str) -> PrimFunc:
    found = read(print_module(in_module(func), target), release=target)[func.name]
    assert isinstance(found, tir.PrimFunc)
    return to_loops(found)


def program(text: str, release: str = "0.27") -> tir.PrimFunc:
    found = read(text, release=release)["f"]
    assert isinstance(found, tir.PrimFunc)
    return found


def kernel(text: str, release: str = "0.27") -> PrimFunc:
    return to_loops(program(text, release))


DTYPES = (*kernels.FLOATS, *kernels.INTS)


@pytest.mark.parametrize("target", ["0.19", "0.27"])
@settings(max_examples=100)
@given(case=kernels.cases(DTYPES))
def test_random_kernels_come_back(target: str, case: kernels.Case):
    found = through_text(case.func, target)
    lines = print_prim_func(from_loops(case.func), target, "f")
    assert print_prim_func(from_loops(found), target, "f") == lines
    for before, after in zip(run(case.func, case.inputs), run(found, case.inputs), strict=True):
        np.testing.assert_array_equal(after, before)


def test_blocks_are_recognised():
    b = LoopBuilder()
    x = b.input("x", TensorType((4, 8)))
    total = b.reduce((4,), (8,), lambda i, k: x[i, k] * x[i, k], Combiner.SUM)
    shifted = b.compute((4, 8), lambda i, j: x[i, 7 - j] - total[i])
    everything = b.reduce((), (4, 8), lambda i, j: shifted[i, j], Combiner.MAX)
    func = b.finish("f", [shifted, everything])
    for target in ("0.19", "0.27"):
        assert structural_key(through_text(func, target)) == structural_key(func)


SYMBOLIC = """
@I.ir_module
class Module:
    @T.prim_func(private=True)
    def f(a: T.handle, k: T.int64, b: T.handle):
        n = T.int64()
        A = T.match_buffer(a, (n,), "float32")
        B = T.match_buffer(b, (n, T.int64(2)), "float32")
        C = T.alloc_buffer((n,))
        for i in range(n):
            C[i] = T.if_then_else(i < k, A[i], T.float32(0.5))
        for i, j in T.grid(n, T.int64(2)):
            if j == T.int64(0):
                B[i, j] = T.exp(C[i])
            else:
                B[i, j] = T.Cast("float32", i) * T.float32("inf")
"""


def test_symbolic_sizes_scalars_and_scratch():
    func = kernel(SYMBOLIC)
    a, b = func.params
    assert (func.outputs, [var.name for var in func.scalars], [c.name for c in func.allocations]) == (1, ["k"], ["C"])
    assert a.shape[0] is b.shape[0]
    assert isinstance(a.shape[0], prim.Var)
    assert isinstance(func.body, Seq)
    assert isinstance(func.body.body[0], Block)
    assert isinstance(func.body.body[1], For)


# As TVM 0.19 and 0.27 print them: scheduling blocks with remapped axes and an initial value.
REDUCTION = """
@I.ir_module
class Module:
    @T.prim_func(private=True, s_tir=True)
    def f(A: T.Buffer((T.int64(2), T.int64(3)), "float32"), B: T.Buffer((T.int64(2),), "float32")):
        T.func_attr({"tir.noalias": T.bool(True)})
        # with T.sblock("root"):
        for i, k in T.grid(T.int64(2), T.int64(3)):
            with T.sblock("red"):
                vi, vk = T.axis.remap("SR", [i, k])
                T.reads(A[vi, vk])
                T.writes(B[vi])
                with T.init():
                    B[vi] = T.float32(1.0)
                B[vi] = B[vi] + A[vi, vk]
"""


@pytest.mark.parametrize("text", [REDUCTION, REDUCTION.replace("sblock", "block").replace(", s_tir=True", "")])
def test_scheduling_blocks(text: str):
    func = kernel(text)
    body = func.body
    assert isinstance(body, Block)
    assert (len(body.spatial), len(body.reduce), body.combiner) == (1, 1, Combiner.SUM)
    x = np.arange(6, dtype="float32").reshape(2, 3)
    (found,) = run(func, [x], [TensorType((2,))])
    np.testing.assert_array_equal(found, 1 + x.sum(1))


def test_round_means_what_the_release_means():
    text = """
@I.ir_module
class Module:
    @T.prim_func(private=True)
    def f(A: T.Buffer((T.int64(2),), "float32"), B: T.Buffer((T.int64(2),), "float32")):
        for i in range(T.int64(2)):
            B[i] = T.round(A[i])
"""
    halves = np.array([0.5, 2.5], "float32")
    for release, expected in (("0.19", [1, 3]), ("0.27", [0, 2])):
        (found,) = run(kernel(text, release), [halves])
        np.testing.assert_array_equal(found, expected)


SEQUENTIAL = {
    "reads what it writes": "B[i] = B[i] + A[i]",
    "writes one element twice": "B[i // T.int64(2)] = A[i]",
    "leaves a variable out": "B[T.int64(0)] = A[i]",
    "writes the same element for every j": "B[i] = A[j]",
}


@pytest.mark.parametrize("case", SEQUENTIAL)
def test_what_may_depend_on_order_stays_a_loop(case: str):
    text = f"""
@I.ir_module
class Module:
    @T.prim_func(private=True)
    def f(A: T.Buffer((T.int64(4),), "float32"), B: T.Buffer((T.int64(4),), "float32")):
        for i, j in T.grid(T.int64(4), T.int64(4)):
            {SEQUENTIAL[case]}
"""
    assert isinstance(kernel(text).body, For)


HEAD = '@I.ir_module\nclass Module:\n    @T.prim_func\n    def f(A: T.Buffer((T.int64(4),), "float32"), n: T.int64):\n'
FAULTS = {
    "A[0, 0] = T.float32(1)": "R2R0201",
    "B[0] = T.float32(1)": "R2R0103",
    "A[m] = T.float32(1)": "R2R0103",
    "A[0] = A.data": "R2R0202",
    "A[0] = T.launch(A[0])": "R2R0101",
    "while True:\n            A[0] = T.float32(1)": "R2R0609",
    "for i in A:\n            A[i] = T.float32(1)": "R2R0112",
    'T.call_packed("f", A.data)': "R2R0609",
    "A[0:4] = T.Broadcast(T.float32(1), 4)": "R2R0609",
    "A[0] = T.tvm_thread_invariant(A[0])": "R2R0609",
    "with T.block('b'):\n            v = T.axis.wide(4, 0)": "R2R0101",
    "A[0] = T.Cast('floaty', A[0])": "R2R0108",
    "B = T.match_buffer(A, (4,))": "R2R0103",
    'A[0] = T.float32("x")': "R2R0108",
    f"A[0] = {'T.exp(' * 320}A[0]{')' * 320}": "R2R0111",
    "import os": "R2R0112",
}


@pytest.mark.parametrize("statement", FAULTS, ids=range(len(FAULTS)))
def test_faults(statement: str):
    with pytest.raises(DiagnosticError) as caught:
        kernel(f"{HEAD}        {statement}\n")
    assert caught.value.diagnostics[0].code.id == FAULTS[statement]
    assert caught.value.diagnostics[0].span is not None
