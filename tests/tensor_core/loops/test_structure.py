"""Structural keys: what counts as the same kernel."""

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, loop, store
from tensor_core.loops.nodes import Combiner, PrimFunc
from tensor_core.loops.structure import structural_key
from tensor_core.prim import Var
from tensor_core.types import TensorType


def kernel(
    name: str = "x",
    size: int = 4,
    dtype: str = "float32",
    constant: float = 1.0,
    swap: bool = False,
    share: bool = True,
) -> PrimFunc:
    b = LoopBuilder()
    n = Var(name + "n")
    x = b.input(name, TensorType((n, size), dtype))

    def value(i, j):
        a = x[i, j] + constant
        other = a if share else x[i, j] + constant
        return prim.Sub(prim.intrinsic("exp", a), other) if swap else prim.Sub(other, prim.intrinsic("exp", a))

    y = b.compute((n, size), value, name=name + "y")
    z = b.reduce((n,), (size,), lambda i, k: y[i, k], Combiner.SUM)
    s = b.scratch((n,), dtype)
    b.emit(loop(n, lambda t: store(s, [t], z[t])))
    return b.finish(name, [s])


def test_names_and_sharing_do_not_count() -> None:
    assert structural_key(kernel("a")) == structural_key(kernel("b"))
    assert structural_key(kernel(share=True)) == structural_key(kernel(share=False))


def test_everything_else_counts() -> None:
    different = [
        kernel(), kernel(size=5), kernel(dtype="float64"), kernel(constant=2.0), kernel(constant=float("nan")),
        kernel(constant=0.0), kernel(constant=-0.0), kernel(swap=True),
    ]  # fmt: skip
    assert len({structural_key(func) for func in different}) == len(different)


def swapped(first: bool) -> PrimFunc:
    b = LoopBuilder()
    x, y = b.input("x", TensorType((4,))), b.input("y", TensorType((4,)))
    return b.finish("kernel", [b.compute((4,), lambda i: x[i] - y[i] if first else y[i] - x[i])])


def test_which_buffer_is_read_counts() -> None:
    assert structural_key(swapped(True)) != structural_key(swapped(False))


def transposed(flip: bool) -> PrimFunc:
    b = LoopBuilder()
    x = b.input("x", TensorType((4, 4)))
    return b.finish("kernel", [b.compute((4, 4), lambda i, j: x[j, i] if flip else x[i, j])])


def test_which_axis_indexes_counts() -> None:
    assert structural_key(transposed(True)) != structural_key(transposed(False))
