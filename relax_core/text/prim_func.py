"""Kernels of scripts (``@T.prim_func``) as tensor programs: loops, branches, stores, scratch buffers, TensorIR blocks.

A block's axes are read as names for their values, its ``T.init`` as a store under the condition that every reduction
axis is at its start; so what is read computes what the text says, whoever printed it.
"""

from __future__ import annotations

import ast
from typing import cast

from relax_core.text.prim_blocks import recognise
from relax_core.text.read_scalars import ScalarReader
from relax_core.text.read_types import read_dtype
from relax_core.text.script import Script, dotted
from tensor_core import codes, dtypes, prim
from tensor_core.loops.nodes import Buffer, For, If, PrimFunc, Seq, Stmt, Store
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape, as_dim

_LOOPS = {"range", "T.serial", "T.parallel", "T.vectorized", "T.unroll", "T.grid"}
_IGNORED = {"T.func_attr", "T.reads", "T.writes", "T.block_attr", "T.sblock_attr"}
# The releases in which T.round takes halves away from zero; later ones take them to even.
ROUND_AWAY = {"0.19"}
_BLOCKS = {"T.block", "T.sblock"}
MAX_NESTING = 90


def read_prim_func(script: Script, node: ast.FunctionDef, type_vars: set[str], release: str) -> PrimFunc:
    """One kernel. The buffers it stores to are its outputs; they are its last parameters."""
    return _KernelReader(script, type_vars, release).read(node)


class _KernelReader:
    def __init__(self, script: Script, type_vars: set[str], release: str) -> None:
        self._script = script
        self._type_vars = type_vars
        self._scalars: dict[str, PrimExpr] = {}
        self._buffers: dict[str, Buffer] = {}
        self._handles: dict[str, Buffer | None] = {}
        self._allocations: list[Buffer] = []
        self._stored: set[Buffer] = set()
        self._starts: list[list[PrimExpr]] = []
        self._reader = ScalarReader(script, self._name, "int32", self._load, limit=MAX_NESTING)
        if release not in ROUND_AWAY:
            self._reader.renamed = {"round": "nearbyint"}

    def read(self, node: ast.FunctionDef) -> PrimFunc:
        given = node.args
        if given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults:
            self._script.unsupported(node, "kernels take plain parameters only")
        order: list[str] = []
        scalars: list[prim.Var] = []
        for item in given.args:
            self._param(item, order, scalars)
        body = recognise(self._block(node.body, 0))
        params = [self._param_buffer(name, item) for name, item in zip(order, given.args, strict=False)]
        outputs = len(params) - next((n for n, item in enumerate(params) if item in self._stored), len(params))
        if any(item not in self._stored for item in params[len(params) - outputs :]):
            raise self._script.error(node, codes.UNSUPPORTED_SYNTAX, "a kernel's outputs must be its last buffers")
        free = tuple(scalars)
        return PrimFunc(node.name, tuple(params), outputs, body, tuple(self._allocations), free)

    # ---- parameters and names

    def _param(self, item: ast.arg, order: list[str], scalars: list[prim.Var]) -> None:
        annotation = item.annotation
        name = dotted(annotation.func if isinstance(annotation, ast.Call) else annotation) if annotation else ""
        if name == "T.Buffer" and isinstance(annotation, ast.Call):
            self._buffers[item.arg] = self._buffer(item.arg, annotation.args, annotation)
            order.append(item.arg)
        elif name == "T.handle":
            self._handles[item.arg] = None
            order.append(item.arg)
        elif name.startswith("T.") and dtypes.is_known(name[2:]):
            var = prim.Var(item.arg, name[2:])
            self._scalars[item.arg] = var
            scalars.append(var)
        else:
            raise self._script.error(item, codes.SYNTAX, "expected T.Buffer(shape, dtype), T.handle or a scalar type")

    def _param_buffer(self, name: str, item: ast.arg) -> Buffer:
        found = self._buffers.get(name) if name not in self._handles else self._handles[name]
        if found is None:
            raise self._script.error(item, codes.UNDEFINED_NAME, f"no T.match_buffer says what {name} is")
        return found

    def _buffer(self, name: str, args: list[ast.expr], node: ast.Call) -> Buffer:
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        shape = args[0] if args else keywords.pop("shape", None)
        stated = args[1] if len(args) > 1 else keywords.pop("dtype", None)
        keywords.pop("scope", None)
        if shape is None or len(args) > 2 or keywords:
            self._script.unsupported(node, "buffers have a shape and a dtype, nothing else is read")
        dtype = "float32"
        if stated is not None:
            dtype = read_dtype(self._script, stated, stated.value if isinstance(stated, ast.Constant) else None)
        return Buffer(name, self._shape(shape), dtype)

    def _shape(self, node: ast.expr) -> Shape:
        if not isinstance(node, ast.Tuple | ast.List):
            return (self._dim(node),)
        return tuple([self._dim(item) for item in node.elts])

    def _dim(self, node: ast.expr) -> Dim:
        return as_dim(self._reader.expr(node, "int64"))

    def _name(self, node: ast.Name) -> PrimExpr:
        found = self._scalars.get(node.id)
        if found is None and node.id in self._type_vars:
            found = self._scalars[node.id] = prim.Var(node.id)
        if found is None:
            raise self._script.error(node, codes.UNDEFINED_NAME, f"undefined name {node.id}")
        return found

    def _load(self, node: ast.expr) -> PrimExpr | None:
        if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
            return None
        buffer = self._buffers.get(node.value.id)
        if buffer is None:
            raise self._script.error(node.value, codes.UNDEFINED_NAME, f"undefined buffer {node.value.id}")
        return prim.Load(buffer, self._indices(node, buffer))

    def _indices(self, node: ast.Subscript, buffer: Buffer) -> tuple[PrimExpr, ...]:
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if len(items) != len(buffer.shape):
            message = f"{buffer.name} has {len(buffer.shape)} dimensions, indexed with {len(items)}"
            raise self._script.error(node, codes.ARITY, message)
        return tuple([self._reader.expr(item) for item in items])

    # ---- statements

    def _block(self, nodes: list[ast.stmt], depth: int) -> Stmt:
        if depth > MAX_NESTING:
            raise self._script.error(nodes[0], codes.LIMIT, "the kernel nests too deep")
        found = [made for made in (self._statement(node, depth) for node in nodes) if made is not None]
        return found[0] if len(found) == 1 else Seq(tuple(found))

    def _statement(self, node: ast.stmt, depth: int) -> Stmt | None:
        match node:
            case ast.Assign(targets=[ast.Subscript() as target]):
                return self._store(target, node.value)
            case ast.Assign(targets=[target]):
                return self._define(target, node.value)
            case ast.For():
                return self._for(node, depth)
            case ast.If():
                condition = self._reader.expr(node.test)
                otherwise = self._block(node.orelse, depth + 1) if node.orelse else None
                return If(condition, self._block(node.body, depth + 1), otherwise)
            case ast.With():
                return self._with(node, depth)
            case ast.Expr(value=ast.Call() as call) if dotted(call.func) in _IGNORED:
                return None
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                return None
            case ast.Expr(value=ast.Call(args=[ast.Constant()]) as call) if dotted(call.func) == "T.evaluate":
                return None
            case _:
                self._script.unsupported(node, "this statement of a kernel is not read")

    def _store(self, target: ast.Subscript, value: ast.expr) -> Stmt:
        load = cast(prim.Load, self._load(target)) if isinstance(target.value, ast.Name) else None
        if load is None:
            raise self._script.error(target, codes.SYNTAX, "expected an element of a buffer")
        self._stored.add(load.buffer)
        stored = self._reader.expr(value, load.buffer.dtype)
        if stored.dtype != load.buffer.dtype:
            message = f"a value of type {stored.dtype} is stored in {load.buffer.name}, which holds {load.buffer.dtype}"
            raise self._script.error(value, codes.TYPE_MISMATCH, message)
        return Store(load.buffer, load.indices, stored)

    def _define(self, target: ast.expr, value: ast.expr) -> None:
        function = dotted(value.func) if isinstance(value, ast.Call) else ""
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Call) and function == "T.axis.remap":
            return self._remap(target, value)
        if not isinstance(target, ast.Name):
            raise self._script.error(target, codes.SYNTAX, "expected a name")
        name = target.id
        if isinstance(value, ast.Call):
            args = value.args
            if function in ("T.alloc_buffer", "T.sblock_alloc_buffer"):
                buffer = self._buffers[name] = self._buffer(name, args, value)
                self._allocations.append(buffer)
                return None
            if function == "T.match_buffer" and args:
                return self._match_buffer(name, args, value)
            if function.startswith("T.axis."):
                return self._axis(name, function[7:], value)
            if function.startswith("T.") and dtypes.is_known(function[2:]) and not args:
                self._scalars[name] = prim.Var(name, function[2:])
                return None
        self._scalars[name] = self._reader.expr(value)
        return None

    def _match_buffer(self, name: str, args: list[ast.expr], node: ast.Call) -> None:
        handle = args[0].id if isinstance(args[0], ast.Name) else ""
        if handle not in self._handles or self._handles[handle] is not None:
            raise self._script.error(args[0], codes.UNDEFINED_NAME, "expected a parameter of type T.handle")
        self._handles[handle] = self._buffers[name] = self._buffer(name, args[1:], node)

    def _for(self, node: ast.For, depth: int) -> Stmt:
        call = node.iter
        function = dotted(call.func) if isinstance(call, ast.Call) else ""
        if not isinstance(call, ast.Call) or function not in _LOOPS or node.orelse:
            self._script.unsupported(node, "only loops over range, T.grid and T.serial are read")
        targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
        extents = call.args
        if len(targets) != len(extents) or (function != "T.grid" and len(targets) != 1):
            self._script.unsupported(node, "loops start at zero and step by one")
        loops: list[tuple[prim.Var, PrimExpr]] = []
        before = dict(self._scalars)
        for target, extent in zip(targets, extents, strict=True):
            if not isinstance(target, ast.Name):
                raise self._script.error(target, codes.SYNTAX, "expected a name")
            bound = self._reader.expr(extent)
            if not bound.dtype.startswith("int"):
                raise self._script.error(extent, codes.TYPE_MISMATCH, "expected an integer")
            loops.append((prim.Var(target.id, bound.dtype), bound))
        for var, _ in loops:
            self._scalars[var.name] = var
        body = self._block(node.body, depth + len(loops))
        self._scalars = before
        for var, bound in reversed(loops):
            body = For(var, bound, body)
        return body

    # ---- TensorIR blocks

    def _with(self, node: ast.With, depth: int) -> Stmt:
        call = node.items[0].context_expr
        function = dotted(call.func) if isinstance(call, ast.Call) else ""
        if len(node.items) != 1 or function not in (*_BLOCKS, "T.init"):
            self._script.unsupported(node, "only TensorIR blocks are read")
        if function == "T.init":
            return self._init(node, depth)
        before = dict(self._scalars)
        self._starts.append([])
        body = self._block(node.body, depth + 1)
        self._starts.pop()
        self._scalars = before
        return body

    def _init(self, node: ast.With, depth: int) -> Stmt:
        body = self._block(node.body, depth + 1)
        starts = self._starts[-1] if self._starts else []
        return If(prim.all_of([value.equal(0) for value in starts]), body) if starts else body

    def _axis(self, name: str, kind: str, node: ast.Call) -> None:
        if len(node.args) != 2 or kind not in ("spatial", "reduce", "S", "R"):
            self._script.unsupported(node, f"T.axis.{kind} is not read")
        value = self._scalars[name] = self._reader.expr(node.args[1])
        if kind in ("reduce", "R") and self._starts:
            self._starts[-1].append(value)

    def _remap(self, target: ast.Tuple, node: ast.Call) -> None:
        kinds = node.args[0].value if len(node.args) == 2 and isinstance(node.args[0], ast.Constant) else None
        values = node.args[1].elts if len(node.args) == 2 and isinstance(node.args[1], ast.List) else []
        if not isinstance(kinds, str) or not len(kinds) == len(values) == len(target.elts):
            raise self._script.error(node, codes.SYNTAX, "expected T.axis.remap(kinds, [values])")
        for item, kind, value in zip(target.elts, kinds, values, strict=True):
            if not isinstance(item, ast.Name):
                raise self._script.error(item, codes.SYNTAX, "expected a name")
            found = self._scalars[item.id] = self._reader.expr(value)
            if kind == "R" and self._starts:
                self._starts[-1].append(found)
