"""Statements of tensor programs as TVM 0.19 has them, with what later releases added.

Releases from 0.24 on write definitions (let, allocation, declaration, assertion) as statements of a sequence whose
scope is the rest of it; here they hold that rest as their ``body``. ``sblock`` of those releases is :class:`Block`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tensor_core.node import Node, node
from tensor_core.prim import IntImm, PrimExpr, StringImm, Var
from tensor_core.tir.buffer import Buffer, BufferRegion, MatchBufferRegion
from tensor_core.tir.expr import IterVar, Range

SERIAL, PARALLEL, VECTORIZED, UNROLLED, THREAD_BINDING = (
    "serial", "parallel", "vectorized", "unroll", "thread_binding",
)  # fmt: skip


class Stmt(Node):
    """Base of statements."""

    __slots__ = ()


@node
class SeqStmt(Stmt):
    """Statements one after the other; empty, it does nothing."""

    children: ClassVar[tuple[str, ...]] = ("seq",)
    seq: tuple[Stmt, ...]


@node
class Evaluate(Stmt):
    """An expression for its effect."""

    children: ClassVar[tuple[str, ...]] = ("value",)
    value: PrimExpr


@node
class BufferStore(Stmt):
    """``buffer[indices] = value``; ``predicate`` as for :class:`~tensor_core.tir.expr.BufferLoad`."""

    children: ClassVar[tuple[str, ...]] = ("indices", "value", "predicate")
    buffer: Buffer
    value: PrimExpr
    indices: tuple[PrimExpr, ...]
    predicate: PrimExpr | None = None


@node
class For(Stmt):
    """A loop ``for loop_var in range(min, min + extent, step)``.

    ``kind`` is serial, parallel, vectorized, unroll or thread_binding; the last one has a ``thread_binding``.
    """

    children: ClassVar[tuple[str, ...]] = ("loop_var", "min", "extent", "step", "body")
    loop_var: Var
    min: PrimExpr
    extent: PrimExpr
    kind: str
    body: Stmt
    thread_binding: IterVar | None = None
    annotations: Mapping[str, Any] | None = None
    step: PrimExpr | None = None


@node
class While(Stmt):
    """A loop while a condition holds."""

    children: ClassVar[tuple[str, ...]] = ("condition", "body")
    condition: PrimExpr
    body: Stmt


@node
class Break(Stmt):
    """The end of the innermost loop (from 0.25 on)."""


@node
class Continue(Stmt):
    """The next step of the innermost loop (from 0.25 on)."""


@node
class Return(Stmt):
    """The result of a function that has one."""

    children: ClassVar[tuple[str, ...]] = ("value",)
    value: PrimExpr


@node
class IfThenElse(Stmt):
    """A branch on a bool."""

    children: ClassVar[tuple[str, ...]] = ("condition", "then_case", "else_case")
    condition: PrimExpr
    then_case: Stmt
    else_case: Stmt | None = None


@node
class LetStmt(Stmt):
    """``body`` where ``var`` stands for ``value`` (Bind from 0.24 on)."""

    children: ClassVar[tuple[str, ...]] = ("var", "value", "body")
    var: Var
    value: PrimExpr
    body: Stmt


@node
class AttrStmt(Stmt):
    """An annotation of ``body``: ``attr_key`` of ``node`` is ``value``. ``node`` is a node, a mapping, or a number."""

    children: ClassVar[tuple[str, ...]] = ("value", "body")
    node: Any
    attr_key: str
    value: PrimExpr
    body: Stmt


@node
class AssertStmt(Stmt):
    """``body`` under the condition; without it the program fails with the parts of the message."""

    children: ClassVar[tuple[str, ...]] = ("condition", "message_parts", "body")
    condition: PrimExpr
    message_parts: tuple[PrimExpr, ...]
    body: Stmt
    error_kind: str = "RuntimeError"

    @property
    def message(self) -> PrimExpr:
        """The message as one string, as releases up to 0.23 have it."""
        if len(self.message_parts) == 1:
            return self.message_parts[0]
        return StringImm("".join(str(getattr(part, "value", part)) for part in self.message_parts))


@node
class Allocate(Stmt):
    """Memory that lives in ``body`` (up to 0.23)."""

    children: ClassVar[tuple[str, ...]] = ("extents", "condition", "body")
    buffer_var: Var
    dtype: str
    extents: tuple[PrimExpr, ...]
    condition: PrimExpr
    body: Stmt
    annotations: Mapping[str, Any] | None = None


@node
class AllocateConst(Stmt):
    """Constant memory (up to 0.23); ``data`` are its elements in order."""

    children: ClassVar[tuple[str, ...]] = ("extents", "body")
    buffer_var: Var
    dtype: str
    extents: tuple[PrimExpr, ...]
    data: tuple[int | float, ...]
    body: Stmt


@node
class AllocBuffer(Stmt):
    """A buffer with memory of its own that lives in ``body`` (from 0.24 on)."""

    children: ClassVar[tuple[str, ...]] = ("body",)
    buffer: Buffer
    body: Stmt
    annotations: Mapping[str, Any] | None = None


@node
class DeclBuffer(Stmt):
    """A buffer over memory that exists, known in ``body``."""

    children: ClassVar[tuple[str, ...]] = ("body",)
    buffer: Buffer
    body: Stmt


@node
class BufferRealize(Stmt):
    """The part of a buffer that ``body`` needs (up to 0.23); ``scope`` is its memory where that is stated."""

    children: ClassVar[tuple[str, ...]] = ("bounds", "condition", "body")
    buffer: Buffer
    bounds: tuple[Range, ...]
    condition: PrimExpr
    body: Stmt
    scope: str | None = None


@node
class Block(Stmt):
    """A computation that says which regions it reads and writes for every point of its iteration variables.

    ``init`` runs at the first step of the reduction variables. ``SBlock`` from 0.24 on.
    """

    children: ClassVar[tuple[str, ...]] = ("iter_vars", "reads", "writes", "match_buffers", "init", "body")
    iter_vars: tuple[IterVar, ...]
    reads: tuple[BufferRegion, ...]
    writes: tuple[BufferRegion, ...]
    name_hint: str
    body: Stmt
    init: Stmt | None = None
    alloc_buffers: tuple[Buffer, ...] = ()
    match_buffers: tuple[MatchBufferRegion, ...] = ()
    annotations: Mapping[str, Any] | None = None


@node
class BlockRealize(Stmt):
    """A block for the given values of its iteration variables, where ``predicate`` holds."""

    children: ClassVar[tuple[str, ...]] = ("iter_values", "predicate", "block")
    iter_values: tuple[PrimExpr, ...]
    predicate: PrimExpr
    block: Block


def seq(items: list[Stmt]) -> Stmt:
    """The statements in order as one statement."""
    return items[0] if len(items) == 1 else SeqStmt(tuple(items))


def is_one(expr: PrimExpr) -> bool:
    """Whether an expression is the constant 1 or true."""
    return isinstance(expr, IntImm) and expr.value == 1


def is_zero(expr: PrimExpr) -> bool:
    """Whether an expression is the constant 0 or false."""
    return isinstance(expr, IntImm) and expr.value == 0
