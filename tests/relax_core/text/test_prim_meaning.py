"""What tensor programs of scripts compute: loops, blocks, regions and definitions as kernels."""

import ast

import numpy as np
import pytest

from relax_core.structural import structural_equal
from relax_core.text.prim_func import read_prim_func
from relax_core.text.reader import read
from relax_core.text.script import Script
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.interpret import run
from tensor_core.loops.nodes import Block
from tensor_core.prim import IntImm, Var
from tensor_core.tir import stmt as st
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.text.printer import print_prim_func
from tensor_core.tir.to_loops import to_loops

HEAD = '@T.prim_func(private=True)\ndef f(A: T.Buffer((4, 6), "float32"), B: T.Buffer((4, 6), "float32")):\n'
X = np.arange(24, dtype="float32").reshape(4, 6)


def program(body: str, head: str = HEAD, release: str = "0.19") -> PrimFunc:
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    text = head + lines
    tree = Script(text, "f")
    function = tree.tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    return read_prim_func(tree, function, set(), release)


def computed(body: str, release: str = "0.19") -> np.ndarray:
    return run(to_loops(program(body, release=release)), [X])[0]


def test_stages_with_scratch_and_a_reduction_with_its_start():
    body = """
C = T.alloc_buffer((4,), "float32")
for i, k in T.grid(4, 6):
    with T.block("sum"):
        vi, vk = T.axis.remap("SR", [i, k])
        with T.init():
            C[vi] = 1.0
        C[vi] = C[vi] + A[vi, vk]
for i, j in T.grid(4, 6):
    with T.block("out"):
        vi, vj = T.axis.remap("SS", [i, j])
        B[vi, vj] = A[vi, vj] - C[vi]
"""
    np.testing.assert_array_equal(computed(body), X - (1 + X.sum(1, keepdims=True)))
    func = program(body)
    root = func.body
    assert isinstance(root, st.BlockRealize)
    assert [buffer.name for buffer in root.block.alloc_buffers] == ["C"]
    reads = [[region.buffer.name for region in item.block.reads] for item in _realizes(root.block.body)]
    assert reads == [["A"], ["A", "C"]]


def _realizes(body: st.Stmt) -> list[st.BlockRealize]:
    found, stack = [], [body]
    while stack:
        item = stack.pop()
        if isinstance(item, st.BlockRealize):
            found.append(item)
        stack += reversed([child for child in item.iter_children() if isinstance(child, st.Stmt)])
    return found


def test_tiled_loops_with_a_bound_and_axes_that_are_computed():
    body = """
for io, ii in T.grid(2, 3):
    for j in T.thread_binding(6, thread="threadIdx.x"):
        with T.block("copy"):
            T.where(io * 3 + ii < 4)
            vi = T.axis.spatial(4, io * 3 + ii)
            vj = T.axis.opaque((0, 6), 5 - j)
            B[vi, vj] = A[vi, vj] * T.float32(2)
"""
    np.testing.assert_array_equal(computed(body), X * 2)


def test_regions_stand_for_what_they_match():
    body = """
for i in range(4):
    with T.block("row"):
        vi = T.axis.spatial(4, i)
        T.reads(A[vi, 2:6])
        T.writes(B[vi, 0:6])
        R = T.match_buffer(A[vi, 2:6], (4,), strides=["s"], offset_factor=1)
        for j in range(6):
            B[vi, j] = T.if_then_else(j > 3, T.float32(-1), R[j])
"""
    expected = np.where(np.arange(6) > 3, -1, np.roll(X, -2, 1)).astype("float32")
    np.testing.assert_array_equal(computed(body), expected)


def test_ranges_that_do_not_start_at_zero_and_steps():
    body = """
for i, j in T.grid(4, 6):
    B[i, j] = T.float32(0)
for i in range(1, 4):
    for j in range(0, 6, 2):
        B[i, j] = A[i, j]
"""
    expected = np.zeros((4, 6), "float32")
    expected[1:, ::2] = X[1:, ::2]
    np.testing.assert_array_equal(computed(body, "0.27"), expected)


@pytest.mark.parametrize(("release", "write"), [("0.19", "x: T.float32 = A[0, 1]"), ("0.27", "x: T.let = A[0, 1]")])
def test_a_let_holds_the_value_of_its_time(release: str, write: str):
    body = f"""
C = T.alloc_buffer((1,), "float32")
for i, j in T.grid(4, 6):
    C[0] = A[i, j]
    y{write[1:].replace("A[0, 1]", "C[0]")}
    C[0] = T.float32(7)
    B[i, j] = y + C[0]
"""
    np.testing.assert_array_equal(computed(body, release), X + 7)


def test_scalars_of_new_releases_are_memory():
    body = """
for i, j in T.grid(4, 6):
    x: T.float32 = A[i, j]
    x = x + 1.0
    B[i, j] = x
"""
    np.testing.assert_array_equal(computed(body, "0.27"), X + 1)
    assert "    x = x + T.float32(1.0)" in "\n".join(print_prim_func(program(body, release="0.27"), "0.27", "f").lines)


REFUSED = {
    'T.evaluate(T.call_extern("int32", "f", A.data))': "calls a function",
    "A[0, 0] = B[0, 0]\nB[0, 0] = A[0, 0]\nA[0, 1] = T.tvm_warp_activemask()": "tvm_warp_activemask",
    "C = T.Buffer((24,), data=A.data)\nB[0, 0] = C[3]": "C is not declared",
    "D = T.decl_buffer((6, 4), data=A.data)\nB[0, 0] = D[3, 3]": "another way",
    "assert A[0, 0] < 3.0, 'no'\nB[0, 0] = A[0, 0]": "AssertStmt",
    "B[0, T.Ramp(0, 1, 4)] = T.Broadcast(A[0, 0], 4)": "are not run",
}


@pytest.mark.parametrize("body", REFUSED)
def test_what_does_not_run_is_refused_only_then(body: str):
    func = program(body)
    assert print_prim_func(func, "0.19", "f").lines
    with pytest.raises(DiagnosticError, match=REFUSED[body]) as caught:
        to_loops(func)
    assert caught.value.diagnostics[0].code.id == "R2R0609"


def test_outputs_are_the_last_arrays():
    with pytest.raises(DiagnosticError, match="not its last"):
        to_loops(program("A[0, 0] = B[0, 0]"))


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("A[0, 0] * 2", "A[0, 0] * T.float32(2.0)"),
        ("A[0, 0] + 0", "A[0, 0]"),
        ("-A[0, 0]", "A[0, 0] * T.float32(-1.0)"),
        ("T.float32(1) + T.float32(2)", "T.float32(3.0)"),
        ("T.Add(T.float32(1), T.float32(2))", "T.Add(T.float32(1.0), T.float32(2.0))"),
        ("A[0, 0] + T.float64(1)", 'T.Cast("float32", T.Cast("float64", A[0, 0]) + T.float64(1.0))'),
        ("T.abs(T.int32(-3))", 'T.Cast("float32", T.Select(T.GE(-3, 0), -3, 3))'),
        ("A[0, 0] - (A[0, 1] - A[0, 2])", "A[0, 0] - (A[0, 1] - A[0, 2])"),
        ("A[0, 0] / A[0, 1] * A[0, 2]", "A[0, 0] / A[0, 1] * A[0, 2]"),
        ("T.float32('inf')", 'T.float32("inf")'),
    ],
)  # fmt: skip
def test_operators_are_those_of_tvm(written: str, printed: str):
    """Constants are folded, operands brought to one type, values converted to the buffer's, as TVM does."""
    lines = print_prim_func(program(f"B[0, 0] = {written}"), "0.19", "f").lines
    assert lines[-1] == f"    B[0, 0] = {printed}"


def test_equality_is_up_to_names():
    body = "for i, j in T.grid(4, 6):\n    B[i, j] = A[i, j] * T.float32(2)"
    func = program(body)
    assert structural_equal(func, program(body.replace("i, j", "p, q")))
    assert not structural_equal(func, program(body.replace("A[i, j]", "A[i, j - 1]")))
    assert not structural_equal(func, program(body.replace("float32(2)", "float32(3)")))
    assert not structural_equal(func, program(body, HEAD.replace('(4, 6), "float32"), B', '(4, 7), "float32"), B')))
    assert not structural_equal(func, program(f'T.func_attr({{"x": 1}})\n{body}'))


def test_depth_and_length_are_no_limit():
    """A thousand nested loops print; ten thousand statements and definitions are read, compared and printed."""
    names = ", ".join(f"i{n}" for n in range(1000))
    func = program(f"for {names} in T.grid({', '.join(['2'] * 1000)}):\n    B[0, 0] = A[0, 0]")
    assert structural_equal(func, func.replace(attrs={}))
    assert f"for {names} in T.grid" in print_prim_func(func, "0.27", "f").lines[-2]
    with pytest.raises(DiagnosticError) as caught:
        to_loops(func)
    assert caught.value.diagnostics[0].code.id == "R2R0111"
    body: st.Stmt = st.Evaluate(IntImm(0, "int32"))
    for n in range(1000):
        body = st.For(Var(f"i{n}", "int32"), IntImm(1, "int32"), IntImm(4, "int32"), st.SERIAL, body)
    assert len(print_prim_func(func.replace(body=body), "0.19", "f").lines) == 1003
    many = program("\n".join(f"x{n}: T.float32 = A[0, 0]\nB[0, 1] = x{n}" for n in range(5_000)))
    assert len(print_prim_func(many, "0.19", "f").lines) == 10_002
    assert structural_equal(many, many.replace(attrs={}))


def test_kernels_of_text_are_blocks():
    text = """
@I.ir_module
class Module:
    @T.prim_func(private=True)
    def f(A: T.Buffer((T.int64(4),), "float32"), B: T.Buffer((T.int64(4),), "float32")):
        for i in T.parallel(T.int64(4)):
            B[i] = T.exp(A[i])
"""
    func = read(text)["f"]
    assert isinstance(func, PrimFunc)
    assert isinstance(to_loops(func).body, Block)
    assert to_loops(func) is to_loops(func)
