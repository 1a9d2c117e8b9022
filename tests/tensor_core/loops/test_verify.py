"""Each structural rule of tensor programs, broken once."""

import pytest

from tensor_core import codes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, loop, store, when
from tensor_core.loops.nodes import Axis, Block, Buffer, Combiner, For, If, PrimFunc, Seq, Stmt, Store
from tensor_core.loops.verify import verify
from tensor_core.prim import PrimExpr, Var, const
from tensor_core.types import TensorType

X = Buffer("x", (4,), "float32")
Y = Buffer("y", (4,), "float32")
I = Var("i")  # noqa: E741
AXIS = Axis(I, 4)
LOAD = prim.Load(X, (I,))


def block(value: PrimExpr = LOAD, target=Y, indices=(I,), spatial=(AXIS,), reduce=(), **rest) -> Block:
    return Block(spatial, reduce, target, indices, value, **rest)


def func(body, params=(X, Y), outputs=1, **rest) -> PrimFunc:
    return PrimFunc("kernel", params, outputs, body, **rest)


ONE, TRUE = const(1.0, "float32"), const(1, "bool")
ZERO = const(0, "int64")
K = Axis(Var("k"), 3)
BROKEN = {
    "2 outputs among 1 parameters": func(block(ONE), (Y,), 2),
    "declared twice": func(block(), (X, X, Y)),
    "no array element type": func(block(ONE), (Buffer("x", (), "handle"), Y)),
    "negative dimension": func(block(ONE), (Buffer("x", (-1,), "float32"), Y)),
    "open dimension": func(block(ONE), (Buffer("x", (shapes.ANY,), "float32"), Y)),
    "which no parameter determines": func(block(ONE), (Y,), allocations=(Buffer("s", (Var("n"),), "float32"),)),
    "not a statement": func(Stmt()),
    "a loop extent must be int": func(For(Var("t"), ONE, block())),
    "is already in scope": func(For(I, const(4, "int64"), block())),
    "a condition must be bool": func(If(ONE, block())),
    "belong together": func(block(combiner=Combiner.SUM)),
    "all needs bool": func(block(combiner=Combiner.ALL, init=ONE)),
    "a reduce axis in the target's indices": func(
        block(indices=(K.var,), reduce=(K,), combiner=Combiner.SUM, init=ONE)
    ),
    "loads from its own target": func(block(prim.Load(Y, (I,)))),
    "starts with int32": func(block(combiner=Combiner.SUM, init=const(0, "int32"))),
    "axis variable i is float32": func(block(ONE, indices=(ZERO,), spatial=(Axis(Var("i", "float32"), 4),))),
    "writes to the input x": func(block(ONE, target=X)),
    "writes int32 into y": func(block(const(1, "int32"))),
    "neither a parameter nor an allocation": func(block(prim.Load(Buffer("z", (4,), "float32"), (I,)))),
    "1 dimensions, indexed with 2": func(block(prim.Load(X, (I, I)))),
    "is float32, not an integer": func(block(prim.Load(X, (ONE,)))),
    "is outside [0, 4)": func(block(prim.Load(X, (I + 4,)))),
    "variable j is not defined here": func(block(prim.Load(X, (Var("j"),)))),
    "variable t is not defined here": func(
        Seq((For(t := Var("t"), const(4, "int64"), Store(Y, (t,), ONE)), Store(Y, (t,), ONE)))
    ),
    "a logical operand must be bool": func(block(prim.select(prim.And(ONE, TRUE), ONE, ONE))),
    "operands of + are float32 and float64": func(block(prim.Add(ONE, const(1, "float64")))),
    "arms of a choice are": func(block(prim.Select(TRUE, ONE, const(1, "int32")))),
    "unknown intrinsic sine": func(block(prim.intrinsic("sine", ONE))),
    "intrinsic exp takes 1 arguments, got 2": func(block(prim.intrinsic("exp", ONE, ONE))),
    "intrinsic isnan gives bool": func(block(prim.intrinsic("isnan", ONE))),
    "does not belong": func(block(prim.StringImm("text", "float32"))),
    "is not an element type": func(block(ONE.astype("handle").astype("float32"))),
}  # fmt: skip


@pytest.mark.parametrize("message", BROKEN)
def test_a_broken_rule_is_named(message: str) -> None:
    findings = verify(BROKEN[message])
    assert any(message in item.message for item in findings), [item.message for item in findings]
    assert all(item.code is codes.MALFORMED_KERNEL for item in findings)


def test_a_sound_kernel_has_no_findings() -> None:
    b = LoopBuilder()
    n = Var("n")
    x = b.input("x", TensorType((n, 4)))
    y = b.compute((n, 4), lambda i, j: prim.if_then_else(j > 0, x[i, j - 1], 0.0))
    z = b.reduce((n,), (4,), lambda i, k: y[i, k], Combiner.SUM)
    s = b.scratch((n,), "float32")
    b.emit(loop(n, lambda t: when(t > 0, store(s, [t], z[t]), store(s, [0], 1.0))))
    assert verify(b.finish("kernel", [s])) == []
