"""Tensor programs to be printed by real TVM: operators legalised and fused, schedules, lowered functions, texts."""

import re
from collections.abc import Callable, Iterator
from typing import Any

OPERATORS = {
    "add": (['("n", 4)', "(4,)"], "R.add(a0, a1)"),
    "concat": (['("n", 4)', '("m", 4)'], "R.concat((a0, a1), axis=0)"),
    "conv2d": (['("n", 3, 8, 8)', "(4, 3, 3, 3)"], "R.nn.conv2d(a0, a1, strides=(2, 2), padding=(1, 1))"),
    "cumsum": (["(2, 3)"], "R.cumsum(a0, axis=1)"),
    "gelu": (["(2, 3)"], "R.nn.gelu(a0)"),
    "isfinite": (["(2, 3)"], "R.isfinite(a0)"),
    "layer_norm": (["(2, 8)", "(8,)", "(8,)"], "R.nn.layer_norm(a0, a1, a2, axes=[-1])"),
    "max_pool2d": (["(1, 3, 8, 8)"], "R.nn.max_pool2d(a0, pool_size=(2, 2), padding=(1, 1))"),
    "resize2d": (["(1, 3, 8, 8)"], 'R.image.resize2d(a0, R.shape([5, 7]), layout="NCHW", method="linear")'),
    "round": (["(2, 3)"], "R.round(a0)"),
    "softmax": (['("n", 8)'], "R.nn.softmax(a0, axis=-1)"),
    "topk": (["(4, 8)"], 'R.topk(a0, k=3, axis=1, ret_type="both")'),
    "triu": (['("n", 5)'], "R.triu(a0, -1)"),
}
FUSED = {
    "elementwise": (['("n", "m")', '("m",)'], "R.multiply(R.sigmoid(R.add(a0, a1)), a0)"),
    "reduction": (["(4, 8)"], "R.divide(a0, R.sum(R.exp(a0), axis=1, keepdims=True))"),
}
MATMUL = """
@T.prim_func
def main(A: T.Buffer((128, 128), "float32"), B: T.Buffer((128, 128), "float32"), C: T.Buffer((128, 128), "float32")):
    for i, j, k in T.grid(128, 128, 128):
        with T.block("update"):
            vi, vj, vk = T.axis.remap("SSR", [i, j, k])
            with T.init():
                C[vi, vj] = 0.0
            C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vk, vj]
"""
STAGES = """
@T.prim_func
def main(A: T.Buffer((128, 128), "float32"), C: T.Buffer((128, 128), "float32")):
    B = T.alloc_buffer((128, 128), "float32")
    for i, j in T.grid(128, 128):
        with T.block("B"):
            vi, vj = T.axis.remap("SS", [i, j])
            B[vi, vj] = A[vi, vj] * 2.0
    for i, j in T.grid(128, 128):
        with T.block("C"):
            vi, vj = T.axis.remap("SS", [i, j])
            C[vi, vj] = T.exp(B[vi, vj]) + 1.0
"""
WRITTEN = """
### attributes
@T.prim_func
def main(a: T.handle, B: T.Buffer((16, 8), "float16"), n: T.int64, k: T.float32):
    T.func_attr({"noalias": True, "x": 3, "y": [1, 2], "s": "st\\"q", "z": T.int64(4), "f": 1.5, "d": {"p": None}})
    m = T.int32()
    A = T.match_buffer(a, (m, 8), "float32", strides=[8, 1], offset_factor=4, align=128)
    for i in T.parallel(4):
        for jo, ji in T.grid(2, T.int64(4)):
            with T.block("D"):
                T.where(i * 4 + 1 < 15)
                v = T.axis.spatial(16, i * 4)
                w = T.axis.reduce((2, 8), jo + 2)
                o = T.axis.opaque(4, T.Cast("int32", ji))
                T.reads(A[v, 0:8])
                T.writes(B[v, w:w + 2])
                T.block_attr({"a": 1, "b": "c", "l": [1, 2, T.int64(3)]})
                with T.init():
                    B[v, w] = T.float16(0)
                B[v, w] = B[v, w] + T.Cast("float16", A[v, w] * k)
### layout
@T.prim_func
def main(A: T.Buffer((4,), "float32")):
    T.func_attr({"layout": T.index_map(lambda i: (i // 2, i % 2)), "t": T.target({"kind": "llvm", "keys": ["cpu"]})})
    A[0] = 1.0
### loops
@T.prim_func
def main(A: T.Buffer((16,), "int32"), B: T.Buffer((16,), "int32")):
    for i in range(2, 10):
        A[i] = 1
    for i in T.serial(4, annotations={"p": 1}):
        for j in T.vectorized(4):
            A[i * 4 + j] = i
    for i in T.unroll(1, 5, annotations={"x": "y"}):
        A[i] = i % 3 + i // 2
    for i in T.thread_binding(16, thread="threadIdx.x"):
        A[i] = T.truncmod(i, 3) + T.truncdiv(i, 2)
    while A[0] < 10:
        A[0] = A[0] + 1
    if A[0] == 3:
        A[1] = 4
    elif A[0] == 4 and not (A[1] > 2 or A[2] >= 3):
        A[2] = T.if_then_else(A[0] != 2, T.Select(A[1] <= 3, 2, 3), 4)
    A[0:4] = T.Broadcast(1, 4)
    A[0:8:2] = T.Ramp(1, 2, 4)
    A[0] = -A[1] + (A[2] - (A[3] - A[4])) - (A[2] - A[4]) * (A[1] * A[3])
    A[0] = T.bitwise_xor(T.bitwise_and(A[1], A[2]), T.bitwise_not(T.shift_left(A[3], 1)))
    assert A[0] < 3, "message"
    A[0] = T.call_extern("int32", "foo", A[1], "x")
    T.evaluate(T.call_packed("f", 1, "s"))
### numbers
@T.prim_func
def main(A: T.Buffer((16,), "float32"), C: T.Buffer((), "float64"), D: T.Buffer((4,), "uint8")):
    A[3] = T.float32(3) / A[1] + T.Cast("float32", T.popcount(3)) + T.float32(1e10) + T.float32(0.1) + T.float32("nan")
    A[4] = T.Div(A[1], A[2]) + T.Add(T.float32(1), T.float32(2)) + T.Cast("float32", T.LT(1, 2)) + T.float32("-inf")
    C[()] = T.float64(1.23456789e30) + T.float64(5e-324) + T.Cast("float64", A[1])
    D[0] = T.uint8(3) + T.max(D[0], T.uint8(1))
    x = T.float32()
    A[5] = T.Let(x + 1.0, where={x: A[2]})
### regions
@T.prim_func
def main(a: T.handle, b: T.handle):
    n, s0, s1, eo = T.int64(), T.int32(), T.int32(), T.int32()
    A = T.match_buffer(a, (n, 8), "float32", strides=[s0, s1], elem_offset=eo, offset_factor=1)
    B = T.match_buffer(b, (n * 2, 8), "float32")
    for i in range(n):
        with T.block("opaque"):
            T.reads(A[i, 0:4])
            T.writes(B[i, 0:4])
            SA = T.match_buffer(A[i, 0:4], (1, 4), strides=["q", 1], offset_factor=1)
            SB = T.match_buffer(B[i, 0:4], (1, 4), strides=["r", 1], offset_factor=1)
            SB[0, 0] = SA[0, 1]
            T.call_extern("void", "f", SA.data, SA.access_ptr("r"), T.address_of(SB[0, 0]))
### scalar
@T.prim_func
def main(x: T.int32, y: T.float16) -> T.int32:
    if x < 3:
        return x
    return x + 1
### threads
@T.prim_func
def main(A: T.Buffer((16,), "float32"), h: T.handle("float32")):
    bx = T.launch_thread("blockIdx.x", 4)
    tx = T.env_thread("threadIdx.x")
    with T.launch_thread(tx, 4):
        A[bx * 4 + tx] = 1.0
    with T.attr(h, "storage", 3):
        A[0] = 2.0
    with T.launch_thread(tx, 4):
        A[bx * 4 + tx] = 2.0
### let
@T.prim_func
def main(A: T.Buffer((16,), "float32")):
    y: T.float32 = A[1] + 2.0
    A[0] = y * y
"""
PASSES = ("LowerInitBlock", "ConvertBlocksToOpaque", "CompactBufferAllocation", "LowerOpaqueBlock", "FlattenBuffer",
          "VectorizeLoop", "StorageRewrite")  # fmt: skip


def relax(args: list[str], expression: str) -> str:
    """A Relax module that computes an expression of float32 tensors."""
    params = ", ".join(f'a{place}: R.Tensor({shape}, "float32")' for place, shape in enumerate(args))
    body = f"    @R.function\n    def main({params}):\n        gv = {expression}\n        return gv\n"
    return f"@I.ir_module\nclass Module:\n{body}"


def written(is_new: bool) -> Iterator[tuple[str, str]]:
    """The written programs by name, in the words of a release up to 0.23 or from 0.25 on."""
    for name, text in re.findall(r"^### (\S+)\n(.*?)(?=^### |\Z)", WRITTEN, re.MULTILINE | re.DOTALL):
        yield name, said(text, is_new)


def said(text: str, is_new: bool) -> str:
    """A program in the words of a release."""
    if not is_new:
        return text
    text = text.replace("T.block(", "T.sblock(").replace("T.block_attr", "T.sblock_attr")
    return text.replace("T.alloc_buffer", "T.sblock_alloc_buffer").replace(
        "@T.prim_func\n", "@T.prim_func(s_tir=True)\n"
    )


def _bound(schedule: Any, block: Callable[[str], Any]) -> None:
    update = block("update")
    i, j, _ = schedule.get_loops(update)
    outer, inner = schedule.split(schedule.fuse(i, j), [None, 64])
    schedule.bind(outer, "blockIdx.x")
    schedule.bind(inner, "threadIdx.x")
    schedule.compute_at(schedule.cache_read(update, 0, "shared"), outer)
    schedule.reverse_compute_at(schedule.cache_write(update, 0, "local"), inner)


def _split(schedule: Any, block: Callable[[str], Any]) -> None:
    i, j, k = schedule.get_loops(block("update"))
    io, ii = schedule.split(i, [None, 16])
    jo, ji = schedule.split(j, [8, None])
    ko, ki = schedule.split(k, [None, 16])
    schedule.reorder(io, jo, ko, ii, ji, ki)
    schedule.blockize(ii)
    schedule.annotate(io, "pragma_auto_unroll_max_step", 16)


def _decomposed(schedule: Any, block: Callable[[str], Any]) -> None:
    update = block("update")
    loops = schedule.get_loops(update)
    schedule.decompose_reduction(update, loops[-1])
    schedule.unroll(loops[1])


def _staged(schedule: Any, block: Callable[[str], Any]) -> None:
    loops = schedule.get_loops(block("C"))
    outer, _ = schedule.split(loops[0], [None, 30])
    schedule.compute_at(block("B"), outer)
    schedule.vectorize(schedule.get_loops(block("C"))[-1])


SCHEDULES = {"bound": (MATMUL, _bound), "split": (MATMUL, _split), "decomposed": (MATMUL, _decomposed),
             "staged": (STAGES, _staged)}  # fmt: skip
