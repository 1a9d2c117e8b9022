"""Statements in order: blocks as vectorised nests, loops, branches and stores written by hand as scalar code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cpu_backend.emit import arithmetic, memory
from cpu_backend.emit.block import Piece, Scope, emit_block
from cpu_backend.emit.epilogue import Fused, fused
from cpu_backend.emit.form import Form
from cpu_backend.emit.frame import Frame
from cpu_backend.emit.kinds import kind
from cpu_backend.emit.scribe import Scribe
from cpu_backend.emit.values import Values
from tensor_core import prim
from tensor_core.loops.affine import Indices
from tensor_core.loops.nodes import Block, Buffer, For, If, Seq, Stmt, Store
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Dim

_Task = Stmt | Callable[[], None]


@dataclass(frozen=True, slots=True)
class Share:
    """The names of the part that is to run, of the number of parts, and of the stage; one below 0 means all stages."""

    part: str
    parts: str
    stage: str


class StatementEmitter:
    """Writes statements to the scribe's current lines. ``private``: buffers that nobody reads after the kernel."""

    def __init__(
        self,
        scribe: Scribe,
        variables: dict[Var, str],
        bases: dict[Buffer, str],
        strict: bool,
        private: Sequence[Buffer] = (),
    ) -> None:
        self._s = scribe
        self._private = private
        self._share: tuple[str, str] | None = None
        self._variables = variables
        self._extents: dict[Var, Dim | None] = dict.fromkeys(variables)
        self._bases = bases
        self._strict = strict

    def emit_shared(self, body: Stmt, share: Share) -> list[bool]:
        """Write statements in stages, each to be called when the one before is done; says which have parts.

        What is no block, or has no loop to divide, is a stage without.
        """
        s = self._s
        stages: list[bool] = []
        everything = s.op(f"icmp slt i64 {share.stage}, 0")
        for stmt in fused(body, self._private):
            pieces: list[Piece] = []
            if isinstance(stmt, (Block, Fused)):
                self._share = (share.part, share.parts)
                pieces = self._block(stmt)
                self._share = None
            else:
                before, written = s.lines, list[str]()
                s.lines = written
                self.emit(stmt)
                s.lines = before
                pieces.append((written, False))
            for written, has_parts in pieces:
                this = s.op(f"icmp eq i64 {share.stage}, {len(stages)}")
                wanted = s.op(f"or i1 {everything}, {this}")
                then, after = s.label("stage"), s.label("following")
                s.put(f"br i1 {wanted}, label %{then}, label %{after}")
                s.start(then)
                s.lines += written
                s.put(f"br label %{after}")
                s.start(after)
                stages.append(has_parts)
        return stages

    def emit(self, body: Stmt) -> None:
        """Write a statement; the stack holds what follows it."""
        stack: list[_Task | Fused] = [*reversed(fused(body, self._private))]
        while stack:
            task = stack.pop()
            match task:
                case Seq():
                    stack.extend(reversed(task.body))
                case Block() | Fused():
                    for written, _ in self._block(task):
                        self._s.lines += written
                case Store():
                    self._store(task)
                case For():
                    stack += reversed(self._loop(task))
                case If():
                    stack += reversed(self._branch(task))
                case Stmt():
                    raise arithmetic.unsupported(type(task).__name__)
                case _:
                    task()

    def _block(self, task: Block | Fused) -> list[Piece]:
        if isinstance(task, Block):
            return emit_block(self._scope(), task)
        return emit_block(self._scope(), task.block, task.after)

    def _scope(self) -> Scope:
        space = Indices()
        names = {space.variable(var, self._extents[var]): name for var, name in self._variables.items()}
        return Scope(self._s, space, names, self._bases, self._strict, self._share)

    def _values(self, scope: Scope) -> Values:
        return Values(self._s, Form(scope.space), Frame({}, scope.names), lambda _: None, self._bases)

    def _value(self, expr: PrimExpr) -> str:
        values = self._values(self._scope())
        return values.value(values.form.lower(expr), (), 1)

    def _store(self, stmt: Store) -> None:
        scope = self._scope()
        values = self._values(scope)
        form = values.form
        root = form.lower(stmt.value)
        leaves = form.leaf_ops(stmt.indices)
        access = form.access(stmt.buffer, [scope.space.poly(index) for index in stmt.indices])
        held = values.value(max(root, *leaves.values(), 0), (), 1)
        held = values.value(root, (), 1)
        memory.store(values, access, leaves, held, (), 1)

    def _loop(self, stmt: For) -> list[_Task]:
        s = self._s
        known = stmt.extent.value if isinstance(stmt.extent, prim.IntImm) else None
        extent = str(known) if known is not None else self._extent(stmt.extent)
        before, body, latch, after = (s.label(part) for part in ("before", "loop", "latch", "after"))
        phi, following = "%" + s.label("i"), "%" + s.label("n")
        s.put(f"br label %{before}")
        s.start(before)
        runs = s.op(f"icmp sgt i64 {extent}, 0")
        s.put(f"br i1 {runs}, label %{body}, label %{after}")
        s.start(body)
        s.put(f"{phi} = phi i64 [ 0, %{before} ], [ {following}, %{latch} ]")
        self._variables[stmt.var] = phi
        self._extents[stmt.var] = known if known is not None else stmt.extent

        def close() -> None:
            del self._variables[stmt.var], self._extents[stmt.var]
            s.put(f"br label %{latch}")
            s.start(latch)
            s.put(f"{following} = add nsw i64 {phi}, 1")
            again = s.op(f"icmp slt i64 {following}, {extent}")
            s.put(f"br i1 {again}, label %{body}, label %{after}")
            s.start(after)

        return [stmt.body, close]

    def _extent(self, extent: PrimExpr) -> str:
        value = self._value(extent)
        return arithmetic.cast(self._s, kind(extent.dtype), kind("int64"), value, 1)

    def _branch(self, stmt: If) -> list[_Task]:
        s = self._s
        condition = self._value(stmt.condition)
        then, otherwise, after = (s.label(part) for part in ("then", "else", "after"))
        s.put(f"br i1 {condition}, label %{then}, label %{otherwise if stmt.otherwise is not None else after}")
        s.start(then)

        def switch() -> None:
            s.put(f"br label %{after}")
            s.start(otherwise)

        def close() -> None:
            s.put(f"br label %{after}")
            s.start(after)

        if stmt.otherwise is None:
            return [stmt.then, close]
        return [stmt.then, switch, stmt.otherwise, close]
