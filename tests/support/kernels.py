"""Random kernels: every construct of the tensor-level IR in small shapes, drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tensor_core import dtypes, prim
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, store, when
from tensor_core.loops.nodes import Combiner, PrimFunc
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import as_expr
from tensor_core.tir.from_loops import from_loops
from tensor_core.tir.text.printer import print_prim_func
from tensor_core.types import TensorType

FLOATS = ("float32", "float64")
NARROW = ("float16", "bfloat16")
INTS = ("int8", "uint8", "int16", "int32", "uint32", "int64")
SIZES = (1, 2, 3, 4, 5, 7, 8, 16, 17, 33)


@dataclass(frozen=True)
class Case:
    """A kernel and arrays for its inputs."""

    func: PrimFunc
    inputs: list[np.ndarray]

    def __repr__(self) -> str:
        return "\n".join(print_prim_func(from_loops(self.func), "0.27", self.func.name).lines)


def arrays(rng: np.random.Generator, shape: Sequence[int], dtype: str) -> np.ndarray:
    """Small values, so that integers rarely wrap and sums stay accurate."""
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtypes.is_float(dtype):
        return (rng.integers(-40, 41, shape) / 8).astype(dtypes.to_numpy(dtype))
    low = 0 if dtypes.is_unsigned_int(dtype) else -9
    return rng.integers(low, 10, shape).astype(dtype)


class Drawing:
    """Draws the parts of one kernel."""

    def __init__(self, draw: Any, dtype: str) -> None:
        self.draw = draw
        self.dtype = dtype
        self.builder = LoopBuilder()
        self.rng = np.random.default_rng(draw(st.integers(0, 2**20)))
        self.inputs: list[np.ndarray] = []
        self.tensors: list[Tensor] = []
        self.sizes: dict[Var, int] = {}

    def one_of(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def shape(self, most: int = 3) -> tuple[int, ...]:
        return tuple(self.one_of(*SIZES) for _ in range(self.draw(st.integers(0, most))))

    def input(self, shape: Sequence[Any], dtype: str) -> Tensor:
        actual = [self.sizes[dim] if isinstance(dim, Var) else dim for dim in shape]
        self.inputs.append(arrays(self.rng, actual, dtype))
        tensor = self.builder.input(f"x{len(self.inputs)}", TensorType(tuple(shape), dtype))
        self.tensors.append(tensor)
        return tensor

    # -------------------------------------------------------- expressions

    def index(self, axes: Sequence[tuple[PrimExpr, Any]], extent: Any) -> tuple[PrimExpr, bool]:
        """An index into a dimension, and whether it may lie outside."""
        same = [var for var, size in axes if size is extent or size == extent]
        kind = self.draw(st.integers(0, 8))
        if kind <= 3 and same:
            return self.one_of(*same), False
        if not axes or kind == 4:
            return as_expr(0), False
        var, _ = self.one_of(*axes)
        if kind == 5 and isinstance(extent, int):
            return (var * self.one_of(1, 2, 3) + self.one_of(0, 1, 5)) % extent, False
        if kind == 6 and isinstance(extent, int):
            return prim.Min(prim.Max(var + self.one_of(-2, 0, 1), as_expr(0)), as_expr(extent - 1)), False
        if kind == 7 and same and isinstance(extent, int):
            return as_expr(extent - 1) - self.one_of(*same), False
        other, _ = self.one_of(*axes)
        return var * self.one_of(1, 1, 2) + other * self.one_of(0, 1) + self.one_of(-1, 0, 1), True

    def load(self, axes: Sequence[tuple[PrimExpr, Any]]) -> PrimExpr:
        tensor = self.one_of(*self.tensors)
        indices: list[PrimExpr] = []
        conditions: list[PrimExpr] = []
        for extent in tensor.shape:
            index, outside = self.index(axes, extent)
            indices.append(index)
            if outside:
                conditions += [index >= 0, index < as_expr(extent)]
        value = tensor[tuple(indices)].astype(self.dtype)
        return prim.if_then_else(prim.all_of(conditions), value, self.one_of(0, 1)) if conditions else value

    def gather(self, axes: Sequence[tuple[PrimExpr, Any]]) -> PrimExpr:
        """A load whose index is data."""
        length = self.one_of(1, 3, 17)
        table = self.input((length,), self.dtype)
        self.tensors.remove(table)
        count = self.one_of(*(size for _, size in axes if isinstance(size, int)), 2)
        where = self.builder.input(f"w{len(self.inputs)}", TensorType((count,), "int32"))
        self.inputs.append(self.rng.integers(0, length, (count,)).astype("int32"))
        index, outside = self.index(axes, count)
        if outside:
            index = index % count
        return table[where[index].astype("int64")]

    def value(self, axes: Sequence[tuple[PrimExpr, Any]], depth: int) -> PrimExpr:
        dtype = self.dtype
        if depth == 0:
            kind = self.draw(st.integers(0, 9))
            if kind == 9 and axes and dtype != "bool":
                return self.one_of(*axes)[0].astype(dtype)
            if kind == 8:
                return prim.const(self.one_of(0, 1, 2), dtype)
            if kind == 7 and dtype != "bool":
                return self.gather(axes)
            return self.load(axes)
        a, b = self.value(axes, depth - 1), self.value(axes, self.draw(st.integers(0, depth - 1)))
        if dtype == "bool":
            return self.one_of(prim.And, prim.Or, prim.EQ, prim.NE)(a, b) if self.draw(st.booleans()) else prim.Not(a)
        kind = self.draw(st.integers(0, 9))
        if kind <= 5:
            operations = [prim.Add, prim.Sub, prim.Mul, prim.Min, prim.Max]
            if not dtypes.is_float(dtype):
                operations += [prim.Div, prim.FloorDiv, prim.FloorMod, prim.TruncMod]
            return self.one_of(*operations)(a, b)
        if kind == 6:
            return prim.select(self.one_of(prim.LT, prim.LE, prim.EQ, prim.NE)(a, b), a, b)
        if kind == 7 and dtypes.is_float(dtype):
            return prim.intrinsic(self.one_of("floor", "ceil", "trunc", "nearbyint", "round", "abs"), a)
        if kind == 8 and dtypes.is_int(dtype):
            return prim.intrinsic(self.one_of("bitwise_and", "bitwise_or", "bitwise_xor"), a, b)
        if kind == 9:
            other = self.one_of("int8", "int32", "float32", "bool")
            if not (dtypes.is_float(dtype) and other == "int8"):
                return (prim.Max(a, b) if dtypes.is_unsigned_int(dtype) else a).astype(other).astype(dtype)
        return a

    # -------------------------------------------------------- stages

    def stage(self, shape: Sequence[Any]) -> Tensor:
        extents = list(shape)
        depth = self.draw(st.integers(0, 3))
        if not self.draw(st.booleans()):
            return self.builder.compute(shape, lambda *i: self.value(list(zip(i, extents, strict=True)), depth))
        over = [self.one_of(*SIZES) for _ in range(self.draw(st.integers(1, 2)))]
        if self.dtype == "bool":
            combiner = self.one_of(Combiner.ALL, Combiner.ANY)
        elif dtypes.is_float(self.dtype):
            combiner = self.one_of(Combiner.SUM, Combiner.MAX, Combiner.MIN)
        else:
            combiner = self.one_of(Combiner.SUM, Combiner.PROD, Combiner.MAX, Combiner.MIN)
        body = lambda *i: self.value(list(zip(i, [*extents, *over], strict=True)), min(depth, 2))  # noqa: E731
        return self.builder.reduce(shape, over, body, combiner)

    def scan(self, source: Tensor) -> Tensor:
        """A running sum over the last dimension, written as loops."""
        size = source.shape[-1]
        target = self.builder.scratch((size,), source.dtype, "scan")
        zero = [as_expr(0)] * (source.rank - 1)
        first = lambda t: store(target, [t], source[(*zero, t)])  # noqa: E731
        more = lambda t: store(target, [t], prim.Max(target[t - 1], source[(*zero, t)]))  # noqa: E731
        self.builder.emit(loop(size, lambda t: when(t > 0, more(t), first(t))))
        return target


@st.composite
def cases(draw: Any, dtypes_: Sequence[str]) -> Case:
    """A kernel of one element type with one to three stages."""
    d = Drawing(draw, draw(st.sampled_from(dtypes_)))
    shape: list[Any] = list(d.shape())
    if shape and draw(st.integers(0, 3)) == 0:
        n = Var("n")
        d.sizes[n] = d.one_of(1, 2, 5, 16, 19)
        shape[draw(st.integers(0, len(shape) - 1))] = n
    d.input(shape, d.dtype)
    for _ in range(draw(st.integers(0, 2))):
        d.input([dim if d.draw(st.booleans()) else 1 for dim in shape] if draw(st.booleans()) else d.shape(2), d.dtype)
    outputs: list[Tensor] = []
    for _ in range(draw(st.integers(1, 3))):
        stage = d.stage(shape if draw(st.booleans()) else list(d.shape(2)))
        d.tensors.append(stage)
        outputs.append(stage)
    if outputs[-1].shape and draw(st.integers(0, 3)) == 0:
        outputs.append(d.scan(outputs[-1]))
    return Case(d.builder.finish("kernel", outputs[-2:]), d.inputs)
