"""Write tensor programs as expressions over indices, stage by stage.

b = LoopBuilder()
x = b.input("x", TensorType((4, 8)))
total = b.reduce((4,), (8,), lambda i, k: x[i, k], Combiner.SUM)
func = b.finish("row_sum", [total])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import fail
from tensor_core.loops.nodes import Axis, Block, Buffer, Combiner, For, If, PrimFunc, Seq, Stmt, Store
from tensor_core.loops.scope import undetermined
from tensor_core.prim import Number, PrimExpr, Var
from tensor_core.shapes import Dim, Shape, as_expr, is_static
from tensor_core.types import TensorType

Index = PrimExpr | int


class Tensor:
    """A buffer under construction; indexing gives the load of one element."""

    __slots__ = ("buffer",)

    def __init__(self, buffer: Buffer) -> None:
        self.buffer = buffer

    @property
    def shape(self) -> Shape:
        """The dimensions, outermost first."""
        return self.buffer.shape

    @property
    def dtype(self) -> str:
        """The element type."""
        return self.buffer.dtype

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return len(self.buffer.shape)

    def __getitem__(self, indices: Index | tuple[Index, ...]) -> PrimExpr:
        if not isinstance(indices, tuple):
            indices = (indices,)
        if len(indices) != self.rank:
            message = f"{self.buffer.name} has {self.rank} dimensions, indexed with {len(indices)}"
            raise fail(codes.MALFORMED_KERNEL, message)
        return prim.Load(self.buffer, tuple(as_expr(i) for i in indices))


class Local:
    """A scalar that loops set and read."""

    __slots__ = ("_cell",)

    def __init__(self, cell: Tensor) -> None:
        self._cell = cell

    @property
    def value(self) -> PrimExpr:
        """What it holds."""
        return self._cell[()]

    def set(self, value: PrimExpr | Number) -> Stmt:
        """Hold another value."""
        return store(self._cell, (), value)


class LoopBuilder:
    """Collects stages in order; :meth:`finish` makes the kernel.

    Set ``strict`` where a choice hangs on single roundings: then no two operations of the kernel are rounded as one.
    """

    def __init__(self) -> None:
        self.strict = False
        self._inputs: list[Buffer] = []
        self._stages: list[Stmt] = []
        self._made: list[Buffer] = []
        self._names: dict[str, int] = {}
        self.stated: dict[Buffer, np.ndarray[Any, Any]] = {}
        """The values of tensors that the program states; the others are computed."""

    def input(self, name: str, type_: TensorType) -> Tensor:
        """Declare the next input."""
        buffer = Buffer(self._fresh(name), type_.shape, type_.dtype)
        self._inputs.append(buffer)
        return Tensor(buffer)

    def compute(
        self,
        shape: Sequence[Dim],
        value: Callable[..., PrimExpr | Number],
        dtype: str | None = None,
        name: str = "compute",
    ) -> Tensor:
        """A new tensor, each element given by ``value(*indices)``; ``dtype`` defaults to the value's."""
        axes = self._axes(shape, "i")
        expr = value(*(axis.var for axis in axes))
        if not isinstance(expr, PrimExpr):
            if dtype is None:
                raise ValueError("a constant stage needs a dtype")
            expr = prim.const(expr, dtype)
        target = self._new(name, shape, dtype or expr.dtype)
        self._stages.append(Block(axes, (), target, tuple(axis.var for axis in axes), expr.astype(target.dtype)))
        return Tensor(target)

    def reduce(
        self,
        shape: Sequence[Dim],
        over: Sequence[Dim],
        value: Callable[..., PrimExpr],
        combiner: Combiner,
        init: PrimExpr | Number | None = None,
        dtype: str | None = None,
        name: str = "reduce",
    ) -> Tensor:
        """A new tensor of ``shape``, each element ``value(*indices, *reduced indices)`` combined over ``over``.

        ``init`` is a number, or an expression over no index; it defaults to the combiner's identity in ``dtype``.
        """
        spatial, reduced = self._axes(shape, "i"), self._axes(over, "k")
        expr = value(*(axis.var for axis in (*spatial, *reduced)))
        target = self._new(name, shape, dtype or expr.dtype)
        start = identity(combiner, target.dtype) if init is None else prim.wrap(init, target.dtype)
        indices = tuple(axis.var for axis in spatial)
        self._stages.append(Block(spatial, reduced, target, indices, expr.astype(target.dtype), combiner, start))
        return Tensor(target)

    def scratch(self, shape: Sequence[Dim], dtype: str, name: str = "scratch") -> Tensor:
        """A tensor that statements given to :meth:`emit` fill."""
        return Tensor(self._new(name, shape, dtype))

    def local(self, name: str, dtype: str = "int64") -> Local:
        """A scalar that statements given to :meth:`emit` set before they read it."""
        return Local(self.scratch((), dtype, name))

    def emit(self, stmt: Stmt) -> None:
        """Add a statement written by hand."""
        self._stages.append(stmt)

    def finish(self, name: str, outputs: Sequence[Tensor]) -> PrimFunc:
        """The kernel: inputs as declared, then the outputs. An output that is an input or given twice is copied.

        Variables that no parameter's shape determines become integer arguments, ``scalars``.
        """
        results: list[Buffer] = []
        for tensor in outputs:
            if tensor.buffer not in self._made or tensor.buffer in results:
                tensor = self._copy(tensor)
            results.append(tensor.buffer)
        body = self._stages[0] if len(self._stages) == 1 else Seq(tuple(self._stages))
        allocations = tuple(buffer for buffer in self._made if buffer not in results)
        func = PrimFunc(name, (*self._inputs, *results), len(results), body, allocations, strict=self.strict)
        if all(is_static(buffer.shape) for buffer in (*self._inputs, *self._made)):
            return func
        return func.replace(scalars=undetermined(func))

    def _copy(self, source: Tensor) -> Tensor:
        return self.compute(source.shape, lambda *i: source[i], name="copy")

    def _axes(self, shape: Sequence[Dim], prefix: str) -> tuple[Axis, ...]:
        return tuple(Axis(Var(f"{prefix}{n}"), extent) for n, extent in enumerate(shape))

    def _new(self, name: str, shape: Sequence[Dim], dtype: str) -> Buffer:
        buffer = Buffer(self._fresh(name), tuple(shape), dtype)
        self._made.append(buffer)
        return buffer

    def _fresh(self, name: str) -> str:
        count = self._names.get(name, 0)
        self._names[name] = count + 1
        return name if count == 0 else f"{name}_{count}"


def loop(extent: Dim, body: Callable[[Var], Stmt], name: str = "t") -> Stmt:
    """A sequential loop whose body is built from its variable."""
    var = Var(name)
    return For(var, as_expr(extent), body(var))


def nest(extents: Sequence[Dim], body: Callable[[tuple[Var, ...]], Stmt], name: str = "k") -> Stmt:
    """Sequential loops over all indices below ``extents``, row-major; the body is built from their variables."""
    variables = tuple(Var(name) for _ in extents)
    result = body(variables)
    for var, extent in zip(reversed(variables), reversed(extents), strict=True):
        result = For(var, as_expr(extent), result)
    return result


def store(tensor: Tensor, indices: Sequence[Index], value: PrimExpr | Number) -> Stmt:
    """``tensor[indices] = value``."""
    return Store(tensor.buffer, tuple(as_expr(i) for i in indices), prim.wrap(value, tensor.dtype))


def when(condition: PrimExpr, then: Stmt, otherwise: Stmt | None = None) -> Stmt:
    """A branch."""
    return If(condition, then, otherwise)


def sequence(*body: Stmt) -> Stmt:
    """Statements one after the other."""
    return Seq(body)


def limits(dtype: str) -> tuple[Number, Number]:
    """The least and greatest value of a dtype: infinities for floats, as numpy's reductions start."""
    if dtype == "bool":
        return False, True
    if dtypes.is_float(dtype):
        return float("-inf"), float("inf")
    bits = dtypes.bits(dtype)
    return (0, (1 << bits) - 1) if dtypes.is_unsigned_int(dtype) else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def identity(combiner: Combiner, dtype: str) -> PrimExpr:
    """The neutral element of a combiner."""
    match combiner:
        case Combiner.SUM:
            return prim.const(0, dtype)
        case Combiner.PROD:
            return prim.const(1, dtype)
        case Combiner.MAX:
            return prim.const(limits(dtype)[0], dtype)
        case Combiner.MIN:
            return prim.const(limits(dtype)[1], dtype)
        case Combiner.ALL:
            return prim.const(True, "bool")
        case Combiner.ANY:
            return prim.const(False, "bool")
