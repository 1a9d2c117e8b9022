"""What two kernels have in common when they differ in names only: a key for caches and comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from tensor_core import prim
from tensor_core.loops.nodes import Axis, Block, Buffer, For, If, PrimFunc, Seq, Stmt, Store
from tensor_core.loops.rewrite import operands
from tensor_core.node import post_order
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Dim, Shape


def structural_key(func: PrimFunc) -> bytes:
    """A digest that is equal for kernels equal up to the names of buffers and variables, and to sharing of nodes."""
    return blake2b(repr(_Encoder().function(func)).encode(), digest_size=16).digest()


class _Encoder:
    def __init__(self) -> None:
        self._table: dict[tuple[Any, ...], int] = {}
        self._ids: dict[PrimExpr, int] = {}
        self._buffers: dict[Buffer, int] = {}

    def function(self, func: PrimFunc) -> tuple[Any, ...]:
        buffers = [self._declare(buffer) for buffer in (*func.params, *func.allocations)]
        scalars = [self._expr(var) for var in func.scalars]
        body = list(self._statements(func.body))
        return (func.outputs, len(func.params), buffers, scalars, body, list(self._table), func.strict)

    def _declare(self, buffer: Buffer) -> tuple[Any, ...]:
        self._buffers[buffer] = len(self._buffers)
        return (*self._shape(buffer.shape), buffer.dtype)

    def _shape(self, shape: Shape) -> list[Any]:
        return [self._dim(dim) for dim in shape]

    def _dim(self, dim: Dim) -> Any:
        return dim if isinstance(dim, int) else ("e", self._expr(dim))

    def _expr(self, root: PrimExpr) -> int:
        ids = self._ids
        if root not in ids:
            for expr in post_order([root], lambda e: [c for c in operands(e) if c not in ids]):
                if expr not in ids:
                    key = self._key(expr)
                    ids[expr] = self._table.setdefault(key, len(self._table))
        return ids[root]

    def _key(self, expr: PrimExpr) -> tuple[Any, ...]:
        parts: list[Any] = [type(expr).__name__, expr.dtype, *(self._ids[child] for child in operands(expr))]
        match expr:
            case Var():
                # A variable is the how-manieth node it is first met as.
                parts.append(len(self._table))
            case prim.IntImm():
                parts.append(expr.value)
            case prim.FloatImm():
                parts.append(repr(expr.value))
            case prim.Select():
                parts.append(expr.guards)
            case prim.Load():
                parts.append(self._buffers.setdefault(expr.buffer, len(self._buffers)))
            case prim.Intrinsic():
                parts.append(expr.name)
            case _:
                pass
        return tuple(parts)

    def _axes(self, axes: tuple[Axis, ...]) -> list[Any]:
        return [(self._dim(axis.extent), self._expr(axis.var)) for axis in axes]

    def _statements(self, body: Stmt) -> Iterator[Any]:
        stack: list[Stmt | str] = [body]
        while stack:
            item = stack.pop()
            match item:
                case str():
                    yield item
                case Seq():
                    stack.extend(reversed(item.body))
                case For():
                    yield ("for", self._expr(item.var), self._expr(item.extent))
                    stack += ["end", item.body]
                case If():
                    yield ("if", self._expr(item.condition))
                    stack += ["end", *([] if item.otherwise is None else [item.otherwise, "else"]), item.then]
                case Store():
                    where = [self._expr(index) for index in item.indices]
                    yield ("store", self._buffers.setdefault(item.buffer, -1), where, self._expr(item.value))
                case Block():
                    yield self._block(item)
                case _:
                    yield type(item).__name__

    def _block(self, block: Block) -> tuple[Any, ...]:
        axes = (self._axes(block.spatial), self._axes(block.reduce))
        where = [self._expr(index) for index in block.indices]
        combiner = None if block.combiner is None else block.combiner.value
        init = None if block.init is None else self._expr(block.init)
        return (*axes, self._buffers.setdefault(block.target, -1), where, self._expr(block.value), combiner, init)
