"""Tensor programs as kernels: the executable form of what loops, branches, stores and blocks say.

A block's iteration variables become the values they are bound to, its ``init`` a branch on the first step of its
reductions, its matched buffers the regions they stand for. What has no such meaning (calls of functions, pointers,
vectors) is refused when the program is to be run, never before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import fail
from tensor_core.loops import nodes as loops
from tensor_core.loops.recognise import recognise
from tensor_core.prim import IntImm, PrimExpr, Var
from tensor_core.shapes import as_dim
from tensor_core.tir import expr as ex
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer, MatchBufferRegion
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.loop_values import LoopValues

MAX_NESTING = 90
"""How deep loops, branches and blocks of a program that runs may nest."""
STRICT = "strict_rounding"
"""The attribute of a program of which no two operations may be rounded as one. TVM carries it and ignores it."""
_QUIET = ("pragma_", "software_pipeline", "buffer_bind_scope", "storage_", "double_buffer", "compute_scope")


def to_loops(func: PrimFunc, name: str = "") -> loops.PrimFunc:
    """The kernel of a tensor program; one program has one kernel.

    Its outputs are the parameters that it writes, which must be the last ones. R2R0609 when the program has no
    executable form, R2R0111 when it nests too deep.
    """
    known: loops.PrimFunc | None = func.loops
    if known is None:
        known = _Lowering(func, name or str(func.attrs.get("global_symbol", "tensor_program"))).kernel()
        func.memo("loops", known)
    return known


def failure(func: PrimFunc) -> str:
    """The message of a program that only fails: one that starts with an assertion that never holds. Else empty."""
    body = func.body
    while isinstance(body, st.SeqStmt) and body.seq:
        body = body.seq[0]
    if not isinstance(body, st.AssertStmt) or not st.is_zero(body.condition):
        return ""
    message = body.message
    return str(message.value) if isinstance(message, prim.StringImm) else "an assertion of it never holds"


def to_loops_in_place(func: PrimFunc, name: str = "") -> tuple[loops.PrimFunc, tuple[int, ...]]:
    """The kernel of a tensor program that may write any of its arrays, and the place of each of its arrays among the
    program's. The arrays that are written come last, and hold what they held when the kernel starts. Errors as
    :func:`to_loops`.
    """
    return _Lowering(func, name or str(func.attrs.get("global_symbol", "tensor_program"))).in_place()


class _Lowering(LoopValues):
    def __init__(self, func: PrimFunc, name: str) -> None:
        super().__init__()
        self._func = func
        self._name = name
        self._stored: set[loops.Buffer] = set()
        self._allocations: list[loops.Buffer] = []
        self._depth = 0

    def refuse(self, what: str) -> NoReturn:
        raise fail(codes.NOT_EXECUTABLE, f"tensor program {self._name}: {what}", self._func.span)

    # ---- signature

    def kernel(self) -> loops.PrimFunc:
        """The kernel."""
        arrays, scalars, body = self._parts()
        count = next((place for place, item in enumerate(arrays) if item in self._stored), len(arrays))
        # What has no elements is never written.
        if any(item not in self._stored and 0 not in item.shape for item in arrays[count:]):
            self.refuse("the arrays that it writes are not its last ones")
        outputs = len(arrays) - count
        return self._made(arrays, outputs, body, scalars)

    def in_place(self) -> tuple[loops.PrimFunc, tuple[int, ...]]:
        """The kernel with the arrays that it writes last, and where each array stood."""
        arrays, scalars, body = self._parts()
        places = [place for place, item in enumerate(arrays) if item not in self._stored]
        outputs = len(arrays) - len(places)
        places += [place for place, item in enumerate(arrays) if item in self._stored]
        ordered = tuple([arrays[place] for place in places])
        return self._made(ordered, outputs, body, scalars), tuple(places)

    def _made(
        self, arrays: Sequence[loops.Buffer], outputs: int, body: loops.Stmt, scalars: Sequence[Var]
    ) -> loops.PrimFunc:
        strict = bool(self._func.attrs.get(STRICT))
        scratch = tuple(self._allocations)
        return loops.PrimFunc(self._name, tuple(arrays), outputs, body, scratch, tuple(scalars), strict)

    def _parts(self) -> tuple[list[loops.Buffer], list[Var], loops.Stmt]:
        """The arrays and scalars of the signature, and the body."""
        func = self._func
        if func.ret_type not in (None, "void"):
            self.refuse("it returns a scalar")
        arrays: list[loops.Buffer] = []
        scalars: list[Var] = []
        for var in func.params:
            buffer = func.buffer_map.get(var)
            if buffer is not None:
                arrays.append(self.declare(buffer))
            elif dtypes.is_int(var.dtype) or var.dtype == "bool" or dtypes.is_float(var.dtype):
                scalars.append(var)
            else:
                self.refuse(f"the parameter {var.name} is a pointer")
        return arrays, scalars, recognise(self._statement(func.body))

    def declare(self, buffer: Buffer) -> loops.Buffer:
        """The array that a buffer is."""
        if buffer in self.arrays:
            return self.arrays[buffer]
        if buffer.strides and not _is_compact(buffer):
            self.refuse(f"{buffer.name} has strides")
        if ex.lanes(buffer.dtype) > 1 or not dtypes.is_known(buffer.dtype):
            self.refuse(f"{buffer.name} has elements of type {buffer.dtype}")
        shape = tuple([as_dim(self.value(dim)) for dim in buffer.shape])
        made = self.arrays[buffer] = loops.Buffer(buffer.name, shape, buffer.dtype)
        self.pointers.setdefault(buffer.data, made)
        return made

    def _allocate(self, buffer: Buffer) -> None:
        self._allocations.append(self.declare(buffer))

    # ---- statements

    def _statement(self, stmt: st.Stmt) -> loops.Stmt:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise fail(codes.LIMIT, f"tensor program {self._name} nests too deep to be run", self._func.span)
        parts: list[loops.Stmt] = []
        stack = [stmt]
        while stack:
            item = stack.pop()
            if isinstance(item, st.SeqStmt):
                stack += reversed(item.seq)
                continue
            rest = self._definition(item, parts)
            if rest is not None:
                stack.append(rest)
            else:
                made = self._plain(item)
                if made is not None:
                    parts.append(made)
        self._depth -= 1
        return parts[0] if len(parts) == 1 else loops.Seq(tuple(parts))

    def _definition(self, item: st.Stmt, parts: list[loops.Stmt]) -> st.Stmt | None:
        """Take a definition; what it holds is still to be done. None when it is none."""
        match item:
            case st.LetStmt():
                self._bind(item, parts)
            case st.AllocBuffer():
                self._allocate(item.buffer)
            case st.Allocate(body=st.DeclBuffer(buffer=buffer)) if buffer.data is item.buffer_var:
                self._allocate(buffer)
            case st.DeclBuffer():
                self._view(item.buffer)
            case st.AttrStmt() if not isinstance(item.node, ex.IterVar) or item.attr_key.startswith(_QUIET):
                pass
            case st.BufferRealize():
                self._allocate(item.buffer)
            case _:
                return None
        return item.body

    def _view(self, buffer: Buffer) -> None:
        known = self.pointers.get(buffer.data)
        if buffer in self.arrays:
            return
        if known is None:
            self.refuse(f"{buffer.name} looks at memory that nothing allocates")
        shape = tuple([as_dim(self.value(dim)) for dim in buffer.shape])
        if buffer.strides or known.dtype != buffer.dtype or not st.is_zero(buffer.elem_offset) or shape != known.shape:
            self.refuse(f"{buffer.name} looks at the memory of {known.name} in another way")
        self.arrays[buffer] = known

    def _bind(self, item: st.LetStmt, parts: list[loops.Stmt]) -> None:
        value = self.value(item.value)
        if not self.loads(value):
            self.values[item.var] = value
            return
        # What is loaded may change before it is used.
        scratch = loops.Buffer(item.var.name, (), value.dtype)
        self._allocations.append(scratch)
        parts.append(loops.Store(scratch, (), value))
        self.values[item.var] = prim.Load(scratch, ())

    def _plain(self, item: st.Stmt) -> loops.Stmt | None:
        match item:
            case st.BufferStore():
                return self._store(item)
            case st.For():
                return self._for(item)
            case st.IfThenElse():
                condition = self.value(item.condition)
                then = self._statement(item.then_case)
                return loops.If(condition, then, None if item.else_case is None else self._statement(item.else_case))
            case st.BlockRealize():
                return self._block(item.block, item.iter_values, item.predicate)
            case st.AttrStmt(node=ex.IterVar() as axis) if item.attr_key in ("thread_extent", "virtual_thread"):
                return self._thread(axis, item)
            case st.Evaluate() if isinstance(item.value, IntImm | prim.FloatImm | Var):
                return None
            case st.Evaluate():
                self.refuse("it calls a function for its effect")
            case _:
                self.refuse(f"{type(item).__name__} statements are not run")

    def _thread(self, axis: ex.IterVar, item: st.AttrStmt) -> loops.Stmt:
        return self._loop(axis.var, item.value, lambda: self._statement(item.body))

    def _store(self, item: st.BufferStore) -> loops.Stmt:
        if item.predicate is not None:
            self.refuse("it stores under a mask of lanes")
        buffer, indices = self.element(item.buffer, item.indices)
        self._stored.add(buffer)
        return loops.Store(buffer, indices, self.value(item.value))

    def _for(self, item: st.For) -> loops.Stmt:
        extent = item.extent
        if item.step is not None and not st.is_one(item.step):
            if not isinstance(item.step, IntImm) or item.step.value < 1:
                self.refuse(f"the step of the loop over {item.loop_var.name} is not known")
            extent = prim.FloorDiv(prim.Add(extent, prim.const(item.step.value - 1, extent.dtype)), item.step)
        if st.is_zero(item.min) and extent is item.extent:
            return self._loop(item.loop_var, extent, lambda: self._statement(item.body))
        counter = Var(item.loop_var.name, item.loop_var.dtype)
        place: PrimExpr = counter if extent is item.extent else prim.Mul(counter, item.step or counter)
        if not st.is_zero(item.min):
            place = prim.Add(self.value(item.min), place)
        self.values[item.loop_var] = place
        return self._loop(counter, extent, lambda: self._statement(item.body))

    def _loop(self, var: Var, extent: PrimExpr, body: Callable[[], loops.Stmt]) -> loops.Stmt:
        bound = self.value(extent)
        return loops.For(var, bound, body())

    def _block(self, block: st.Block, values: Sequence[PrimExpr], predicate: PrimExpr) -> loops.Stmt:
        starts: list[PrimExpr] = []
        bound: dict[Var, PrimExpr] = {}
        for axis, value in zip(block.iter_vars, values, strict=True):
            bound[axis.var] = self.value(value)
            if axis.kind == "CommReduce" and axis.dom is not None:
                starts.append(prim.EQ(bound[axis.var], self.value(axis.dom.min)))
        condition = None if st.is_one(predicate) else self.value(predicate)
        self.values.update(bound)
        for buffer in block.alloc_buffers:
            self._allocate(buffer)
        for match in block.match_buffers:
            self._match(match)
        parts: list[loops.Stmt] = []
        if block.init is not None:
            init = self._statement(block.init)
            parts.append(loops.If(prim.all_of(starts), init) if starts else init)
        parts.append(self._statement(block.body))
        body = parts[0] if len(parts) == 1 else loops.Seq(tuple(parts))
        return body if condition is None else loops.If(condition, body)

    def _match(self, match: MatchBufferRegion) -> None:
        """A buffer that stands for a region: its elements are those from the region's start on."""
        source = match.source
        missing = len(source.region) - len(match.buffer.shape)
        if missing < 0 or any(not st.is_one(item.extent) for item in source.region[:missing]):
            self.refuse(f"{match.buffer.name} has more dimensions than the region it stands for")
        base, start = self.element(source.buffer, [item.min for item in source.region])
        self.views[match.buffer] = (base, start)
        offset = match.buffer.elem_offset
        if isinstance(offset, Var):
            self.unknown.add(offset)


def _is_compact(buffer: Buffer) -> bool:
    expected = 1
    for dim, stride in zip(reversed(buffer.shape), reversed(buffer.strides), strict=True):
        if not isinstance(dim, IntImm) or not isinstance(stride, IntImm) or stride.value != expected:
            return False
        expected *= dim.value
    return True
