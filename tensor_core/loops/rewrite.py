"""Rebuilding kernels: one iterative, memoised walk over expressions, one over statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from tensor_core import prim
from tensor_core.loops.nodes import Axis, Block, Buffer, For, If, PrimFunc, Seq, Stmt, Store
from tensor_core.node import post_order
from tensor_core.prim import PrimExpr

operands = cast("Callable[[PrimExpr], Iterator[PrimExpr]]", PrimExpr.iter_children)
"""The child expressions of an expression."""


def expressions(roots: Iterable[PrimExpr]) -> list[PrimExpr]:
    """Every node below ``roots`` once, operands first."""
    roots = tuple(roots)
    if not any(root.children for root in roots):
        return list(dict.fromkeys(roots))
    return post_order(roots, operands)


def rebuild(expr: PrimExpr, get: Callable[[PrimExpr], PrimExpr], buffer: Callable[[Buffer], Buffer]) -> PrimExpr:
    """``expr`` over new operands; the node itself when none changed."""
    match expr:
        case prim.Binary():
            a, b = get(expr.a), get(expr.b)
            return expr if a is expr.a and b is expr.b else type(expr)(a, b)
        case prim.Load():
            indices = tuple(map(get, expr.indices))
            target = buffer(expr.buffer)
            same = target is expr.buffer and all(map(_is, indices, expr.indices))
            return expr if same else prim.Load(target, indices)
        case prim.Select():
            condition, a, b = get(expr.condition), get(expr.a), get(expr.b)
            same = condition is expr.condition and a is expr.a and b is expr.b
            return expr if same else prim.Select(condition, a, b, expr.guards)
        case prim.Cast():
            value = get(expr.value)
            return expr if value is expr.value else prim.Cast(value, expr.dtype)
        case prim.Not():
            a = get(expr.a)
            return expr if a is expr.a else prim.Not(a)
        case prim.Intrinsic():
            args = tuple(map(get, expr.args))
            return expr if all(map(_is, args, expr.args)) else prim.Intrinsic(expr.name, args, expr.dtype)
        case _:
            return expr


def _is(a: object, b: object) -> bool:
    return a is b


class Rewriter:
    """Rewrites a kernel bottom-up. Subclasses say what becomes of a buffer and of an expression over new operands."""

    def __init__(self) -> None:
        self._buffers: dict[Buffer, Buffer] = {}
        self._done: dict[PrimExpr, PrimExpr] = {}

    def buffer(self, buffer: Buffer) -> Buffer:
        """What a buffer becomes."""
        return buffer

    def axis(self, axis: Axis) -> Axis:
        """The axis in the place of this one."""
        return axis

    def expression(self, expr: PrimExpr) -> PrimExpr:
        """What an expression becomes whose operands are already rewritten."""
        return expr

    def function(self, func: PrimFunc) -> PrimFunc:
        """The rewritten kernel."""
        return PrimFunc(
            func.name,
            tuple(map(self._buffer, func.params)),
            func.outputs,
            self.statement(func.body),
            tuple(map(self._buffer, func.allocations)),
            func.scalars,
            func.strict,
        )

    def value(self, expr: PrimExpr) -> PrimExpr:
        """The rewritten expression."""
        done = self._done
        if expr not in done:
            for node in post_order([expr], lambda e: [c for c in operands(e) if c not in done]):
                if node not in done:
                    done[node] = self.expression(rebuild(node, done.__getitem__, self._buffer))
        return done[expr]

    def statement(self, stmt: Stmt) -> Stmt:
        """The rewritten statement."""
        match stmt:
            case Seq():
                return Seq(tuple(map(self.statement, stmt.body)))
            case For():
                return For(stmt.var, self.value(stmt.extent), self.statement(stmt.body))
            case If():
                otherwise = None if stmt.otherwise is None else self.statement(stmt.otherwise)
                return If(self.value(stmt.condition), self.statement(stmt.then), otherwise)
            case Store():
                return Store(self._buffer(stmt.buffer), tuple(map(self.value, stmt.indices)), self.value(stmt.value))
            case Block():
                return stmt.replace(
                    spatial=tuple(map(self.axis, stmt.spatial)),
                    reduce=tuple(map(self.axis, stmt.reduce)),
                    target=self._buffer(stmt.target),
                    indices=tuple(map(self.value, stmt.indices)),
                    value=self.value(stmt.value),
                    init=None if stmt.init is None else self.value(stmt.init),
                )
            case _:
                return stmt

    def _buffer(self, buffer: Buffer) -> Buffer:
        if buffer not in self._buffers:
            self._buffers[buffer] = self.buffer(buffer)
        return self._buffers[buffer]


class Replace(Rewriter):
    """Puts expressions in the place of others."""

    def __init__(self, changed: Mapping[PrimExpr, PrimExpr]) -> None:
        super().__init__()
        self._done.update(changed)
