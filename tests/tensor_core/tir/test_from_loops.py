"""The TVMScript of kernels, as text. That real releases parse and run it shows tests/oracle/test_kernels.py."""

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, loop, store, when
from tensor_core.loops.nodes import Combiner, PrimFunc
from tensor_core.prim import Var
from tensor_core.tir.from_loops import from_loops
from tensor_core.tir.text import printer
from tensor_core.types import TensorType


def print_prim_func(kernel: PrimFunc, release: str, name: str) -> list[str]:
    return printer.print_prim_func(from_loops(kernel), release, name).lines


def test_stages_reductions_and_guards() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((4,)))
    padded = b.compute((6,), lambda i: prim.if_then_else(prim.all_of([i >= 1, i < 5]), x[i - 1], 0.0), name="pad")
    total = b.reduce((), (6,), lambda k: padded[k], Combiner.SUM, name="total")
    assert print_prim_func(b.finish("kernel", [total]), "0.27", "padded_sum") == [
        "@T.prim_func(private=True)",
        'def padded_sum(x: T.Buffer((T.int64(4),), "float32"), total: T.Buffer((), "float32")):',
        "    pad = T.alloc_buffer((T.int64(6),))",
        "    for i0 in range(T.int64(6)):",
        "        pad[i0] = T.if_then_else(T.int64(1) <= i0 and i0 < T.int64(5), x[i0 - T.int64(1)], T.float32(0.0))",
        "    total[()] = T.float32(0.0)",
        "    for k0 in range(T.int64(6)):",
        "        total[()] = total[()] + pad[k0]",
    ]


def test_symbolic_shapes_are_matched() -> None:
    n = Var("n")
    b = LoopBuilder()
    x = b.input("x", TensorType((n, 2)))
    func = b.finish("kernel", [b.compute((n * 2,), lambda i: x[i // 2, i % 2])])
    assert print_prim_func(func, "0.19", "flat") == [
        "@T.prim_func(private=True)",
        "def flat(var_x: T.handle, var_compute: T.handle):",
        "    n = T.int64()",
        "    x = T.match_buffer(var_x, (n, T.int64(2)))",
        "    compute = T.match_buffer(var_compute, (n * T.int64(2),))",
        "    for i0 in range(n * T.int64(2)):",
        "        compute[i0] = x[i0 // T.int64(2), i0 % T.int64(2)]",
    ]


def test_loops_branches_and_names() -> None:
    b = LoopBuilder()
    x = b.input("lambda", TensorType((3,)))
    y = b.scratch((3,), "float32", name="T")
    b.emit(loop(3, lambda t: when(t > 0, store(y, [t], x[t] + y[t - 1]), store(y, [0], x[0])), name="1st"))
    assert print_prim_func(b.finish("kernel", [y]), "0.27", "scan") == [
        "@T.prim_func(private=True)",
        'def scan(lambda_: T.Buffer((T.int64(3),), "float32"), T_1: T.Buffer((T.int64(3),), "float32")):',
        "    for _1st in range(T.int64(3)):",
        "        if T.int64(0) < _1st:",
        "            T_1[_1st] = lambda_[_1st] + T_1[_1st - T.int64(1)]",
        "        else:",
        "            T_1[T.int64(0)] = lambda_[T.int64(0)]",
    ]


def test_round_is_spelled_out_where_the_release_rounds_to_even() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType(()))
    func = b.finish("kernel", [b.compute((), lambda: prim.intrinsic("round", x[()]), name="y")])
    assert print_prim_func(func, "0.23", "f")[-1] == "    y[()] = T.round(x[()])"
    assert "T.trunc" in print_prim_func(func, "0.24", "f")[-1]


def test_constants() -> None:
    b = LoopBuilder()
    values = {"float32": 0.1, "float64": float("inf"), "bfloat16": 0.1, "bool": True, "int8": -3}
    outs = [b.compute((), lambda value=value: value, dtype, name="y") for dtype, value in values.items()]
    lines = print_prim_func(b.finish("kernel", outs), "0.27", "f")[2:]
    assert [line.split(" = ")[1] for line in lines] == [
        "T.float32(0.10000000149011612)",
        'T.float64("inf")',
        'T.Cast("bfloat16", T.float32(0.10009765625))',
        "T.bool(True)",
        "T.int8(-3)",
    ]


def test_negated_float_comparisons_stay_as_they_are() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType(()))
    n = b.input("n", TensorType((), "int32"))
    outs = [b.compute((), lambda t=t: prim.Not(prim.LT(t[()], t[()])), name="y") for t in (x, n)]
    lines = print_prim_func(b.finish("kernel", outs), "0.27", "f")
    assert lines[-2:] == [
        "    y[()] = T.Select(x[()] < x[()], T.bool(False), T.bool(True))",
        "    y_1[()] = not n[()] < n[()]",
    ]
