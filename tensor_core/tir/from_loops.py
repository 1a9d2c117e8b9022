"""Kernels as tensor programs: plain loops, in the part of TIR that every release from 0.19 on parses."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence

from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import fail
from tensor_core.loops import nodes as loops
from tensor_core.loops.nodes import Combiner
from tensor_core.loops.rewrite import expressions
from tensor_core.loops.simplify import simplified
from tensor_core.prim import FloatImm, IntImm, PrimExpr, Var
from tensor_core.shapes import Dim, Shape
from tensor_core.tir import expr as ex
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.functor import has_blocks
from tensor_core.tir.to_loops import STRICT, to_loops
from tensor_core.trampoline import Steps, run

_JOINED: Mapping[Combiner, type[prim.Binary]] = {
    Combiner.SUM: prim.Add,
    Combiner.PROD: prim.Mul,
    Combiner.MAX: prim.Max,
    Combiner.MIN: prim.Min,
    Combiner.ALL: prim.And,
    Combiner.ANY: prim.Or,
}
_FLOAT32_MAX = 3.4028234663852886e38
_ON_BOOL_ELEMENTS = {Combiner.MAX: Combiner.ANY, Combiner.MIN: Combiner.ALL}


def from_loops(kernel: loops.PrimFunc) -> PrimFunc:
    """The tensor program of a kernel, without a global symbol; it keeps the kernel as its executable form.

    Integer arguments (``scalars``) stand before the outputs. R2R0604 for an expression that TIR does not hold.
    """
    func = _Raising().function(simplified(kernel))
    func.memo("loops", kernel)
    return func


def without_blocks(func: PrimFunc) -> PrimFunc:
    """``func`` in plain loops, which every release reads; itself when it has no blocks. R2R0609 when it cannot run."""
    if not has_blocks(func.body):
        return func
    plain = from_loops(to_loops(func))
    attrs = {key: value for key, value in func.attrs.items() if key != "s_tir"}
    return plain.replace(attrs=attrs, span=func.span)


class _Raising:
    def __init__(self) -> None:
        self._buffers: dict[loops.Buffer, Buffer] = {}
        self._done: dict[PrimExpr, PrimExpr] = {}

    def function(self, kernel: loops.PrimFunc) -> PrimFunc:
        """The whole kernel."""
        arrays = {buffer: ex.HandleVar(buffer.name) for buffer in kernel.params}
        count = len(kernel.params) - kernel.outputs
        inputs, outputs = kernel.params[:count], kernel.params[count:]
        params = (*(arrays[item] for item in inputs), *kernel.scalars, *(arrays[item] for item in outputs))
        buffers: dict[Var, Buffer] = {var: self._buffer(buffer) for buffer, var in arrays.items()}
        scratch = [self._buffer(buffer) for buffer in kernel.allocations]
        body = run(self._statement(kernel.body))
        for buffer in reversed(scratch):
            body = st.AllocBuffer(buffer, body)
        return PrimFunc(params, body, None, buffers, {STRICT: True} if kernel.strict else {})

    def _buffer(self, buffer: loops.Buffer) -> Buffer:
        if buffer not in self._buffers:
            data = ex.HandleVar(buffer.name, element=buffer.dtype, scope="global")
            shape = self._shape(buffer.shape)
            self._buffers[buffer] = Buffer(
                data, buffer.dtype, shape, (), IntImm(0, "int64" if shape else "int32"), buffer.name
            )
        return self._buffers[buffer]

    def _shape(self, shape: Shape) -> tuple[PrimExpr, ...]:
        return tuple([self._dim(dim) for dim in shape])

    def _dim(self, dim: Dim) -> PrimExpr:
        return IntImm(int(dim), "int64") if isinstance(dim, int) else self.value(dim)

    # ---- statements

    def _statement(self, stmt: loops.Stmt) -> Steps[st.Stmt]:
        match stmt:
            case loops.Seq():
                parts: list[st.Stmt] = []
                for item in stmt.body:
                    made = yield self._statement(item)
                    parts += made.seq if isinstance(made, st.SeqStmt) else [made]
                return st.seq([part for part in parts if not _is_nothing(part)] or [_nothing()])
            case loops.For():
                body = yield self._statement(stmt.body)
                return self._for(stmt.var, self.value(stmt.extent), body)
            case loops.If():
                then = yield self._statement(stmt.then)
                otherwise = None if stmt.otherwise is None else (yield self._statement(stmt.otherwise))
                return st.IfThenElse(self.value(stmt.condition), then, otherwise)
            case loops.Store():
                return self._store(stmt.buffer, stmt.indices, self.value(stmt.value))
            case loops.Block():
                return self._block(stmt)
            case _:
                raise fail(codes.MALFORMED_KERNEL, f"{type(stmt).__name__} is not a statement of kernels")

    def _for(self, var: Var, extent: PrimExpr, body: st.Stmt) -> st.For:
        if extent.dtype != var.dtype:
            extent = IntImm(extent.value, var.dtype) if isinstance(extent, IntImm) else prim.Cast(extent, var.dtype)
        return st.For(var, IntImm(0, var.dtype), extent, st.SERIAL, body)

    def _store(self, buffer: loops.Buffer, indices: Sequence[PrimExpr], value: PrimExpr) -> st.BufferStore:
        return st.BufferStore(self._buffer(buffer), value, tuple([self.value(index) for index in indices]))

    def _block(self, block: loops.Block) -> st.Stmt:
        value = self.value(block.value)
        if block.combiner is None:
            return self._around(block.spatial, self._store(block.target, block.indices, value))
        assert block.init is not None
        kind = block.combiner
        if block.target.dtype == "bool":
            kind = _ON_BOOL_ELEMENTS.get(kind, kind)
        start = self._store(block.target, block.indices, self.value(block.init))
        element = ex.BufferLoad(start.buffer, start.indices)
        update = self._store(block.target, block.indices, _JOINED[kind](element, value))
        return self._around(block.spatial, st.SeqStmt((start, self._around(block.reduce, update))))

    def _around(self, axes: Sequence[loops.Axis], body: st.Stmt) -> st.Stmt:
        for axis in reversed(axes):
            body = self._for(axis.var, self._dim(axis.extent), body)
        return body

    # ---- expressions

    def value(self, root: PrimExpr) -> PrimExpr:
        """An expression of the tensor program."""
        for node in expressions([root]):
            if node not in self._done:
                self._done[node] = self._node(node)
        return self._done[root]

    def _node(self, node: PrimExpr) -> PrimExpr:
        of = self._done
        match node:
            case Var() | IntImm():
                return node
            case FloatImm():
                return _float(node)
            case prim.Binary():
                return _binary(node, of[node.a], of[node.b])
            case prim.Load():
                return ex.BufferLoad(self._buffer(node.buffer), tuple([of[index] for index in node.indices]))
            case prim.Select():
                return prim.Select(of[node.condition], of[node.a], of[node.b], node.guards)
            case prim.Cast():
                return prim.Cast(of[node.value], node.dtype)
            case prim.Not() if _compares_floats(node):
                # TVM turns the negation of a < b into b <= a, which is something else where one is NaN.
                return prim.Select(of[node.a], IntImm(0, "bool"), IntImm(1, "bool"))
            case prim.Not():
                return prim.Not(of[node.a])
            case prim.Intrinsic():
                return _intrinsic(node, [of[arg] for arg in node.args])
            case _:
                raise fail(codes.MALFORMED_KERNEL, f"{type(node).__name__} cannot be said in a tensor program")


def _nothing() -> st.Stmt:
    return st.Evaluate(IntImm(0, "int32"))


def _is_nothing(stmt: st.Stmt) -> bool:
    return isinstance(stmt, st.Evaluate) and isinstance(stmt.value, IntImm)


def _float(node: FloatImm) -> PrimExpr:
    value = float(dtypes.to_numpy(node.dtype).type(node.value))
    if node.dtype == "float64" and math.isfinite(value) and abs(value) > _FLOAT32_MAX:
        # TVM's parsers refuse a literal beyond float32, whatever its type.
        pattern = IntImm(struct.unpack("<q", struct.pack("<d", value))[0], "int64")
        return prim.Intrinsic("reinterpret", (pattern,), "float64")
    if node.dtype in ("float16", "float32", "float64"):
        return FloatImm(value, node.dtype)
    return prim.Cast(FloatImm(value, "float32"), node.dtype)


def _binary(node: prim.Binary, a: PrimExpr, b: PrimExpr) -> PrimExpr:
    kind = type(node)
    if node.a.dtype == "bool":
        return _on_bools(kind, a, b)
    if dtypes.is_float(node.a.dtype) and kind in (prim.FloorDiv, prim.FloorMod):
        floor = prim.Intrinsic("floor", (prim.Div(a, b),), a.dtype)
        return floor if kind is prim.FloorDiv else prim.Sub(a, prim.Mul(floor, b))
    return kind(a, b)


def _on_bools(kind: type[prim.Binary], a: PrimExpr, b: PrimExpr) -> PrimExpr:
    """TVM compiles comparisons of bools as if they were floats."""
    both, either = prim.And(a, b), prim.Or(a, b)
    if kind is prim.Min:
        return both
    if kind is prim.Max:
        return either
    if kind is prim.EQ:
        return prim.Or(both, prim.Not(either))
    if kind is prim.NE:
        return prim.And(either, prim.Not(both))
    if kind is prim.LT:
        return prim.And(prim.Not(a), b)
    return prim.Or(prim.Not(a), b) if kind is prim.LE else kind(a, b)


def _compares_floats(root: PrimExpr) -> bool:
    return any(isinstance(node, prim.Compare) and dtypes.is_float(node.a.dtype) for node in expressions([root]))


def _intrinsic(node: prim.Intrinsic, args: list[PrimExpr]) -> PrimExpr:
    x = args[0]
    is_float = dtypes.is_float(x.dtype)
    match node.name:
        case "abs" | "fabs" if is_float:
            return prim.Intrinsic("fabs", (x,), x.dtype)
        case "abs" if dtypes.is_unsigned_int(x.dtype):
            return x
        case "abs":
            zero = prim.const(0, x.dtype)
            return prim.Select(prim.GE(x, zero), x, prim.Sub(zero, x))
        case "fmod":
            return prim.TruncMod(*args)
        case "clz" | "popcount":
            return prim.Cast(prim.Intrinsic(node.name, (x,), "int32"), node.dtype)
        case "isinf":
            return is_infinite(x)
        case "isfinite":
            nan = prim.Intrinsic("isnan", (x,), "bool")
            return prim.And(prim.Not(is_infinite(x)), prim.Not(nan))
        case _:
            return prim.Intrinsic(node.name, tuple(args), node.dtype)


def is_infinite(value: PrimExpr) -> PrimExpr:
    """Whether a float is infinite, as TVM spells it out."""
    infinite = prim.EQ(prim.Intrinsic("fabs", (value,), value.dtype), FloatImm(float("inf"), value.dtype))
    return prim.And(infinite, prim.Not(prim.Intrinsic("isnan", (value,), "bool")))
