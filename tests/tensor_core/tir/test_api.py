"""Tensor programs made by tvm.tir's constructors, printed as TVM prints them."""

import pytest

from tensor_core import prim
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import Var
from tensor_core.tir import api
from tensor_core.tir import stmt as st
from tensor_core.tir.expr import IterVar, range_of
from tensor_core.tir.text.printer import index_map_text, print_prim_func


def test_a_function_with_a_block():
    a, b = api.decl_buffer((4,), "float32", "A"), api.decl_buffer((4,), "float32", "B")
    i, v = Var("i", "int32"), Var("v", "int32")
    four = prim.IntImm(4, "int32")
    one = range_of(prim.IntImm(1, "int32"), v)
    store = api.buffer_store(b, api.call("float32", "tir.exp", [api.buffer_load(a, [v])]), [v])
    block = api.block([IterVar(range_of(four), v)], [api.region(a, [one])], [api.region(b, [one])], "exp", store)
    body = api.for_loop(i, 0, 4, "parallel", api.block_realize([i], True, block))
    func = api.prim_func([a, b], body, attrs={"global_symbol": "f", "note": [1, "x"]})
    assert print_prim_func(func, "0.19", "f").lines == [
        "@T.prim_func",
        'def f(A: T.Buffer((4,), "float32"), B: T.Buffer((4,), "float32")):',
        '    T.func_attr({"note": [1, "x"]})',
        "    for i in T.parallel(4):",
        '        with T.block("exp"):',
        "            v = T.axis.spatial(4, i)",
        "            T.reads(A[v])",
        "            T.writes(B[v])",
        "            B[v] = T.exp(A[v])",
    ]
    assert print_prim_func(func, "0.27", "f").lines[0] == "@T.prim_func(s_tir=True)"
    seen: list[str] = []
    api.post_order_visit(func.body, lambda node: seen.append(type(node).__name__))
    assert seen[-3:] == ["Block", "BlockRealize", "For"]
    assert seen.index("BufferLoad") < seen.index("Intrinsic") < seen.index("BufferStore")


def test_statements_up_to_0_23_and_from_0_24_on():
    x = Var("x", "int32")
    a = api.decl_buffer((8,), "int32", "A")
    data = api.decl_buffer((4,), "int32", "C")
    store = api.buffer_store(data, api.select(x < 3, x, 0), [api.ramp(0, 1, 4)])
    inner = api.allocate(data.data, "int32", [4], True, st.DeclBuffer(data, store))
    checked = api.assert_stmt(x < 9, "too large", api.attr_stmt(a.data, "pragma_note", 1, inner))
    func = api.prim_func([x, a], api.seq_stmt([api.if_then_else(x < 1, st.Return(x)), checked]))
    assert print_prim_func(func, "0.19", "f").lines[2:] == [
        "    if x < 1:",
        "        return x",
        '    assert x < 9, "too large"',
        '    T.attr(A.data, "pragma_note", 1)',
        '    C = T.decl_buffer((4,), "int32")',
        "    C[0:4] = T.Select(x < 3, x, 0)",
    ]
    assert print_prim_func(func, "0.27", "f").lines[4:] == [
        '    assert x < 9, ("RuntimeError", ["too large"])',
        '    with T.attr(A.data, "pragma_note", 1):',
        '        C = T.alloc_buffer((4,), "int32")',
        "        C[0:4] = T.Select(x < 3, x, 0)",
    ]


def test_faults_of_constructors():
    a = api.decl_buffer((4, 4), "float32", "A")
    with pytest.raises(ValueError, match="2-dimensional"):
        api.buffer_load(a, [0])
    with pytest.raises(DiagnosticError, match="no loop of kind"):
        api.for_loop(Var("i", "int32"), 0, 4, "sideways", st.SeqStmt(()))


def test_substitution_and_index_maps():
    i, j = Var("i"), Var("j")
    moved = api.substitute(i * 4 + j, {i: j + 1})
    assert index_map_text(api.index_map([j], [moved, 0]), "0.27") == "T.index_map(lambda j: ((j + 1) * 4 + j, 0))"


def test_known_numbers_are_numbers():
    assert int(prim.IntImm(3)) == 3
    assert list(range(3))[prim.IntImm(-1)] == 2
    assert float(prim.FloatImm(0.5)) == 0.5
