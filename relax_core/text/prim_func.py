"""Tensor programs of scripts (``@T.prim_func``) as :class:`tensor_core.tir.function.PrimFunc`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from relax_core.text.prim_calls import Declared
from relax_core.text.prim_statements import PrimStatements
from relax_core.text.prim_values import Value, listed
from relax_core.text.script import Script, dotted
from tensor_core import codes
from tensor_core.module import GlobalVar
from tensor_core.prim import IntImm, PrimExpr, Var
from tensor_core.tir import expr as ex
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer, BufferRegion, MatchBufferRegion
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.functor import has_blocks
from tensor_core.tir.ranges import between
from tensor_core.tir.regions import UNKNOWN, completed
from tensor_core.tir.text.dialect import version_of

_KINDS = {"spatial": "DataPar", "S": "DataPar", "reduce": "CommReduce", "R": "CommReduce", "scan": "Ordered",
          "opaque": "Opaque"}  # fmt: skip
_BLOCKS = ("T.block", "T.sblock")


def read_prim_func(
    script: Script,
    node: ast.FunctionDef,
    type_vars: set[str],
    release: str,
    functions: Mapping[str, GlobalVar] | None = None,
    outer: Mapping[str, object] | None = None,
) -> PrimFunc:
    """One tensor program of a script for a release. ``functions`` are those that it may call, ``outer`` what names
    stand for that the script takes from around it.

    DiagnosticError R2R0101 to R2R0112 with a span for what cannot be read.
    """
    reader = _FunctionReader(script, version_of(release), functions or {}, type_vars)
    reader.outer = outer or {}
    return reader.read(node)


def read_index_map(script: Script, node: ast.Call, release: str) -> ex.IndexMap:
    """``T.index_map(lambda i, j: (j, i))``."""
    found = _FunctionReader(script, version_of(release), {}, set()).value(node)
    if not isinstance(found, ex.IndexMap):
        raise script.error(node, codes.SYNTAX, "expected T.index_map(...)")
    return found


@dataclass(slots=True)
class _Block:
    """What the statements of a block say of it."""

    iter_vars: list[ex.IterVar] = field(default_factory=list[ex.IterVar])
    values: list[PrimExpr] = field(default_factory=list[PrimExpr])
    predicate: PrimExpr | None = None
    reads: tuple[BufferRegion, ...] | None = None
    writes: tuple[BufferRegion, ...] | None = None
    notes: dict[str, Any] | None = None
    allocs: list[Buffer] = field(default_factory=list[Buffer])
    matches: list[MatchBufferRegion] = field(default_factory=list[MatchBufferRegion])
    init: st.Stmt | None = None


class _FunctionReader(PrimStatements):
    def __init__(
        self, script: Script, release: tuple[int, int], functions: Mapping[str, GlobalVar], type_vars: set[str]
    ) -> None:
        super().__init__(script, release, functions)
        self._type_vars = type_vars
        self._blocks: list[_Block] = [_Block()]
        self._attrs: dict[str, Any] = {}
        self._buffers: dict[Var, Buffer] = {}
        self._params: list[Var] = []

    def read(self, node: ast.FunctionDef) -> PrimFunc:
        """The whole function."""
        given = node.args
        if given.vararg or given.kwonlyargs or given.kwarg or given.defaults:
            self.script.unsupported(node, "tensor programs take plain parameters only")
        flags = self._flags(node)
        self._declare(node)
        for item in (*given.posonlyargs, *given.args):
            self._param(item)
        body = self.block(node.body)
        root = self._blocks[0]
        if flags.get("s_tir") or self.release < (0, 25) or root.allocs:
            body = self._rooted(body, root)
        attrs = dict(self._attrs)
        if not flags.get("private"):
            attrs.setdefault("global_symbol", node.name)
        if flags.get("s_tir"):
            attrs["s_tir"] = True
        if flags.get("persistent"):
            attrs["tirx.persistent_kernel"] = True
        returned = None if node.returns is None else self._returned(node.returns)
        span = self.script.span(node)
        return completed(PrimFunc(tuple(self._params), body, returned, self._buffers, attrs, span))

    def _flags(self, node: ast.FunctionDef) -> dict[str, Value]:
        decorator = node.decorator_list[0] if node.decorator_list else None
        if not isinstance(decorator, ast.Call):
            return {}
        return {item.arg or "": self.value(item.value) for item in decorator.keywords}

    def _rooted(self, body: st.Stmt, root: _Block) -> st.Stmt:
        """The body in the block that text leaves out around blocks and allocations."""
        bare = isinstance(body, st.BlockRealize) and not body.block.iter_vars
        if (bare and not root.allocs) or not (root.allocs or has_blocks(body)):
            return body
        block = st.Block((), (), (), "root", body, alloc_buffers=tuple(root.allocs))
        return st.BlockRealize((), IntImm(1, "bool"), block)

    def _returned(self, node: ast.expr) -> str | None:
        value = self.value(node)
        if value is None:
            return None
        if isinstance(value, Declared):
            return value.dtype
        raise self.script.error(node, codes.SYNTAX, "expected a scalar type")

    # ---- signature

    def _declare(self, node: ast.FunctionDef) -> None:
        """Variables of shapes: those of the module, scalar parameters that stand later, declarations of the body."""
        for name in self._type_vars:
            self.names[name] = Var(name, "int64")
        for item in (*node.args.posonlyargs, *node.args.args):
            kind = dotted(item.annotation) if item.annotation is not None else ""
            if kind.startswith("T.") and kind not in ("T.handle", "T.Buffer") and self.release >= (0, 26):
                self.names[item.arg] = Declared(kind[2:]).named(item.arg)
        if self.release < (0, 26):
            return
        found: set[Var] = set()
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[target], value=value):
                    pairs = _pairs(target, value)
                case _:
                    continue
            for name, call in pairs:
                kind = dotted(call.func)
                if kind.startswith("T.") and not call.args and not call.keywords and _is_int(kind[2:]):
                    var = self.names[name] = Var(name, kind[2:])
                    found.add(var)
        self.declared = frozenset(found)

    def _param(self, item: ast.arg) -> None:
        annotation = item.annotation
        if annotation is None:
            raise self.script.error(item, codes.SYNTAX, "a parameter needs a type")
        if isinstance(annotation, ast.Call) and dotted(annotation.func) == "T.Buffer":
            args, keywords = self._annotation(annotation)
            # From 0.27 on a variable of 64 bits would be declared before the function.
            buffer = self.buffer_of(annotation, item.arg, args, keywords, "int32")
            self.names[item.arg] = buffer
            var = ex.HandleVar(item.arg)
            self._params.append(var)
            self._buffers[var] = buffer
            return
        kind = self.value(annotation)
        if not isinstance(kind, Declared):
            raise self.script.error(item, codes.SYNTAX, "expected T.Buffer(shape, dtype), T.handle or a scalar type")
        known = self.names.get(item.arg)
        var = known if isinstance(known, Var) and known.dtype == kind.dtype else kind.named(item.arg)
        self.names[item.arg] = var
        self._params.append(var)

    def _annotation(self, node: ast.Call) -> tuple[list[Value], dict[str, Value]]:
        """The arguments of an annotation, strings of dimensions read as expressions."""
        args, keywords = self.arguments(node)
        shape = args[0] if args else keywords.get("shape")
        dims = listed(shape)
        made: list[Value] = []
        for dim in dims:
            if isinstance(dim, str) and dim.isidentifier() and dim not in self.names:
                self.names[dim] = Var(dim, "int64")
            made.append(self.quoted(node, dim) if isinstance(dim, str) else dim)
        if args:
            args = [tuple(made), *args[1:]]
        else:
            keywords = {**keywords, "shape": tuple(made)}
        return args, keywords

    # ---- buffers

    def allocated(self, buffer: Buffer) -> None:
        self._blocks[-1].allocs.append(buffer)

    def match(self, name: str, node: ast.Call) -> None:
        args, keywords = self.arguments(node)
        if not args and "param" in keywords:
            args = [keywords.pop("param")]
        source = args[0] if args else None
        if isinstance(source, Var):
            if source not in self._params or source in self._buffers:
                raise self.script.error(node, codes.UNDEFINED_NAME, "expected a parameter of type T.handle")
            self.names[name] = self._buffers[source] = self.buffer_of(node, name, args[1:], keywords)
            return
        if isinstance(source, ex.BufferLoad):
            ranges = tuple([ex.Range(index, IntImm(1, index.dtype)) for index in source.indices])
            source = BufferRegion(source.buffer, ranges)
        if isinstance(source, Buffer):
            raise self.script.error(node, codes.UNDEFINED_NAME, "expected a parameter of type T.handle")
        if not isinstance(source, BufferRegion) or len(self._blocks) == 1:
            raise self.script.error(node, codes.SYNTAX, "expected a parameter or a region of a buffer")
        if len(args) < 2 and "shape" not in keywords:
            args = [source, tuple([item.extent for item in source.region]), source.buffer.dtype]
        keywords.setdefault("scope", source.buffer.scope)
        buffer = self.names[name] = self.buffer_of(node, name, args[1:], keywords)
        self._blocks[-1].matches.append(MatchBufferRegion(buffer, source))

    # ---- blocks

    def statement(self, node: ast.stmt) -> Any:
        match node:
            case ast.With(items=[ast.withitem(context_expr=ast.Call(func=func))]) if dotted(func) == "T.init":
                self._blocks[-1].init = self.block(node.body)
                return None
            case _:
                return super().statement(node)

    def axis(self, name: str, kind: str, node: ast.Call) -> None:
        args, keywords = self.arguments(node)
        given = {**dict(zip(("dom", "binding", "dtype"), args, strict=False)), **keywords}
        if kind not in _KINDS or "dom" not in given:
            raise self.script.error(node, codes.SYNTAX, f"T.axis.{kind} is not read this way")
        dom, value = given["dom"], given.get("binding")
        if isinstance(dom, tuple | list) and len(cast("list[Value]", dom)) == 2:
            domain = between(*self.pair(dom[0], dom[1], node))
        elif isinstance(dom, ex.Range):
            domain = dom
        else:
            domain = ex.range_of(self.lift(dom, node))
        self._iterate(name, domain, _KINDS[kind], None if value is None else self.lift(value, node))

    def _iterate(self, name: str, domain: ex.Range, kind: str, value: PrimExpr | None) -> None:
        dtype = value.dtype if value is not None and ex.is_scalar_int(value.dtype) else domain.extent.dtype
        var = self.names[name] = Var(name, dtype)
        block = self._blocks[-1]
        block.iter_vars.append(ex.IterVar(domain, var, kind))
        block.values.append(var if value is None else value)

    def remap(self, names: list[str], node: ast.Call) -> None:
        args, keywords = self.arguments(node)
        given = {**dict(zip(("kinds", "bindings"), args, strict=False)), **keywords}
        kinds, values = given.get("kinds"), given.get("bindings")
        if not isinstance(kinds, str) or not isinstance(values, list | tuple):
            raise self.script.error(node, codes.SYNTAX, "expected T.axis.remap(kinds, [values])")
        items = cast("list[Value]", values)
        if not len(kinds) == len(items) == len(names) or any(kind not in _KINDS for kind in kinds):
            raise self.script.error(node, codes.ARITY, "T.axis.remap takes one kind and one value for each axis")
        for name, kind, value in zip(names, kinds, items, strict=True):
            loop = self.open_loops.get(value) if isinstance(value, Var) else None
            if loop is None:
                raise self.script.error(node, codes.SYNTAX, "T.axis.remap takes variables of loops")
            self._iterate(name, ex.Range(loop.min, loop.extent), _KINDS[kind], value)

    def block_call(self, function: str, node: ast.Call) -> bool:
        block = self._blocks[-1]
        match function:
            case "T.func_attr":
                args, keywords = self.arguments(node)
                self._function_attrs([*args, *keywords.values(), None][0], node)
            case "T.reads" | "T.writes":
                args, _ = self.arguments(node)
                items = cast("list[Value]", args[0] if len(args) == 1 and isinstance(args[0], list | tuple) else args)
                setattr(block, function[2:], tuple([self._region(item, node) for item in items]))
            case "T.where":
                block.predicate = self.expr(node.args[0])
            case "T.block_attr" | "T.sblock_attr":
                notes = self.attribute(node.args[0])
                if not isinstance(notes, dict):
                    raise self.script.error(node, codes.SYNTAX, "expected a dictionary")
                block.notes = {**(block.notes or {}), **cast("dict[str, Any]", notes)}
            case _:
                return False
        return True

    def _function_attrs(self, value: Value, node: ast.Call) -> None:
        written = self.plain(value, node)
        if not isinstance(written, dict):
            raise self.script.error(node, codes.SYNTAX, "expected a dictionary of attributes")
        self._attrs.update(cast("dict[str, Any]", written))

    def _region(self, value: Value, node: ast.AST) -> BufferRegion:
        if isinstance(value, BufferRegion):
            return value
        if isinstance(value, Buffer):
            return BufferRegion(value, tuple([ex.range_of(dim) for dim in value.shape]))
        if isinstance(value, ex.BufferLoad):
            return BufferRegion(value.buffer, tuple([_point(index) for index in value.indices]))
        raise self.script.error(node, codes.SYNTAX, "expected a region of a buffer")

    def block_scope(self, function: str, call: ast.Call, node: ast.With) -> st.Stmt | None:
        if function not in _BLOCKS:
            return None
        args, keywords = self.arguments(call)
        name = args[0] if args else keywords.get("name", "")
        block = _Block()
        self._blocks.append(block)
        body = self.block(node.body)
        self._blocks.pop()
        made = st.Block(
            tuple(block.iter_vars),
            block.reads if block.reads is not None else UNKNOWN,
            block.writes if block.writes is not None else UNKNOWN,
            str(name),
            body,
            block.init,
            tuple(block.allocs),
            tuple(block.matches),
            block.notes,
        )
        if keywords.get("no_realize"):
            return made
        return st.BlockRealize(tuple(block.values), block.predicate or IntImm(1, "bool"), made)


def _point(index: PrimExpr) -> ex.Range:
    if isinstance(index, ex.Ramp):
        return ex.Range(index.base, index.lanes)
    return ex.Range(index, IntImm(1, index.dtype if ex.is_scalar_int(index.dtype) else "int32"))


def _is_int(name: str) -> bool:
    return name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.Call]]:
    """The names and calls of ``n, m = T.int64(), T.int64()``."""
    targets = target.elts if isinstance(target, ast.Tuple) else [target]
    values = value.elts if isinstance(value, ast.Tuple) and isinstance(target, ast.Tuple) else [value]
    if len(targets) != len(values):
        return []
    return [
        (name.id, call)
        for name, call in zip(targets, values, strict=True)
        if isinstance(name, ast.Name) and isinstance(call, ast.Call)
    ]
