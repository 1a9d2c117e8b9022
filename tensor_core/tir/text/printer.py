"""Tensor programs as the lines that a TVM release prints of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tensor_core.module import GlobalVar
from tensor_core.node import post_order
from tensor_core.prim import IntImm, PrimExpr, Var
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import ALIGNMENT, Buffer
from tensor_core.tir.expr import IndexMap
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.functor import children, has_blocks, undefined_vars
from tensor_core.tir.text.buffers import DATA, MATCH, Quoting
from tensor_core.tir.text.dialect import Dialect, dialect
from tensor_core.tir.text.expressions import ExpressionText
from tensor_core.tir.text.scopes import Frame, Scopes, rendered
from tensor_core.tir.text.statements import StatementText
from tensor_core.tir.text.uses import Uses
from tensor_core.trampoline import run

RESERVED = ("I", "T", "R", "cls", "Module", "range")


@dataclass(frozen=True, slots=True)
class PrintedFunction:
    """The lines of a function, and the names that stand before the module as ``TypeVar`` (0.27).

    ``has_type_params``: they are type parameters of the function instead.
    """

    lines: list[str]
    type_vars: tuple[str, ...] = ()
    has_type_params: bool = False


def print_prim_func(
    func: PrimFunc,
    release: str,
    name: str,
    function_name: Callable[[GlobalVar], str] | None = None,
    pep695: bool = False,
) -> PrintedFunction:
    """``func`` called ``name`` as TVM ``release`` prints it, unindented.

    ``function_name`` is how other functions of the module are called in text, ``Module.f`` by default. With ``pep695``
    free variables of parameters are type parameters of the function and no names of the module (0.27).
    R2R0407 for what the release cannot say; R2R0205 for a variable outside its scope.
    """
    return _FunctionText(func, dialect(release), function_name, pep695).function(name)


def index_map_text(item: IndexMap, release: str) -> str:
    """``T.index_map(...)`` as it stands in Relax functions, where integers have no type."""
    text = _UntypedText(dialect(release), Scopes(RESERVED))
    text.scopes.enter(None)
    return text.index_map(item)


def print_scalar(value: PrimExpr, release: str) -> str:
    """A scalar expression by itself; variables have their names."""
    text = _FreeText(dialect(release), Scopes(RESERVED))
    text.scopes.enter(None)
    return text.text(value)


class _FreeText(ExpressionText):
    def undefined(self, item: Var | Buffer) -> str:
        return item.name


class _UntypedText(ExpressionText):
    def integer(self, node: IntImm) -> str:
        return str(bool(node.value)) if node.dtype == "bool" else str(node.value)


class _FunctionText(StatementText):
    def __init__(
        self,
        func: PrimFunc,
        spelling: Dialect,
        function_name: Callable[[GlobalVar], str] | None,
        pep695: bool,
    ) -> None:
        super().__init__(spelling, Scopes(RESERVED))
        self._pep695 = pep695
        self._func = func
        self._function_name = function_name
        self._uses: Uses | None = None
        self._handles: dict[Var, Buffer] = {}
        self._type_vars: set[Var] = set()
        self._is_scheduled = spelling.s_tir and ("s_tir" in func.attrs or has_blocks(func.body))
        self.loops = {}

    def function(self, name: str) -> PrintedFunction:
        """The whole function."""
        func = self._func
        frame = self.scopes.enter(func)
        type_vars = self._declare_type_vars(frame) if self.dialect.type_vars else ()
        params = self._typed_params(frame) if self.dialect.buffer_params else self._params(frame)
        attrs = self._attributes(name)
        if attrs:
            frame.lines.append(f"T.func_attr({self.mapping(attrs)})")
        self._matches(params, frame)
        root = self._implicit_root()
        if root is not None:
            if not self.dialect.portable:
                frame.lines.append(f'# with T.{self.dialect.block}("root"):')
            self.allocations(root, frame)
        run(self.body(func.body if root is None else root.body, frame))
        arguments = ", ".join(f"{left}: {right}" for left, right in params)
        result = "" if func.ret_type is None else f" -> T.{func.ret_type}"
        self.scopes.leave()
        inside = self._pep695 and bool(type_vars)
        header = f"def {name}[{', '.join(type_vars)}]" if inside else f"def {name}"
        lines = [self._decorator(), f"{header}({arguments}){result}:", *rendered([("", frame.lines)])[1:]]
        return PrintedFunction(lines, () if inside else type_vars, inside)

    # ---- names that nothing defines

    def undefined(self, item: Var | Buffer) -> str:
        if isinstance(item, Var) and item in self._handles:
            return f"T.reinterpret(T.handle().ty, {self.buffer(self._handles[item])}.data)"
        frame = self.lowest_frame(item)
        if isinstance(item, Buffer):
            name = self.scopes.define(item, item.name or "buffer", frame)
            # Scheduled functions of releases from 0.25 on need a declaration for a buffer over memory that exists.
            method = "decl_buffer" if self._is_scheduled else "Buffer"
            viewed = self.view(item) if self._is_scheduled else None
            frame.lines.append(f"{name} = {viewed or self.declaration(method, item, frame, DATA)}")
            return name
        name = self.scopes.define(item, item.name or "v", frame)
        frame.lines.append(f"{name} = {self.creation(item)}")
        return name

    def lowest_frame(self, item: Any) -> Frame:
        if self._uses is None:
            self._uses = Uses(self._func)
        frames = (self.scopes.of(node) for node in self._uses.holders(item))
        return next((frame for frame in frames if frame is not None), self.scopes.frames[0])

    def holds_all_uses(self, stmt: st.Stmt, item: Any) -> bool:
        if self._uses is None:
            self._uses = Uses(self._func)
        return stmt in self._uses.holders(item)

    def function_name(self, var: GlobalVar) -> str:
        return f"Module.{var.name}" if self._function_name is None else self._function_name(var)

    # ---- signature

    def _params(self, frame: Frame) -> list[tuple[str, str]]:
        """Parameters up to 0.25: plain arrays in the annotation, others as a handle to be matched."""
        func = self._func
        self._inlined: set[Var] = set()
        datas = [buffer.data for buffer in func.buffer_map.values()]
        params: list[tuple[str, str]] = []
        counts = _occurrences(func)
        for var in func.params:
            buffer = func.buffer_map.get(var)
            if buffer is not None and counts.get(var, 0) == 0 and _is_simple(buffer) and datas.count(buffer.data) == 1:
                name = self.scopes.define(buffer, buffer.name or "buffer")
                params.append((name, self.annotation(buffer, frame, None)))
                self._inlined.add(var)
                continue
            params.append((self.scopes.define(var, self._handle_name(var)), self.type_text(var)))
        return params

    def _handle_name(self, var: Var) -> str:
        buffer = self._func.buffer_map.get(var)
        return f"var_{var.name}" if buffer is not None and buffer.name == var.name else var.name or "v"

    def _typed_params(self, frame: Frame) -> list[tuple[str, str]]:
        """Parameters from 0.26 on: whatever an array needs stands in its annotation."""
        func = self._func
        self._inlined = set(func.buffer_map)
        self._handles = dict(func.buffer_map)
        scalars = [var for var in func.params if var not in func.buffer_map]
        names = {var: self.scopes.define(var, var.name or "v") for var in scalars}
        bound: set[Var] = set()
        params: list[tuple[str, str]] = []
        for var in func.params:
            buffer = func.buffer_map.get(var)
            if buffer is None:
                params.append((names[var], self.type_text(var)))
                bound.add(var)
                continue
            used = {item for item in post_order(buffer.shape, children) if isinstance(item, Var)}
            quoting = Quoting(used - bound - self._type_vars, used & self._type_vars)
            if self._pep695 and self._type_vars:
                quoting = Quoting(set(), set())
            name = self.scopes.define(buffer, buffer.name or "buffer")
            params.append((name, self.annotation(buffer, frame, quoting)))
            bound |= used
        return params

    def _declare_type_vars(self, frame: Frame) -> tuple[str, ...]:
        func = self._func
        found: dict[Var, None] = {}
        for var in func.params:
            buffer = func.buffer_map.get(var)
            if buffer is not None:
                for part in (*buffer.shape, *buffer.strides, buffer.elem_offset):
                    found.update(dict.fromkeys(undefined_vars(part)))
        made = [var for var in found if var.dtype == "int64" and var not in func.params]
        self._type_vars = set(made)
        return tuple(sorted(self.scopes.define(var, var.name or "v", frame) for var in made))

    def _matches(self, params: list[tuple[str, str]], frame: Frame) -> None:
        for var, (text, _) in zip(self._func.params, params, strict=True):
            buffer = self._func.buffer_map.get(var)
            if buffer is not None and var not in self._inlined:
                name = self.scopes.define(buffer, buffer.name or "buffer")
                frame.lines.append(f"{name} = {self.declaration('match_buffer', buffer, frame, MATCH, (text,))}")

    def _attributes(self, name: str) -> dict[str, Any]:
        hidden = {"s_tir", "tirx.persistent_kernel"}
        if self._func.attrs.get("global_symbol") == name:
            hidden.add("global_symbol")
        return {key: value for key, value in self._func.attrs.items() if key not in hidden}

    def _decorator(self) -> str:
        parts: list[str] = []
        if "global_symbol" not in self._func.attrs:
            parts.append("private=True")
        if self._is_scheduled:
            parts.append("s_tir=True")
        if self.dialect.s_tir and "tirx.persistent_kernel" in self._func.attrs:
            parts.append("persistent=True")
        return f"@T.prim_func({', '.join(parts)})" if parts else "@T.prim_func"

    def _implicit_root(self) -> st.Block | None:
        """The block around everything that text leaves out."""
        body = self._func.body
        if isinstance(body, st.AllocBuffer) and not self.dialect.sblock:
            allocs: list[Buffer] = []
            while isinstance(body, st.AllocBuffer) and not body.annotations:
                allocs.append(body.buffer)
                body = body.body
            return st.Block((), (), (), "root", body, alloc_buffers=tuple(allocs)) if allocs else None
        if not isinstance(body, st.BlockRealize) or body.iter_values or not st.is_one(body.predicate):
            return None
        root = body.block
        if root.annotations or root.match_buffers or root.reads or root.writes or root.init is not None:
            return None
        if root.alloc_buffers:
            return root
        inner = root.body
        if isinstance(inner, st.BlockRealize):
            return root if inner.block.iter_vars else None
        return root if has_blocks(inner) else None


def _is_simple(buffer: Buffer) -> bool:
    """Whether a parameter's annotation up to 0.25 can say all of a buffer."""
    if buffer.strides or any(undefined_vars(dim) for dim in buffer.shape) or not st.is_zero(buffer.elem_offset):
        return False
    return (
        buffer.scope == "global"
        and buffer.data_alignment == ALIGNMENT
        and buffer.offset_factor == 1
        and buffer.buffer_type == "default"
        and not buffer.axis_separators
    )


def _occurrences(func: PrimFunc) -> dict[Var, int]:
    """How often variables stand in the body and in the buffers of parameters."""
    found: dict[Var, int] = {}
    parts = [func.body, *(part for b in func.buffer_map.values() for part in (b.data, *b.shape, *b.strides))]
    for item in post_order(parts, children):
        if isinstance(item, Var):
            found[item] = found.get(item, 0) + 1
    return found
