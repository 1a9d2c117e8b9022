"""Statements of tensor programs in scripts.

A definition (let, allocation, annotation without a ``with``) holds what follows it in its block: reading a block gives
a list of statements and of such definitions, which are put around the rest from the end.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, cast

from relax_core.text.prim_calls import Declared, PrimCalls
from relax_core.text.prim_scopes import FLAT, OPENERS, Part
from relax_core.text.prim_values import Value
from relax_core.text.script import Script, dotted
from tensor_core import codes
from tensor_core.module import GlobalVar
from tensor_core.prim import IntImm, PrimExpr, Var
from tensor_core.tir import expr as ex
from tensor_core.tir import make
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import SCALAR, Buffer
from tensor_core.tir.functor import variables
from tensor_core.tir.ranges import between

MAX_NESTING = 100
"""How deep statements may nest, as Python's own reader has it."""
_LOOPS = {"range": st.SERIAL, "T.serial": st.SERIAL, "T.parallel": st.PARALLEL, "T.vectorized": st.VECTORIZED,
          "T.unroll": st.UNROLLED, "T.thread_binding": st.THREAD_BINDING}  # fmt: skip
_ALLOCS = {"T.alloc_buffer": "", "T.alloc_shared": "shared", "T.alloc_local": "local"}


class PrimStatements(PrimCalls):
    """Reads statements."""

    depth = 0

    def __init__(self, script: Script, release: tuple[int, int], functions: Mapping[str, GlobalVar]) -> None:
        super().__init__(script, release, functions)
        self.open_loops: dict[Var, st.For] = {}
        self.declared: frozenset[Var] = frozenset()
        self.free: set[Var] = set()

    def block(self, nodes: list[ast.stmt]) -> st.Stmt:
        """The statements of one block, whose names end with it."""
        if self.depth > MAX_NESTING:
            raise self.script.error(nodes[0], codes.LIMIT, "the tensor program nests too deep")
        before = dict(self.names)
        self.depth += 1
        parts: list[Part] = []
        for node in nodes:
            made = self.statement(node)
            if isinstance(made, list):
                parts += made
            elif made is not None:
                parts.append(made)
        self.depth -= 1
        self.names = before
        return assembled(parts)

    def statement(self, node: ast.stmt) -> Part | list[Part] | None:
        """One statement; None for what only names something."""
        match node:
            case ast.Assign(targets=[ast.Subscript() as target]):
                return self._store(target, node.value)
            case ast.Assign(targets=[target]):
                return self._assign(target, node.value)
            case ast.AugAssign(target=target, op=operation, value=operand):
                changed = ast.copy_location(ast.BinOp(target, operation, operand), node)
                if isinstance(target, ast.Subscript):
                    return self._store(target, changed)
                return self._assign(target, changed)
            case ast.AnnAssign(target=ast.Name() as target):
                return self._annotated(node, target)
            case ast.For():
                return self._for(node)
            case ast.While():
                condition = self.expr(node.test)
                return st.While(condition, self.block(node.body))
            case ast.If():
                condition = self.expr(node.test)
                then = self.block(node.body)
                return st.IfThenElse(condition, then, self.block(node.orelse) if node.orelse else None)
            case ast.With():
                return self._with(node)
            case ast.Assert():
                return self._assert(node)
            case ast.Return():
                return None if node.value is None else st.Return(self.expr(node.value))
            case ast.Expr():
                return self._expression(node.value)
            case ast.Pass():
                return None
            case ast.Break():
                return st.Break()
            case ast.Continue():
                return st.Continue()
            case _:
                self.script.unsupported(node, f"{type(node).__name__} statements are not read in tensor programs")

    # ---- stores and definitions

    def _store(self, target: ast.Subscript, value: ast.expr) -> st.Stmt:
        buffer, indices = self.target(target)
        return self.store(buffer, indices, self.value(value), value)

    def store(self, buffer: Buffer, indices: tuple[PrimExpr, ...], value: Value, node: ast.AST) -> st.BufferStore:
        """``buffer[indices] = value``, the value converted to the buffer's type as TVM does."""
        count = ex.lanes(indices[-1].dtype) if indices else 1
        dtype = ex.with_lanes(buffer.dtype, ex.lanes(buffer.dtype) * count)
        stored = self.lift(value, node, ex.element(dtype))
        if stored.dtype.startswith("handle") != dtype.startswith("handle") or stored.dtype == "void":
            message = f"a value of type {stored.dtype} is stored in {buffer.name}, which holds {buffer.dtype}"
            raise self.script.error(node, codes.TYPE_MISMATCH, message)
        return st.BufferStore(buffer, make.cast(dtype, stored), indices)

    def _assign(self, target: ast.expr, node: ast.expr) -> Part | list[Part] | None:
        if isinstance(target, ast.Tuple | ast.List):
            return self._unpack(target, node)
        if not isinstance(target, ast.Name):
            raise self.script.error(target, codes.SYNTAX, "expected a name")
        name = target.id
        function = dotted(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call):
            special = self._assigned_call(name, function, node)
            if special is not NotImplemented:
                return special
            if isinstance(node.func, ast.Attribute) and node.func.attr == "view":
                return self._view(name, node, node.func)
        return self.define(name, self.value(node), node)

    def _view(self, name: str, node: ast.Call, function: ast.Attribute) -> Part:
        """``name = buffer.view(shape)``: the same memory in another shape, or as another type."""
        base = self.value(function.value)
        args, keywords = self.arguments(node)
        if not isinstance(base, Buffer) or keywords or not args:
            raise self.script.error(node, codes.SYNTAX, "expected buffer.view(shape) or buffer.view(dtype)")
        if isinstance(args[0], str):
            dtype = self.dtype(args[0], node)
            last = base.shape[-1] if base.shape else None
            if not isinstance(last, IntImm):
                raise self.script.error(node, codes.SYNTAX, f"{base.name} has no last dimension that is known")
            count = last.value * ex.bits(base.dtype) // ex.bits(dtype)
            made = base.replace(name=name, dtype=dtype, shape=(*base.shape[:-1], IntImm(count, last.dtype)))
        else:
            made = base.replace(name=name, shape=tuple([self.lift(item, node) for item in args]))
        self.names[name] = made
        return lambda body: st.DeclBuffer(made, body)

    def define(self, name: str, value: Value, node: ast.expr) -> Part | None:
        """``name = value``: another name for what is no scalar, a let for what is one."""
        known = self.names.get(name)
        if isinstance(value, Declared):
            if not (isinstance(known, Var) and known.dtype == value.dtype and known in self.declared):
                known = self.names[name] = value.named(name)
            self.free.add(known)
            return None
        if isinstance(known, Buffer) and self.release >= FLAT and self.is_scalar(known):
            return self.store(known, (IntImm(0, "int32"),), value, node)
        if isinstance(value, Buffer):
            self.names[name] = value.replace(name=name) if value.name == "buffer" and known is None else value
            return None
        if not isinstance(value, bool | int | float | PrimExpr):
            self.names[name] = value
            return None
        return self.let(name, self.lift(value, node))

    def bound(self, name: str, var: Var) -> Var:
        """The variable that a loop, allocation or thread binds: the one that is declared by this name, else ``var``.

        Printed text declares a variable before it is bound when something refers to it from outside.
        """
        known = self.names.get(name)
        if isinstance(known, Var) and known in self.free and known.dtype == var.dtype:
            return known
        self.names[name] = var
        return var

    def let(self, name: str, value: PrimExpr, var: Var | None = None) -> Part:
        """A let statement around what follows."""
        if var is None:
            var = ex.HandleVar(name) if value.dtype == "handle" else Var(name, value.dtype)
        self.names[name] = var
        bound = var
        return lambda body: st.LetStmt(bound, value, body)

    def _unpack(self, target: ast.Tuple | ast.List, node: ast.expr) -> Part | list[Part] | None:
        names = [item.id if isinstance(item, ast.Name) else "" for item in target.elts]
        if not all(names):
            raise self.script.error(target, codes.SYNTAX, "expected names")
        if isinstance(node, ast.Call) and dotted(node.func) == "T.axis.remap":
            self.remap(names, node)
            return None
        value = self.value(node)
        if not isinstance(value, list | tuple) or len(cast("list[Value]", value)) != len(names):
            raise self.script.error(node, codes.ARITY, f"expected {len(names)} values")
        found = [self.define(name, item, node) for name, item in zip(names, cast("list[Value]", value), strict=True)]
        return [item for item in found if item is not None]

    def _annotated(self, node: ast.AnnAssign, target: ast.Name) -> Part | list[Part] | None:
        kind = node.annotation
        is_let = dotted(kind.value if isinstance(kind, ast.Subscript) else kind) == "T.let"
        stated = (self.value(kind.slice) if isinstance(kind, ast.Subscript) else None) if is_let else self.value(kind)
        if stated is not None and not isinstance(stated, Declared):
            raise self.script.error(kind, codes.SYNTAX, "expected a scalar type")
        if stated is not None and not is_let and self.release >= FLAT and stated.dtype != "handle":
            return self._scalar(target.id, stated.dtype, node.value)
        if node.value is None:
            raise self.script.error(node, codes.SYNTAX, "a definition needs a value")
        given = self.value(node.value)
        value = given.data if isinstance(given, Buffer) else self.lift(given, node, stated.dtype if stated else None)
        return self.let(target.id, value, stated.named(target.id) if stated is not None else None)

    def _scalar(self, name: str, dtype: str, value: ast.expr | None) -> list[Part]:
        """``x: T.float32 = 1.0``: a buffer of one element, from 0.24 on."""
        one = IntImm(1, "int32")
        data = ex.HandleVar(name, element=dtype, scope="local")
        buffer = Buffer(data, dtype, (one,), (), IntImm(0, "int32"), name, layout=SCALAR)
        parts: list[Part] = [lambda body: st.AllocBuffer(buffer, body)]
        if value is not None:
            parts.append(self.store(buffer, (IntImm(0, "int32"),), self.value(value), value))
        self.names[name] = buffer
        return parts

    # ---- calls on the right of an assignment

    def arguments(self, node: ast.Call) -> tuple[list[Value], dict[str, Value]]:
        """The values of the arguments of a call."""
        keywords = {item.arg or "": self.value(item.value) for item in node.keywords if item.arg != "layout"}
        return [self.value(item) for item in node.args], keywords

    def _assigned_call(self, name: str, function: str, node: ast.Call) -> Any:
        if function == "T.sblock_alloc_buffer" or (function == "T.alloc_buffer" and self.release < FLAT):
            args, keywords = self.arguments(node)
            buffer = self.names[name] = self.buffer_of(node, name, args, keywords)
            self.allocated(buffer)
            return None
        if function == "T.match_buffer":
            self.match(name, node)
            made = self.names.get(name)
            if isinstance(made, Buffer):
                # What an array determines is bound: a loop variable of this name is another one.
                self.free.difference_update(var for dim in made.shape for var in variables(dim))
            return None
        if function == "T.axis.remap":
            self.remap([name], node)
            return None
        if function.startswith("T.axis."):
            self.axis(name, function[7:], node)
            return None
        if function in ("T.Buffer", "T.buffer_decl"):
            args, keywords = self.arguments(node)
            self.names[name] = self.buffer_of(node, name, args, keywords)
            return None
        if function == "T.env_thread":
            args, _ = self.arguments(node)
            var = Var(name, "int32")
            self.names[name] = ex.IterVar(None, var, "ThreadIndex", str(args[0] if args else ""))
            return None
        if function in OPENERS or function in _ALLOCS:
            return self._open(function, node, name)
        return NotImplemented

    def allocated(self, buffer: Buffer) -> None:
        """A buffer that the block around allocates."""
        raise NotImplementedError

    def match(self, name: str, node: ast.Call) -> None:
        """``name = T.match_buffer(...)``."""
        raise NotImplementedError

    def axis(self, name: str, kind: str, node: ast.Call) -> None:
        """``name = T.axis.kind(...)``."""
        raise NotImplementedError

    def remap(self, names: list[str], node: ast.Call) -> None:
        """``names = T.axis.remap(...)``."""
        raise NotImplementedError

    def block_call(self, function: str, node: ast.Call) -> bool:
        """Take a statement that says something of the block around it; whether it was one."""
        raise NotImplementedError

    def block_scope(self, function: str, call: ast.Call, node: ast.With) -> st.Stmt | None:
        """A ``with`` of a block; None when it is none."""
        raise NotImplementedError

    # ---- what opens a scope

    def _open(self, function: str, node: ast.Call, name: str | None) -> Part:
        """A definition by a call, named by its assignment or ``as``."""
        args, keywords = self.arguments(node)
        if function in _ALLOCS:
            keywords = {**keywords, "scope": _ALLOCS[function]} if _ALLOCS[function] else keywords
            notes = keywords.pop("annotations", None)
            buffer = self.names[name or ""] = self.buffer_of(node, name or "buffer", args, keywords)
            notes = self.plain(notes, node)
            return lambda body: st.AllocBuffer(buffer, body, notes)
        return OPENERS[function](self, node, name, args, keywords)

    def _with(self, node: ast.With) -> st.Stmt:
        parts: list[Part] = []
        before = dict(self.names)
        for place, item in enumerate(node.items):
            call = item.context_expr
            function = dotted(call.func) if isinstance(call, ast.Call) else ""
            if not isinstance(call, ast.Call):
                raise self.script.error(call, codes.SYNTAX, "expected a call")
            if place == len(node.items) - 1:
                block = self.block_scope(function, call, node)
                if block is not None:
                    self.names = before
                    return assembled([*parts, block])
            if function not in OPENERS and function not in _ALLOCS:
                self.script.unsupported(call, f"the scope {function or 'of this value'} is not read")
            target = item.optional_vars
            if target is not None and not isinstance(target, ast.Name):
                raise self.script.error(target, codes.SYNTAX, "expected a name")
            parts.append(self._open(function, call, None if target is None else target.id))
        body = self.block(node.body)
        self.names = before
        return assembled([*parts, body])

    def _assert(self, node: ast.Assert) -> Part:
        condition = self.expr(node.test)
        message = self.value(node.msg) if node.msg is not None else ""
        kind = "RuntimeError"
        if isinstance(message, tuple) and len(cast("tuple[Value, ...]", message)) == 2:
            kind, message = str(cast(Any, message)[0]), cast(Any, message)[1]
        parts = cast("list[Value]", message if isinstance(message, list) else [message])
        texts = tuple([self.lift(item, node) for item in parts])
        return lambda body: st.AssertStmt(condition, texts, body, kind)

    # ---- expressions as statements

    def _expression(self, node: ast.expr) -> Part | None:
        if isinstance(node, ast.Constant):
            return None
        if not isinstance(node, ast.Call):
            return st.Evaluate(self.expr(node))
        function = dotted(node.func)
        if self.block_call(function, node):
            return None
        if function in OPENERS or function in _ALLOCS:
            return self._open(function, node, None)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "vstore":
            return self._vstore(node, node.func)
        match function:
            case "T.evaluate":
                args, keywords = self.arguments(node)
                return st.Evaluate(self.lift([*args, *keywords.values(), None][0], node))
            case "T.ret":
                return st.Return(self.expr(node.args[0]))
            case "T.break_loop":
                return st.Break()
            case "T.continue_loop":
                return st.Continue()
            case "T.buffer_store":
                args, _ = self.arguments(node)
                if len(args) < 3 or not isinstance(args[0], Buffer):
                    raise self.script.error(node, codes.SYNTAX, "expected T.buffer_store(buffer, value, indices)")
                indices = tuple([self.lift(item, node) for item in cast("list[Value]", args[2])])
                return self.store(args[0], indices, args[1], node)
            case _:
                return st.Evaluate(self.expr(node))

    def _vstore(self, node: ast.Call, function: ast.Attribute) -> st.Stmt:
        buffer = self.value(function.value)
        args, keywords = self.arguments(node)
        if not isinstance(buffer, Buffer) or len(args) != 2:
            raise self.script.error(node, codes.SYNTAX, "expected buffer.vstore(indices, value)")
        items = cast("list[Value]", args[0] if isinstance(args[0], list | tuple) else [args[0]])
        stored = self.store(buffer, tuple([self.lift(item, node) for item in items]), args[1], node)
        predicate = keywords.get("predicate")
        return stored if predicate is None else stored.replace(predicate=self.lift(predicate, node))

    # ---- loops

    def _for(self, node: ast.For) -> st.Stmt:
        call = node.iter
        function = dotted(call.func) if isinstance(call, ast.Call) else ""
        if not isinstance(call, ast.Call) or node.orelse or (function not in _LOOPS and function != "T.grid"):
            self.script.unsupported(node, "only loops over range, T.grid, T.serial and their like are read")
        targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
        names = [item.id if isinstance(item, ast.Name) else "" for item in targets]
        if not all(names):
            raise self.script.error(node.target, codes.SYNTAX, "expected names")
        args, keywords = self.arguments(call)
        before = dict(self.names)
        if function == "T.grid":
            loops = self._grid(call, names, args)
        else:
            loops = [self._loop(call, names, _LOOPS[function], args, keywords)]
        for loop in loops:
            self.names[loop.loop_var.name] = loop.loop_var
            self.open_loops[loop.loop_var] = loop
        body = self.block(node.body)
        self.names = before
        for loop in loops:
            del self.open_loops[loop.loop_var]
        for loop in reversed(loops):
            body = loop.replace(body=body)
        return body

    def _grid(self, node: ast.Call, names: list[str], args: list[Value]) -> list[st.For]:
        if len(names) != len(args):
            raise self.script.error(node, codes.ARITY, f"{len(names)} variables for {len(args)} ranges")
        loops: list[st.For] = []
        for name, value in zip(names, args, strict=True):
            if isinstance(value, tuple) and len(cast("tuple[Value, ...]", value)) == 2:
                extent = between(*self.pair(value[0], value[1], node))
            else:
                extent = ex.range_of(self._bound(value, node))
            var = self.bound(name, Var(name, extent.extent.dtype))
            loops.append(st.For(var, extent.min, extent.extent, st.SERIAL, st.SeqStmt(())))
        return loops

    def _bound(self, value: Value, node: ast.AST) -> PrimExpr:
        bound = self.lift(value, node)
        if not bound.dtype.startswith(("int", "uint")):
            raise self.script.error(node, codes.TYPE_MISMATCH, "expected an integer")
        return bound

    def _loop(
        self, node: ast.Call, names: list[str], kind: str, args: list[Value], keywords: dict[str, Value]
    ) -> st.For:
        order = ("start", "stop", "step") if dotted(node.func) == "range" else ("start", "stop", "thread")
        given = {**dict(zip(order, args, strict=False)), **keywords}
        if len(names) != 1 or "start" not in given:
            raise self.script.error(node, codes.ARITY, "a loop has one variable and a range")
        start = self._bound(given["start"], node)
        stop = given.get("stop")
        found = ex.range_of(start) if stop is None else between(*self.pair(start, self._bound(stop, node), node))
        step = given.get("step")
        thread = given.get("thread")
        binding = None
        if kind == st.THREAD_BINDING:
            binding = ex.IterVar(None, Var("", found.extent.dtype), "ThreadIndex", str(thread or ""))
        return st.For(
            self.bound(names[0], Var(names[0], found.extent.dtype)),
            found.min,
            found.extent,
            kind,
            st.SeqStmt(()),
            binding,
            self._loop_notes(given, node),
            None if step is None else self.lift(step, node, found.extent.dtype),
        )

    def _loop_notes(self, given: Mapping[str, Value], node: ast.AST) -> Mapping[str, Any] | None:
        notes = self.plain(given.get("annotations"), node)
        unroll = given.get("unroll")
        if unroll is False:
            return {**(notes or {}), "disable_unroll": True}
        return {**(notes or {}), "pragma_unroll": self.plain(unroll, node)} if unroll is not None else notes


def assembled(parts: list[Part]) -> st.Stmt:
    """The statements in order, each definition around what follows it."""
    items: list[st.Stmt] = []
    for part in reversed(parts):
        if isinstance(part, st.Stmt):
            items.append(part)
        else:
            items = [part(st.seq(items[::-1]))]
    return st.seq(items[::-1])
