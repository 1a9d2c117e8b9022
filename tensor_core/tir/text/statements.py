"""Statements of tensor programs as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensor_core import codes, prim
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.prim import PrimExpr
from tensor_core.tir import expr as ex
from tensor_core.tir import stmt as st
from tensor_core.tir.functor import uses_var
from tensor_core.tir.same import same
from tensor_core.tir.text.blocks import BlockText
from tensor_core.tir.text.buffers import DATA, NONE
from tensor_core.tir.text.expressions import ATOM
from tensor_core.tir.text.literals import string_text
from tensor_core.tir.text.scopes import Frame
from tensor_core.trampoline import Steps

_LOOPS = {
    st.SERIAL: "serial",
    st.PARALLEL: "parallel",
    st.VECTORIZED: "vectorized",
    st.UNROLLED: "unroll",
    st.THREAD_BINDING: "thread_binding",
}
_DEFINITIONS = (st.LetStmt, st.AllocBuffer, st.DeclBuffer, st.AssertStmt, st.Allocate)


class StatementText(BlockText):
    """Writes statements into the lines of the innermost frame."""

    # ---- bodies

    def body(self, stmt: st.Stmt, frame: Frame) -> Steps[None]:
        """Write a body; its last statement may leave out the scope that it opens."""
        if self.dialect.sblock:
            yield self._flat_body(stmt, frame)
            return
        if not isinstance(stmt, st.SeqStmt):
            frame.concise = True
            yield self.statement(stmt)
            return
        last = len(stmt.seq) - 1
        for place, item in enumerate(stmt.seq):
            frame.concise = place == last
            yield self.statement(item)

    def _flat_body(self, stmt: st.Stmt, frame: Frame) -> Steps[None]:
        items = _flattened(stmt)
        place = 0
        while place < len(items):
            item = items[place]
            frame.concise = len(items) == 1
            following = items[place + 1] if place + 1 < len(items) else None
            if isinstance(item, st.AllocBuffer) and self._is_scalar(item, following):
                assert isinstance(following, st.BufferStore)
                value = self.text(following.value)
                name = self.scopes.define(item.buffer, item.buffer.name or "buffer")
                frame.lines.append(f"{name}: T.{item.buffer.dtype} = {value}")
                place += 2
                continue
            if isinstance(item, _DEFINITIONS):
                self._definition(item, frame)
            else:
                yield self.statement(item)
            place += 1

    def _is_scalar(self, item: st.AllocBuffer, following: st.Stmt | None) -> bool:
        return (
            self.is_scalar(item.buffer)
            and isinstance(following, st.BufferStore)
            and following.buffer is item.buffer
            and not any(
                isinstance(part, ex.BufferLoad) and part.buffer is item.buffer for part in self.parts(following.value)
            )
        )

    def _definition(self, item: st.Stmt, frame: Frame) -> None:
        """A definition as a statement of its own, as releases from 0.24 on write it."""
        match item:
            case st.LetStmt():
                value = self.text(item.value)
                if item.var in self.scopes:
                    frame.lines.append(f"{self.variable(item.var)} = {value}")
                    return
                kind = self.type_text(item.var)
                name = self.scopes.define(item.var, item.var.name or "v", frame)
                frame.lines.append(f"{name}: T.let[{kind}] = {value}")
            case st.AssertStmt():
                parts = ", ".join(map(self.text, item.message_parts))
                condition = self.text(item.condition)
                frame.lines.append(f"assert {condition}, ({string_text(item.error_kind)}, [{parts}])")
            case st.AllocBuffer():
                self._alloc_buffer(item, frame)
            case st.DeclBuffer():
                right = self.view(item.buffer) or self.declaration("decl_buffer", item.buffer, frame, NONE)
                frame.lines.append(f"{self.scopes.define(item.buffer, item.buffer.name or 'buffer', frame)} = {right}")
            case st.Allocate(body=st.DeclBuffer() as inner) if is_declared(item):
                self._alloc_buffer(st.AllocBuffer(inner.buffer, inner.body, item.annotations), frame)
            case _:
                raise self._unknown(item)

    def _unknown(self, item: st.Stmt) -> DiagnosticError:
        return fail(
            codes.UNPRINTABLE,
            f"TVM {'.'.join(map(str, self.dialect.version))} has no {type(item).__name__}",
            hint="declare a buffer over the allocated memory",
        )

    def _alloc_buffer(self, item: st.AllocBuffer, frame: Frame) -> None:
        buffer = item.buffer
        if self.is_scalar(buffer):
            name = self.scopes.define(buffer, buffer.name or "buffer", frame)
            frame.lines.append(f"{name}: T.{buffer.dtype}")
            return
        method = {"shared": "alloc_shared", "local": "alloc_local"}.get(buffer.scope, "alloc_buffer")
        right = self.declaration(method, buffer, frame, DATA)
        if method != "alloc_buffer":
            right = right.replace(f", scope={string_text(buffer.scope)}", "")
        if item.annotations:
            right = f"{right[:-1]}, annotations={self.value(item.annotations)})"
        frame.lines.append(f"{self.scopes.define(buffer, buffer.name or 'buffer', frame)} = {right}")

    # ---- statements

    def statement(self, stmt: st.Stmt) -> Steps[None]:
        """Write one statement."""
        frame = self.scopes.frames[-1]
        lines, concise = frame.lines, frame.concise
        match stmt:
            case st.BufferStore():
                lines.append(self._store(stmt))
            case st.BlockRealize():
                yield self.block(stmt.block, stmt)
            case st.For():
                yield self._for(stmt)
            case st.IfThenElse():
                yield self._if(stmt)
            case st.SeqStmt():
                inner = self.scopes.enter(stmt)
                yield self.body(stmt, inner)
                lines.append(self.scopes.leave().lines)
            case st.Evaluate():
                lines.append(self._evaluate(stmt))
            case st.Return():
                lines.append(f"return {self.text(stmt.value)}")
            case st.Break() | st.Continue():
                lines.append(f"T.{type(stmt).__name__.lower()}_loop()")
            case st.While():
                condition = self.text(stmt.condition)
                inner = self.scopes.enter(stmt)
                yield self.body(stmt.body, inner)
                lines.append((f"while {condition}:", self.scopes.leave().lines))
            case st.AttrStmt():
                yield self._attr(stmt, concise)
            case st.Block():
                yield self.block(stmt, None)
            case _ if self.dialect.sblock:
                raise self._unknown(stmt)
            case _:
                yield self._scoped(stmt, concise)

    def scope(self, stmt: Any, left: str | None, right: str, body: st.Stmt, concise: bool) -> Steps[None]:
        """``with right as left`` over a body, or ``left = right`` before it."""
        lines = self.scopes.frames[-1].lines
        inner = self.scopes.frames[-1] if self.scopes.frames[-1].node is stmt else self.scopes.enter(stmt)
        yield self.body(body, inner)
        self.scopes.leave()
        outer = lines if lines is not inner.lines else self.scopes.frames[-1].lines
        self._close(outer, left, right, inner.lines, concise)

    def _close(self, lines: list[Any], left: str | None, right: str, inner: list[Any], concise: bool) -> None:
        if concise:
            lines.append(right if left is None else f"{left} = {right}")
            lines.append(inner)
        else:
            lines.append((f"with {right}{'' if left is None else f' as {left}'}:", inner))

    def _scoped(self, stmt: st.Stmt, concise: bool) -> Steps[None]:
        """Statements that define something for their body, as releases up to 0.23 have them."""
        frame = self.scopes.frames[-1]
        match stmt:
            case st.LetStmt():
                yield self._let(stmt, concise)
            case st.AssertStmt():
                condition, message = self.text(stmt.condition), self.text(stmt.message)
                inner = self.scopes.enter(stmt)
                yield self.body(stmt.body, inner)
                self.scopes.leave()
                if concise:
                    frame.lines += [f"assert {condition}, {message}", inner.lines]
                else:
                    frame.lines.append((f"with T.Assert({condition}, {message}):", inner.lines))
            case st.Allocate() if is_declared(stmt):
                assert isinstance(stmt.body, st.DeclBuffer)
                yield self._declare(stmt.body, DATA, concise)
            case st.AllocBuffer():
                yield self._declare(st.DeclBuffer(stmt.buffer, stmt.body), DATA, concise)
            case st.DeclBuffer():
                yield self._declare(stmt, NONE, concise)
            case st.Allocate():
                args = [self.value(stmt.extents), string_text(stmt.dtype), string_text(_scope_of(stmt.buffer_var))]
                if not st.is_one(stmt.condition):
                    args.append(self.text(stmt.condition))
                if stmt.annotations:
                    args.append(f"annotations={self.value(stmt.annotations)}")
                left = self.scopes.define(stmt.buffer_var, stmt.buffer_var.name or "v", frame)
                yield self.scope(stmt, left, f"T.allocate({', '.join(args)})", stmt.body, concise)
            case st.AllocateConst():
                data = ", ".join(self.value(float(x) if "float" in stmt.dtype else int(x)) for x in stmt.data)
                data = _plain(data)
                right = f"T.allocate_const([{data}], {string_text(stmt.dtype)}, {self.value(stmt.extents)})"
                self.scopes.enter(stmt)
                left = self.scopes.define(stmt.buffer_var, stmt.buffer_var.name or "v")
                yield self.scope(stmt, left, right, stmt.body, concise)
            case st.BufferRealize():
                right = self._realize(stmt)
                yield self.scope(stmt, None, right, stmt.body, concise)
            case _:
                raise fail(codes.UNPRINTABLE, f"{type(stmt).__name__} is no statement of a tensor program")

    def _declare(self, stmt: st.DeclBuffer, defines: int, concise: bool) -> Steps[None]:
        frame = self.scopes.frames[-1]
        right = self.declaration("decl_buffer", stmt.buffer, frame, defines)
        self.scopes.enter(stmt)
        left = self.scopes.define(stmt.buffer, stmt.buffer.name or "buffer")
        yield self.scope(stmt, left, right, stmt.body, concise)

    def _let(self, stmt: st.LetStmt, concise: bool) -> Steps[None]:
        kind, right = self.type_text(stmt.var), self.text(stmt.value)
        lines = self.scopes.frames[-1].lines
        inner = self.scopes.enter(stmt)
        known = stmt.var in self.scopes
        left = self.scopes.define(stmt.var, stmt.var.name or "v")
        yield self.body(stmt.body, inner)
        self.scopes.leave()
        if known:
            lines.append((f"with T.LetStmt({right}, var={left}):", inner.lines))
        elif concise:
            lines += [f"{left}: {kind} = {right}", inner.lines]
        else:
            more = f", {kind}" if isinstance(stmt.var, ex.HandleVar) and stmt.var.element else ""
            lines.append((f"with T.LetStmt({right}{more}) as {left}:", inner.lines))

    def _store(self, stmt: st.BufferStore) -> str:
        buffer, value = self.buffer(stmt.buffer), self.text(stmt.value)
        if stmt.predicate is not None:
            predicate = self.text(stmt.predicate)
            return f"{buffer}.vstore({self.value(stmt.indices)}, {value}, predicate={predicate})"
        if self.dialect.sblock and self.is_scalar(stmt.buffer):
            return f"{buffer} = {value}"
        return f"{buffer}[{self.indices(stmt.indices)}] = {value}"

    def _evaluate(self, stmt: st.Evaluate) -> str:
        text = self.text(stmt.value)
        called = isinstance(stmt.value, prim.Intrinsic | ex.GlobalCall)
        called = called or (isinstance(stmt.value, prim.Select) and stmt.value.guards)
        return text if called else f"T.evaluate({text})"

    def _if(self, stmt: st.IfThenElse) -> Steps[None]:
        lines = self.scopes.frames[-1].lines
        condition = self.text(stmt.condition)
        inner = self.scopes.enter(stmt.then_case)
        yield self.body(stmt.then_case, inner)
        lines.append((f"if {condition}:", self.scopes.leave().lines))
        if stmt.else_case is not None:
            inner = self.scopes.enter(stmt.else_case)
            yield self.body(stmt.else_case, inner)
            lines.append(("else:", self.scopes.leave().lines))

    # ---- loops

    def _for(self, stmt: st.For) -> Steps[None]:
        lines = self.scopes.frames[-1].lines
        grid = self._grid(stmt)
        inner = self.scopes.enter(stmt)
        loops = grid if len(grid) > 1 else [stmt]
        for loop in loops:
            self.loops[loop.loop_var] = loop
        if len(grid) > 1:
            pairs = [
                (self.scopes.define(loop.loop_var, loop.loop_var.name or "v"), self.text(loop.extent)) for loop in grid
            ]
            header = f"for {', '.join(name for name, _ in pairs)} in T.grid({', '.join(text for _, text in pairs)}):"
        else:
            name = self.scopes.define(stmt.loop_var, stmt.loop_var.name or "v")
            header = f"for {name} in {self._loop(stmt)}:"
        yield self.body(loops[-1].body, inner)
        lines.append((header, self.scopes.leave().lines))
        for loop in loops:
            del self.loops[loop.loop_var]

    def _grid(self, stmt: st.Stmt) -> list[st.For]:
        """Nested loops that are written as one ``T.grid``."""
        found: list[st.For] = []
        names: set[prim.Var] = set()
        while isinstance(stmt, st.For):
            plain = stmt.kind == st.SERIAL and st.is_zero(stmt.min) and not stmt.annotations and _steps(stmt) is None
            if not plain or uses_var(stmt.extent, names):
                break
            found.append(stmt)
            names.add(stmt.loop_var)
            stmt = stmt.body
        return found

    def _loop(self, stmt: st.For) -> str:
        step = _steps(stmt)
        if st.is_zero(stmt.min) and step is None:
            args = [self.text(stmt.extent)]
        else:
            args = [self.text(stmt.min), self.stop(ex.Range(stmt.min, stmt.extent))]
        keywords: list[str] = []
        if stmt.kind == st.THREAD_BINDING and stmt.thread_binding is not None:
            keywords.append(f"thread={string_text(stmt.thread_binding.thread_tag)}")
        if stmt.annotations:
            keywords.append(self._annotations(stmt))
        plain = stmt.kind == st.SERIAL and not stmt.annotations
        if step is not None:
            (args if plain else keywords).append(self.text(step) if plain else f"step={self.text(step)}")
        return f"{'range' if plain else 'T.' + _LOOPS[stmt.kind]}({', '.join([*args, *keywords])})"

    def _annotations(self, stmt: st.For) -> str:
        notes = stmt.annotations or {}
        if self.dialect.sblock and len(notes) == 1:
            if "disable_unroll" in notes:
                return "unroll=False"
            if "pragma_unroll" in notes:
                return f"unroll={self.value(notes['pragma_unroll'])}"
        return f"annotations={self.value(notes)}"

    # ---- annotations

    def _attr(self, stmt: st.AttrStmt, concise: bool) -> Steps[None]:
        body, left = stmt.body, None
        define: prim.Var | None = None
        if stmt.attr_key in ("thread_extent", "virtual_thread") and isinstance(stmt.node, ex.IterVar):
            right, define = self._launch(stmt, stmt.node)
        elif self.dialect.sblock and stmt.node == 0:
            pairs: list[str] = []
            item: st.Stmt = stmt
            while isinstance(item, st.AttrStmt) and item.node == 0:
                pairs.append(f"{string_text(item.attr_key)}: {self.text(item.value)}")
                item = item.body
            right, body = f"T.attr({{{', '.join(pairs)}}})", item
        else:
            node = self.value(stmt.node)
            right = f"T.attr({node}, {string_text(stmt.attr_key)}, {self.text(stmt.value)})"
        lines = self.scopes.frames[-1].lines
        inner = self.scopes.enter(stmt)
        if define is not None:
            left = self.scopes.define(define, define.name or "v")
        yield self.body(body, inner)
        self.scopes.leave()
        self._close(lines, left, right, inner.lines, concise)

    def _launch(self, stmt: st.AttrStmt, axis: ex.IterVar) -> tuple[str, prim.Var | None]:
        define = None
        if axis.var in self.scopes:
            name = self.variable(axis.var)
        elif self.holds_all_uses(stmt, axis.var):
            name, define = string_text(axis.thread_tag), axis.var
        else:
            frame = self.lowest_frame(axis.var)
            name = self.scopes.define(axis.var, axis.var.name or "v", frame)
            frame.lines.append(f"{name} = T.env_thread({string_text(axis.thread_tag)})")
        return f"T.launch_thread({name}, {self.text(stmt.value)})", define

    def _realize(self, stmt: st.BufferRealize) -> str:
        bounds = ", ".join(f"{self.text(item.min)}:{self.stop(item)}" for item in stmt.bounds)
        args = [f"{self.buffer(stmt.buffer)}[{bounds or '()'}]"]
        if stmt.scope is not None:
            args.append(string_text(stmt.scope))
        if not st.is_one(stmt.condition):
            args.append(f"condition={self.text(stmt.condition)}")
        return f"T.realize({', '.join(args)})"

    def parts(self, expr: PrimExpr) -> list[Any]:
        """The nodes of an expression."""
        from tensor_core.node import post_order
        from tensor_core.tir.functor import children

        return list(post_order([expr], children))


def _flattened(stmt: st.Stmt) -> list[st.Stmt]:
    """The statements of a body in one sequence, definitions without what follows them."""
    result: list[st.Stmt] = []
    stack = [stmt]
    while stack:
        item = stack.pop()
        if isinstance(item, st.SeqStmt):
            stack += reversed(item.seq)
            continue
        result.append(item)
        if isinstance(item, _DEFINITIONS):
            body = item.body
            if isinstance(item, st.Allocate) and isinstance(body, st.DeclBuffer) and is_declared(item):
                body = body.body
            stack.append(body)
    return result


def is_declared(item: st.Allocate) -> bool:
    """Whether an allocation and the declaration in it are written as one ``T.decl_buffer``."""
    inner = item.body
    if not isinstance(inner, st.DeclBuffer) or item.annotations or not st.is_one(item.condition):
        return False
    buffer = inner.buffer
    if buffer.data is not item.buffer_var or buffer.dtype != item.dtype or len(buffer.shape) != len(item.extents):
        return False
    return all(same(a, b) for a, b in zip(item.extents, buffer.shape, strict=True))


def _steps(stmt: st.For) -> PrimExpr | None:
    return None if stmt.step is None or st.is_one(stmt.step) else stmt.step


def _scope_of(var: prim.Var) -> str:
    return var.scope if isinstance(var, ex.HandleVar) else ""


def _plain(text: str) -> str:
    return text.replace("T.float32(", "").replace(")", "")


_ = Callable, ATOM
