"""What opens a scope in tensor programs of scripts: lets, annotations, threads, allocations, declarations."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from relax_core.text.prim_calls import Declared
from relax_core.text.prim_values import Value, listed
from tensor_core import codes
from tensor_core.prim import IntImm, Var
from tensor_core.tir import expr as ex
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer

if TYPE_CHECKING:
    from relax_core.text.prim_statements import PrimStatements

Part = st.Stmt | Callable[[st.Stmt], st.Stmt]
"""A statement, or a definition to be put around what follows."""
FLAT = (0, 24)
"""The release from which on definitions are statements of a sequence."""

Opener = Callable[["PrimStatements", ast.Call, str | None, list[Value], dict[str, Value]], Part]


def _let_stmt(
    self: PrimStatements, node: ast.Call, name: str | None, args: list[Value], keywords: dict[str, Value]
) -> Part:
    order = ("value", "type_annotation")
    given = {**dict(zip(order, args, strict=False)), **keywords}
    value = given.get("value")
    kind, var = given.get("type_annotation"), given.get("var")
    bound = var.named(name or "v") if isinstance(var, Declared) else var if isinstance(var, Var) else None
    dtype = kind.dtype if isinstance(kind, Declared) else bound.dtype if bound is not None else None
    lifted = value.data if isinstance(value, Buffer) else self.lift(value, node, dtype)
    if bound is None and isinstance(kind, Declared):
        bound = kind.named(name or "v")
    return self.let(name or (bound.name if bound is not None else "v"), lifted, bound)


def _attr(
    self: PrimStatements, node: ast.Call, _name: str | None, args: list[Value], keywords: dict[str, Value]
) -> Part:
    given = {**dict(zip(("node", "attr_key", "value"), args, strict=False)), **keywords}
    target = given.get("node")
    if isinstance(target, dict) and "attr_key" not in given:
        pairs = [(str(key), self.lift(value, node)) for key, value in cast("dict[str, Value]", target).items()]

        def wrap(body: st.Stmt) -> st.Stmt:
            for key, value in reversed(pairs):
                body = st.AttrStmt(0, key, value, body)
            return body

        return wrap
    held = self.plain(target, node)
    held = held.named("v") if isinstance(held, Declared) else held
    key, value = str(given.get("attr_key")), self.lift(given.get("value"), node)
    return lambda body: st.AttrStmt(held, key, value, body)


def _launch_thread(
    self: PrimStatements, node: ast.Call, name: str | None, args: list[Value], keywords: dict[str, Value]
) -> Part:
    given = {**dict(zip(("thread", "extent"), args, strict=False)), **keywords}
    thread, extent = given.get("thread"), self.lift(given.get("extent"), node)
    if isinstance(thread, str):
        var = Var(name or "v", extent.dtype)
        thread = ex.IterVar(None, var, "ThreadIndex", thread)
    if not isinstance(thread, ex.IterVar):
        raise self.script.error(node, codes.SYNTAX, "expected a thread's name or T.env_thread")
    if name is not None:
        self.names[name] = thread.var
    axis = thread
    key = "virtual_thread" if axis.thread_tag in ("vthread", "vthread.x", "vthread.y", "vthread.z") else "thread_extent"
    return lambda body: st.AttrStmt(axis, key, extent, body)


def _decl_buffer(
    self: PrimStatements, node: ast.Call, name: str | None, args: list[Value], keywords: dict[str, Value]
) -> Part:
    buffer = self.names[name or ""] = self.buffer_of(node, name or "buffer", args, keywords)
    if "data" in keywords or len(args) > 2:
        return lambda body: st.DeclBuffer(buffer, body)
    if self.release >= FLAT:
        return lambda body: st.AllocBuffer(buffer, body)
    one = IntImm(1, "bool")
    return lambda body: st.Allocate(buffer.data, buffer.dtype, buffer.shape, one, st.DeclBuffer(buffer, body))


def _allocate(
    self: PrimStatements, node: ast.Call, name: str | None, args: list[Value], keywords: dict[str, Value]
) -> Part:
    given = {**dict(zip(("extents", "dtype", "scope", "condition"), args, strict=False)), **keywords}
    dtype, scope = self.dtype(given.get("dtype"), node), str(given.get("scope") or "global")
    extents = tuple([self.lift(item, node) for item in listed(given.get("extents") or [])])
    condition = self.lift(given.get("condition", True), node)
    notes = self.plain(given.get("annotations"), node)
    var = self.bound(name or "", ex.HandleVar(name or "v", element=dtype, scope=scope))
    return lambda body: st.Allocate(var, dtype, extents, condition, body, notes)


def _allocate_const(
    self: PrimStatements, node: ast.Call, name: str | None, args: list[Value], keywords: dict[str, Value]
) -> Part:
    given = {**dict(zip(("data", "dtype", "extents"), args, strict=False)), **keywords}
    dtype = self.dtype(given.get("dtype"), node)
    extents = tuple([self.lift(item, node) for item in listed(given.get("extents") or [])])
    data = tuple([item for item in listed(given.get("data") or []) if isinstance(item, int | float)])
    var = self.names[name or ""] = ex.HandleVar(name or "v", element=dtype, scope="global")
    return lambda body: st.AllocateConst(var, dtype, extents, data, body)


def _realize(
    self: PrimStatements, node: ast.Call, _name: str | None, args: list[Value], keywords: dict[str, Value]
) -> Part:
    given = {**dict(zip(("region", "storage_scope"), args, strict=False)), **keywords}
    region, scope = given.get("region"), given.get("storage_scope")
    if not hasattr(region, "region"):
        raise self.script.error(node, codes.SYNTAX, "expected a region of a buffer")
    condition = self.lift(given.get("condition", True), node)
    found = cast(Any, region)
    return lambda body: st.BufferRealize(found.buffer, found.region, condition, body, scope)


def _assert_scope(
    self: PrimStatements, node: ast.Call, _name: str | None, args: list[Value], keywords: dict[str, Value]
) -> Part:
    condition, message = (self.lift(item, node) for item in [*args, *keywords.values()][:2])
    return lambda body: st.AssertStmt(condition, (message,), body)


OPENERS: Mapping[str, Opener] = {
    "T.LetStmt": _let_stmt, "T.Let_stmt": _let_stmt, "T.attr": _attr, "T.launch_thread": _launch_thread,
    "T.decl_buffer": _decl_buffer, "T.allocate": _allocate, "T.allocate_const": _allocate_const,
    "T.realize": _realize, "T.Assert": _assert_scope,
}  # fmt: skip
